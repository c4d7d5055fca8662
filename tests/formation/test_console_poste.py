"""A seat: its page, its PIN, its accounts."""

from datetime import timedelta

import pytest

from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from accounts.services import comptes
from sandbox import clock
from sandbox.cohorts.models import Participant, Trace
from sandbox.mail.models import Message
from tests import factories


def relire(cohort, numero=1):
    with cohort.monde():
        return Participant.objects.get(numero=numero)


class TestPage:
    def test_everything_of_the_seat_is_there(self, assis, facture_deposee, cohort, formateur_client, console):
        with cohort.monde():
            Message.objects.create(
                cohort=cohort, place=1, adresse="a@b.example", expediteur="x", objet="Bonjour Nadia", corps="", type="N"
            )
        page = formateur_client.get(console("poste", 1)).content.decode()
        for attendu in (
            "Nadia",
            assis.pin,
            "stagiaire01@session.example",
            "ARBELIN MENUISERIE 01",
            facture_deposee.numero,
            "Déposée",
            "Bonjour Nadia",
            'data-copie="00010101400017"',
        ):
            assert attendu in page

    def test_nothing_of_the_others(self, facture_deposee, formateur_client, console):
        page = formateur_client.get(console("poste", 2)).content.decode()
        assert facture_deposee.numero not in page
        assert "Place libre" in page

    def test_a_pack_that_left_the_disk_does_not_close_the_session(self, cohort, formateur_client, console):
        type(cohort).objects.filter(pk=cohort.pk).update(pack="disparu")
        for page in ("session", "cartes"):
            assert formateur_client.get(console(page)).status_code == 200
        assert formateur_client.get(console("poste", 1)).status_code == 200


class TestPlace:
    def test_new_pin_keeps_who_sits_there(self, assis, cohort, poste, formateur_client, console):
        assert "Changer le PIN" in formateur_client.get(console("poste_pin", 1)).content.decode()
        formateur_client.post(console("poste_pin", 1), {"cle": "k"})
        neuf = relire(cohort)
        assert neuf.pin != assis.pin
        assert len(neuf.pin) == 4
        assert (neuf.version, neuf.prenom) == (assis.version, "Nadia")
        formateur_client.post(console("poste_pin", 1), {"cle": "k"})
        assert relire(cohort).pin == neuf.pin
        assert poste.get("/place/").status_code == 200

    def test_freed_seat_is_another_s(self, assis, cohort, poste, formateur_client, console):
        assert "déconnectée" in formateur_client.get(console("poste_liberer", 1)).content.decode()
        for _ in range(2):
            formateur_client.post(console("poste_liberer", 1), {"cle": "k"})
        neuf = relire(cohort)
        assert neuf.version == assis.version + 1
        assert neuf.pin != assis.pin
        assert (neuf.prenom, neuf.nom, neuf.arrive_le, neuf.vu_le) == ("", "", None, None)
        assert poste.get("/place/").status_code != 200
        with cohort.monde():
            trace = Trace.objects.get(verbe="libère le poste")
        assert (trace.nom, trace.place) == ("Camille Essai", 1)


class TestComptes:
    @pytest.fixture
    def bloque(self, compte):
        with compte.cohort.monde():
            Compte.objects.filter(pk=compte.pk).update(bloque_jusqua=clock.real_now() + timedelta(minutes=40))
        return compte

    @pytest.fixture
    def en_attente(self, cohort):
        with cohort.monde():
            neuf = comptes.creer(cohort, place=1, login_email="neuf@session.example", prenom="N", nom="A")
            Jeton.objects.update(expire_le=clock.real_now() - timedelta(minutes=1))
        return neuf

    def test_unlock_from_the_grid(self, bloque, cohort, assis, formateur_client, console):
        page = formateur_client.get(console("session")).content.decode()
        assert "Compte bloqué : stagiaire01@session.example" in page
        url = console("debloquer", 1, bloque.pk)
        assert url in page
        reponse = formateur_client.post(url, {"cle": "k", "retour": "classe"})
        assert reponse.url == console("session")
        with cohort.monde():
            assert not Compte.objects.get(pk=bloque.pk).est_bloque()
        assert "Bloqués" not in formateur_client.get(console("session")).content.decode()

    def test_unlock_from_the_seat_once(self, bloque, cohort, formateur_client, console):
        assert "Débloquer" in formateur_client.get(console("poste", 1)).content.decode()
        for _ in range(2):
            reponse = formateur_client.post(console("debloquer", 1, bloque.pk), {"cle": "k"})
            assert reponse.url == console("poste", 1)
        with cohort.monde():
            assert Trace.objects.filter(verbe="débloque le compte").count() == 1

    def test_resend_the_activation_link(self, en_attente, cohort, formateur_client, console):
        page = formateur_client.get(console("poste", 1)).content.decode()
        assert "Lien d&#x27;activation expiré" in page or "Lien d'activation expiré" in page
        formateur_client.post(console("renvoyer", 1, en_attente.pk), {"cle": "k"})
        with cohort.monde():
            vivants = Jeton.objects.filter(usage=UsageJeton.ACTIVATION, utilise_le=None)
            assert [j.est_valide() for j in vivants] == [True]
            assert Message.objects.filter(place=1).count() == 2
            assert Compte.objects.get(pk=en_attente.pk).etat == EtatCompte.EN_ATTENTE_ACTIVATION

    def test_account_of_another_seat_is_unknown(self, bloque, formateur_client, console):
        assert formateur_client.post(console("debloquer", 2, bloque.pk), {"cle": "k"}).status_code == 404
        assert formateur_client.post(console("renvoyer", 2, bloque.pk), {"cle": "k"}).status_code == 404

    def test_acts_are_posts(self, bloque, formateur_client, console):
        assert formateur_client.get(console("debloquer", 1, bloque.pk)).status_code == 405

    def test_account_of_another_session_is_unknown(self, autre_cohort, formateur_client, console):
        etranger = factories.compte(autre_cohort, 1)
        assert formateur_client.post(console("debloquer", 1, etranger.pk), {"cle": "k"}).status_code == 404


def test_a_nul_byte_in_the_key_of_a_button_reaches_no_database(rf):
    from formation.views.console_acces import cle_recue

    assert cle_recue(rf.post("/", {"cle": "\x00abc" + "z" * 60})) == "abc" + "z" * 36
