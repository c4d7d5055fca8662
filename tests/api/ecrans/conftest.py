"""Calls, applications and technical accounts that the screens show."""

import pytest

from api.models import AppelApi
from structures.services import comptes_techniques, piste


@pytest.fixture
def application(compte):
    """Sandbox application of seat 1's account."""
    with compte.cohort.monde():
        return piste.preparer(compte)


@pytest.fixture
def technique(structure, compte):
    """Technical account of seat 1's company."""
    with structure.cohort.monde():
        return comptes_techniques.creer(structure, par=compte)[0]


@pytest.fixture
def appel(cohort, application):
    """``appel(statut=401, place=2)``: a call noted in the journal."""

    def noter(**champs):
        faits = {"methode": "POST", "chemin": "/cpro/factures/v1/soumettre", "operation": "soumettreFacture"}
        faits |= {"statut": 200, "code_retour": 0, "correlation": "Id-1 0", "place": 1, "application": application}
        with cohort.monde():
            return AppelApi.objects.create(cohort=cohort, **faits | champs)

    return noter
