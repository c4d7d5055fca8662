"""rechercher/fournisseur and rechercher/atraiter/fournisseur (api.md §6.4, A-05)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.familles import factures_recherche_fournisseur as famille
from api.registre import OPERATIONS
from invoices.enums import Statut
from invoices.models import Facture, HistoriqueStatut
from structures.models import Structure
from tests import factories
from tests.api.appels import VOLTAIGNE

F8, F9 = "factures/v1/rechercher/fournisseur", "factures/v1/rechercher/atraiter/fournisseur"
VIDE = {
    "codeRetour": 20000,
    "libelle": "TRA_MSG_00.015",
    "listeFactures": [],
    "parametresRetour": {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0},
}


def numeros(programme, corps=None, chemin=F8):
    statut, recu = programme.post(chemin, corps)
    assert statut == 200
    assert recu["codeRetour"] in (0, 20000)
    return [ligne.get("numeroFacture", "") for ligne in recu["listeFactures"]]


def test_une_ligne_dit_tout(decor, emetteur):
    statut, recu = emetteur.post(F8, {"numeroFacture": "F-A1", "recupererTaille": True})
    assert (statut, recu["codeRetour"], recu["libelle"]) == (200, 0, "TRA_MSG_00.000")
    assert recu["parametresRetour"] == {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 1}
    assert recu["listeFactures"] == [
        {
            "identifiantFactureCPP": decor.visee.pk,
            "typeDemandePaiement": "FACTURE",
            "codeFournisseur": VOLTAIGNE,
            "typeIdentifiantFournisseur": "SIRET",
            "designationFournisseur": decor.fournisseur.raison_sociale,
            "codeServiceFournisseur": "ATELIER",
            "nomServiceFournisseur": "Service ATELIER",
            "idDestinataire": decor.hopital.pk,
            "codeDestinataire": decor.hopital.identifiant,
            "designationDestinataire": "CENTRE HOSPITALIER DE MONTBRISAC",
            "idServiceExecutant": decor.service.pk,
            "codeServiceExecutant": "CHM-TECH",
            "nomServiceExecutant": "Services techniques",
            "typeFacture": "AVOIR",
            "numeroFacture": "F-A1",
            "dateFacture": "2026-12-01",
            "dateDepot": "2026-12-02",
            "montantHT": 150.5,
            "montantTTC": 180.6,
            "montantAPayer": 170,
            "devise": "EUR",
            "statut": "REJETEE",
            "numeroMarche": "M-77",
            "numeroBonCommande": "CHM2600731",
            "numeroFluxDepot": "CPP0011117000000000000042",
            "typeIdentifiantValideur1": "SIRET",
            "codeValideur1": decor.valideur.identifiant,
            "raisonSocialeValideur1": decor.valideur.raison_sociale,
            "dateValidation1": "2026-12-02",
            "numeroFactureOrigine": "F-0",
            "modeDepot": "UPLOAD_API",
            "coordBancairesFournisseurCleIban": "76",
            "coordBancairesFournisseurCleRib": "76",
            "coordBancairesFournisseurCodeBanque": "99999",
            "coordBancairesFournisseurCodePays": "FR",
            "coordBancairesFournisseurCompteBancaire": "00000010280",
            "coordBancairesFournisseurNomCb": "Compte principal",
            "affactureurRaisonSociale": "FACTOR EXEMPLE",
            "nomPrenomUtilisateurCreateur": f"{decor.createur.nom} {decor.createur.prenom}",
            "taille": 14,
            "dateHeureEtatCourant": "2026-12-03T15:30:00.000+01:00",
            "commentaireEtatCourant": "Montant de la facture erroné : Voir le devis",
            "rejetTraite": True,
        }
    ]


def test_la_taille_n_est_dite_que_si_elle_est_demandee(decor, emetteur):
    _, recu = emetteur.post(F8, {"recupererTaille": False})
    assert all("taille" not in ligne for ligne in recu["listeFactures"])
    _, recu = emetteur.post(F8, {"recupererTaille": True, "numeroFacture": "F-B2"})
    assert [ligne["taille"] for ligne in recu["listeFactures"]] == [0]


CRITERES = {
    "destinataire": (
        lambda d: {"listeDestinataire": [{"idDestinataire": d.hopital.pk}]},
        lambda d: {"listeDestinataire": [{"idDestinataire": d.commune.pk}]},
    ),
    "destinataires": (
        lambda d: {"listeDestinataire": [{"idDestinataire": d.hopital.pk}, {"idDestinataire": d.valideur.pk}]},
        lambda d: {"listeDestinataire": [{"idDestinataire": d.commune.pk}, {"idDestinataire": d.valideur.pk}]},
    ),
    "service exécutant": (
        lambda d: {"listeDestinataire": [{"idDestinataire": d.hopital.pk, "listeIdServiceExecutant": [d.service.pk]}]},
        lambda d: {"listeDestinataire": [{"idDestinataire": d.commune.pk, "listeIdServiceExecutant": [d.service.pk]}]},
    ),
    "service seul": (
        lambda d: {"listeDestinataire": [{"listeIdServiceExecutant": [d.service.pk, 0]}]},
        lambda d: {"listeDestinataire": [{"listeIdServiceExecutant": [d.service_fournisseur.pk]}]},
    ),
    "raison sociale": (
        lambda d: {"listeDestinataire": [{"raisonSocialeStuctDmd": "hospitalier, montbrisac"}]},
        lambda d: {"listeDestinataire": [{"raisonSocialeStuctDmd": "valmoran"}]},
    ),
    "numéro": (lambda d: {"numeroFacture": "f-a1"}, lambda d: {"numeroFacture": "F-A"}),
    "dépôt du": (
        lambda d: {"periodeDateDepotDu": "2026-12-02", "periodeDateDepotAu": "2026-12-06"},
        lambda d: {"periodeDateDepotDu": "2026-12-03"},
    ),
    "dépôt au": (lambda d: {"periodeDateDepotAu": "2026-12-02"}, lambda d: {"periodeDateDepotAu": "2026-12-01"}),
    "type": (lambda d: {"typeFacture": "AVOIR"}, lambda d: {"typeFacture": "FACTURE"}),
    "acompte": (lambda d: {"typeFacture": "AVOIR"}, lambda d: {"typeFacture": "ACOMPTE"}),
    "fournisseur": (
        lambda d: {"idFournisseur": d.fournisseur.pk, "numeroFacture": "F-A1"},
        lambda d: {"idFournisseur": d.valideur.pk},
    ),
    "service du fournisseur": (
        lambda d: {"idServiceFournisseur": d.service_fournisseur.pk},
        lambda d: {"idServiceFournisseur": d.service.pk},
    ),
    "valideur": (
        lambda d: {"idStructureValideur": d.valideur.pk},
        lambda d: {"idStructureValideur": d.fournisseur.pk},
    ),
    "cadre": (
        lambda d: {"cadreFacturation": "A9_FACTURE_SOUSTRAITANT"},
        lambda d: {"cadreFacturation": "A3_MEMOIRE_JUSTICE"},
    ),
    "statut": (lambda d: {"statutCourant": ["REJETEE", "NON_CONFORME"]}, lambda d: {"statutCourant": ["SUSPENDUE"]}),
    "facture du": (
        lambda d: {"periodeDateFactureDu": "2026-12-01", "periodeDateFactureAu": "2026-12-01"},
        lambda d: {"periodeDateFactureDu": "2026-12-02"},
    ),
    "facture au": (
        lambda d: {"periodeDateFactureAu": "2026-12-01T00:00:00.000Z"},
        lambda d: {"periodeDateFactureAu": "2026-11-30"},
    ),
    "HT min": (
        lambda d: {"montantHTMin": 150.5, "montantHTMax": 999.99},
        lambda d: {"montantHTMin": "150.51", "montantHTMax": 10**14},
    ),
    "HT max": (lambda d: {"montantHTMax": 150.5}, lambda d: {"montantHTMax": 150.4}),
    "TTC min": (lambda d: {"montantTTCMin": 180.6, "montantTTCMax": 200}, lambda d: {"montantTTCMin": 180.61}),
    "TTC max": (lambda d: {"montantTTCMax": 180.6}, lambda d: {"montantTTCMax": 180}),
    "à payer min": (lambda d: {"montantApayerMin": 170, "montantApayerMax": 171}, lambda d: {"montantApayerMin": 171}),
    "à payer max": (lambda d: {"montantApayerMax": 170}, lambda d: {"montantApayerMax": 169.999999}),
    "banque": (lambda d: {"coordonneeBancaire": d.banque.pk}, lambda d: {"coordonneeBancaire": d.banque.pk + 1}),
    "créateur": (
        lambda d: {"idUtilisateurCreateur": [d.createur.pk]},
        lambda d: {"idUtilisateurCreateur": [d.createur.pk + 1000]},
    ),
    "marché": (lambda d: {"numeroMarche": "M-77"}, lambda d: {"numeroMarche": "M-7"}),
    "bon de commande": (lambda d: {"numeroBonCommande": "CHM2600731"}, lambda d: {"numeroBonCommande": "CHM"}),
    "origine": (lambda d: {"numeroFactureOrigine": "F-0"}, lambda d: {"numeroFactureOrigine": "F-A1"}),
    "mode": (lambda d: {"modeDepot": "UPLOAD_API"}, lambda d: {"modeDepot": "EDI_MIXTE"}),
    "flux": (
        lambda d: {"numeroFluxDepot": "CPP0011117000000000000042"},
        lambda d: {"numeroFluxDepot": "CPP0011117000000000000043"},
    ),
    "état du": (
        lambda d: {
            "periodeDateHeureEtatCourantDu": "2026-12-03T15:30:00",
            "periodeDateHeureEtatCourantAu": "2026-12-03T15:30:00.000",
        },
        lambda d: {"periodeDateHeureEtatCourantDu": "2026-12-03T15:31:00+01:00"},
    ),
    "état au": (
        lambda d: {"periodeDateHeureEtatCourantAu": "2026-12-03"},
        lambda d: {"periodeDateHeureEtatCourantAu": "2026-12-02"},
    ),
    "rejet traité": (
        lambda d: {"rejetTraite": True},
        lambda d: {"rejetTraite": False, "statutCourant": ["REJETEE", "MISE_A_DISPOSITION"]},
    ),
    "ensemble": (
        lambda d: {"numeroMarche": "M-77", "typeFacture": "AVOIR", "idDestinataire": 1},
        lambda d: {"numeroMarche": "M-77", "typeFacture": "FACTURE"},
    ),
    "texte sans fin": (lambda d: {"numeroMarche": "M-77"}, lambda d: {"numeroMarche": "M" * 60_000}),
}


@pytest.mark.parametrize("nom", CRITERES)
def test_chaque_critere_garde_et_ecarte(decor, emetteur, nom):
    garde, ecarte = CRITERES[nom]
    assert numeros(emetteur, garde(decor)) == ["F-A1"]
    assert "F-A1" not in numeros(emetteur, ecarte(decor))


def test_aucun_critere_n_est_oublie():
    """Each field of the request is tried above, or is none."""
    essayes = {champ for paires in CRITERES.values() for faire in paires for champ in _champs(faire)}
    sans_critere = {"idUtilisateurCourant", "recupererTaille", "rechercheFactureParFournisseur"}
    assert set(famille.RechercherFournisseur.model_fields) - essayes - sans_critere == {"rechercheSirenDestinataire"}


class _Tout:
    """Stands for the decor: only the names of the criteria matter."""

    pk = 1

    def __getattr__(self, nom):
        return self


def _champs(faire):
    return faire(_Tout())


def test_par_siren_tous_les_etablissements_repondent(decor, emetteur):
    frere = decor.hopital.identifiant[:9] + "00028"
    with decor.cohort.monde():
        second = Structure.objects.create(
            cohort=decor.cohort, type_identifiant="SIRET", identifiant=frere, raison_sociale="ANNEXE", nature="PUBLIQUE"
        )
    decor.facture("F-C3", second)
    cherche = {"listeDestinataire": [{"idDestinataire": decor.hopital.pk}]}
    assert numeros(emetteur, cherche) == ["F-A1"]
    assert sorted(numeros(emetteur, {**cherche, "rechercheSirenDestinataire": True})) == ["F-A1", "F-C3"]
    precise = {"idDestinataire": second.pk, "listeIdServiceExecutant": [decor.service.pk]}
    assert numeros(emetteur, {"listeDestinataire": [precise], "rechercheSirenDestinataire": True}) == ["F-A1"]


@pytest.mark.parametrize("rien", [None, "", {}, []], ids=repr)
def test_les_formes_de_rien_ne_filtrent_pas(decor, emetteur, rien):
    assert len(numeros(emetteur, dict.fromkeys(famille.RechercherFournisseur.model_fields, rien))) == 2


def test_ni_zero_ni_faux_ne_filtrent(decor, emetteur):
    zeros = [nom for nom in famille.RechercherFournisseur.model_fields if nom.startswith(("id", "montant", "coord"))]
    corps = {**dict.fromkeys(zeros, 0), "rechercheSirenDestinataire": False, "rejetTraite": False}
    assert len(numeros(emetteur, {**corps, "listeDestinataire": [{}, {"idDestinataire": 0}]})) == 2
    assert len(numeros(emetteur, {"statutCourant": ["", None], "idUtilisateurCreateur": []})) == 2


@pytest.mark.parametrize(
    "corps",
    [
        {"statutCourant": ["INCONNU"]},
        {"typeFacture": "DEVIS"},
        {"cadreFacturation": "A1"},
        {"modeDepot": "PIGEON"},
        {"idFournisseur": "abc"},
        {"idFournisseur": 2**64},
        {"periodeDateDepotDu": "hier"},
        {"montantHTMin": "beaucoup"},
        {"rejetTraite": "oui"},
        {"listeDestinataire": [{"idDestinataire": 1}] * 101},
        {"idUtilisateurCreateur": [1] * 1001},
        {"statutCourant": ["REJETEE"] * 1001},
        {"rechercheFactureParFournisseur": {"triSens": "Croissant"}},
    ],
    ids=lambda corps: next(iter(corps)),
)
def test_ce_qui_est_mal_forme(decor, emetteur, corps):
    assert emetteur.post(F8, corps) == (400, {"codeRetour": 400, "libelle": "Requête mal formulée"})


def test_les_plus_longues_listes_repondent(decor, emetteur):
    destinataires = [{"idDestinataire": decor.hopital.pk, "listeIdServiceExecutant": [decor.service.pk] * 20}] * 99
    nomme = {"raisonSocialeStuctDmd": "un deux trois quatre cinq six sept"}
    corps = {
        "listeDestinataire": [*destinataires, nomme],
        "rechercheSirenDestinataire": True,
        "idUtilisateurCreateur": [*range(10**12, 10**12 + 999), decor.createur.pk],
        "statutCourant": ["REJETEE"] * 1000,
    }
    assert numeros(emetteur, corps) == ["F-A1"]


def test_par_defaut_le_plus_recent_depot_d_abord_et_les_brouillons_a_la_fin(decor, emetteur):
    factories.brouillon(decor.fournisseur, None, numero="BR")
    factories.brouillon(decor.fournisseur, decor.commune, numero="XX", statut=Statut.SUPPRIMEE)
    assert numeros(emetteur) == ["F-B2", "F-A1", "BR"]
    assert numeros(emetteur, {"statutCourant": ["BROUILLON"]}) == ["BR"]
    assert numeros(emetteur, {"statutCourant": ["SUPPRIMEE"]}) == []


COLONNES = [
    *("CodeFournisseur", "TypeIdentifiantFournisseur", "DesignationFournisseur", "CodeServiceFournisseur"),
    *("NomServiceFournisseur", "CodeDestinataire", "DesignationDestinataire", "CodeServiceExecutant"),
    *("NomServiceExecutant", "TypeFacture", "NumeroFacture", "DateFacture", "DateDepot", "MontantHT", "MontantTTC"),
    *("MontantAPayer", "Devise", "Statut", "NumeroMarche", "NumeroBonCommande", "NumeroFluxDepot"),
    *("TypeIdentifiantValideur1", "CodeValideur1", "RaisonSocialeValideur1", "DateValidation1"),
    *("NumeroFactureOrigine", "ModeDepot", "CoordBancairesFournisseurCleIban", "CoordBancairesFournisseurCleRib"),
    *("CoordBancairesFournisseurCodeBanque", "CoordBancairesFournisseurCodePays"),
    *("CoordBancairesFournisseurCompteBancaire", "CoordBancairesFournisseurNomCb", "AffactureurRaisonSociale"),
    "NomPrenomUtilisateurCreateur",
]
AUTRES = [
    *("TypeDemandePaiement", "CodeValideur2", "NomValideur1", "PrenomValideur2", "DateValidation2", "AffactureurCode"),
    "Inconnue",
]


def champ(colonne):
    return colonne[0].lower() + colonne[1:]


@pytest.mark.parametrize("colonne", COLONNES)
def test_chaque_colonne_trie_dans_les_deux_sens(decor, emetteur, colonne):
    decor.facture("F-C3", decor.hopital, montant_ht=1, montant_ttc=2, montant_a_payer=3, devise="USD")
    ordres = {}
    for sens in ("Ascendant", "Descendant"):
        demande = {"triColonne": colonne, "triSens": sens}
        _, recu = emetteur.post(F8, {"rechercheFactureParFournisseur": demande})
        lignes = recu["listeFactures"]
        valeurs = [(champ(colonne) in ligne, ligne.get(champ(colonne), "")) for ligne in lignes]
        assert valeurs == sorted(valeurs, reverse=sens == "Descendant")
        ordres[sens] = [ligne["numeroFacture"] for ligne in lignes]
    assert ordres["Ascendant"] == ordres["Descendant"][::-1]


@pytest.mark.parametrize("colonne", AUTRES)
def test_une_colonne_sans_valeur_ou_inconnue_ne_gene_pas(decor, emetteur, colonne):
    assert sorted(numeros(emetteur, {"rechercheFactureParFournisseur": {"triColonne": colonne}})) == ["F-A1", "F-B2"]


def test_les_pages(decor, emetteur):
    def page(numero, par_page=1):
        demande = {"pageResultatDemandee": numero, "nbResultatsParPage": par_page}
        return emetteur.post(F8, {"rechercheFactureParFournisseur": demande})[1]

    premiere, seconde, au_dela = page(1), page(2), page(3)
    assert [ligne["numeroFacture"] for ligne in premiere["listeFactures"] + seconde["listeFactures"]] == [
        "F-B2",
        "F-A1",
    ]
    assert seconde["parametresRetour"] == {"pageCourante": 2, "pages": 2, "nbResultatsParPage": 1, "total": 2}
    assert (au_dela["codeRetour"], au_dela["listeFactures"]) == (0, [])
    assert (au_dela["parametresRetour"]["total"], au_dela["parametresRetour"]["pages"]) == (2, 2)


def test_autant_de_requetes_pour_trois_factures_que_pour_trente(decor, emetteur):
    def compter():
        with CaptureQueriesContext(
            connection,
        ) as lues:
            corps = {"recupererTaille": True, "rechercheFactureParFournisseur": {"nbResultatsParPage": 10_000}}
            assert emetteur.post(F8, corps)[1]["codeRetour"] == 0
        return len(lues)

    decor.facture("F-C3")
    emetteur.post(F8)  # the password is remembered from now on
    peu = compter()
    for rang in range(27):
        decor.facture(f"F-{rang}", decor.hopital, service=decor.service, coordonnees_bancaires=decor.banque)
    assert compter() == peu
    assert len(numeros(emetteur, {"rechercheFactureParFournisseur": {"nbResultatsParPage": 10_000}})) == 30


def test_ni_une_autre_structure_ni_une_autre_session(decor, tiers, ailleurs):
    for programme in (tiers, ailleurs):
        assert programme.post(F8) == (200, VIDE)
        assert programme.post(F8, {"idFournisseur": decor.fournisseur.pk}) == (200, VIDE)
        assert programme.post(F9, {"idStructure": decor.fournisseur.pk}) == (200, VIDE)


def test_a_traiter_reunit_les_deux_blocs_du_portail(decor, emetteur):
    factories.brouillon(decor.fournisseur, None, numero="BR")
    decor.facture("PAYEE", statut=Statut.MISE_EN_PAIEMENT)
    decor.facture("SUSP", statut=Statut.SUSPENDUE)
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(rejet_traite=False)
    assert sorted(numeros(emetteur, {}, F9)) == ["BR", "F-A1", "F-B2", "SUSP"]
    assert sorted(numeros(emetteur, {"masquerRejetee": True}, F9)) == ["BR", "F-B2", "SUSP"]
    assert numeros(emetteur, {"idStructure": decor.valideur.pk}, F9) == []
    tri = {"triColonne": "NumeroFacture", "triSens": "Ascendant", "nbResultatsParPage": 2}
    corps = {"idStructure": decor.fournisseur.pk, "rechercheFactureATraiterParFournisseur": tri}
    assert numeros(emetteur, corps, F9) == ["BR", "F-A1"]
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(rejet_traite=True)
    assert "F-A1" not in numeros(emetteur, {}, F9)
    _, recu = emetteur.post(F9, {"recupererTaille": True})
    assert {ligne["taille"] for ligne in recu["listeFactures"]} == {0}


def test_le_commentaire_d_un_motif_libre_est_le_texte_seul(decor, emetteur):
    with decor.cohort.monde():
        lignes = HistoriqueStatut.objects.filter(facture=decor.visee, statut=Statut.REJETEE)
        for motif, texte, attendu in (
            ("AUTRE", "Document manquant", "Document manquant"),
            ("AUTRE", "", "Autre"),
            ("", "Rien", "Rien"),
            ("Document manquant", "", "Document manquant"),
        ):
            lignes.update(motif=motif, commentaire=texte)
            _, recu = emetteur.post(F8, {"numeroFacture": "F-A1"})
            assert recu["listeFactures"][0]["commentaireEtatCourant"] == attendu


def test_l_exemple_est_accepte(decor, emetteur):
    for cle in (F8, F9):
        assert emetteur.post(cle, dict(OPERATIONS[cle].exemple))[0] == 200
