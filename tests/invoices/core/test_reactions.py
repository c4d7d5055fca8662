"""One test per row of Table B and per « Erreur fréquente » of the exercises: deposit it, wait, read the history."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from invoices.enums import Cadre, Statut, TypeFacture, TypeTva
from invoices.models import Commande, HistoriqueStatut, PieceJointe
from invoices.services import deposer, retours
from invoices.services.brouillons import Piece
from invoices.services.transitions import Auteur
from sandbox.cohorts.models import Trace
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from structures import queries as structures
from structures.models import CoordonneesBancaires, Structure
from tests import factories

PARIS = ZoneInfo("Europe/Paris")
SAINT_AUBRAC = factories.MAIRIE_LENTE
HAUT_ORLE = "00020005500010"
CORVAN = "00010306900019"
VOLTAIGNE = "00010302800015"

FENETRES = [("6", "412.50", "20"), ("18", "48.00", "20"), ("1", "135.00", "20")]
PORTES = [("8", "268.00", "20"), ("8", "57.25", "20"), ("1", "95.00", "20"), ("8", "18.50", "5.5")]
TOUT_A_20 = [(q, p, "20") for q, p, _ in PORTES]
REPARATIONS = [("3", "365.00", "20"), ("1", "185.00", "20")]
TABLETTES = [("10", "175.00", "20"), ("8", "50.00", "20")]
COLLEGES = [("12", "385.00", "0"), ("1", "830.00", "0"), ("40", "50.00", "0")]
GROUPEMENT = [("26", "60.00", "20"), ("1", "1560.00", "20")]

EX3 = {"client": factories.VALMORAN, "lignes": FENETRES, "numero": "ARB-2026-118", "numero_engagement": "2026-BC-0147"}
EX4 = {
    "client": factories.HOPITAL,
    "lignes": PORTES,
    "numero": "ARB-2026-119",
    "code_service": "CHM-TECH",
    "numero_engagement": "CHM2600731",
    "pieces": ["BL-0731-signe.pdf"],
}
EX5 = {
    "client": factories.DEPARTEMENT,
    "lignes": REPARATIONS,
    "numero": "ARB-2026-104",
    "code_service": "DOR-ROUTES",
    "numero_engagement": "DOR-26-0457",
}
EX6 = {
    "client": HAUT_ORLE,
    "lignes": TABLETTES,
    "numero": "ARB-2026-109",
    "pieces": ["BL-109-signe.pdf", "attestation-109.pdf"],
}
EX7 = {
    "client": factories.ETAT,
    "lignes": [("10", "80.00", "20")],
    "numero": "ARB-2026-120",
    "code_service": "FIC0DSD042",
    "numero_engagement": "1500261234",
}
EX8 = {
    "client": factories.DEPARTEMENT,
    "lignes": COLLEGES,
    "numero": "ARB-2026-121",
    "code_service": "DOR-COLLEGES",
    "numero_marche": "M-2026-031",
    "cadre": Cadre.A9,
    "valideur": CORVAN,
    "type_tva": TypeTva.SANS_TVA,
}
EX9 = {
    "client": HAUT_ORLE,
    "lignes": GROUPEMENT,
    "numero": "ARB-2026-122",
    "code_service": "CCHO-TRAV",
    "numero_marche": "M-2026-052",
    "cadre": Cadre.A12,
    "valideur": CORVAN,
}
EX10 = {
    "client": factories.VALMORAN,
    "lignes": [("1", "21109.25", "20")],
    "numero": "T014-S03",
    "numero_marche": "2026-T-014",
}
EX14 = {
    "client": factories.HOPITAL,
    "lignes": [("10", "150.00", "20")],
    "numero": "ARB-2026-123",
    "code_service": "CHM-TECH",
    "numero_engagement": "CHM2600802",
}
JUSTES = {"EX3": EX3, "EX4": EX4, "EX5": EX5, "EX6": EX6, "EX7": EX7, "EX8": EX8, "EX9": EX9, "EX14": EX14}


def deposer_facture(structure, compte, *, client, valideur="", pieces=(), sans_lignes=False, **champs):
    """A draft of seat 1 with these fields, sent."""
    cohort = structure.cohort
    if valideur:
        champs["valideur"] = factories.publique(cohort, valideur)
    if sans_lignes:
        champs |= {"avec_lignes": False, "mode_depot": "DEPOT_PDF_PORTAIL"}
    facture = factories.brouillon(structure, factories.publique(cohort, client), compte=compte, **champs)
    with cohort.monde():
        for nom in pieces:
            joindre(facture, nom)
        return deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))


def joindre(facture, nom):
    PieceJointe.objects.create(
        cohort=facture.cohort, place=facture.place, facture=facture, nom=nom, empreinte="0" * 64, taille=10
    )


def avancer(cohort, jours):
    return engine.advance(cohort, cohort.simulated_now() + timedelta(days=jours))


def le(mois, jour, annee=2026):
    return datetime(annee, mois, jour, 8, tzinfo=PARIS)


def derniere(facture):
    with facture.cohort.monde():
        return HistoriqueStatut.objects.filter(facture=facture).last()


def vu(facture):
    """Status, motif, day of the last line; the comment apart."""
    ligne = derniere(facture)
    return ligne.statut, ligne.motif, ligne.survenu_le.astimezone(PARIS)


def statuts(facture):
    with facture.cohort.monde():
        return list(HistoriqueStatut.objects.filter(facture=facture).values_list("statut", flat=True))


@pytest.fixture
def poser(structure, mandat, compte):
    """Deposit an invoice of seat 1: an exercise, some of its fields changed."""

    def faire(exercice, **champs):
        return deposer_facture(structure, compte, **(exercice | champs))

    return faire


RETOURS = ("A_RECYCLER", "REJETEE", "SUSPENDUE", "REFUSEE_1", "ERREUR_FOURNISSEUR_SUR_VALIDEUR")


@pytest.mark.parametrize("nom", sorted(JUSTES))
def test_la_solution_de_chaque_exercice_est_payee(poser, cohort, nom):
    """SIM-3: nothing is reproached to a right deposit."""
    facture = poser(JUSTES[nom])
    avancer(cohort, 60)
    parcours = statuts(facture)
    assert not set(parcours) & set(RETOURS)
    assert parcours[-1] == "MISE_EN_PAIEMENT"
    assert derniere(facture).commentaire == ""


# exercise, fields changed, days to wait, status, motif, day, text of the message
ERREURS = {
    # EX3, ERR-05: SAINT-AUBRAC is silent for payments, not for this
    "ex3 mauvais destinataire": (
        EX3,
        {"client": SAINT_AUBRAC},
        ("A_RECYCLER", "SIRET_ERR", le(12, 10)),
        "Nous n'avons passé aucune commande à votre entreprise.",
    ),
    "ex3 mauvais destinataire, PDF sans ligne ni engagement": (
        EX3,
        {"client": SAINT_AUBRAC, "sans_lignes": True, "numero_engagement": ""},
        ("A_RECYCLER", "SIRET_ERR", le(12, 10)),
        "3\u202f474,00 € HT",
    ),
    "ex3 engagement inconnu": (
        EX3,
        {"numero_engagement": "2026-BC-9999"},
        ("A_RECYCLER", "EJ_ERR", le(12, 10)),
        "Engagement inconnu de notre comptabilité. Reçu : « 2026-BC-9999 ».",
    ),
    "ex3 prix": (
        EX3,
        {"lignes": [("6", "421.50", "20"), *FENETRES[1:]]},
        ("REJETEE", "FACT_NON_CONFORME", le(12, 10)),
        "Prix unitaire facturé : 421,50 € ; prix commandé : 412,50 €",
    ),
    "ex3 total du PDF": (
        EX3,
        {"lignes": [("1", "3447.00", "20")], "sans_lignes": True},
        ("REJETEE", "FACT_NON_CONFORME", le(12, 10)),
        "Montant HT facturé : 3\u202f447,00 € ; commandé et livré : 3\u202f474,00 €",
    ),
    "ex3 ligne en trop": (
        EX3,
        {"lignes": [*FENETRES, ("1", "90.00", "20")]},
        ("REJETEE", "FACT_NON_CONFORME", le(12, 10)),
        "« Fenêtre 4 » ne figure pas sur la commande",
    ),
    "ex3 avant le contrat": (
        EX3,
        {"date_facture": date(2026, 11, 2)},
        ("REJETEE", "AUTRE", le(12, 10)),
        "datée du 02/11/2026, avant le début du contrat (07/11/2026)",
    ),
    "ex3 déjà payée": (
        EX3,
        {"cadre": Cadre.A2, "montant_a_payer": 0},
        ("REJETEE", "AUTRE", le(12, 10)),
        "Cadre de facturation inadapté : A2 reçu, A1 attendu",
    ),
    "ex4 numéro de bon de commande": (
        EX4,
        {"numero_engagement": "CHM-BC-26-0731"},
        ("A_RECYCLER", "EJ_ERR", le(12, 14)),  # J+5 = 12/12, a Saturday
        "Engagement inconnu de notre comptabilité. « CHM-BC-26-0731 » est un numéro de bon de commande.",
    ),
    "ex4 engagement d'une autre commande": (
        EX4,
        {"numero_engagement": "CHM2600802"},
        ("A_RECYCLER", "EJ_ERR", le(12, 14)),
        "L'engagement « CHM2600802 » appartient à un autre service.",
    ),
    "ex4 pharmacie": (
        EX4,
        {"code_service": "CHM-PHARMA"},
        ("A_RECYCLER", "SE_ERR", le(12, 14)),
        "La pharmacie n'est pas concernée.",
    ),
    "ex4 tout à 20 %": (
        EX4,
        {"lignes": TOUT_A_20},
        ("REJETEE", "TX_TVA_ERR", le(12, 16)),
        "Taux de TVA du manuel imprimé erroné (5,5 %). Facturé : 20 %.",
    ),
    "ex4 tout à 20 %, PDF sans ligne": (
        EX4,
        {"lignes": TOUT_A_20, "sans_lignes": True},
        ("REJETEE", "TX_TVA_ERR", le(12, 16)),
        "TVA facturée : 569,00 € ; TVA attendue : 547,54 €.",
    ),
    "ex4 bon de livraison oublié": (
        EX4,
        {"pieces": []},
        ("SUSPENDUE", "JUSTIF_ABS", le(12, 16)),
        "Bon de livraison signé absent.",
    ),
    "ex4 bon de commande à la place": (
        EX4,
        {"pieces": ["bon-de-commande-CHM-BC-26-0731.pdf"]},
        ("SUSPENDUE", "JUSTIF_ABS", le(12, 16)),
        "Bon de livraison signé absent.",
    ),
    "ex5 service et engagement": (
        EX5,
        {"code_service": "DOR-COLLEGES", "numero_engagement": ""},
        ("A_RECYCLER", "SE_ERR", le(12, 10)),
        "cette commande relève de DOR-ROUTES, engagement DOR-26-0457.",
    ),
    "ex6 deux pièces": (
        EX6,
        {"pieces": []},
        ("SUSPENDUE", "JUSTIF_ABS", le(12, 10)),
        "Bon de livraison signé et attestation de fin d'intervention manquants. Le délai de paiement est interrompu",
    ),
    "ex7 douze unités": (
        EX7,
        {"lignes": [("12", "80.00", "20")]},
        ("REJETEE", "FACT_NON_CONFORME", le(12, 11)),
        "Quantité facturée 12, quantité livrée 10 (bon de livraison BL-112).",
    ),
    "ex8 cadre A1": (
        EX8,
        {"cadre": Cadre.A1, "valideur": ""},
        ("REJETEE", "AUTRE", le(12, 10)),
        "Vous n'êtes pas titulaire du marché M-2026-031 ; utilisez le cadre de sous-traitance.",
    ),
    "ex8 TVA facturée": (
        EX8,
        {"lignes": [(q, p, "20") for q, p, _ in COLLEGES], "type_tva": TypeTva.TVA_SUR_DEBIT},
        ("REFUSEE_1", "AUT_MOTIF_ERR_VALIDEUR", le(12, 11)),
        "Autoliquidation : merci de facturer hors taxes. TVA facturée à tort : 1\u202f490,00 €.",
    ),
    "ex8 plafond": (
        EX8,
        {"lignes": [("60", "410.00", "0")]},
        ("REFUSEE_1", "AUT_MOTIF_ERR_VALIDEUR", le(12, 11)),
        "Plafond de l'acte spécial dépassé. 24\u202f600,00 € HT cumulés pour 24\u202f000,00 € acceptés.",
    ),
    "ex8 cadre A12": (
        EX8,
        {"cadre": Cadre.A12},
        ("REFUSEE_1", "AUT_MOTIF_ERR_VALIDEUR", le(12, 9)),
        "Vous êtes sous-traitant, pas cotraitant.",
    ),
    "ex8 mauvais valideur": (
        EX8,
        {"valideur": VOLTAIGNE},
        ("ERREUR_FOURNISSEUR_SUR_VALIDEUR", "ERR_VALIDEUR", le(12, 11)),
        "Nous ne sommes pas le valideur de ce marché",
    ),
    "ex9 cadre A9": (
        EX9,
        {"cadre": Cadre.A9},
        ("REFUSEE_1", "AUT_MOTIF_ERR_VALIDEUR", le(12, 11)),
        "Vous êtes cotraitant, pas sous-traitant.",
    ),
    "ex9 autoliquidation par réflexe": (
        EX9,
        {"lignes": [(q, p, "0") for q, p, _ in GROUPEMENT], "type_tva": TypeTva.SANS_TVA},
        ("REJETEE", "TX_TVA_ERR", le(12, 14)),  # validated at J+2, then J+3: a Saturday
        "TVA absente. Attendue : 624,00 €",
    ),
    "ex9 marché de l'autre exercice": (
        EX9,
        {"numero_marche": "M-2026-031"},
        ("REJETEE", "AUTRE", le(12, 14)),
        "Marché inconnu de la communauté de communes : « M-2026-031 ».",
    ),
    "ex3 avec valideur": (
        EX3,
        {"cadre": Cadre.A9, "valideur": CORVAN},
        ("REFUSEE_1", "AUT_MOTIF_ERR_VALIDEUR", le(12, 11)),
        "facturez-la sans valideur (cadre A1)",
    ),
    "ex10 en facture simple": (
        EX10,
        {},
        ("REJETEE", "AUTRE", le(12, 10)),
        "Marché de travaux : déposez un projet de décompte (A4).",
    ),
}


@pytest.mark.parametrize("nom", sorted(ERREURS))
def test_chaque_erreur_a_sa_reaction(poser, cohort, nom):
    exercice, champs, attendu, texte = ERREURS[nom]
    facture = poser(exercice, **champs)
    avancer(cohort, 14)
    assert vu(facture) == attendu
    ligne = derniere(facture)
    assert texte in ligne.commentaire
    assert ligne.robot is True
    assert not {"SERVICE_FAIT", "MANDATEE"} & set(statuts(facture))
    with cohort.monde():
        assert not DueEvent.objects.filter(cible=facture.pk, etat="prevu", kind="invoices.robot").exists()
        assert not DueEvent.objects.exclude(echec="").exists()


def test_le_formateur_lit_pourquoi(poser, cohort, django_capture_on_commit_callbacks):
    """SIM-3: one sentence, in the journal only."""
    facture = poser(EX7, lignes=[("12", "80.00", "20")])
    with django_capture_on_commit_callbacks(execute=True):
        avancer(cohort, 5)
    with cohort.monde():
        trace = Trace.objects.get(verbe="le robot réagit")
    assert trace.objet == "ARB-2026-120 : ERR-08 : quantité facturée 12, livrée 10 (commande ex7-01, EX7)"
    assert (trace.place, trace.auteur) == (1, "robot")
    assert "commande ex7" not in derniere(facture).commentaire


@pytest.mark.parametrize(
    ("exercice", "debut"),
    [
        (EX3 | {"numero_engagement": "X-1"}, "Bonjour. Engagement inconnu"),
        (EX7 | {"lignes": [("12", "80.00", "20")]}, "FACT_NON_CONFORME – Quantité"),
        (EX5 | {"code_service": "DOR-SOCIAL"}, "Madame, Monsieur, "),
        (EX6 | {"lignes": [("11", "175.00", "20"), ("8", "50.00", "20")]}, "Contrôle de la facture ARB-2026-109 : "),
        (EX4 | {"code_service": "CHM-PHARMA"}, "La pharmacie"),
        (EX3 | {"client": SAINT_AUBRAC}, "Désolés de ce retour. "),
    ],
)
def test_chaque_profil_a_son_style(poser, cohort, exercice, debut):
    facture = poser(exercice)
    avancer(cohort, 14)
    assert derniere(facture).commentaire.startswith(debut)
    assert len(derniere(facture).commentaire) <= 255


# --- ERR-11


def test_ex5_nouvelle_facture_au_lieu_de_recycler(poser, cohort):
    ancienne = poser(EX5, code_service="DOR-COLLEGES", numero_engagement="")
    avancer(cohort, 4)
    nouvelle = poser(EX5, numero="ARB-2026-104B")
    avancer(cohort, 4)
    assert vu(nouvelle) == ("REJETEE", "DOUBLE_FACT", le(12, 14))
    assert "Doublon de ARB-2026-104." in derniere(nouvelle).commentaire
    assert derniere(ancienne).statut == "A_RECYCLER"


def test_ex6_nouvelle_facture_au_lieu_de_completer(poser, cohort):
    ancienne = poser(EX6, pieces=[])
    avancer(cohort, 4)
    nouvelle = poser(EX6, numero="ARB-2026-109B")
    avancer(cohort, 4)
    assert vu(nouvelle)[:2] == ("REJETEE", "DOUBLE_FACT")
    assert derniere(ancienne).statut == "SUSPENDUE"


def test_refacturer_apres_un_rejet_n_est_pas_un_doublon(poser, cohort):
    """EX7: the first one is rejected, the new number is the right way."""
    rejetee = poser(EX7, lignes=[("12", "80.00", "20")], numero="ARB-2026-112")
    avancer(cohort, 5)
    assert derniere(rejetee).statut == "REJETEE"
    bonne = poser(EX7)
    avancer(cohort, 20)
    assert derniere(bonne).statut == "MISE_EN_PAIEMENT"


def test_un_doublon_dont_l_original_est_rejete_entre_temps_est_paye(poser, cohort):
    """The day is fixed, the decision is taken when it comes."""
    original = poser(EX3)
    copie = poser(EX3, numero="ARB-2026-118B")
    avancer(cohort, 1)
    with cohort.monde():
        type(original).objects.filter(pk=original.pk).update(statut="REJETEE")
    avancer(cohort, 30)
    assert "REJETEE" not in statuts(copie)
    assert derniere(copie).statut == "MISE_EN_PAIEMENT"
    with cohort.monde():
        assert HistoriqueStatut.objects.get(facture=copie, statut="SERVICE_FAIT").survenu_le == le(12, 14)


def test_une_facture_annulee_par_un_avoir_se_refacture(poser, cohort):
    poser(EX3)
    avancer(cohort, 1)
    poser(EX3, numero="A-1", type_facture=TypeFacture.AVOIR, numero_facture_origine="ARB-2026-118")
    nouvelle = poser(EX3, numero="ARB-2026-119")
    avancer(cohort, 30)
    assert derniere(nouvelle).statut == "MISE_EN_PAIEMENT"


def test_sans_commande_la_copie_exacte_est_un_doublon(poser, cohort):
    """Same lines, amounts, date, engagement; an invoice without engagement is never called a copy."""
    sans_commande = {"client": factories.VALMORAN, "numero_engagement": "PERSO-1", "lignes": [("3", "33.00", "20")]}
    poser(sans_commande, numero="P-1")
    copie = poser(sans_commande, numero="P-2")
    autre_jour = poser(sans_commande, numero="P-3", date_facture=date(2026, 12, 4))
    libres = [poser(sans_commande, numero=f"L-{n}", numero_engagement="") for n in range(3)]
    avancer(cohort, 30)
    assert vu(copie) == ("REJETEE", "DOUBLE_FACT", le(12, 10))
    assert "Doublon de P-1." in derniere(copie).commentaire
    assert {derniere(f).statut for f in (autre_jour, *libres)} == {"MISE_EN_PAIEMENT"}


def test_la_copie_d_un_autre_poste_n_est_pas_un_doublon(poser, cohort):
    poser(EX3)
    voisin = factories.compte(cohort, 2)
    entreprise = factories.structure(cohort, 2)
    factories.rattachement(voisin, entreprise)
    factories.mandat(entreprise)
    facture = deposer_facture(entreprise, voisin, **EX3)
    avancer(cohort, 30)
    assert derniere(facture).statut == "MISE_EN_PAIEMENT"


def test_bonus_14_le_meme_contenu_deux_fois(poser, cohort):
    poser(EX14)
    seconde = poser(EX14, numero="ARB-2026-124")
    avancer(cohort, 60)
    assert derniere(seconde).statut == "MISE_EN_PAIEMENT"


# --- recycling


def recycler(facture, compte, client=None, **champs):
    cohort = facture.cohort
    cohort.refresh_from_db()
    with cohort.monde():
        facture.refresh_from_db()
        vers = client or facture.destinataire.identifiant
        retours.recycler(
            facture.pk,
            retours.Reroutage(destinataire_id=Structure.objects.get(identifiant=vers).pk, **champs),
            auteur=Auteur(nom=str(compte), compte=compte),
            droits=structures.droits(compte),
        )


def test_ex5_recycler_au_bon_service_fait_payer(poser, compte, cohort):
    facture = poser(EX5, code_service="DOR-COLLEGES", numero_engagement="")
    avancer(cohort, 4)
    recycler(facture, compte, code_service="DOR-ROUTES", numero_engagement="DOR-26-0457")
    avancer(cohort, 40)
    assert derniere(facture).statut == "MISE_EN_PAIEMENT"
    assert statuts(facture).count("A_RECYCLER") == 1


def test_ex5_recyclage_vers_un_autre_mauvais_service(poser, compte, cohort):
    """J+3 after the new arrival; the second time, the robot says to use the annuaire."""
    facture = poser(EX5, code_service="DOR-COLLEGES", numero_engagement="")
    avancer(cohort, 4)
    assert "annuaire" not in derniere(facture).commentaire
    recycler(facture, compte, code_service="DOR-SOCIAL", numero_engagement="DOR-26-0457")
    avancer(cohort, 4)
    assert vu(facture) == ("A_RECYCLER", "SE_ERR", le(12, 14))
    assert derniere(facture).commentaire.endswith("Deuxième renvoi : consultez l'annuaire avant de recycler.")
    assert "DOR-SOCIAL" in derniere(facture).commentaire


def test_ex3_recycler_vers_le_bon_client(poser, compte, cohort):
    facture = poser(EX3, client=SAINT_AUBRAC)
    avancer(cohort, 4)
    recycler(facture, compte, client=factories.VALMORAN, numero_engagement="2026-BC-0147")
    avancer(cohort, 30)
    assert derniere(facture).statut == "MISE_EN_PAIEMENT"


@pytest.mark.parametrize(
    ("champs", "motif"), [({"client": SAINT_AUBRAC}, "SIRET_ERR"), ({"numero_engagement": "X"}, "EJ_ERR")]
)
def test_sous_la_reforme_a_recycler_devient_rejetee(poser, cohort, champs, motif):
    cohort.regime = "reforme-2026"
    cohort.save()
    facture = poser(EX3, **champs)
    avancer(cohort, 4)
    assert vu(facture) == ("REJETEE", motif, le(12, 10))


def test_sous_la_reforme_le_refus_du_titulaire_est_tranche_par_le_client(poser, cohort):
    """T19a: the invoice arrives all the same, with the answer of the titulaire."""
    cohort.regime = "reforme-2026"
    cohort.save()
    facture = poser(EX8, lignes=[("60", "410.00", "0")])
    avancer(cohort, 14)
    assert "REFUSEE_1" in statuts(facture)
    assert vu(facture) == ("REJETEE", "AUTRE", le(12, 14))
    assert "Demande refusée par le valideur : Plafond de l'acte spécial dépassé." in derniere(facture).commentaire


def test_sous_la_reforme_le_titulaire_dit_conforme(poser, cohort):
    cohort.regime = "reforme-2026"
    cohort.save()
    facture = poser(EX8)
    avancer(cohort, 5)
    with cohort.monde():
        ligne = HistoriqueStatut.objects.get(facture=facture, statut="VALIDEE_1")
    assert (ligne.commentaire, ligne.survenu_le) == ("Prestations conformes à notre contrat.", le(12, 11))


# --- ERR-07: suspended once


def completer(facture, compte, *noms):
    cohort = facture.cohort
    cohort.refresh_from_db()
    with cohort.monde():
        pieces = [Piece(nom=nom, contenu=nom.encode()) for nom in noms]
        complement = retours.Complement(pieces=pieces, commentaire="Voici les pièces demandées.")
        retours.completer(facture.pk, complement, auteur=Auteur(nom=str(compte), compte=compte))


def courriels(cohort):
    with cohort.monde():
        lus = Message.objects.filter(type="courriel").order_by("pk")
        return [(m.recu_le.astimezone(PARIS), m.corps, m.expediteur) for m in lus]


@pytest.fixture
def suspendue(poser, cohort):
    facture = poser(EX6, pieces=[])
    avancer(cohort, 4)  # Friday 11 December
    assert derniere(facture).statut == "SUSPENDUE"
    return facture


def test_ex6_complet(suspendue, compte, cohort):
    completer(suspendue, compte, "BL-109-signe.pdf", "attestation-109.pdf")
    avancer(cohort, 40)
    assert derniere(suspendue).statut == "MISE_EN_PAIEMENT"
    assert courriels(cohort) == []
    with cohort.monde():
        assert HistoriqueStatut.objects.get(facture=suspendue, statut="SERVICE_FAIT").survenu_le == le(12, 14)


def test_ex6_une_seule_piece(suspendue, compte, cohort):
    """No second suspension: a letter at J+2, then a rejection at J+9 (both slipped to a working day)."""
    completer(suspendue, compte, "BL-109-signe.pdf")
    avancer(cohort, 14)
    ((quand, corps, de_qui),) = courriels(cohort)
    assert (quand, de_qui) == (le(12, 14), "COMMUNAUTÉ DE COMMUNES DU HAUT-ORLE")
    assert "Attestation de fin d'intervention absent" in corps
    assert "rejetée le 21/12/2026" in corps
    assert vu(suspendue) == ("REJETEE", "AUTRE", le(12, 21))
    assert "malgré notre relance" in derniere(suspendue).commentaire
    assert statuts(suspendue).count("SUSPENDUE") == 1


def test_ex6_le_leurre(suspendue, compte, cohort):
    completer(suspendue, compte, "BL-119.pdf", "attestation-109.pdf")
    avancer(cohort, 4)
    ((quand, corps, _),) = courriels(cohort)
    assert quand == le(12, 14)
    assert "Ce bon de livraison concerne un autre chantier." in corps
    assert "Bon de livraison signé absent" in corps
    avancer(cohort, 10)
    assert derniere(suspendue).statut == "REJETEE"


def test_ex6_le_leurre_en_plus_des_bonnes_pieces(suspendue, compte, cohort):
    """Said in the letter, and the payment goes on."""
    completer(suspendue, compte, "BL-119.pdf", "BL-109-signe.pdf", "attestation-109.pdf")
    avancer(cohort, 40)
    assert "autre chantier" in courriels(cohort)[0][1]
    assert derniere(suspendue).statut == "MISE_EN_PAIEMENT"


def test_une_piece_ajoutee_avant_l_echeance_compte(suspendue, compte, cohort):
    completer(suspendue, compte, "BL-109-signe.pdf")
    with cohort.monde():
        joindre(suspendue, "attestation-109.pdf")
    avancer(cohort, 40)
    assert courriels(cohort) == []
    assert derniere(suspendue).statut == "MISE_EN_PAIEMENT"


def test_la_relance_ne_part_pas_sans_lecteur(suspendue, compte, cohort):
    completer(suspendue, compte, "BL-109-signe.pdf")
    with cohort.monde():
        type(suspendue).objects.filter(pk=suspendue.pk).update(cree_par=None)
    avancer(cohort, 4)
    assert courriels(cohort) == []


# --- ERR-16


def avoir(poser, ttc="495.00", **champs):
    prix = {"495.00": "412.50", "5000.00": "5000.00", "2400.00": "2000.00"}[ttc]
    return poser(
        EX3,
        **(
            {
                "numero": "ARB-2026-A004",
                "numero_engagement": "",
                "type_facture": TypeFacture.AVOIR,
                "numero_facture_origine": "ARB-2026-118",
                "lignes": [("1", prix, "20")],
            }
            | champs
        ),
    )


def test_bonus_13_un_avoir_est_pris_en_compte(poser, cohort):
    poser(EX3)
    avancer(cohort, 1)
    emis = avoir(poser)
    avancer(cohort, 60)
    assert vu(emis) == ("PRISE_EN_COMPTE_DESTINATAIRE", "", le(12, 11))
    assert statuts(emis).count("PRISE_EN_COMPTE_DESTINATAIRE") == 1


@pytest.mark.parametrize(
    ("ttc", "champs", "texte"),
    [
        ("5000.00", {}, "Avoir supérieur à la facture ARB-2026-118 : 6\u202f000,00 € pour 4\u202f168,80 €."),
        ("495.00", {"client": factories.BELLECOMBE, "numero_engagement": "B-1"}, "adressée à un autre client"),
        ("495.00", {"numero_facture_origine": "INCONNUE-1"}, "Facture d'origine inconnue de nos services"),
    ],
)
def test_bonus_13_un_avoir_faux_est_rejete(poser, cohort, ttc, champs, texte):
    poser(EX3)
    avancer(cohort, 1)
    emis = avoir(poser, ttc, **champs)
    avancer(cohort, 5)
    assert vu(emis) == ("REJETEE", "FACT_NON_CONFORME", le(12, 11))
    assert texte in derniere(emis).commentaire


def test_deux_avoirs_se_cumulent(poser, cohort):
    poser(EX3)
    avancer(cohort, 1)
    un = avoir(poser, "2400.00")
    deux = avoir(poser, "2400.00", numero="A-5")
    avancer(cohort, 5)
    assert derniere(un).statut == "PRISE_EN_COMPTE_DESTINATAIRE"
    assert "4\u202f800,00 €" in derniere(deux).commentaire


def test_qui_ne_repond_pas_ne_prend_pas_en_compte_un_avoir(poser, cohort):
    poser(EX3, client=SAINT_AUBRAC, numero="S-1", lignes=[("1", "900.00", "20")], numero_engagement="")
    avancer(cohort, 1)
    emis = avoir(poser, client=SAINT_AUBRAC, numero_facture_origine="S-1")
    avancer(cohort, 30)
    assert derniere(emis).statut == "MISE_A_DISPOSITION"


# --- ERR-12, free practice


def changer_de_compte(structure, iban):
    with structure.cohort.monde():
        return CoordonneesBancaires.objects.create(
            cohort=structure.cohort, place=1, structure=structure, nom=iban[-4:], iban=iban, bic="FICTFRPPXXX"
        )


@pytest.mark.parametrize(("pack", "statut"), [("libre", "SUSPENDUE"), ("novices-7h", "SERVICE_FAIT")])
def test_un_compte_bancaire_change_sans_preavis(db, pack, statut):
    cohort = factories.cohort(pack=pack)
    compte = factories.compte(cohort)
    structure = factories.structure(cohort)
    factories.rattachement(compte, structure)
    factories.mandat(structure)
    ancien = changer_de_compte(structure, "FR7699999000010000001010176")
    nouveau = changer_de_compte(structure, "FR7699999000010000001010273")
    commun = {"client": factories.VALMORAN}
    un = deposer_facture(structure, compte, numero="B-1", coordonnees_bancaires=ancien, **commun)
    deux = deposer_facture(structure, compte, numero="B-2", coordonnees_bancaires=nouveau, **commun)
    sans = deposer_facture(structure, compte, numero="B-3", **commun)
    avancer(cohort, 4)
    assert [derniere(f).statut for f in (un, deux, sans)] == ["SERVICE_FAIT", statut, "SERVICE_FAIT"]
    if statut == "SUSPENDUE":
        assert derniere(deux).motif == "COORD_BANC_ERR"
        completer(deux, compte, "RIB.pdf")
        avancer(cohort, 30)
        assert derniere(deux).statut == "MISE_EN_PAIEMENT"


# --- who does not react


def test_le_silencieux_ne_reagit_jamais(poser, cohort):
    cohort.profils = {**cohort.profils, "bon_payeur": cohort.profils["silencieux"]}
    cohort.save()
    facture = poser(EX3, numero_engagement="FAUX")
    avancer(cohort, 60)
    assert derniere(facture).statut == "MISE_A_DISPOSITION"


def test_un_agent_qui_a_deja_accepte_l_emporte(poser, cohort):
    from invoices.services import traitement

    facture = poser(EX3, numero_engagement="FAUX")
    avancer(cohort, 1)
    with cohort.monde():
        facture.refresh_from_db()
        facture.cohort = cohort
        traitement.traiter(facture, traitement.Traitement(statut="SERVICE_FAIT"), auteur=Auteur(nom="agent"))
    avancer(cohort, 10)
    assert derniere(facture).statut == "SERVICE_FAIT"


def test_une_commande_disparue_ne_se_reproche_plus(poser, cohort):
    facture = poser(EX3, numero_engagement="FAUX")
    avancer(cohort, 1)
    with cohort.monde():
        Commande.objects.all().delete()
    avancer(cohort, 30)
    assert derniere(facture).statut == "MISE_EN_PAIEMENT"


def test_le_hasard_deplace_le_jour_de_la_reaction(poser, cohort):
    """« aleatoire »: ± 30 % of three days, drawn from the seed; the mistake is the same."""
    cohort.profils = {**cohort.profils, "bon_payeur": cohort.profils["aleatoire"]}
    cohort.save()
    facture = poser(EX3, numero_engagement="FAUX")
    avancer(cohort, 6)
    assert vu(facture)[:2] == ("A_RECYCLER", "EJ_ERR")
    assert le(12, 9) <= derniere(facture).survenu_le.astimezone(PARIS) <= le(12, 11)


def test_un_avoir_dont_la_facture_arrive_entre_temps_est_pris_en_compte(poser, cohort):
    """Rejected for an unknown invoice only if it still is, on the day."""
    emis = avoir(poser)
    avancer(cohort, 1)
    poser(EX3)
    avancer(cohort, 5)
    assert vu(emis) == ("PRISE_EN_COMPTE_DESTINATAIRE", "", le(12, 10))


def test_un_evenement_en_retard_ne_fait_rien(facture_deposee, cohort):
    """The invoice has moved, or the portal has closed the avoir: each robot looks before it acts."""
    from invoices.services import jeu_des_robots

    with cohort.monde():
        facture_deposee.cohort = cohort
        assert jeu_des_robots.reagir(facture_deposee) is None
        assert jeu_des_robots.relancer(facture_deposee) is None
        assert jeu_des_robots.repondre_en_valideur(facture_deposee) is None
        facture_deposee.statut, facture_deposee.solde = "MISE_A_DISPOSITION", True
        facture_deposee.type_facture = "AVOIR"
        assert jeu_des_robots.poser(facture_deposee, Statut.PRISE_EN_COMPTE_DESTINATAIRE) is None
    assert derniere(facture_deposee).statut == "DEPOSEE"
