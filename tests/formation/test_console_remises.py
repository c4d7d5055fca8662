"""Reset and snapshots: the state is kept first, everyone keeps his seat, twice is once."""

from datetime import timedelta

import pytest

from accounts.models import Compte
from formation.services import remises, sauts
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.events import battement
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot
from tests import factories


@pytest.fixture
def initial(cohort):
    """Digest of the session as it was made, before anyone came."""
    return snapshots.state_hash(cohort)


class TestReinitialiser:
    def test_typed_confirmation_puts_everything_back_and_keeps_seats(
        self, initial, cohort, assis, compte, structure, poste, formateur_client, console
    ):
        reponse = formateur_client.post(console("reinitialiser"), {"cle": "k", "code": f" {cohort.code.lower()} "})
        assert reponse.url == console("session")
        assert snapshots.state_hash(cohort) == initial
        with cohort.monde():
            place = Participant.objects.get(numero=1)
            assert (place.prenom, place.pin, place.version) == ("Nadia", assis.pin, assis.version)
            trace = Trace.objects.order_by("-pk").first()
            assert (trace.verbe, trace.nom) == ("réinitialise la session", "Camille Essai")
            gardee = Snapshot.objects.get(motif=sauts.AVANT_GESTE)
        assert poste.get("/place/").status_code == 200
        remises.restaurer(cohort, gardee, formateur=None, cle="")
        with cohort.monde():
            assert Compte.objects.filter(pk=compte.pk).exists()

    def test_twice_is_once(self, cohort, compte, formateur_client, console):
        for _ in range(2):
            assert formateur_client.post(console("reinitialiser"), {"cle": "k", "code": cohort.code}).status_code == 302
        with cohort.monde():
            assert Trace.objects.filter(verbe="réinitialise la session").count() == 1

    @pytest.mark.parametrize("code", ["", "AUTRECODE", "oui"])
    def test_wrong_confirmation_changes_nothing(self, cohort, compte, formateur_client, console, code):
        reponse = formateur_client.post(console("reinitialiser"), {"cle": "k", "code": code})
        assert reponse.status_code == 422
        assert cohort.code in reponse.content.decode()
        with cohort.monde():
            assert Compte.objects.filter(pk=compte.pk).exists()

    def test_not_while_time_moves(self, cohort, compte, formateur_client, console):
        battement.battre()
        Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.simulated_now() + timedelta(days=1))
        reponse = formateur_client.post(console("reinitialiser"), {"cle": "k", "code": cohort.code})
        assert reponse.status_code == 409
        assert "Le temps avance" in reponse.content.decode()


class TestReinitialiserUnPoste:
    def test_one_seat_goes_back_the_others_stay(self, cohort, assis, compte, formateur_client, console):
        autre = factories.compte(cohort, 2)
        assert "Réinitialiser le poste 01" in formateur_client.get(console("poste_reinitialiser", 1)).content.decode()
        for _ in range(2):
            reponse = formateur_client.post(console("poste_reinitialiser", 1), {"cle": "k"})
            assert reponse.url == console("poste", 1)
        with cohort.monde():
            assert list(Compte.objects.filter(personnage__isnull=True).exclude(etat="TECHNIQUE")) == [autre]
            assert Participant.objects.get(numero=1).prenom == "Nadia"
            assert Trace.objects.filter(verbe="réinitialise le poste", place=1).count() == 1
            assert Snapshot.objects.filter(motif=sauts.AVANT_GESTE).count() == 1

    def test_a_key_is_wanted(self, formateur_client, console):
        assert formateur_client.post(console("poste_reinitialiser", 1)).status_code == 409

    def test_not_while_time_moves(self, cohort, formateur_client, console):
        battement.battre()
        Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.simulated_now() + timedelta(days=1))
        assert formateur_client.post(console("poste_reinitialiser", 1), {"cle": "k"}).status_code == 409


class TestInstantanes:
    def test_create_then_restore(self, cohort, compte, formateur_client, console):
        avant = snapshots.state_hash(cohort)
        formateur_client.post(console("instantanes"), {"cle": "a", "nom": "Fin de matinée"})
        page = formateur_client.get(console("instantanes")).content.decode()
        assert "Fin de matinée" in page
        assert "État initial" in page
        factories.compte(cohort, 2)
        with cohort.monde():
            pk = Snapshot.objects.get(nom="Fin de matinée").pk
        assert "Restaurer" in formateur_client.get(console("restaurer", pk)).content.decode()
        for _ in range(2):
            reponse = formateur_client.post(console("restaurer", pk), {"cle": "b"})
            assert reponse.url == console("session")
        assert snapshots.state_hash(cohort) == avant
        with cohort.monde():
            assert Trace.objects.filter(verbe="restaure l'instantané").count() == 1

    def test_double_click_creates_one(self, cohort, formateur_client, console):
        for _ in range(2):
            reponse = formateur_client.post(console("instantanes"), {"cle": "a", "nom": "Midi"})
            assert reponse.status_code == 302
        with cohort.monde():
            assert Snapshot.objects.filter(nom="Midi").count() == 1

    @pytest.mark.parametrize(
        ("nom", "message"), [("", "obligatoire"), ("Initial", "réservé"), ("Midi", "déjà ce nom"), ("x" * 61, "60")]
    )
    def test_bad_name(self, cohort, formateur_client, console, nom, message):
        remises.garder(cohort, "Midi", formateur="moi", cle="z")
        reponse = formateur_client.post(console("instantanes"), {"cle": "a", "nom": nom})
        assert reponse.status_code == 422
        assert message in reponse.content.decode()

    def test_one_of_another_version_is_not_offered(self, cohort, formateur_client, console):
        ancien = remises.garder(cohort, "Ancien", formateur="moi", cle="z")
        with cohort.monde():
            Snapshot.objects.filter(pk=ancien.pk).update(schema="autre")
        assert "autre version" in formateur_client.get(console("instantanes")).content.decode()
        reponse = formateur_client.post(console("restaurer", ancien.pk), {"cle": "b"})
        assert reponse.status_code == 409
        assert "autre version" in reponse.content.decode()

    def test_that_of_another_session_is_unknown(self, autre_cohort, formateur_client, console):
        with autre_cohort.monde():
            pk = Snapshot.objects.get().pk
        assert formateur_client.get(console("restaurer", pk)).status_code == 404

    def test_nothing_while_time_moves(self, cohort, formateur_client, console):
        battement.battre()
        pk = remises.garder(cohort, "Midi", formateur="moi", cle="z").pk
        Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.simulated_now() + timedelta(days=1))
        assert formateur_client.post(console("instantanes"), {"cle": "a", "nom": "Soir"}).status_code == 409
        assert formateur_client.post(console("restaurer", pk), {"cle": "b"}).status_code == 409
        assert formateur_client.post(console("restaurer", pk)).status_code == 409
