"""The fixtures give what they say: every other test rests on them."""

import socket

import pytest
from django.test import RequestFactory
from pytest_socket import SocketConnectBlockedError

from accounts.middleware import CompteMiddleware
from invoices.enums import Statut
from sandbox import clock
from sandbox.cohorts.middleware import MondeMiddleware
from sandbox.snapshots.services import state_hash
from structures import queries
from structures.models import Structure
from tests import factories


def _requete(client):
    requete = RequestFactory().get("/portail/")
    requete.COOKIES = {nom: cookie.value for nom, cookie in client.cookies.items()}
    requete.session = client.session
    vue = {}

    def lire(r):
        vue.update(place=r.place, cohort=r.cohort, compte=r.compte)
        return r

    MondeMiddleware(CompteMiddleware(lire))(requete)
    return vue


def test_le_poste_porte_sa_place_sans_compte(poste, cohort):
    vue = _requete(poste)
    assert (vue["place"].numero, vue["cohort"], vue["compte"]) == (1, cohort, None)


def test_le_gestionnaire_est_connecte(gestionnaire, compte, structure):
    assert _requete(gestionnaire)["compte"] == compte
    with compte.cohort.monde():
        droits = queries.droits(compte)
    assert droits.gestionnaire_de == {structure.pk}


def test_deux_sessions_ont_les_memes_identifiants(cohort, autre_cohort):
    vus = []
    for session in (cohort, autre_cohort):
        with session.monde():
            vus.append(sorted(Structure.objects.values_list("identifiant", flat=True)))
    assert vus[0] == vus[1]
    assert state_hash(cohort) == state_hash(autre_cohort)


def test_le_monde_est_ouvert_a_l_ancrage(monde):
    assert clock.today() == factories.ANCRAGE
    assert Structure.objects.exists()


def test_une_facture_fabriquee_a_son_historique(facture_deposee, cohort):
    with cohort.monde():
        assert [h.statut for h in facture_deposee.historique.all()] == [Statut.DEPOSEE]


@pytest.mark.filterwarnings("ignore:A test tried")
def test_rien_ne_sort_de_la_machine():
    with socket.socket() as prise, pytest.raises(SocketConnectBlockedError):
        prise.connect(("192.0.2.1", 80))
