"""Each SBX code, refused and accepted (factures.md §2.8–§2.14, §10.2)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import calculs, rules
from invoices.depot import Depot, Fichier, Ligne, LigneTva
from invoices.enums import DEVISES, TAUX_DECLARES, TAUX_REFERENTIEL, Cadre, ModeDepot, Motif
from invoices.rules import Contexte, VueService, VueStructure, montants, pieces
from structures.rules import Parametres

AUJOURD_HUI = date(2026, 12, 7)
MO = 1_048_576
FOURNISSEUR = VueStructure(id=1, siren="000101014", publique=False, active=True, raison_sociale="ARBELIN")
DESTINATAIRE = VueStructure(id=2, siren="000200014", publique=True, active=True, raison_sociale="VALMORAN")
TITULAIRE = VueStructure(id=3, siren="000103069", publique=False, active=True, raison_sociale="CORVAN")
TECH = VueService(code="CHM-TECH", actif=True, engagement_obligatoire=True, reserve_public=False)
LIBRE = VueService(code="LIBRE", actif=True, engagement_obligatoire=False, reserve_public=False)
FERME = VueService(code="FERME", actif=False, engagement_obligatoire=False, reserve_public=False)
PUBLIC = VueService(code="FACTURES_PUBLIQUES", actif=True, engagement_obligatoire=False, reserve_public=True)
LIGNE = Ligne(numero=1, denomination="Fenêtre", quantite=D(1), unite="unité", prix_unitaire=D(100), taux=D(20))
JUSTE = Depot(
    mode=ModeDepot.SAISIE_PORTAIL,
    fournisseur_id=1,
    destinataire_id=2,
    numero="ARB-2026-118",
    date_facture=AUJOURD_HUI,
    lignes=(LIGNE,),
    lignes_tva=(LigneTva(taux=D(20), base=D(100), montant=D(20)),),
    montant_ht=D(100),
    montant_tva=D(20),
    montant_ttc=D(120),
    montant_a_payer=D(120),
)
MONDE = Contexte(
    aujourd_hui=AUJOURD_HUI,
    fournisseur=FOURNISSEUR,
    destinataire=DESTINATAIRE,
    services=(TECH, LIBRE, FERME, PUBLIC),
    mandat_actif=True,
)
PDF = {"mode": ModeDepot.DEPOT_PDF_PORTAIL, "lignes": (), "lignes_tva": ()}
ETAT = Parametres(etat_public=True)
SANS_MONTANT = {"lignes": (), "lignes_tva": (), "mode": ModeDepot.DEPOT_PDF_PORTAIL}


def piece(nom="bon.pdf", taille=1000):
    return Fichier(nom=nom, taille=taille)


def trouver(depot=None, monde=None):
    return rules.controler(replace(JUSTE, **(depot or {})), replace(MONDE, **(monde or {})))


# code, field, what differs from the right deposit, what differs from its world
REFUS = [
    ("SBX_013", "fournisseur", {}, {"fournisseur": None}),
    ("SBX_013", "fournisseur", {}, {"fournisseur": replace(FOURNISSEUR, active=False)}),
    ("SBX_060", "fournisseur", {}, {"mandat_actif": False}),
    ("SBX_004", "destinataire", {}, {"destinataire": None}),
    ("SBX_004", "destinataire", {}, {"destinataire": replace(DESTINATAIRE, active=False)}),
    ("SBX_004", "destinataire", {}, {"destinataire": replace(DESTINATAIRE, publique=False)}),
    ("SBX_062", "destinataire", {}, {"parametres": Parametres(moa_uniquement=True)}),
    ("SBX_005", "code_service", {"code_service": "INCONNU"}, {}),
    ("SBX_005", "code_service", {"code_service": "FERME"}, {}),
    ("SBX_061", "code_service", {"code_service": "FACTURES_PUBLIQUES"}, {}),
    ("SBX_001", "code_service", {}, {"parametres": Parametres(service_obligatoire=True)}),
    ("SBX_002", "numero_engagement", {}, {"parametres": Parametres(engagement_obligatoire=True)}),
    ("SBX_002", "numero_engagement", {"code_service": "CHM-TECH"}, {}),
    ("SBX_003", "code_service", {}, {"parametres": Parametres(engagement_ou_service=True)}),
    ("SBX_001", "code_service", {"numero_engagement": "E1"}, {"parametres": ETAT, "engagements": frozenset({"E1"})}),
    ("SBX_002", "numero_engagement", {"code_service": "LIBRE"}, {"parametres": ETAT}),
    ("SBX_006", "numero_engagement", {"code_service": "LIBRE", "numero_engagement": "E9"}, {"parametres": ETAT}),
    ("SBX_063", "cadre", {"cadre": "A4_PROJET_DECOMPTE"}, {}),
    ("SBX_030", "valideur", {"cadre": Cadre.A9}, {}),
    ("SBX_030", "valideur", {"cadre": Cadre.A12, "valideur_id": 3}, {"valideur": None}),
    ("SBX_030", "valideur", {"cadre": Cadre.A9, "valideur_id": 3}, {"valideur": replace(TITULAIRE, active=False)}),
    ("SBX_030", "valideur", {"cadre": Cadre.A9, "valideur_id": 1}, {"valideur": FOURNISSEUR}),
    ("SBX_014", "service_fournisseur", {"service_fournisseur_id": 7}, {"services_des_parties": frozenset({(2, 7)})}),
    (
        "SBX_014",
        "service_valideur",
        {"cadre": Cadre.A9, "valideur_id": 3, "service_valideur_id": 7},
        {"valideur": TITULAIRE, "services_des_parties": frozenset({(1, 7)})},
    ),
    ("SBX_014", "coordonnees_bancaires", {"coordonnees_bancaires_id": 9}, {"comptes_bancaires": frozenset({8})}),
    ("SBX_013", "numero", {"numero": ""}, {}),
    ("SBX_011", "numero", {"numero": "A" * 21}, {}),
    ("SBX_011", "numero", {"numero": "F 2026"}, {}),
    ("SBX_011", "numero", {"numero": "FACTURÉ-1"}, {}),
    ("SBX_011", "numero", {"numero": "F#1"}, {}),
    ("SBX_011", "numero", {"numero": "F1\n"}, {}),
    ("SBX_010", "numero", {}, {"doublon": True}),
    ("SBX_013", "date_facture", {"date_facture": None}, {}),
    ("SBX_012", "date_facture", {"date_facture": date(2026, 12, 8)}, {}),
    ("SBX_012", "date_facture", {"date_facture": date(1999, 12, 31)}, {}),
    ("SBX_013", "code_service", {"code_service": "S" * 101}, {"destinataire": None}),
    ("SBX_013", "numero_engagement", {"numero_engagement": "E" * 51}, {}),
    ("SBX_013", "numero_marche", {"numero_marche": "M" * 51}, {}),
    ("SBX_013", "numero_facture_origine", {"numero_facture_origine": "F" * 21}, {}),
    ("SBX_013", "commentaire", {"commentaire": "c" * 2001}, {}),
    ("SBX_013", "motif_exoneration", {"motif_exoneration": "m" * 1025}, {}),
    ("SBX_013", "motif_remise", {"motif_remise": "m" * 1025}, {}),
    ("SBX_014", "type_facture", {"type_facture": "ACOMPTE"}, {}),
    ("SBX_014", "devise", {"devise": "FRF"}, {}),
    ("SBX_014", "mode_paiement", {"mode_paiement": "TROC"}, {}),
    ("SBX_014", "type_tva", {"type_tva": "TVA"}, {}),
    (
        "SBX_013",
        "motif_exoneration",
        {
            "type_tva": "EXONERATION",
            "lignes": (replace(LIGNE, taux=D(0)),),
            "lignes_tva": (LigneTva(taux=D(0), base=D(100), montant=D(0)),),
            "montant_tva": D(0),
            "montant_ttc": D(100),
            "montant_a_payer": D(100),
        },
        {},
    ),
    ("SBX_013", "motif_remise", {"remise_globale": D(5), "montant_ttc": D(115), "montant_a_payer": D(115)}, {}),
    ("SBX_013", "montant_ht", {**PDF, "montant_ht": None}, {}),
    ("SBX_013", "montant_tva", {**PDF, "montant_tva": None}, {}),
    ("SBX_013", "montant_ttc", {**PDF, "montant_ttc": None}, {}),
    ("SBX_013", "montant_a_payer", {"montant_a_payer": None}, {}),
    ("SBX_013", "montant_a_payer", {"montant_a_payer": D("-10000000000000")}, {}),
    ("SBX_013", "montant_a_payer", {"montant_a_payer": D("119.005")}, {}),
    ("SBX_013", "remise_globale", {"remise_globale": D("0.001")}, {}),
    ("SBX_013", "acompte", {"acompte": D("0.001")}, {}),
    ("SBX_013", "acompte", {"acompte": D(-1)}, {}),
    ("SBX_013", "acompte", {"acompte": D("120.01")}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, denomination=" "),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, denomination="d" * 1025),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, reference="r" * 51),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, unite=""),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, unite="u" * 51),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, quantite=D("1.00001")),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, prix_unitaire=D("100.0000001")),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, remise=D("0.001")),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, taux=D(100)),)}, {}),
    ("SBX_013", "lignes", {"lignes": (replace(LIGNE, taux=D("5.555")),)}, {}),
    ("SBX_013", "pieces_jointes", {"pieces_jointes": (replace(piece(), designation="d" * 101),)}, {}),
    ("SBX_013", "pieces_jointes", {"pieces_jointes": (replace(piece(), ligne=0),)}, {}),
    ("SBX_014", "pieces_jointes", {"pieces_jointes": (replace(piece(), type="PHOTO"),)}, {}),
    ("SBX_013", "lignes_tva", {**PDF, "lignes_tva": (LigneTva(taux=D(100), base=D(100), montant=D(20)),)}, {}),
    ("SBX_013", "lignes_tva", {**PDF, "lignes_tva": (LigneTva(taux=D("5.555"), base=D(100), montant=D(20)),)}, {}),
    ("SBX_023", "lignes", {"lignes": ()}, {}),
    ("SBX_023", "lignes", {"lignes": (), "mode": ModeDepot.SAISIE_API}, {}),
    ("SBX_020", "montant_ttc", {"montant_ttc": D("120.02"), "montant_a_payer": D(120)}, {}),
    ("SBX_020", "montant_ht", {"montant_ht": D("100.02"), "montant_ttc": D("120.02")}, {}),
    ("SBX_020", "montant_tva", {**PDF, "lignes_tva": (LigneTva(taux=D(0), base=D(100), montant=D(0)),)}, {}),
    ("SBX_020", "lignes_tva", {"lignes_tva": (LigneTva(taux=D("5.5"), base=D(100), montant=D(20)),)}, {}),
    ("SBX_020", "montant_ht", {"lignes": (replace(LIGNE, prix_unitaire=D("99.98")),)}, {}),
    ("SBX_021", "montant_a_payer", {"cadre": Cadre.A2, "montant_a_payer": D(10)}, {}),
    ("SBX_022", "montant_ht", {**PDF, "type_facture": "AVOIR", "montant_ht": D(-100)}, {}),
    ("SBX_022", "montant_a_payer", {"type_facture": "AVOIR", "montant_a_payer": D(-50)}, {}),
    ("SBX_025", "montant_ttc", {**PDF, "montant_ttc": D(-120)}, {}),
    ("SBX_026", "montant_a_payer", {"montant_a_payer": D("120.01")}, {}),
    ("SBX_013", "remise_globale", {"remise_globale": D(-1), "montant_ttc": D(121)}, {}),
    ("SBX_024", "type_tva", {"type_tva": "SANS_TVA"}, {}),
    ("SBX_024", "type_tva", {**PDF, "type_tva": "EXONERATION", "motif_exoneration": "EXO1"}, {}),
    ("SBX_041", "pieces_jointes", {"pieces_jointes": (piece("a" * 47 + ".pdf"),)}, {}),
    ("SBX_041", "pieces_jointes", {"pieces_jointes": (piece("sansextension"),)}, {}),
    ("SBX_041", "pieces_jointes", {"pieces_jointes": (piece("a/b.pdf"),)}, {}),
    ("SBX_041", "pieces_jointes", {"pieces_jointes": (piece("a\u202efdp.pdf"),)}, {}),
    ("SBX_040", "pieces_jointes", {"pieces_jointes": (piece("facture.exe"),)}, {}),
    ("SBX_044", "pieces_jointes", {"pieces_jointes": (piece(taille=0),)}, {}),
    ("SBX_042", "pieces_jointes", {"pieces_jointes": (piece(taille=10 * MO + 1),)}, {}),
    ("SBX_043", "pieces_jointes", {"pieces_jointes": (piece(taille=10 * MO),) * 12 + (piece(taille=1),)}, {}),
]


@pytest.mark.parametrize(
    ("code", "champ", "depot", "monde"), REFUS, ids=[f"{n:02d}-{r[0]}-{r[1]}" for n, r in enumerate(REFUS)]
)
def test_refus(code, champ, depot, monde):
    trouves = trouver(depot, monde)
    assert (code, champ) in {(m.code, m.champ) for m in trouves}
    message = next(m.message for m in trouves if (m.code, m.champ) == (code, champ))
    assert message[0].isupper()
    assert message.endswith(".")
    assert "!" not in message


def test_le_depot_juste_passe():
    assert trouver() == []


ACCEPTES = {
    "service facultatif mais juste": ({"code_service": "LIBRE"}, {}),
    "service, casse indifférente": ({"code_service": "libre"}, {}),
    "service réservé, émetteur public": (
        {"code_service": "FACTURES_PUBLIQUES"},
        {"fournisseur": replace(FOURNISSEUR, publique=True)},
    ),
    "service obligatoire donné": ({"code_service": "LIBRE"}, {"parametres": Parametres(service_obligatoire=True)}),
    "engagement obligatoire donné": (
        {"numero_engagement": "n'importe lequel"},
        {"parametres": Parametres(engagement_obligatoire=True)},
    ),
    "l'un ou l'autre : service": ({"code_service": "LIBRE"}, {"parametres": Parametres(engagement_ou_service=True)}),
    "l'un ou l'autre : engagement": (
        {"numero_engagement": "E"},
        {"parametres": Parametres(engagement_ou_service=True)},
    ),
    "service qui exige un engagement": ({"code_service": "CHM-TECH", "numero_engagement": "E"}, {}),
    "État, engagement connu": (
        {"code_service": "LIBRE", "numero_engagement": "E1"},
        {"parametres": ETAT, "engagements": frozenset({"E1"})},
    ),
    "engagement inconnu ailleurs qu'à l'État": ({"numero_engagement": "E9"}, {}),
    "sous-traitant avec valideur": ({"cadre": Cadre.A9, "valideur_id": 3}, {"valideur": TITULAIRE}),
    "services des parties": (
        {"cadre": Cadre.A12, "valideur_id": 3, "service_valideur_id": 8, "service_fournisseur_id": 7},
        {"valideur": TITULAIRE, "services_des_parties": frozenset({(1, 7), (3, 8)})},
    ),
    "service valideur sans valideur à nommer": ({"service_valideur_id": 8}, {}),
    "acompte déduit": ({"acompte": D(20), "montant_a_payer": D(100)}, {}),
    "acompte du tout": ({"acompte": D(120), "montant_a_payer": D(0)}, {}),
    "décimales qui ne disent rien": (
        {"montant_a_payer": D("120.000"), "lignes": (replace(LIGNE, quantite=D("1.000000")),)},
        {},
    ),
    "trois décimales par API": ({"mode": ModeDepot.SAISIE_API, "montant_a_payer": D("119.005")}, {}),
    "une ligne de fichier n'est pas jugée ici": (
        {"mode": ModeDepot.UPLOAD_PORTAIL, "lignes": (replace(LIGNE, unite="", denomination="d" * 2000),)},
        {},
    ),
    "pièce pour une ligne": ({"pieces_jointes": (replace(piece(), ligne=1, designation="d" * 100),)}, {}),
    "un PDF se passe de mandat": (PDF, {"mandat_actif": False}),
    "un PDF se passe de lignes": (PDF, {}),
    "les lignes d'un PDF ne sont pas comparées": ({**PDF, "lignes": (replace(LIGNE, quantite=D(7)),)}, {}),
    "par API, les montants ont six décimales": (
        {"mode": ModeDepot.SAISIE_API, "lignes": (replace(LIGNE, remise=D("0.004")),), "montant_ht": D("100.004")},
        {},
    ),
    "type de pièce des exemples de l'AIFE": ({"pieces_jointes": (replace(piece(), type="AAR"),)}, {}),
    "compte bancaire du fournisseur": ({"coordonnees_bancaires_id": 8}, {"comptes_bancaires": frozenset({8})}),
    "numéro de 20 caractères": ({"numero": "M1A156109_1234567890"}, {}),
    "numéro avec les quatre signes": ({"numero": "a-B_3/4+5"}, {}),
    "date la plus ancienne": ({"date_facture": date(2000, 1, 1)}, {}),
    "A2 déjà payée": ({"cadre": Cadre.A2, "montant_a_payer": D(0)}, {}),
    "avoir positif": ({"type_facture": "AVOIR"}, {}),
    "net à payer négatif": ({"montant_a_payer": D(-5)}, {}),
    "ligne négative": (
        {
            "lignes": (replace(LIGNE, prix_unitaire=D(150)), replace(LIGNE, numero=2, prix_unitaire=D(-50))),
        },
        {},
    ),
    "devise étrangère": ({"devise": "DZD"}, {}),
    "remise avec son motif": (
        {
            "remise_globale": D(20),
            "motif_remise": "Fidélité",
            "montant_ttc": D(100),
            "montant_a_payer": D(100),
        },
        {},
    ),
    "exonération avec son motif": (
        {
            "type_tva": "EXONERATION",
            "motif_exoneration": "EXO1",
            "lignes": (replace(LIGNE, taux=D(0)),),
            "lignes_tva": (LigneTva(taux=D(0), base=D(100), montant=D(0)),),
            "montant_tva": D(0),
            "montant_ttc": D(100),
            "montant_a_payer": D(100),
        },
        {},
    ),
    "pièce de 10 Mo, nom de 50": ({"pieces_jointes": (piece("a" * 46 + ".PDF", 10 * MO),)}, {}),
    "dossier de 120 Mo": ({"pieces_jointes": (piece(taille=10 * MO),) * 12}, {}),
    "bornes des textes": (
        {
            "numero_engagement": "E" * 50,
            "numero_marche": "M" * 50,
            "numero_facture_origine": "F" * 20,
            "commentaire": "c" * 2000,
        },
        {},
    ),
    "taux hors de la liste": (
        {"lignes_tva": (LigneTva(taux=D(15), base=D(100), montant=D(15)),)}
        | {
            "lignes": (replace(LIGNE, taux=D(15)),),
            "montant_tva": D(15),
            "montant_ttc": D(115),
            "montant_a_payer": D(115),
        },
        {},
    ),
}


@pytest.mark.parametrize("cas", ACCEPTES)
def test_accepte(cas):
    depot, monde = ACCEPTES[cas]
    assert trouver(depot, monde) == []


def test_chaque_code_du_registre_est_essaye():
    """A code added to the registry without a row above fails here; each is met refused, none in a right deposit."""
    assert {r[0] for r in REFUS} == set(rules.codes())


def test_chaque_regle_du_registre_sert():
    """Each registered function answers at least once, only with codes that it declares."""
    muettes = set(range(len(rules.REGISTRE)))
    for _code, _champ, depot, monde in REFUS:
        for rang, entree in enumerate(rules.REGISTRE):
            vus = list(entree.regle(replace(JUSTE, **depot), replace(MONDE, **monde)))
            assert {m.code for m in vus} <= set(entree.codes)
            if vus:
                muettes.discard(rang)
    assert muettes == set()


def test_chaque_champ_de_manquement_est_un_champ_du_depot():
    champs = {f.removesuffix("_id") for f in Depot.__dataclass_fields__}
    assert {r[1] for r in REFUS} <= champs


def test_les_manquements_suivent_l_ordre_du_formulaire():
    trouves = trouver({"numero": "", "montant_ht": None, "pieces_jointes": (piece(taille=0),)}, {"fournisseur": None})
    assert [m.champ for m in trouves] == ["fournisseur", "numero", "montant_ht", "pieces_jointes"]


def test_un_destinataire_irrecevable_n_entraine_pas_d_autres_refus():
    trouves = trouver(
        {"code_service": "INCONNU", "numero_engagement": "E9"},
        {"destinataire": replace(DESTINATAIRE, active=False), "parametres": ETAT},
    )
    assert [m.code for m in trouves] == ["SBX_004"]


def test_le_message_nomme_ce_qui_a_ete_trouve():
    assert "caractères refusés : espace #" in trouver({"numero": "F #1"})[0].message
    assert "(21 caractères)" in trouver({"numero": "A" * 21})[0].message
    assert "« FERME » n'est plus actif. Services ouverts : CHM-TECH, LIBRE." in (
        trouver({"code_service": "FERME"})[0].message
    )
    assert "Services ouverts : aucun." in trouver({"code_service": "X"}, {"services": ()})[0].message
    assert "08/12/2026 saisi, nous sommes le 07/12/2026" in trouver({"date_facture": date(2026, 12, 8)})[0].message
    assert "TVA à 5.5 % 20,00, 5,50 attendu" in (
        trouver({"lignes_tva": (LigneTva(taux=D("5.50"), base=D(100), montant=D(20)),)})[0].message
    )
    doublon = trouver({"date_facture": None}, {"doublon": True})
    assert "SBX_010" in {m.code for m in doublon}


# --- the ten cases of factures.md §2.11: what the recipient demands

SERVICE, ENGAGEMENT = {"code_service": "LIBRE"}, {"numero_engagement": "E1"}
CONNU = {"engagements": frozenset({"E1"})}
CAS = {
    1: (Parametres(), {(): [], (0,): [], (1,): [], (0, 1): []}),
    2: (Parametres(service_obligatoire=True), {(): ["SBX_001"], (0,): [], (1,): ["SBX_001"], (0, 1): []}),
    3: (Parametres(engagement_obligatoire=True), {(): ["SBX_002"], (0,): ["SBX_002"], (1,): [], (0, 1): []}),
    4: (Parametres(engagement_ou_service=True), {(): ["SBX_003"], (0,): [], (1,): [], (0, 1): []}),
    5: (
        Parametres(service_obligatoire=True, engagement_obligatoire=True),
        {(): ["SBX_001", "SBX_002"], (0,): ["SBX_002"], (1,): ["SBX_001"], (0, 1): []},
    ),
    7: (ETAT, {(): ["SBX_001", "SBX_002"], (0,): ["SBX_002"], (1,): ["SBX_001"], (0, 1): []}),
    8: (Parametres(moa_uniquement=True), {(): ["SBX_062"], (0, 1): ["SBX_062"]}),
}


@pytest.mark.parametrize(
    ("cas", "donnes", "codes"),
    [(cas, donnes, codes) for cas, (_, attendus) in CAS.items() for donnes, codes in attendus.items()],
)
def test_ce_que_le_destinataire_exige(cas, donnes, codes):
    champs = {nom: valeur for rang in donnes for nom, valeur in (SERVICE, ENGAGEMENT)[rang].items()}
    assert [m.code for m in trouver(champs, {"parametres": CAS[cas][0], **CONNU})] == codes


@pytest.mark.parametrize("parametres", [Parametres(), Parametres(service_obligatoire=True)])
def test_cas_6_le_service_exige_l_engagement(parametres):
    monde = {"parametres": parametres}
    assert [m.code for m in trouver({"code_service": "CHM-TECH"}, monde)] == ["SBX_002"]
    assert trouver({"code_service": "CHM-TECH", **ENGAGEMENT}, monde) == []
    assert trouver(SERVICE, monde) == []


def test_cas_7_l_etat_connait_ses_engagements():
    champs = {**SERVICE, "numero_engagement": "E2"}
    assert [m.code for m in trouver(champs, {"parametres": ETAT, **CONNU})] == ["SBX_006"]


@pytest.mark.parametrize("cible", [None, replace(DESTINATAIRE, active=False)])
def test_cas_9_inactif_ou_inconnu(cible):
    assert [m.code for m in trouver({}, {"destinataire": cible})] == ["SBX_004"]


def test_cas_10_le_service_entre_entites_publiques():
    champs = {"code_service": "FACTURES_PUBLIQUES"}
    assert [m.code for m in trouver(champs)] == ["SBX_061"]
    assert trouver(champs, {"fournisseur": replace(FOURNISSEUR, publique=True)}) == []


@pytest.mark.parametrize("cas", [3, 5, 7])
def test_le_marche_ne_remplace_jamais_l_engagement(cas):
    trouves = trouver({**SERVICE, "numero_marche": "M-2026-031"}, {"parametres": CAS[cas][0], **CONNU})
    assert [m.code for m in trouves] == ["SBX_002"]


# --- acceptance tests of factures.md §10.2 that are pure rules (the others: test_deposer.py)


@pytest.mark.parametrize(("somme", "accepte"), [("100.01", True), ("99.99", True), ("100.02", False)])
def test_a07_tolerance_d_un_centime(somme, accepte):
    trouves = trouver(
        {**PDF, "lignes_tva": (LigneTva(taux=D(20), base=D(somme), montant=D(20)),)},
    )
    assert ([m.code for m in trouves] == []) is accepte


def test_a10_pieces_jointes():
    codes = [
        m.code
        for p in (
            piece("facture.exe"),
            piece("b" * 47 + ".pdf"),
            piece(taille=0),
            piece(taille=11 * MO),
        )
        for m in trouver({"pieces_jointes": (p,)})
    ]
    assert codes == ["SBX_040", "SBX_041", "SBX_044", "SBX_042"]


EXTENSIONS = """BMP BZ2 CSV DOC DOCX FAX GIF GZ GZIP HTM HTML JPEG JPG ODP ODS ODT P7S PDF PNG PPS PPT PPTX RTF SVG
TGZ TIF TIFF TXT XHTML XLC XLM XLS XLSX XML ZIP"""


def test_les_extensions_sont_celles_du_dossier():
    assert {e.lower() for e in EXTENSIONS.split()} == pieces.EXTENSIONS
    for extension in EXTENSIONS.split():
        assert trouver({"pieces_jointes": (piece(f"a.{extension}"),)}) == []


# --- amounts (§2.9)

MONTANTS = st.decimals(-(10**9), 10**9, places=6, allow_nan=False, allow_infinity=False)
LIGNES = st.lists(
    st.builds(
        Ligne,
        numero=st.just(1),
        denomination=st.just("x"),
        unite=st.just("u"),
        quantite=st.decimals(-1000, 1000, places=4),
        prix_unitaire=st.decimals(-100000, 100000, places=6),
        remise=st.decimals(0, 100, places=2),
        taux=st.sampled_from(sorted(TAUX_DECLARES)),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("brut", "arrondi"),
    [
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        ("1.005", "1.01"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("-1.114", "-1.11"),
        ("1E3", "1000.00"),
    ],
)
def test_arrondi_au_centime_le_plus_proche_le_demi_s_eloigne_de_zero(brut, arrondi):
    assert calculs.arrondir(D(brut)) == D(arrondi)
    assert calculs.arrondir(D(brut)).as_tuple().exponent == -2


@given(MONTANTS)
def test_arrondir_ne_s_ecarte_pas_de_plus_d_un_demi_centime(montant):
    arrondi = calculs.arrondir(montant)
    assert abs(arrondi - montant) <= D("0.005")
    assert calculs.arrondir(arrondi) == arrondi
    assert calculs.arrondir(-montant) == -arrondi


@given(MONTANTS, st.decimals(-1, 1, places=3))
def test_la_tolerance_est_d_un_centime_juste(montant, ecart):
    assert calculs.proches(montant, montant + ecart) is (abs(ecart) <= D("0.01"))


@given(LIGNES)
def test_les_totaux_calcules_sont_acceptes_par_les_regles(lignes):
    recapitulatif = calculs.recapituler(lignes)
    totaux = calculs.totaliser(recapitulatif)
    taux = [ligne.taux for ligne in recapitulatif]
    assert taux == sorted(set(taux), reverse=True)
    assert totaux.ht == sum(calculs.ht(ligne) for ligne in lignes)
    assert totaux.ttc == totaux.ht + totaux.tva
    depot = replace(
        JUSTE,
        lignes=tuple(lignes),
        lignes_tva=recapitulatif,
        montant_ht=totaux.ht,
        montant_tva=totaux.tva,
        montant_ttc=totaux.ttc,
        montant_a_payer=totaux.ttc,
    )
    assert {m.code for m in rules.controler(depot, MONDE)} <= {"SBX_025"}
    faux = replace(depot, montant_ttc=totaux.ttc + D("0.02"))
    assert "SBX_020" in {m.code for m in rules.controler(faux, MONDE)}


@given(LIGNES, st.decimals(0, 500, places=2), st.decimals(0, 500, places=2), st.booleans())
def test_ce_que_le_formulaire_calcule_passe_les_regles(lignes, remise, acompte, deja_payee):
    """Whatever the lines, discounts and rates: HT + TVA − remise = TTC, and no rule finds fault with it."""
    recapitulatif = calculs.recapituler(lignes)
    totaux = calculs.totaliser(recapitulatif, remise)
    assert totaux.ht + totaux.tva - remise == totaux.ttc
    for ligne in recapitulatif:
        assert calculs.proches(ligne.montant, ligne.base * ligne.taux / 100)
    acompte = min(acompte, max(totaux.ttc, D(0)))
    depot = replace(
        JUSTE,
        cadre=Cadre.A2 if deja_payee else Cadre.A1,
        lignes=tuple(lignes),
        lignes_tva=recapitulatif,
        montant_ht=totaux.ht,
        montant_tva=totaux.tva,
        montant_ttc=totaux.ttc,
        remise_globale=remise,
        motif_remise="Fidélité",
        acompte=acompte,
        montant_a_payer=calculs.a_payer(totaux.ttc, acompte, deja_payee=deja_payee),
    )
    refus = {m.code for m in rules.controler(depot, MONDE)}
    assert refus <= ({"SBX_025", "SBX_026"} if totaux.ttc < 0 else set())


def test_exercice_4_deux_taux():
    lignes = [
        replace(LIGNE, quantite=D(8), prix_unitaire=D("268.00")),
        replace(LIGNE, quantite=D(8), prix_unitaire=D("57.25")),
        replace(LIGNE, quantite=D(1), prix_unitaire=D("95.00")),
        replace(LIGNE, quantite=D(8), prix_unitaire=D("18.50"), taux=D("5.50")),
    ]
    recapitulatif = calculs.recapituler(lignes)
    assert [(t.taux, t.base, t.montant) for t in recapitulatif] == [
        (D(20), D("2697.00"), D("539.40")),
        (D("5.5"), D("148.00"), D("8.14")),
    ]
    totaux = calculs.totaliser(recapitulatif)
    assert (totaux.ht, totaux.tva, totaux.ttc) == (D("2845.00"), D("547.54"), D("3392.54"))


def test_les_taux_ecrits_de_deux_facons_font_une_ligne():
    lignes = [replace(LIGNE, taux=D("20.00")), replace(LIGNE, taux=D(20)), replace(LIGNE, taux=D("0.00"))]
    assert [t.taux for t in calculs.recapituler(lignes)] == [D(20), D(0)]


def test_remises_de_ligne_et_globale():
    ligne = replace(LIGNE, quantite=D(3), prix_unitaire=D("33.333"), remise=D("0.005"))
    assert calculs.ht(ligne) == D("99.99")
    totaux = calculs.totaliser((LigneTva(taux=D(20), base=D(100), montant=D(20)),), D("12.34"))
    assert (totaux.ttc_avant_remise, totaux.ttc) == (D("120.00"), D("107.66"))


def test_les_montants_des_messages_sont_ecrits_en_francais():
    assert montants.euros(D("4168.8")) == "4\u202f168,80"
    assert montants.euros(D("-1234567.891")) == "-1\u202f234\u202f567,89"


# --- lists


def test_listes_fermees():
    assert DEVISES[0] == "EUR"
    assert set(TAUX_REFERENTIEL.values()) - {D("19.6")} <= TAUX_DECLARES
    assert len(TAUX_DECLARES) == 15
    assert len(Motif) == 23
