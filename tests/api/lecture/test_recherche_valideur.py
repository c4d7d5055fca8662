"""rechercher/valideur, rechercher/aTraiter/valideur, statutsFactureVisibles (api.md §6.6)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.familles import factures_recherche_valideur as famille
from api.registre import OPERATIONS
from invoices.enums import Cadre, Statut
from invoices.models import Facture
from tests import factories
from tests.api.appels import CORVAN
from tests.api.lecture.conftest import a_paris

F17, F18 = "factures/v1/rechercher/aTraiter/valideur", "factures/v1/rechercher/valideur"
F21 = "factures/v1/recuperer/statutsFactureVisibles/valideur"
VIDE = {
    "codeRetour": 20000,
    "libelle": "TRA_MSG_00.015",
    "listeFactures": [],
    "parametresRetour": {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0},
}


def numeros(programme, corps=None, chemin=F18):
    statut, recu = programme.post(chemin, corps)
    assert statut == 200
    assert recu["codeRetour"] in (0, 20000)
    return [ligne["numeroFacture"] for ligne in recu["listeFactures"]]


@pytest.fixture
def titulaire(decor):
    return decor.client(CORVAN)


@pytest.fixture
def seconde(decor):
    """Another one that CORVAN validates, different in everything; the hospital is its supplier."""
    return factories.facture(
        decor.hopital,
        decor.commune,
        numero="V-2",
        statut=Statut.A_VALIDER_1,
        valideur=decor.valideur,
        date_depot=a_paris(5),
        montant_ht=1,
        montant_ttc=2,
        montant_a_payer=3,
    )


def test_une_ligne(decor, titulaire):
    statut, recu = titulaire.post(F18, {"numeroFacture": "F-A1"})
    assert statut == 200
    assert recu["parametresRetour"] == {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 1}
    assert recu["listeFactures"] == [
        {
            "idFacture": decor.visee.pk,
            "typeDemandePaiement": "FACTURE",
            "idFournisseur": decor.fournisseur.pk,
            "identifiantFournisseur": decor.fournisseur.identifiant,
            "typeIdentifiantFournisseur": "SIRET",
            "designationFournisseur": decor.fournisseur.raison_sociale,
            "codeServiceFournisseur": "ATELIER",
            "nomServiceFournisseur": "Service ATELIER",
            "idDestinataire": decor.hopital.pk,
            "identifiantDestinataire": decor.hopital.identifiant,
            "typeIdentifiantDestinataire": "SIRET",
            "designationDestinataire": "CENTRE HOSPITALIER DE MONTBRISAC",
            "idServiceExecutant": decor.service.pk,
            "codeServiceExecutant": "CHM-TECH",
            "nomServiceExecutant": "Services techniques",
            "idValideur": decor.valideur.pk,
            "identifiantValideur": CORVAN,
            "typeIdentifiantValideur": "SIRET",
            "designationValideur": decor.valideur.raison_sociale,
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
            "numeroEngagement": "CHM2600731",
        }
    ]


def test_le_valideur_de_la_ligne_est_le_mien(decor, titulaire):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(valideur=decor.fournisseur, valideur_2=decor.valideur)
    _, recu = titulaire.post(F18)
    assert [ligne["identifiantValideur"] for ligne in recu["listeFactures"]] == [CORVAN]
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(valideur=decor.valideur, valideur_2=decor.fournisseur)
    _, recu = titulaire.post(F18)
    assert [ligne["idValideur"] for ligne in recu["listeFactures"]] == [decor.valideur.pk]


CRITERES = {
    "demande": (lambda d: {"typeDemandePaiement": "FACTURE"}, lambda d: {"typeDemandePaiement": "MEMOIRE_JUSTICE"}),
    "destinataire": (
        lambda d: {"idDestinataire": d.hopital.pk, "rechercheSirenDestinataire": True},
        lambda d: {"idDestinataire": d.commune.pk},
    ),
    "service": (
        lambda d: {"idServiceExecutant": d.service.pk},
        lambda d: {"idServiceExecutant": d.service_fournisseur.pk},
    ),
    "numéro": (lambda d: {"numeroFacture": "F-A1"}, lambda d: {"numeroFacture": "V-2"}),
    "dépôt": (
        lambda d: {"periodeDateDepotDu": "2026-12-01", "periodeDateDepotAu": "2026-12-02"},
        lambda d: {"periodeDateDepotDu": "2026-12-03"},
    ),
    "types": (lambda d: {"listeTypeFacture": ["AVOIR", "ACOMPTE"]}, lambda d: {"listeTypeFacture": ["FACTURE"]}),
    "travaux": (
        lambda d: {"listeTypeFacture": ["AVOIR"], "listeTypeFactureTravaux": ["ETAT_ACOMPTE"]},
        lambda d: {"listeTypeFactureTravaux": ["ETAT_ACOMPTE"]},
    ),
    "fournisseur": (
        lambda d: {"idFournisseur": d.fournisseur.pk, "rechercheSirenFournisseur": True},
        lambda d: {"idFournisseur": d.hopital.pk},
    ),
    "service du fournisseur": (
        lambda d: {"idServiceFournisseur": d.service_fournisseur.pk},
        lambda d: {"idServiceFournisseur": d.service.pk},
    ),
    "valideur": (
        lambda d: {"idStructureValideur": d.valideur.pk},
        lambda d: {"idStructureValideur": d.hopital.pk},
    ),
    "moe": (lambda d: {"idStructureMoe": 0}, lambda d: {"idStructureMoe": 1}),
    "moa": (lambda d: {"idStructureMoa": 0}, lambda d: {"idStructureMoa": 1}),
    "cadre": (
        lambda d: {"cadreFacturation": "A9_FACTURE_SOUSTRAITANT"},
        lambda d: {"cadreFacturation": "A12_FACTURE_COTRAITANT"},
    ),
    "statut": (lambda d: {"statutCourant": ["REJETEE"]}, lambda d: {"statutCourant": ["A_VALIDER_1"]}),
    "facture": (
        lambda d: {"periodeDateFactureDu": "2026-12-01", "periodeDateFactureAu": "2026-12-01"},
        lambda d: {"periodeDateFactureDu": "2026-12-02"},
    ),
    "HT": (lambda d: {"montantHTMin": 150, "montantHTMax": 151}, lambda d: {"montantHTMax": 150}),
    "TTC": (lambda d: {"montantTTCMin": 180, "montantTTCMax": 181}, lambda d: {"montantTTCMax": 180}),
    "à payer": (lambda d: {"montantAPayerMin": 170, "montantAPayerMax": 170}, lambda d: {"montantAPayerMax": 169}),
    "marché": (lambda d: {"numeroMarche": "M-77"}, lambda d: {"numeroMarche": "M-78"}),
    "engagement": (lambda d: {"numeroEngagement": "CHM2600731"}, lambda d: {"numeroEngagement": "X"}),
}
SANS_CHOIX = ("demande", "valideur", "moe", "moa")


@pytest.mark.parametrize("nom", CRITERES)
def test_chaque_critere_garde_et_ecarte(decor, seconde, titulaire, nom):
    garde, ecarte = CRITERES[nom]
    assert sorted(numeros(titulaire, garde(decor))) == (["F-A1", "V-2"] if nom in SANS_CHOIX else ["F-A1"])
    assert "F-A1" not in numeros(titulaire, ecarte(decor))


class _Tout:
    pk = 1

    def __getattr__(self, nom):
        return self


def test_aucun_critere_n_est_oublie():
    essayes = {champ for paires in CRITERES.values() for faire in paires for champ in faire(_Tout())}
    assert set(famille.RechercherValideur.model_fields) == essayes | {"idUtilisateurCourant", "pagination"}


COLONNES = [
    *("IdFacture", "IdFournisseur", "IdentifiantFournisseur", "TypeIdentifiantFournisseur", "DesignationFournisseur"),
    *("CodeServiceFournisseur", "NomServiceFournisseur", "IdDestinataire", "TypeIdentifiantDestinataire"),
    *("IdentifiantDestinataire", "DesignationDestinataire", "IdServiceExecutant", "CodeServiceExecutant"),
    *("NomServiceExecutant", "IdValideur", "TypeIdentifiantValideur", "IdentifiantValideur", "DesignationValideur"),
    *("TypeFacture", "NumeroFacture", "DateFacture", "DateDepot", "MontantHT", "MontantTTC", "MontantAPayer"),
    *("Devise", "Statut", "NumeroMarche", "NumeroEngagement"),
]


@pytest.mark.parametrize("colonne", COLONNES)
def test_chaque_colonne_trie_dans_les_deux_sens(decor, seconde, titulaire, colonne):
    champ, lus = colonne[0].lower() + colonne[1:], {}
    for sens in ("Ascendant", "Descendant"):
        _, recu = titulaire.post(F18, {"pagination": {"triColonne": colonne, "triSens": sens}})
        lignes = recu["listeFactures"]
        valeurs = [(champ in ligne, ligne.get(champ, "")) for ligne in lignes]
        assert valeurs == sorted(valeurs, reverse=sens == "Descendant")
        lus[sens] = [ligne["numeroFacture"] for ligne in lignes]
    assert lus["Ascendant"] == lus["Descendant"][::-1]


@pytest.mark.parametrize("colonne", ["IdMoe", "TypeDemandePaiement", "TypeFactureTravaux", "NomServiceMoa", "Autre"])
def test_les_colonnes_de_travaux_et_l_inconnue_donnent_l_ordre_par_defaut(decor, seconde, titulaire, colonne):
    assert numeros(titulaire, {"pagination": {"triColonne": colonne}}) == ["V-2", "F-A1"]


@pytest.mark.parametrize(
    "corps",
    [{"typeDemandePaiement": "DEVIS"}, {"statutCourant": "X"}, {"pagination": []}],
    ids=["type", "statut", "page"],
)
def test_ce_qui_est_mal_forme(titulaire, corps):
    attendu = 200 if corps == {"pagination": []} else 400  # an empty list is nothing at all
    assert titulaire.post(F18, corps)[0] == attendu


def test_les_pages(decor, seconde, titulaire):
    _, recu = titulaire.post(F18, {"pagination": {"nbResultatsParPage": 1, "pageResultatDemandee": 3}})
    assert (recu["codeRetour"], recu["listeFactures"]) == (0, [])
    assert (recu["parametresRetour"]["total"], recu["parametresRetour"]["pages"]) == (2, 2)


def test_autant_de_requetes_pour_trois_factures_que_pour_trente(decor, seconde, titulaire):
    def compter(chemin):
        with CaptureQueriesContext(connection) as lues:
            assert titulaire.post(chemin, {"pagination": {"nbResultatsParPage": 1000}})[1]["codeRetour"] == 0
        return len(lues)

    numeros(titulaire)
    peu = compter(F17), compter(F18)
    for rang in range(28):
        decor.facture(f"H-{rang}", statut=Statut.A_VALIDER_1, valideur=decor.valideur)
    assert (compter(F17), compter(F18)) == peu


def test_ni_une_autre_structure_ni_une_autre_session(decor, seconde, tiers, ailleurs):
    for programme in (tiers, ailleurs):
        for chemin in (F17, F18):
            assert programme.post(chemin) == (200, VIDE)
        assert programme.post(F18, {"idStructureValideur": decor.valideur.pk}) == (200, VIDE)
        assert programme.post(F17, {"idStructure": decor.valideur.pk}) == (200, VIDE)


def test_a_traiter_celles_qui_attendent_une_reponse(decor, seconde, titulaire):
    decor.facture("W-1", statut=Statut.A_VALIDER_2, valideur=decor.hopital, valideur_2=decor.valideur)
    decor.facture("W-2", statut=Statut.A_VALIDER_2, valideur=decor.valideur, valideur_2=decor.hopital)
    decor.facture("W-3", statut=Statut.ERREUR_COTRAITANT_SUR_VALIDEUR, valideur=decor.valideur, cadre=Cadre.A12)
    decor.facture("W-4", statut=Statut.VALIDEE_1, valideur=decor.valideur)
    assert sorted(numeros(titulaire, {}, F17)) == ["V-2", "W-1", "W-3"]
    for corps in (
        {"idStructure": decor.valideur.pk},
        {"typeIdentifiantStructure": "SIRET", "identifiantStructure": CORVAN},
        {"identifiantStructure": CORVAN},
    ):
        assert sorted(numeros(titulaire, corps, F17)) == ["V-2", "W-1", "W-3"]
    assert numeros(titulaire, {"idStructure": decor.hopital.pk}, F17) == []
    assert numeros(titulaire, {"typeIdentifiantStructure": "RIDET", "identifiantStructure": CORVAN}, F17) == []
    assert numeros(titulaire, {"identifiantStructure": "9" * 300}, F17) == []


def test_les_statuts_que_voit_un_valideur(titulaire):
    statut, recu = titulaire.post(F21, {"idUtilisateurCourant": 0})
    codes = [ligne["codeStatutFacture"] for ligne in recu["listeStatutFacture"]]
    assert (statut, recu["codeRetour"], len(codes), len(set(codes))) == (200, 0, 21, 21)
    assert codes[0] == "A_VALIDER_1"
    assert "ABSENCE_VALIDATION_2_HORS_DELAI" in codes[:10]
    assert codes[10] == "MISE_A_DISPOSITION"
    assert not {"BROUILLON", "DEPOSEE", "EN_COURS_ACHEMINEMENT"} & set(codes)


def test_les_exemples_sont_acceptes(titulaire):
    for cle in (F17, F18, F21):
        assert titulaire.post(cle, dict(OPERATIONS[cle].exemple))[0] == 200
