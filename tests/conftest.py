"""What every test has: no network, its own files and cache, and a world when it asks for one.

Fixtures of a world build it without opening it: read its rows inside ``with cohort.monde():``, or ask for ``monde``,
which keeps seat 1's world open for the whole test (its clock then stays at the instant of the opening).
"""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import Client
from pytest_socket import socket_allow_hosts

from accounts.middleware import CLE
from sandbox.cohorts.middleware import poser_place
from sandbox.cohorts.models import Participant
from tests import factories, sessions_pretes


def pytest_collection_modifyitems(items):
    """The long ones try again, in quantity, what others cover: without measuring, they last half less."""
    for item in items:
        if item.get_closest_marker("lent"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def _sans_reseau():
    """Nothing leaves the machine: a connection elsewhere raises."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _chez_soi(settings, tmp_path_factory):
    """Files in a folder of this test's own (made when first written), an empty cache."""
    dossier = tmp_path_factory.getbasetemp() / f"fichiers-{uuid4().hex}"
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {**settings.STORAGES["documents"], "OPTIONS": {"location": str(dossier)}},
    }
    cache.clear()


@pytest.fixture
def formateur(db):
    return factories.formateur()


@pytest.fixture
def cohort(formateur):
    """Session of three seats, anchored on Monday 7 December 2026 at 9 h, clock stopped."""
    return sessions_pretes.prendre(formateur)


@pytest.fixture
def autre_cohort(db):
    """Another trainer's session, with the same pack, seed and identifiers."""
    return sessions_pretes.prendre(factories.formateur("autre@session.example"), titre="Autre session")


@pytest.fixture
def monde(cohort):
    """The session, its world open during the test."""
    with cohort.monde():
        yield cohort


def fermer(reponse):
    """Close a download without what the end of a request does to the test's own connection."""
    request_finished.disconnect(close_old_connections)
    reponse.close()
    request_finished.connect(close_old_connections)


def client_au_poste(cohort, numero=1):
    """Browser that carries a seat of this session."""
    client = Client()
    with cohort.monde():
        place = Participant.objects.get(numero=numero)
    reponse = HttpResponse()
    poser_place(reponse, place)
    client.cookies.update(reponse.cookies)
    return client


def connecter(client, compte):
    """Log a portal account in, in the browser of a seat."""
    session = client.session
    session[CLE] = {"id": compte.pk, "empreinte": compte.empreinte_session()}
    session.save()
    return client


@pytest.fixture
def au_poste(cohort):
    """Make the browser of any seat: ``au_poste(2)``."""
    return lambda numero=1: client_au_poste(cohort, numero)


@pytest.fixture
def poste(cohort):
    """Browser of seat 1, no portal account logged in."""
    return client_au_poste(cohort)


@pytest.fixture
def compte(cohort):
    """Active portal account of seat 1."""
    return factories.compte(cohort)


@pytest.fixture
def structure(compte):
    """Company of seat 1, ``compte`` its gestionnaire principal, no mandate."""
    entreprise = factories.structure(compte.cohort)
    factories.rattachement(compte, entreprise)
    return entreprise


@pytest.fixture
def mandat(structure):
    return factories.mandat(structure)


@pytest.fixture
def gestionnaire(poste, compte, mandat):
    """Browser of seat 1 logged in to the portal: account, structure, mandate."""
    return connecter(poste, compte)


@pytest.fixture
def destinataire(cohort):
    """COMMUNE DE VALMORAN: neither service nor engagement demanded, profile « bon payeur »."""
    return factories.publique(cohort)


@pytest.fixture
def brouillon(compte, structure, mandat, destinataire):
    """Draft of seat 1 that may be sent: 100.00 HT, 20.00 VAT, 120.00."""
    return factories.brouillon(structure, destinataire, compte=compte)


@pytest.fixture
def facture_deposee(compte, structure, mandat, destinataire):
    """Invoice of seat 1 in « Déposée »; no event is promised for it."""
    return factories.facture(structure, destinataire, compte=compte)


@pytest.fixture
def formateur_client(formateur):
    """Browser of the trainer who owns ``cohort``, logged in to the console."""
    client = Client()
    client.force_login(formateur, backend="django.contrib.auth.backends.ModelBackend")
    return client
