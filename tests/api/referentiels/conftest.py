"""Programs of a supplier and of public bodies; the seat's own company is not attached to any of them."""

import pytest

from structures.models import Structure
from tests.api.appels import MONTBRISAC, VALMORAN, VOLTAIGNE, client_api


@pytest.fixture
def fournisseur(cohort):
    return client_api(cohort, siret=VOLTAIGNE)


@pytest.fixture
def commune(cohort):
    return client_api(cohort, siret=VALMORAN)


@pytest.fixture
def hopital(cohort):
    return client_api(cohort, siret=MONTBRISAC)


@pytest.fixture
def pk(cohort):
    """Id of a structure of the session, by SIRET."""

    def lire(siret, dans=cohort):
        with dans.monde():
            return Structure.objects.get(identifiant=siret).pk

    return lire
