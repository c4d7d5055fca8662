"""Requests made up from the OpenAPI document, good and bad: no 5xx, no undocumented answer.

Deterministic, a bounded number of examples; half of them name rows that exist, so that more than « not found » is seen.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import openapi
from api.registre import OPERATIONS
from sandbox.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.lent]

EXEMPLES = {GenerationMode.POSITIVE: 10, GenerationMode.NEGATIVE: 6}
CONTROLES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi.document("essai"))
SCHEMA.app = application


def reglages(exemples):
    return settings(
        max_examples=exemples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def avec_de_vrais_numeros(corps, connus):
    """The same, where a field names a row of the session."""
    if isinstance(corps, dict):
        return {
            nom: connus[nom]
            if nom in connus and isinstance(valeur, int | str)
            else avec_de_vrais_numeros(valeur, connus)
            for nom, valeur in corps.items()
        }
    if isinstance(corps, list):
        return [avec_de_vrais_numeros(element, connus) for element in corps]
    return corps


@pytest.fixture
def connus(scene):
    facture, structure = scene.factures["recue"], scene.structures["00010302800015"]
    return {
        **dict.fromkeys(("idFacture", "identifiantFactureCPP", "idDemandePaiement"), facture),
        **dict.fromkeys(("idStructure", "idStructureCPP", "idFournisseur", "idStructureFournisseur"), structure),
        "idDestinataireCPP": scene.structures["00020002200010"],
        "idService": next(iter(scene.services.values())),
        "numeroFluxDepot": scene.flux["facture_refusee"],
        "codeDestinataire": "00020001400017",
        "pieceJointePrincipaleId": scene.pieces["plan"],
        "pieceJointeComplementaireId": scene.pieces["devis"],
        "triColonne": "DateDepot",
    }


@pytest.mark.parametrize("genre", list(EXEMPLES), ids=["juste", "faux"])
@pytest.mark.parametrize("cle", sorted(OPERATIONS))
def test_rien_d_imprevu(scene, connus, cle, genre):
    operation = OPERATIONS[cle]
    decrite = SCHEMA[operation.adresse][operation.methode]
    qui = scene.programmes["commune" if operation.exige or "recipiendaire" in cle else "fournisseur"]

    vus = set()

    @reglages(EXEMPLES[genre])
    @given(case=decrite.as_strategy(generation_mode=genre), vrais=st.booleans())
    def jouer(case, vrais):
        if vrais:
            case.body = avec_de_vrais_numeros(case.body, connus)
        case.headers.update(qui.entetes)
        reponse = case.call()
        vus.add(reponse.status_code)
        case.validate_response(reponse, checks=CONTROLES)

    jouer()
    if genre is GenerationMode.POSITIVE:
        assert (200 if operation.executer else 403) in vus, "aucune requête juste n'est arrivée au métier"


@pytest.mark.parametrize("genre", list(EXEMPLES), ids=["juste", "faux"])
def test_le_jeton(scene, genre):
    @reglages(20)
    @given(case=SCHEMA["/api/oauth/token"]["POST"].as_strategy(generation_mode=genre))
    def jouer(case):
        case.validate_response(case.call(), checks=CONTROLES)

    jouer()
