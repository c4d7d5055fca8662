"""Who may open the console: nobody unknown, nobody else's session."""

import pytest
from django.test import Client
from django.urls import reverse

from sandbox.cohorts.models import Cohort, Trace
from tests import factories
from tests.factories import MOT_DE_PASSE
from tests.formation.conftest import client_de

PAGES = [
    "session",
    "vif",
    "horloge",
    "apercu",
    "annuler_saut",
    "cartes",
    "projecteur",
    "reinitialiser",
    "instantanes",
]
PAGES_DU_POSTE = ["poste", "poste_pin", "poste_liberer", "poste_reinitialiser"]
GESTES = ["horloge", "saut", "annuler_saut", "reinitialiser", "instantanes"]


def adresses(cohort):
    yield from (reverse(f"formation:{nom}", args=[cohort.code]) for nom in PAGES)
    yield from (reverse(f"formation:{nom}", args=[cohort.code, 1]) for nom in PAGES_DU_POSTE)


@pytest.mark.django_db
class TestAnonyme:
    def test_every_page_leads_to_the_login(self, cohort):
        client = Client()
        generales = [reverse("formation:accueil"), reverse("formation:creer"), reverse("formation:mot_de_passe")]
        for url in [*generales, *adresses(cohort)]:
            reponse = client.get(url)
            assert reponse.status_code == 302, url
            assert reponse.url.startswith(reverse("formation:connexion")), url

    def test_no_act_without_login(self, cohort, console):
        for nom in GESTES:
            assert Client().post(console(nom)).status_code == 302

    def test_csrf_is_required(self, formateur, console):
        client = Client(enforce_csrf_checks=True)
        client.force_login(formateur, backend="django.contrib.auth.backends.ModelBackend")
        for nom in GESTES:
            assert client.post(console(nom)).status_code == 403, nom


class TestAutreFormateur:
    def test_every_page_of_the_session_of_another_is_unknown(self, cohort, autre_client):
        for url in adresses(cohort):
            assert autre_client.get(url).status_code == 404, url

    def test_no_act_either(self, cohort, console, autre_client):
        for nom in GESTES:
            assert autre_client.post(console(nom)).status_code == 404, nom
        with cohort.monde():
            assert Trace.objects.count() == 1

    def test_a_session_without_trainer_is_seen_by_administrators_only(self, autre_client, db):
        orpheline = factories.cohort()
        url = reverse("formation:session", args=[orpheline.code])
        assert autre_client.get(url).status_code == 404
        chef = client_de(factories.formateur("chef@session.example", est_admin=True))
        assert chef.get(url).status_code == 200
        assert orpheline.code in chef.get(reverse("formation:accueil")).content.decode()


class TestChezLui:
    def test_his_pages_open(self, cohort, formateur_client):
        for url in adresses(cohort):
            attendu = 409 if url.endswith("annuler-saut/") else 200
            assert formateur_client.get(url).status_code == attendu, url

    def test_the_code_may_be_typed_in_small_letters(self, cohort, formateur_client):
        assert formateur_client.get(f"/formateur/{cohort.code.lower()}/").status_code == 200

    def test_unknown_code_or_seat(self, cohort, formateur_client, console):
        assert formateur_client.get("/formateur/ZZZZZZZZ/").status_code == 404
        assert formateur_client.get(console("poste", 4)).status_code == 404

    def test_nothing_is_cached_by_the_browser(self, formateur_client, console):
        assert "no-store" in formateur_client.get(console("session"))["Cache-Control"]


@pytest.mark.django_db
class TestConnexion:
    URL = "/formateur/connexion/"

    def test_login_with_the_address_in_capitals(self, formateur):
        reponse = Client().post(self.URL, {"username": " Formateur@Session.Example ", "password": MOT_DE_PASSE})
        assert reponse.status_code == 302
        assert reponse.url == "/formateur/"

    def test_login_goes_where_it_was_asked(self, cohort):
        but = reverse("formation:session", args=[cohort.code])
        donnees = {"username": "formateur@session.example", "password": MOT_DE_PASSE}
        assert Client().post(f"{self.URL}?next={but}", donnees).url == but

    def test_wrong_password_keeps_the_address(self, formateur):
        reponse = Client().post(self.URL, {"username": "formateur@session.example", "password": "faux"})
        assert reponse.status_code == 422
        page = reponse.content.decode()
        assert "Adresse ou mot de passe incorrect" in page
        assert "formateur@session.example" in page

    def test_lock_after_too_many_failures_is_said_in_french(self, formateur):
        client = Client()
        donnees = {"username": "formateur@session.example", "password": "faux"}
        for _ in range(8):
            reponse = client.post(self.URL, donnees)
        assert reponse.status_code == 429
        assert "Connexion suspendue" in reponse.content.decode()
        assert client.post(self.URL, donnees | {"password": MOT_DE_PASSE}).status_code == 429
        factories.formateur("autre@session.example")
        autre = client.post(self.URL, {"username": "autre@session.example", "password": MOT_DE_PASSE})
        assert autre.status_code == 302

    def test_logout_is_a_post(self, formateur_client):
        assert formateur_client.get("/formateur/deconnexion/").status_code == 405
        assert formateur_client.post("/formateur/deconnexion/").url == self.URL
        assert formateur_client.get("/formateur/").status_code == 302

    def test_password_change(self, formateur, formateur_client):
        url = reverse("formation:mot_de_passe")
        trop_court = {"old_password": MOT_DE_PASSE, "new_password1": "court", "new_password2": "court"}
        assert formateur_client.post(url, trop_court).status_code == 422
        nouveau = "une phrase assez longue 26"
        bon = {"old_password": MOT_DE_PASSE, "new_password1": nouveau, "new_password2": nouveau}
        assert formateur_client.post(url, bon).status_code == 302
        formateur.refresh_from_db()
        assert formateur.check_password(nouveau)
        assert formateur_client.get("/formateur/").status_code == 200


def test_list_shows_only_his_sessions(cohort, autre_cohort, formateur_client):
    page = formateur_client.get("/formateur/").content.decode()
    assert cohort.code in page
    assert autre_cohort.code not in page
    assert "0 sur 3" in page


def test_list_counts_taken_seats(assis, cohort, formateur_client):
    assert "1 sur 3" in formateur_client.get("/formateur/").content.decode()


def test_empty_list_offers_to_create(autre_client):
    page = autre_client.get("/formateur/").content.decode()
    assert "Aucune session" in page
    assert reverse("formation:creer") in page


def test_list_costs_the_same_whatever_the_number_of_sessions(
    formateur, cohort, formateur_client, django_assert_num_queries
):
    with django_assert_num_queries(5):
        formateur_client.get("/formateur/")
    for rang in range(4):
        factories.cohort(formateur=formateur, titre=f"Session {rang}", places=1)
    assert Cohort.objects.count() == 5
    with django_assert_num_queries(5):
        formateur_client.get("/formateur/")
