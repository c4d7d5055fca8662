"""What the console's tests share."""

import pytest
from django.test import Client

from sandbox.cohorts.models import Participant
from tests import factories


def client_de(formateur):
    client = Client()
    client.force_login(formateur, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def console(formateur_client, cohort):
    """``console("poste", 1)``: address of a page of the console, for the session ``cohort``."""
    from django.urls import reverse

    return lambda nom, *args: reverse(f"formation:{nom}", args=[cohort.code, *args])


@pytest.fixture
def autre_client(db):
    """Browser of another trainer."""
    return client_de(factories.formateur("tiers@session.example"))


@pytest.fixture
def assis(cohort):
    """Seat 1 taken by Nadia."""
    from sandbox import clock

    with cohort.monde():
        Participant.objects.filter(numero=1).update(prenom="Nadia", arrive_le=clock.real_now(), vu_le=clock.real_now())
        return Participant.objects.get(numero=1)
