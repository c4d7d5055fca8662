"""rechercher/recipiendaire and rechercher/atraiter/recipiendaire (api.md §6.5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.profils import Profil
from api.familles import factures_recherche_recipiendaire as famille
from api.registre import OPERATIONS
from invoices.enums import Statut, TypeFacture
from invoices.models import DestinatairePrecedent, Facture
from structures.models import CompteTechnique, Habilitation, Structure
from tests import factories
from tests.api.appels import MONTBRISAC, VALMORAN
from tests.api.lecture.conftest import a_paris

F13, F14 = "factures/v1/rechercher/recipiendaire", "factures/v1/rechercher/atraiter/recipiendaire"
A_LA_RACINE = {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0}
VIDE = {"codeRetour": 20000, "libelle": "TRA_MSG_00.015", "listeFactures": []}


def numeros(programme, corps=None, chemin=F13):
    statut, recu = programme.post(chemin, corps)
    assert statut == 200
    assert recu["codeRetour"] in (0, 20000)
    return [ligne["numeroFacture"] for ligne in recu["listeFactures"]]


@pytest.fixture
def seconde(decor):
    """Another invoice of the hospital, from another supplier, different in everything."""
    return factories.facture(
        decor.valideur,
        decor.hopital,
        numero="G-1",
        statut=Statut.MISE_A_DISPOSITION,
        date_depot=a_paris(6),
        depuis=a_paris(6),
    )


def test_une_ligne_et_les_champs_de_page_a_la_racine(decor, receveur):
    statut, recu = receveur.post(F13, {"recupererTaille": True})
    assert statut == 200
    assert {nom: recu[nom] for nom in A_LA_RACINE} == {**A_LA_RACINE, "pages": 1, "total": 1}
    assert "parametresRetour" not in recu
    assert recu["listeFactures"] == [
        {
            "idFacture": decor.visee.pk,
            "factureTelechargeeParDestinataire": True,
            "typeDemandePaiement": "FACTURE",
            "codeFournisseur": decor.fournisseur.identifiant,
            "typeIdentifiantFournisseur": "SIRET",
            "designationFournisseur": decor.fournisseur.raison_sociale,
            "codeServiceFournisseur": "ATELIER",
            "nomServiceFournisseur": "Service ATELIER",
            "idDestinataire": decor.hopital.pk,
            "codeDestinataire": MONTBRISAC,
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
            "taille": 14,
            "dateHeureEtatCourant": "2026-12-03T15:30:00.000+01:00",
            "commentaireEtatCourant": "Montant de la facture erroné : Voir le devis",
        }
    ]


CRITERES = {
    "demande": (lambda d: {"typeDemandePaiement": "FACTURE"}, lambda d: {"typeDemandePaiement": "FACTURE_TRAVAUX"}),
    "destinataire": (lambda d: {"idDestinataire": d.hopital.pk}, lambda d: {"idDestinataire": d.commune.pk}),
    "service": (
        lambda d: {"idServiceExecutant": d.service.pk},
        lambda d: {"idServiceExecutant": d.service_fournisseur.pk},
    ),
    "numéro": (lambda d: {"numeroFacture": "F-A1"}, lambda d: {"numeroFacture": "F-B2"}),
    "dépôt": (
        lambda d: {"periodeDateDepotDu": "2026-12-02", "periodeDateDepotAu": "2026-12-02"},
        lambda d: {"periodeDateDepotDu": "2026-12-03"},
    ),
    "dépôt au": (lambda d: {"periodeDateDepotAu": "2026-12-02"}, lambda d: {"periodeDateDepotAu": "2026-12-01"}),
    "types": (lambda d: {"listeTypeFacture": ["AVOIR"]}, lambda d: {"listeTypeFacture": ["FACTURE"]}),
    "un seul type, sans liste": (
        lambda d: {"listeTypeFacture": "AVOIR", "listeTypeFactureTravaux": ["ETAT_ACOMPTE"]},
        lambda d: {"listeTypeFactureTravaux": ["ETAT_ACOMPTE"]},
    ),
    "fournisseurs": (
        lambda d: {"listeFournisseurs": [{"idFournisseur": d.fournisseur.pk}, {}]},
        lambda d: {"listeFournisseurs": [{"idFournisseur": d.valideur.pk}]},
    ),
    "service du fournisseur": (
        lambda d: {
            "listeFournisseurs": [{"idFournisseur": d.fournisseur.pk, "listeIdService": [d.service_fournisseur.pk]}]
        },
        lambda d: {"listeFournisseurs": [{"idFournisseur": d.fournisseur.pk, "listeIdService": [d.service.pk]}]},
    ),
    "service du fournisseur seul": (
        lambda d: {"listeFournisseurs": [{"listeIdService": [d.service_fournisseur.pk]}]},
        lambda d: {"listeFournisseurs": [{"listeIdService": [d.service.pk]}]},
    ),
    "siren du fournisseur": (
        lambda d: {"listeFournisseurs": [{"idFournisseur": d.fournisseur.pk}], "rechercheSirenFournisseur": True},
        lambda d: {"listeFournisseurs": [{"idFournisseur": d.valideur.pk}], "rechercheSirenFournisseur": True},
    ),
    "valideur": (
        lambda d: {"idStructureValideur": d.valideur.pk},
        lambda d: {"idStructureValideur": d.hopital.pk},
    ),
    "cadre": (
        lambda d: {"cadreFacturation": "A9_FACTURE_SOUSTRAITANT"},
        lambda d: {"cadreFacturation": "A1_FACTURE_FOURNISSEUR"},
    ),
    "statut": (lambda d: {"statutCourant": ["REJETEE"]}, lambda d: {"statutCourant": ["MANDATEE"]}),
    "facture": (
        lambda d: {"periodeDateFactureDu": "2026-12-01", "periodeDateFactureAu": "2026-12-01"},
        lambda d: {"periodeDateFactureDu": "2026-12-02", "periodeDateFactureAu": "2026-12-01"},
    ),
    "HT": (
        lambda d: {"montantHTMin": 150, "montantHTMax": 151},
        lambda d: {"montantHTMin": 151, "montantHTMax": 2000},
    ),
    "TTC": (
        lambda d: {"montantTTCMin": 180, "montantTTCMax": 181},
        lambda d: {"montantTTCMin": 181, "montantTTCMax": 2000},
    ),
    "à payer": (
        lambda d: {"montantApayerMin": 170, "montantApayerMax": 170},
        lambda d: {"montantApayerMin": 171, "montantApayerMax": 2000},
    ),
    "marché": (lambda d: {"numeroMarche": "m-77"}, lambda d: {"numeroMarche": "M-78"}),
    "commande": (lambda d: {"numeroBonCommande": "CHM2600731"}, lambda d: {"numeroBonCommande": "X"}),
    "téléchargée": (
        lambda d: {"factureTelechargeeParDestinataire": True},
        lambda d: {"factureTelechargeeParDestinataire": False},
    ),
    "état": (
        lambda d: {
            "periodeDateHeureEtatCourantDu": "2026-12-03T15:30:00",
            "periodeDateHeureEtatCourantAu": "2026-12-03",
        },
        lambda d: {
            "periodeDateHeureEtatCourantDu": "2026-12-03T15:31:00",
            "periodeDateHeureEtatCourantAu": "2026-12-09",
        },
    ),
}


@pytest.mark.parametrize("nom", CRITERES)
def test_chaque_critere_garde_et_ecarte(decor, seconde, receveur, nom):
    garde, ecarte = CRITERES[nom]
    assert "F-A1" in numeros(receveur, garde(decor))
    if nom not in ("demande", "destinataire"):
        assert "G-1" not in numeros(receveur, garde(decor))
    assert "F-A1" not in numeros(receveur, ecarte(decor))


class _Tout:
    pk = 1

    def __getattr__(self, nom):
        return self


def test_aucun_critere_n_est_oublie():
    essayes = {champ for paires in CRITERES.values() for faire in paires for champ in faire(_Tout())}
    sans_critere = {"idUtilisateurCourant", "recupererTaille", "paramRecherche"}
    assert set(famille.RechercherRecipiendaire.model_fields) == essayes | sans_critere


def test_faux_est_un_filtre_et_absent_n_en_est_pas_un(decor, seconde, receveur):
    assert numeros(receveur, {"factureTelechargeeParDestinataire": None}) == ["G-1", "F-A1"]
    assert numeros(receveur, {"factureTelechargeeParDestinataire": "false"}) == ["G-1"]


@pytest.mark.parametrize(
    "corps",
    [
        {"typeDemandePaiement": "MEMOIRE_JUSTICE"},
        {"listeTypeFacture": ["ACOMPTE"]},
        {"statutCourant": ["PAYEE"]},
        {"listeFournisseurs": [7]},
        {"paramRecherche": {"pageResultatDemandee": "deux"}},
    ],
    ids=lambda corps: next(iter(corps)),
)
def test_ce_qui_est_mal_forme(receveur, corps):
    assert receveur.post(F13, corps)[0] == 400


COLONNES = [
    *("CodeFournisseur", "TypeIdentifiantFournisseur", "CodeServiceFournisseur", "NomServiceFournisseur"),
    *("CodeDestinataire", "CodeServiceExecutant", "NomServiceExecutant", "TypeFacture", "NumeroFacture", "DateFacture"),
    *("DateDepot", "MontantHT", "MontantTTC", "MontantAPayer", "Devise", "Statut", "NumeroMarche"),
    *("NumeroBonCommande", "FactureTelechargeeParDestinataire"),
]
RENOMMEES = {"Fournisseur": "designationFournisseur", "Destinataire": "designationDestinataire"}


@pytest.mark.parametrize("colonne", [*COLONNES, *RENOMMEES])
def test_chaque_colonne_trie_dans_les_deux_sens(decor, seconde, receveur, colonne):
    champ = RENOMMEES.get(colonne, colonne[0].lower() + colonne[1:])
    lus = {}
    for sens in ("Ascendant", "Descendant"):
        _, recu = receveur.post(F13, {"paramRecherche": {"triColonne": colonne, "triSens": sens}})
        lignes = recu["listeFactures"]
        valeurs = [(champ in ligne, ligne.get(champ, "")) for ligne in lignes]
        assert valeurs == sorted(valeurs, reverse=sens == "Descendant")
        lus[sens] = [ligne["numeroFacture"] for ligne in lignes]
    assert lus["Ascendant"] == lus["Descendant"][::-1]


def test_typefacturetravaux_et_l_inconnue_donnent_l_ordre_par_defaut(decor, seconde, receveur):
    for colonne in ("TypeFactureTravaux", "typeFacture", ""):
        assert numeros(receveur, {"paramRecherche": {"triColonne": colonne}}) == ["G-1", "F-A1"]


def test_les_pages(decor, seconde, receveur):
    _, recu = receveur.post(F13, {"paramRecherche": {"nbResultatsParPage": "1", "pageResultatDemandee": 2.0}})
    assert {nom: recu[nom] for nom in A_LA_RACINE} == {
        "pageCourante": 2,
        "pages": 2,
        "nbResultatsParPage": 1,
        "total": 2,
    }
    assert [ligne["numeroFacture"] for ligne in recu["listeFactures"]] == ["F-A1"]
    _, recu = receveur.post(F13, {"paramRecherche": {"pageResultatDemandee": 99}})
    assert (recu["codeRetour"], recu["listeFactures"], recu["total"]) == (0, [], 2)


def test_autant_de_requetes_pour_trois_factures_que_pour_trente(decor, receveur):
    def compter():
        with CaptureQueriesContext(connection) as lues:
            corps = {"recupererTaille": True, "paramRecherche": {"nbResultatsParPage": 1000}}
            assert receveur.post(F13, corps)[1]["codeRetour"] == 0
        return len(lues)

    receveur.post(F13)
    peu = compter()
    for rang in range(29):
        decor.facture(f"H-{rang}", decor.hopital)
    assert compter() == peu


@pytest.mark.parametrize("statut", list(Statut), ids=str)
def test_visible_des_la_mise_a_disposition(decor, receveur, statut):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(statut=statut)
    vus = {
        *("MISE_A_DISPOSITION", "COMPLETEE", "SUSPENDUE", "A_RECYCLER", "PRISE_EN_COMPTE_DESTINATAIRE"),
        *("SERVICE_FAIT", "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT", "REJETEE"),
    }
    assert (numeros(receveur) == ["F-A1"]) is (statut in vus)


def test_ni_une_autre_structure_ni_une_autre_session(decor, tiers, ailleurs, emetteur):
    for programme in (tiers, ailleurs, emetteur):
        assert programme.post(F13) == (200, {**VIDE, **A_LA_RACINE})
        assert programme.post(F13, {"idDestinataire": decor.hopital.pk}) == (200, {**VIDE, **A_LA_RACINE})
        assert programme.post(F14, {"idStructure": decor.hopital.pk}) == (
            200,
            {**VIDE, "parametresRetour": A_LA_RACINE},
        )


def test_un_droit_limite_a_un_service_n_en_montre_que_les_factures(decor, seconde, receveur):
    with decor.cohort.monde():
        technique = CompteTechnique.objects.get(structure=decor.hopital)
        droit = Habilitation.objects.get(rattachement__compte=technique.compte, profil=Profil.FACTURES_RECUES)
        Habilitation.objects.filter(pk=droit.pk).update(service=decor.service)
    assert numeros(receveur) == ["F-A1"]


def test_l_ancien_destinataire_ne_la_trouve_plus(decor, receveur):
    with decor.cohort.monde():
        DestinatairePrecedent.objects.create(cohort=decor.cohort, facture=decor.autre, structure=decor.hopital)
    assert numeros(receveur) == ["F-A1"]


def test_a_traiter(decor, seconde, receveur):
    completee = decor.facture("H-1", decor.hopital, statut=Statut.COMPLETEE, type_facture=TypeFacture.FACTURE)
    decor.facture("H-2", decor.hopital, statut=Statut.MANDATEE)
    tri = {"triColonne": "DesignationFournisseur", "triSens": "Ascendant", "nbResultatsParPage": 1}
    corps = {"recupererTaille": True, "parametreRechercheFactureATraiterParRecipiendaire": tri}
    _, recu = receveur.post(F14, corps)
    premiere = min(decor.fournisseur.raison_sociale, decor.valideur.raison_sociale)
    assert [ligne["designationFournisseur"] for ligne in recu["listeFactures"]] == [premiere]
    assert recu["parametresRetour"] == {"pageCourante": 1, "pages": 2, "nbResultatsParPage": 1, "total": 2}
    assert recu["listeFactures"][0]["taille"] == 0
    assert sorted(numeros(receveur, {}, F14)) == ["G-1", "H-1"]
    assert numeros(receveur, {"idStructure": decor.commune.pk}, F14) == []
    assert sorted(numeros(receveur, {"idStructure": decor.hopital.pk}, F14)) == ["G-1", "H-1"]
    assert completee.statut == Statut.COMPLETEE


def test_par_siren_les_autres_etablissements_du_fournisseur(decor, receveur):
    frere = decor.fournisseur.identifiant[:9] + "00028"
    with decor.cohort.monde():
        second = Structure.objects.create(
            cohort=decor.cohort, type_identifiant="SIRET", identifiant=frere, raison_sociale="AGENCE", nature="PRIVEE"
        )
    factories.facture(second, decor.hopital, numero="AG-1", statut=Statut.MANDATEE)
    cherche = {"listeFournisseurs": [{"idFournisseur": decor.fournisseur.pk}]}
    assert numeros(receveur, cherche) == ["F-A1"]
    assert sorted(numeros(receveur, {**cherche, "rechercheSirenFournisseur": True})) == ["AG-1", "F-A1"]


def test_les_exemples_sont_acceptes(receveur):
    for cle in (F13, F14):
        assert receveur.post(cle, dict(OPERATIONS[cle].exemple))[0] == 200


def test_la_commune_ne_voit_que_les_siennes(decor):
    assert numeros(decor.client(VALMORAN)) == ["F-B2"]
