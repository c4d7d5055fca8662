"""rechercher/demandePaiement: every role at once, live and archived (api.md §6.6)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.familles import factures_recherche_demandes as famille
from api.registre import OPERATIONS
from invoices.enums import Statut
from invoices.models import Facture
from tests import factories
from tests.api.appels import CORVAN
from tests.api.lecture.conftest import a_paris

F22 = "factures/v1/rechercher/demandePaiement"
VIDE = {"codeRetour": 20000, "libelle": "TRA_MSG_00.015", "listeDemandePaiement": [], "total": 0}


def numeros(programme, corps=None):
    statut, recu = programme.post(F22, corps)
    assert statut == 200
    assert recu["codeRetour"] in (0, 20000)
    lues = [ligne.get("numeroDemandePaiement", "") for ligne in recu["listeDemandePaiement"]]
    assert recu["total"] == len(lues)
    return lues


def test_une_ligne(decor, emetteur):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(valideur_2=decor.commune)
    _, recu = emetteur.post(F22, {"numeroFacture": "F-A1"})
    assert recu["listeDemandePaiement"] == [
        {
            "idDemandePaiement": decor.visee.pk,
            "numeroDemandePaiement": "F-A1",
            "typeDemandePaiement": "FACTURE",
            "typeFacture": "AVOIR",
            "cadreFacturation": "A9_FACTURE_SOUSTRAITANT",
            "etatCourant": "REJETEE",
            "dateHeureEtatCourant": "2026-12-03T15:30:00.000+01:00",
            "commentaireEtatCourant": "Montant de la facture erroné : Voir le devis",
            "dateFournisseur": "2026-12-01",
            "dateDepot": "2026-12-02",
            "montantHT": 150.5,
            "montantTTC": 180.6,
            "montantAPayer": 170,
            "numeroMarche": "M-77",
            "numeroBonCommande": "CHM2600731",
            "numeroFactureOrigine": "F-0",
            "numeroDpMandat": "MDT-9",
            "idStructureFournisseur": decor.fournisseur.pk,
            "idStructureDestinataire": decor.hopital.pk,
            "idStructureValideur1": decor.valideur.pk,
            "idStructureValideur2": decor.commune.pk,
            "idServiceFournisseur": decor.service_fournisseur.pk,
            "idServiceDestinataire": decor.service.pk,
            "codeServiceDestinataire": "CHM-TECH",
            "nomServiceDestinataire": "Services techniques",
            "identifiantStructureFournisseur": decor.fournisseur.identifiant,
            "identifiantStructureDestinataire": decor.hopital.identifiant,
            "siretFournisseurQualif": decor.fournisseur.identifiant,
            "siretDestinataireQualif": decor.hopital.identifiant,
            "dpOuDpArchive": "DEMANDE_PAIEMENT",
            "nombreResultatTotal": "1",
        }
    ]


CRITERES = {
    "rôle": (
        lambda d: {"roleUtilisateur": "FOURNISSEUR", "numeroFacture": "F-A1"},
        lambda d: {"roleUtilisateur": "MOE"},
    ),
    "demande": (
        lambda d: {"typeDemandePaiement": "FACTURE", "numeroFacture": "F-A1"},
        lambda d: {"typeDemandePaiement": "DEMANDE_REMBOURSEMENT"},
    ),
    "type": (lambda d: {"typeFacture": "AVOIR"}, lambda d: {"typeFacture": "FACTURE"}),
    "travaux": (
        lambda d: {"typeFactureTravaux": "", "numeroFacture": "F-A1"},
        lambda d: {"typeFactureTravaux": "ETAT_ACOMPTE"},
    ),
    "cadre": (
        lambda d: {"cadreFacturation": "A9_FACTURE_SOUSTRAITANT"},
        lambda d: {"cadreFacturation": "A21_DEMANDE_REMBOURSEMENT_TIC"},
    ),
    "statut": (lambda d: {"statutCourant": "REJETEE"}, lambda d: {"statutCourant": ["MANDATEE"]}),
    "état": (
        lambda d: {"periodeDateHeureEtatCourantDu": "2026-12-03", "periodeDateHeureEtatCourantAu": "2026-12-03"},
        lambda d: {"periodeDateHeureEtatCourantDu": "2026-12-04"},
    ),
    "fournie": (
        lambda d: {"periodeDateFournisseurDu": "2026-12-01", "periodeDateFournisseurAu": "2026-12-01"},
        lambda d: {"periodeDateFournisseurDu": "2026-12-02"},
    ),
    "déposée": (
        lambda d: {"periodeDateDepotDu": "2026-12-02", "periodeDateDepotAu": "2026-12-02"},
        lambda d: {"periodeDateDepotDu": "2026-12-03"},
    ),
    "HT": (lambda d: {"montantHTMin": 150, "montantHTMax": 151}, lambda d: {"montantHTMin": 151}),
    "TTC": (lambda d: {"montantTTCMin": 180, "montantTTCMax": 181}, lambda d: {"montantTTCMin": 181}),
    "à payer": (lambda d: {"montantAPayerMin": 170, "montantAPayerMax": 170}, lambda d: {"montantAPayerMin": 171}),
    "marché": (lambda d: {"numeroMarche": "M-77"}, lambda d: {"numeroMarche": "X"}),
    "commande": (lambda d: {"numeroBonCommande": "CHM2600731"}, lambda d: {"numeroBonCommande": "X"}),
    "origine": (lambda d: {"numeroFactureOrigine": "F-0"}, lambda d: {"numeroFactureOrigine": "X"}),
    "fournisseur": (
        lambda d: {
            "numeroFacture": "F-A1",
            "structureFournisseur": {
                "typeIdentifiantStructureFournisseur": "SIRET",
                "identifiantStructureFournisseur": d.fournisseur.identifiant,
            },
        },
        lambda d: {"structureFournisseur": {"idStructureFournisseur": d.hopital.pk}},
    ),
    "siren du fournisseur": (
        lambda d: {
            "numeroFacture": "F-A1",
            "rechercheSirenFournisseur": True,
            "structureFournisseur": {"identifiantStructureFournisseur": d.fournisseur.identifiant[:9]},
        },
        lambda d: {
            "rechercheSirenFournisseur": False,
            "structureFournisseur": {"identifiantStructureFournisseur": d.fournisseur.identifiant[:9]},
        },
    ),
    "service du fournisseur": (
        lambda d: {"idServiceFournisseur": d.service_fournisseur.pk},
        lambda d: {"idServiceFournisseur": d.service.pk},
    ),
    "moe": (
        lambda d: {"structureMoe": {"idStructureMoe": 0}, "numeroFacture": "F-A1"},
        lambda d: {"structureMoe": {"identifiantStructureMoe": d.hopital.identifiant}},
    ),
    "service moe": (lambda d: {"idServiceMoe": 0, "numeroFacture": "F-A1"}, lambda d: {"idServiceMoe": 1}),
    "moa": (
        lambda d: {"structureMoa": {}, "numeroFacture": "F-A1"},
        lambda d: {"structureMoa": {"idStructureMoa": d.commune.pk}},
    ),
    "service moa": (lambda d: {"idServiceMoa": None, "numeroFacture": "F-A1"}, lambda d: {"idServiceMoa": 1}),
    "valideur": (
        lambda d: {"structureValideur": {"idStructureValideur": d.valideur.pk}},
        lambda d: {"structureValideur": {"identifiantStructureValideur": d.hopital.identifiant}},
    ),
    "destinataire": (
        lambda d: {"structureDestinataire": {"idStructureDestinataire": d.hopital.pk}},
        lambda d: {"structureDestinataire": {"idStructureDestinataire": d.commune.pk}},
    ),
    "siren du destinataire": (
        lambda d: {
            "rechercheSirenDestinataire": True,
            "structureDestinataire": {"idStructureDestinataire": d.hopital.pk},
        },
        lambda d: {
            "rechercheSirenDestinataire": True,
            "structureDestinataire": {"idStructureDestinataire": d.commune.pk},
        },
    ),
    "service du destinataire": (
        lambda d: {"idServiceDestinataire": d.service.pk},
        lambda d: {"idServiceDestinataire": d.service_fournisseur.pk},
    ),
    "vie": (
        lambda d: {"dpOuDpArchive": "DEMANDE_PAIEMENT", "numeroFacture": "F-A1"},
        lambda d: {"dpOuDpArchive": "DP_ARCHIVE"},
    ),
    "dossier": (
        lambda d: {"numeroDossierFacturation": "", "numeroFacture": "F-A1"},
        lambda d: {"numeroDossierFacturation": "D-1"},
    ),
    "mémoire": (
        lambda d: {"numeroFactureMemoire": "", "numeroFacture": "F-A1"},
        lambda d: {"numeroFactureMemoire": "F-A1"},
    ),
    "mandat": (lambda d: {"numeroDpMandat": "MDT-9"}, lambda d: {"numeroDpMandat": "MDT-8"}),
}


@pytest.mark.parametrize("nom", CRITERES)
def test_chaque_critere_garde_et_ecarte(decor, emetteur, nom):
    garde, ecarte = CRITERES[nom]
    assert numeros(emetteur, garde(decor)) == ["F-A1"]
    assert "F-A1" not in numeros(emetteur, ecarte(decor))


class _Tout:
    pk = 1
    identifiant = "000"

    def __getattr__(self, nom):
        return self


def test_aucun_critere_n_est_oublie():
    essayes = {champ for paires in CRITERES.values() for faire in paires for champ in faire(_Tout())}
    assert set(famille.RechercherDemandes.model_fields) == essayes


def test_chaque_role_lit_les_siennes(decor, emetteur, receveur):
    titulaire = decor.client(CORVAN)
    factories.facture(decor.hopital, decor.commune, numero="H-1", statut=Statut.MANDATEE, date_depot=a_paris(4))
    attendu = [
        (emetteur, {"FOURNISSEUR": ["F-B2", "F-A1"], "DESTINATAIRE": [], "VALIDEUR": [], None: ["F-B2", "F-A1"]}),
        (receveur, {"FOURNISSEUR": ["H-1"], "DESTINATAIRE": ["F-A1"], "VALIDEUR": [], None: ["H-1", "F-A1"]}),
        (titulaire, {"FOURNISSEUR": [], "DESTINATAIRE": [], "VALIDEUR": ["F-A1"], None: ["F-A1"]}),
    ]
    for programme, roles in attendu:
        for role, lues in {**roles, "MOA": [], "MOE": []}.items():
            assert numeros(programme, {"roleUtilisateur": role}) == lues


def test_les_archives_sont_dites(decor, emetteur):
    with decor.cohort.monde():
        vieux = a_paris(2) - timedelta(days=500)
        Facture.objects.filter(pk=decor.visee.pk).update(date_depot=vieux)
    assert numeros(emetteur) == ["F-B2", "F-A1"]
    assert numeros(emetteur, {"dpOuDpArchive": "DP_ARCHIVE"}) == ["F-A1"]
    assert numeros(emetteur, {"dpOuDpArchive": "DEMANDE_PAIEMENT"}) == ["F-B2"]
    _, recu = emetteur.post(F22)
    vies = [ligne["dpOuDpArchive"] for ligne in recu["listeDemandePaiement"]]
    assert vies == ["DEMANDE_PAIEMENT", "DP_ARCHIVE"]


def test_les_plus_recentes_seulement_et_le_total_vrai(decor, emetteur, monkeypatch):
    monkeypatch.setattr(famille, "MAXIMUM", 1)
    _, recu = emetteur.post(F22)
    assert [ligne["numeroDemandePaiement"] for ligne in recu["listeDemandePaiement"]] == ["F-B2"]
    assert (recu["total"], recu["listeDemandePaiement"][0]["nombreResultatTotal"]) == (2, "2")


def test_autant_de_requetes_pour_trois_factures_que_pour_trente(decor, emetteur):
    def compter():
        with CaptureQueriesContext(connection) as lues:
            assert emetteur.post(F22)[1]["codeRetour"] == 0
        return len(lues)

    emetteur.post(F22)
    peu = compter()
    for rang in range(28):
        decor.facture(f"H-{rang}", decor.hopital)
    assert compter() == peu


def test_ni_une_autre_structure_ni_une_autre_session(decor, tiers, ailleurs):
    for programme in (tiers, ailleurs):
        assert programme.post(F22) == (200, VIDE)
        cherche = {"structureFournisseur": {"idStructureFournisseur": decor.fournisseur.pk}}
        assert programme.post(F22, cherche) == (200, VIDE)


@pytest.mark.parametrize(
    "corps",
    [{"roleUtilisateur": "ROI"}, {"dpOuDpArchive": "TOUT"}, {"structureMoe": "x"}, {"typeFacture": 3}],
    ids=lambda corps: next(iter(corps)),
)
def test_ce_qui_est_mal_forme(emetteur, corps):
    assert emetteur.post(F22, corps)[0] == 400


def test_l_exemple_est_accepte(emetteur):
    assert emetteur.post(F22, dict(OPERATIONS[F22].exemple))[0] == 200
