"""The clock: shown first, confirmed, followed, undone."""

from datetime import timedelta

import pytest

from formation.services import sauts
from invoices.enums import Statut
from invoices.models import Facture
from invoices.services import deposer
from sandbox import clock
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.events import battement, engine, horloge
from sandbox.events.models import Battement
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot
from structures import queries

HTMX = {"HX-Request": "true"}


@pytest.fixture
def envoyee(brouillon, compte):
    """An invoice that the robots will bring to payment."""
    with compte.cohort.monde():
        deposer.envoyer(brouillon.pk, compte=compte, droits=queries.droits(compte))
    return brouillon


@pytest.fixture
def battant(db):
    battement.battre()


def cible_de(page):
    texte = page.content.decode()
    return texte.split('name="cible" value="', 1)[1].split('"', 1)[0]


def sauter(client, console, capture, cle="cle-1", **parametres):
    apercu = client.get(console("apercu"), parametres)
    with capture(execute=True):
        return client.post(console("saut"), {"cle": cle, "cible": cible_de(apercu)})


class TestApercu:
    def test_it_lists_what_will_happen(self, envoyee, formateur_client, console):
        page = formateur_client.get(console("apercu"), {"jours": 30})
        texte = page.content.decode()
        assert page.status_code == 200
        assert "mercredi 6 janvier 2027" in texte
        assert "J+30" in texte
        assert "Mise en paiement" in texte
        assert envoyee.numero in texte
        assert "7 évènements" in texte

    def test_it_changes_nothing(self, envoyee, cohort, formateur_client, console):
        avant = snapshots.state_hash(cohort)
        formateur_client.get(console("apercu"), {"jours": 30})
        assert snapshots.state_hash(cohort) == avant

    def test_it_equals_what_is_played(self, envoyee, cohort):
        but = horloge.cible(cohort, jours=30)
        apercu = sauts.apercevoir(cohort, but)
        assert engine.advance(cohort, but).effets == apercu.bilan.effets
        assert [fait.objet for fait in apercu.bilan.fil] == [envoyee.numero] * 7
        assert {fait.place for fait in apercu.bilan.fil} == {1}

    def test_nothing_planned(self, cohort, formateur_client, console):
        assert "seule la date changera" in formateur_client.get(console("apercu"), {"jours": 1}).content.decode()

    def test_next_event(self, envoyee, formateur_client, console):
        assert formateur_client.get(console("apercu"), {"suivant": 1}).status_code == 200

    def test_a_draft_is_pointed_out(self, brouillon, formateur_client, console):
        assert "brouillon non envoyé" in formateur_client.get(console("apercu"), {"jours": 1}).content.decode()

    def test_without_parameter_it_asks_where_to_go(self, formateur_client, console):
        page = formateur_client.get(console("apercu"))
        assert page.status_code == 200
        assert "Nombre de jours" in page.content.decode()

    @pytest.mark.parametrize(
        ("parametres", "message"),
        [
            ({"jours": "0"}, "au moins 1 jour"),
            ({"jours": "401"}, "400 jours"),
            ({"jours": "deux"}, "nombre entier"),
            ({"jours": ""}, "Dites de combien"),
            ({"date": "31/02/2027"}, "31/02/2027"),
            ({"date": "01/12/2026"}, "doit suivre la date simulée"),
            ({"date": "01/12/2028"}, "400 jours"),
            ({"suivant": "1"}, "Aucun évènement"),
        ],
    )
    def test_bad_input(self, formateur_client, console, parametres, message):
        page = formateur_client.get(console("apercu"), parametres)
        assert page.status_code == 422
        assert message in page.content.decode()


class TestSaut:
    def test_confirmed_it_is_played_and_the_state_before_is_kept(
        self, envoyee, cohort, formateur_client, console, django_capture_on_commit_callbacks
    ):
        reponse = sauter(formateur_client, console, django_capture_on_commit_callbacks, date="06/01/2027")
        assert reponse.url == console("session")
        cohort.refresh_from_db()
        assert cohort.cible is None
        assert cohort.jour == 30
        with cohort.monde():
            assert Facture.objects.get().statut == Statut.MISE_EN_PAIEMENT
            assert Snapshot.objects.filter(motif=sauts.AVANT_SAUT).count() == 1
            trace = Trace.objects.get(verbe="saut")
        assert trace.nom == "Camille Essai"
        battement.battre()
        assert "Nous sommes maintenant le" in formateur_client.get(console("session")).content.decode()

    def test_double_click_jumps_once(self, cohort, formateur_client, console, django_capture_on_commit_callbacks):
        apercu = formateur_client.get(console("apercu"), {"jours": 2})
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                reponse = formateur_client.post(console("saut"), {"cle": "k", "cible": cible_de(apercu)})
            assert reponse.status_code == 302
        cohort.refresh_from_db()
        assert cohort.jour == 2
        with cohort.monde():
            assert Trace.objects.filter(verbe="saut").count() == 1

    def test_another_jump_waits_for_the_first(self, cohort, formateur_client, console):
        apercu = formateur_client.get(console("apercu"), {"jours": 2})
        Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.simulated_now() + timedelta(days=1))
        reponse = formateur_client.post(console("saut"), {"cle": "k", "cible": cible_de(apercu)})
        assert reponse.status_code == 409
        assert "déjà en cours" in reponse.content.decode()

    @pytest.mark.parametrize(
        ("cible", "message"),
        [
            ("2026-12-01T09:00:00+0100", "déjà atteinte"),
            ("2028-12-31T09:00:00+0100", "400 jours"),
            ("bientôt", "incomplète"),
            ("", "incomplète"),
        ],
    )
    def test_a_target_that_cannot_be(self, formateur_client, console, cible, message):
        reponse = formateur_client.post(console("saut"), {"cle": "k", "cible": cible})
        assert reponse.status_code == 409
        assert message in reponse.content.decode()

    def test_only_the_last_automatic_snapshots_are_kept(self, cohort, formateur):
        for rang in range(sauts.AUTOMATIQUES_GARDES + 2):
            sauts.garder_automatiquement(cohort, f"Avant {rang}", sauts.AVANT_SAUT)
        with cohort.monde():
            assert Snapshot.objects.filter(motif=sauts.AVANT_SAUT).count() == sauts.AUTOMATIQUES_GARDES


class TestAnnulation:
    def test_back_to_the_instant_before(
        self, envoyee, assis, cohort, formateur_client, console, django_capture_on_commit_callbacks
    ):
        avant = snapshots.state_hash(cohort)
        sauter(formateur_client, console, django_capture_on_commit_callbacks, jours=30)
        question = formateur_client.get(console("annuler_saut")).content.decode()
        pk = question.split('name="instantane" value="', 1)[1].split('"', 1)[0]
        reponse = formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": pk})
        assert reponse.url == console("session")
        cohort.refresh_from_db()
        assert cohort.jour == 0
        assert snapshots.state_hash(cohort) == avant
        with cohort.monde():
            assert Participant.objects.get(numero=1).prenom == "Nadia"
            assert Snapshot.objects.filter(motif=sauts.AVANT_GESTE).exists()
            assert Trace.objects.order_by("-pk").first().nom == "Camille Essai"
        encore = formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": pk})
        assert encore.url == console("session")
        assert "déjà été annulé" in formateur_client.get(console("session")).content.decode()

    def test_nothing_to_undo(self, formateur_client, console):
        assert formateur_client.get(console("annuler_saut")).status_code == 409
        assert formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": "1"}).status_code == 302

    def test_same_form_twice_with_two_jumps_undoes_one(self, cohort, formateur, formateur_client, console):
        premier = sauts.garder_automatiquement(cohort, "Avant 1", sauts.AVANT_SAUT)
        second = sauts.garder_automatiquement(cohort, "Avant 2", sauts.AVANT_SAUT)
        formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": second.pk})
        formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": premier.pk})
        assert sauts.dernier_saut(cohort) == premier

    def test_not_while_time_moves(self, battant, cohort, formateur_client, console):
        instantane = sauts.garder_automatiquement(cohort, "Avant", sauts.AVANT_SAUT)
        Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.simulated_now() + timedelta(days=1))
        reponse = formateur_client.post(console("annuler_saut"), {"cle": "a", "instantane": instantane.pk})
        assert reponse.status_code == 409


class TestAvancement:
    @pytest.fixture
    def en_cours(self, cohort, formateur, envoyee, django_capture_on_commit_callbacks):
        """A jump asked for, that no worker has taken."""
        with django_capture_on_commit_callbacks(execute=False):
            sauts.demander(cohort, horloge.cible(cohort, jours=10), formateur=formateur, cle="x")
        return cohort

    def test_none_when_the_clock_rests(self, cohort):
        assert sauts.avancement(cohort) is None

    def test_percentage_and_counts(self, battant, en_cours):
        Cohort.objects.filter(pk=en_cours.pk).update(sim_reference=en_cours.sim_reference + timedelta(days=5))
        en_cours.refresh_from_db()
        etat = sauts.avancement(en_cours)
        assert etat is not None
        assert (etat.pct, etat.joues, etat.silence) == (50, 0, 0)
        assert etat.restants > 0

    def test_silence_is_said(self, en_cours, formateur_client, console):
        Battement.objects.update_or_create(nom="tick", defaults={"le": clock.real_now() - timedelta(minutes=2)})
        with en_cours.monde():
            Trace.objects.filter(verbe="saut").update(reel_le=clock.real_now() - timedelta(seconds=40))
        Cohort.objects.filter(pk=en_cours.pk).update(reel_reference=clock.real_now() - timedelta(seconds=40))
        page = formateur_client.get(console("session")).content.decode()
        assert "ne répond plus depuis 40 s" in page
        assert formateur_client.get(console("reinitialiser")).status_code == 200

    def test_page_follows_and_says_the_arrival(self, battant, en_cours, formateur_client, console):
        page = formateur_client.get(console("session")).content.decode()
        assert "Saut jusqu&#x27;au" in page or "Saut jusqu'au" in page
        assert "every 1s" in page
        url = page.split('id="horloge-vive" class="horloge-vive" hx-get="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        suite = formateur_client.get(url, headers=HTMX)
        assert 'hx-swap-oob="true"' in suite.content.decode()
        assert "HX-Retarget" not in suite
        engine.play_due(Cohort.objects.get(pk=en_cours.pk))
        fin = formateur_client.get(url, headers=HTMX)
        assert fin["HX-Retarget"] == "#horloge"
        assert "monde-change" in fin["HX-Trigger-After-Settle"]
        assert "Nous sommes maintenant le" in fin.content.decode()


class TestRegler:
    def test_modes(self, cohort, formateur_client, console):
        avant = cohort.simulated_now()
        assert formateur_client.post(console("horloge"), {"mode": "accelerated", "vitesse": "10"}).status_code == 302
        cohort.refresh_from_db()
        assert (cohort.horloge_mode, cohort.horloge_vitesse) == ("accelerated", 10)
        assert cohort.simulated_now() >= avant
        page = formateur_client.get(console("session")).content.decode()
        assert "10 j par heure" in page
        formateur_client.post(console("horloge"), {"mode": "stopped"})
        cohort.refresh_from_db()
        assert (cohort.horloge_mode, cohort.horloge_vitesse) == ("stopped", 10)

    @pytest.mark.parametrize(
        "donnees", [{"mode": "vite"}, {}, {"mode": "accelerated", "vitesse": "61"}, {"mode": "real", "vitesse": "x"}]
    )
    def test_bad_input(self, cohort, formateur_client, console, donnees):
        assert formateur_client.post(console("horloge"), donnees).status_code == 422
        cohort.refresh_from_db()
        assert cohort.horloge_mode == "stopped"

    def test_page_without_javascript(self, formateur_client, console):
        assert "Régler l&#x27;horloge" in formateur_client.get(console("horloge")).content.decode().replace(
            "'", "&#x27;"
        )

    def test_unchanged_clock_answers_204(self, battant, formateur_client, console):
        page = formateur_client.get(console("session")).content.decode()
        url = page.split('id="horloge-vive" class="horloge-vive" hx-get="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        assert formateur_client.get(url, headers=HTMX).status_code == 204


def test_silent_background_work_is_said_before_any_jump(cohort, formateur_client, console):
    page = formateur_client.get(console("session")).content.decode()
    assert "ne donne pas signe de vie" in page
    battement.battre()
    assert "ne donne pas signe de vie" not in formateur_client.get(console("session")).content.decode()
