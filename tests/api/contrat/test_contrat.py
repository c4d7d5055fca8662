"""Every answer of every operation against the published models: types, enumerations, no unknown field, no null, dates.

The table of operations decides what is tried: one that has no case in ``cas.py`` fails here by its name.
"""

import json

import pytest

from api import contrat
from api.registre import OPERATIONS
from tests.api.appels import validateur
from tests.api.contrat import formes
from tests.api.contrat.cas import CAS

SIMULEES = sorted(cle for cle, operation in OPERATIONS.items() if operation.executer is not None)
NON_SIMULEES = sorted(set(OPERATIONS) - set(SIMULEES))
GCU = {
    *("factures/v1/soumettre", "factures/v1/deposer/flux", "factures/v1/deposer/pdf", "factures/v1/telecharger/groupe"),
    *("transverses/v1/ajouter/fichier", "transverses/v1/telecharger/annuaire/destinataire"),
    "transverses/v1/telecharger/pieceJointe",
}
"""Operations whose success says GCU_MSG_01_000 (api.md §3)."""
SANS_ENVELOPPE = {"transverses/v1/health-check"}


def cas(cle):
    assert cle in CAS, f"{cle} n'a pas d'essai : écrivez-le dans tests/api/contrat/cas.py"
    return CAS[cle]


def appeler(scene, cle, qui, corps):
    """(status, body) as they came."""
    programme = scene.programmes[qui]
    if OPERATIONS[cle].methode == "GET":
        reponse = programme.brut("GET", cle, b"")
    else:
        reponse = programme.brut("POST", cle, json.dumps(corps).encode())
    return reponse.status_code, json.loads(reponse.content)


def verifier(cle, recu):
    validateur(OPERATIONS[cle].modele).validate(recu)
    assert list(formes.fautes(recu)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("cle", SIMULEES)
def test_un_succes(scene, cle):
    essai = cas(cle)
    statut, recu = appeler(scene, cle, essai.qui, essai.succes(scene))
    assert statut == 200, recu
    if cle in SANS_ENVELOPPE:
        assert "codeRetour" not in recu
    elif cle == "facturesTravaux/v1/rechercher":
        assert (recu["codeRetour"], recu["libelle"][:14]) == (20_007, "GFT_MSG_01.075"), "aucune facture de travaux"
    else:
        attendu = "GCU_MSG_01_000" if cle in GCU else "TRA_MSG_00.000"
        assert (recu["codeRetour"], recu["libelle"]) == (0, attendu), recu
        absentes = [nom for nom in contrat.champs_listes(OPERATIONS[cle].modele) if nom not in recu]
        assert absentes == [], "une liste du modèle est toujours là dans un succès"
    assert [nom for nom in essai.rempli if not recu.get(nom)] == [], "la scène ne montre rien"
    verifier(cle, recu)


@pytest.mark.django_db
@pytest.mark.parametrize("cle", SIMULEES)
def test_un_refus(scene, cle):
    essai = cas(cle)
    if cle in SANS_ENVELOPPE:
        scene.programmes["inconnu"] = type(scene.programmes[essai.qui])(scene.programmes[essai.qui].jeton, "eDp5")
        assert appeler(scene, cle, "inconnu", None) == (401, {})
        return
    statut, recu = appeler(scene, cle, essai.refuse_a or essai.qui, essai.refus(scene))
    assert (statut, recu["codeRetour"]) == (essai.statut, essai.code), recu
    assert recu["libelle"]
    if statut == 200:
        verifier(cle, recu)
    else:
        assert recu == {"codeRetour": 400, "libelle": "Requête mal formulée"}


@pytest.mark.django_db
@pytest.mark.parametrize("cle", NON_SIMULEES)
def test_non_encore_simulee(scene, cle):
    assert appeler(scene, cle, "fournisseur", {}) == (403, {})


def test_chaque_essai_a_son_operation():
    assert sorted(set(CAS) - set(OPERATIONS)) == []


class TestAdresses:
    """The paths of the published contract, and those of api.md §9 that it leaves out."""

    def test_celles_du_contrat(self):
        """Sixty published ones, and those whose answer is a model of ours."""
        assert len(contrat.operations()) >= 60
        absentes = sorted(set(contrat.operations()) - {o.adresse for o in OPERATIONS.values()})
        assert absentes == []

    @pytest.mark.parametrize(
        "cle",
        [
            "utilisateurs/v1/monCompte/recuperer/rattachements",
            "engagementsJuridiques/v1/rechercher",
            "facturesTravaux/v1/rechercher",
            "transverses/v1/detacherPieceJointe",
            "transverses/v1/recuperer/syntaxeflux",
            "transverses/v1/recuperer/structuresPourUtilisateur",
            "transverses/v1/rechercher/serviceexecutant",
            "facturesTravaux/v1/consulter",
            "facturesTravaux/v1/completer",
            "facturesTravaux/v1/completermoe",
            "facturesTravaux/v1/recycler",
            "facturesTravaux/v1/refuser",
            "facturesTravaux/v1/demander/recyclage",
            "facturesTravaux/v1/suspendre/demander/completer/factureTravaux",
            "facturesTravaux/v1/consulter/dossierfacturation",
            "facturesTravaux/v1/rechercher/atraiter",
        ],
    )
    def test_les_autres(self, cle):
        assert cle in OPERATIONS

    def test_une_seule_se_lit_par_get(self):
        assert [cle for cle, o in OPERATIONS.items() if o.methode != "POST"] == ["transverses/v1/health-check"]

    def test_les_noms_ne_se_repetent_pas(self):
        codes = [o.code for o in OPERATIONS.values()]
        assert sorted(codes) == sorted(set(codes))
