"""One rich session for the whole module: undone at the end, as each call is undone after its test."""

import pytest
from django.conf import settings as reglages
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests import factories
from tests.api.contrat.scene import monter


@pytest.fixture(scope="module")
def rangement(tmp_path_factory):
    """Files of the scene outlive one test: one folder for the module."""
    documents = {**reglages.STORAGES["documents"], "OPTIONS": {"location": str(tmp_path_factory.mktemp("scene"))}}
    return {**reglages.STORAGES, "documents": documents}


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, rangement):
    with django_db_blocker.unblock():
        bloc = transaction.atomic()
        bloc._from_testcase = True  # a durable block may open inside, as it may inside a test
        with bloc:
            cache.clear()
            with override_settings(STORAGES=rangement, API_REQUETES_PAR_SECONDE=1_000_000):
                montee = monter(factories.cohort(formateur=factories.formateur()))
            yield montee
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _chez_la_scene(_chez_soi, settings, rangement):
    settings.STORAGES = rangement
    settings.API_REQUETES_PAR_SECONDE = 1_000_000
