"""Simulated time: the clock, the calendar, the draws (exercices.md §0.1, formation.md CLK-1, CLK-7, CLK-10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from time import time_ns
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from sandbox import calendrier, clock, hasard
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort

PARIS = ZoneInfo("Europe/Paris")
NOUMEA = ZoneInfo("Pacific/Noumea")
JOURS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


# --- clock


def test_hors_d_un_monde_le_temps_n_existe_pas():
    assert not clock.is_set()
    with pytest.raises(clock.HorsDuTemps, match=r"cohort\.monde"):
        clock.now()


def test_les_mondes_s_emboitent():
    un, deux = datetime(2026, 12, 7, 8, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    with clock.at(un):
        with clock.at(deux):
            assert clock.now() == deux
        assert clock.now() == un
    assert not clock.is_set()


def test_une_erreur_referme_le_monde():
    with pytest.raises(ZeroDivisionError), clock.at(datetime(2026, 12, 7, tzinfo=UTC), NOUMEA):
        1 / 0  # noqa: B018
    assert not clock.is_set()
    assert timezone.get_current_timezone_name() == "Europe/Paris"


def test_le_jour_est_celui_du_fuseau_de_la_session():
    instant = datetime(2026, 12, 7, 22, tzinfo=UTC)
    with clock.at(instant, PARIS):
        assert clock.today() == date(2026, 12, 7)
    with clock.at(instant, NOUMEA):
        assert clock.today() == date(2026, 12, 8)


def test_le_monde_d_un_fil_n_est_pas_celui_d_un_autre():
    with clock.at(datetime(2026, 12, 7, tzinfo=UTC)), ThreadPoolExecutor(1) as fils:
        assert fils.submit(clock.is_set).result() is False


def test_l_heure_reelle_est_celle_de_la_machine():
    avant = time_ns()
    assert avant - 10_000 <= clock.real_now().timestamp() * 1e9 <= time_ns() + 10_000


# --- calendrier


@pytest.mark.parametrize(
    ("annee", "attendu"),
    [
        (1961, (4, 2)),
        (2000, (4, 23)),
        (2008, (3, 23)),
        (2011, (4, 24)),
        (2024, (3, 31)),
        (2025, (4, 20)),
        (2026, (4, 5)),
        (2027, (3, 28)),
        (2038, (4, 25)),
        (2285, (3, 22)),
    ],
)
def test_paques(annee, attendu):
    assert calendrier.paques(annee) == date(annee, *attendu)


@given(st.integers(1900, 2400))
def test_paques_est_un_dimanche_entre_le_22_mars_et_le_25_avril(annee):
    jour = calendrier.paques(annee)
    assert jour.weekday() == 6
    assert date(annee, 3, 22) <= jour <= date(annee, 4, 25)


def test_les_onze_jours_feries_de_2026():
    assert calendrier.jours_feries(2026) == {
        date(2026, 1, 1): "Jour de l'An",
        date(2026, 4, 6): "Lundi de Pâques",
        date(2026, 5, 1): "Fête du Travail",
        date(2026, 5, 8): "Victoire 1945",
        date(2026, 5, 14): "Ascension",
        date(2026, 5, 25): "Lundi de Pentecôte",
        date(2026, 7, 14): "Fête nationale",
        date(2026, 8, 15): "Assomption",
        date(2026, 11, 1): "Toussaint",
        date(2026, 11, 11): "Armistice 1918",
        date(2026, 12, 25): "Noël",
    }


@pytest.mark.parametrize(
    ("jour", "ouvre"),
    [
        (date(2026, 12, 7), True),
        (date(2026, 12, 5), False),
        (date(2026, 12, 6), False),
        (date(2026, 12, 25), False),
        (date(2027, 1, 1), False),
        (date(2026, 12, 24), True),
    ],
)
def test_jours_ouvres(jour, ouvre):
    assert calendrier.est_ouvre(jour) is ouvre


def test_j_plus_18_tombe_a_noel_et_glisse_au_28():
    depart = datetime(2026, 12, 7, 9, 0, 3, tzinfo=PARIS)
    assert calendrier.instant_robot(depart, 18, PARIS) == datetime(2026, 12, 28, 8, tzinfo=PARIS)


def test_le_robot_ouvre_a_8_h_de_la_session():
    depart = datetime(2026, 12, 7, 9, tzinfo=NOUMEA)
    assert calendrier.instant_robot(depart, 3, NOUMEA) == datetime(2026, 12, 10, 8, tzinfo=NOUMEA)


def test_le_bureau_deja_ouvert_attend_le_lendemain():
    vendredi = datetime(2026, 12, 11, 9, tzinfo=PARIS)
    assert calendrier.instant_robot(vendredi, 0, PARIS) == datetime(2026, 12, 14, 8, tzinfo=PARIS)


def test_avant_l_ouverture_le_robot_agit_le_jour_meme():
    lundi = datetime(2026, 12, 7, 7, tzinfo=PARIS)
    assert calendrier.instant_robot(lundi, 0, PARIS) == datetime(2026, 12, 7, 8, tzinfo=PARIS)


def test_l_heure_d_ete_ne_deplace_pas_l_ouverture():
    hiver = datetime(2027, 3, 26, 9, tzinfo=PARIS)
    instant = calendrier.instant_robot(hiver, 4, PARIS)  # Monday 29 is Easter Monday, Tuesday 30 is summer time
    assert instant == datetime(2027, 3, 30, 8, tzinfo=PARIS)
    assert instant.astimezone(UTC).hour == 6


@given(JOURS, st.integers(0, 60), st.times())
def test_un_robot_agit_toujours_un_jour_ouvre_a_8_h_apres_son_depart(jour, delai, heure):
    depart = datetime.combine(jour, heure, tzinfo=PARIS)
    instant = calendrier.instant_robot(depart, delai, PARIS)
    assert instant > depart
    assert instant.time() == time(8)
    assert calendrier.est_ouvre(instant.date())
    assert instant.date() >= jour + timedelta(days=delai)


# --- draws


def test_un_tirage_ne_depend_que_de_ses_cles():
    assert hasard.tirage("g", "robot", "SIREN/2026/F1") == hasard.tirage("g", "robot", "SIREN/2026/F1")
    assert hasard.tirage("g", "robot", "SIREN/2026/F1") != hasard.tirage("h", "robot", "SIREN/2026/F1")
    assert hasard.tirage("g", "robot", "SIREN/2026/F1") != hasard.tirage("g", "robot", "SIREN/2026/F2")


def test_les_cles_ne_se_collent_pas():
    assert hasard.tirage("g", "ab", "c") != hasard.tirage("g", "a", "bc")


def test_les_tirages_remplissent_l_intervalle():
    vus = [hasard.tirage("graine", n) for n in range(2000)]
    assert all(0 <= t < 1 for t in vus)
    assert 0.45 < sum(vus) / len(vus) < 0.55
    assert min(vus) < 0.01
    assert max(vus) > 0.99


def test_les_entiers_atteignent_leurs_deux_bornes():
    vus = {hasard.entier(3, 6, "graine", n) for n in range(200)}
    assert vus == {3, 4, 5, 6}


# --- the clock of a session


def _session(**champs):
    debut = datetime(2026, 12, 7, 9, tzinfo=PARIS)
    reel = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return Cohort(ancrage=date(2026, 12, 7), sim_reference=debut, reel_reference=reel, **champs)


@pytest.mark.parametrize(
    ("mode", "attendu"),
    [
        (ModeHorloge.ARRETEE, timedelta()),
        (ModeHorloge.REELLE, timedelta(hours=1)),
        (ModeHorloge.ACCELEREE, timedelta(days=5)),
    ],
)
def test_une_heure_reelle_selon_le_mode(mode, attendu):
    session = _session(horloge_mode=mode, horloge_vitesse=5)
    reel = session.reel_reference + timedelta(hours=1)
    assert session.simulated_now(reel) == session.sim_reference + attendu


def test_une_machine_qui_recule_ne_fait_pas_reculer_le_monde():
    session = _session(horloge_mode=ModeHorloge.REELLE)
    assert session.simulated_now(session.reel_reference - timedelta(hours=3)) == session.sim_reference


@given(st.sampled_from([ModeHorloge.REELLE, ModeHorloge.ACCELEREE]), st.integers(1, 60), st.integers(0, 10**6))
def test_real_of_est_l_inverse_de_simulated_now(mode, vitesse, secondes):
    session = _session(horloge_mode=mode, horloge_vitesse=vitesse)
    vise = session.sim_reference + timedelta(seconds=secondes)
    assert abs(session.simulated_now(session.real_of(vise)) - vise) <= timedelta(milliseconds=2)


def test_horloge_arretee_le_futur_n_a_pas_d_heure_reelle():
    session = _session()
    assert session.real_of(session.sim_reference + timedelta(seconds=1)) is None
    assert session.real_of(session.sim_reference) == session.reel_reference


def test_le_jour_n_se_compte_dans_le_fuseau():
    session = _session(fuseau="Pacific/Noumea")
    session.sim_reference = datetime(2026, 12, 9, 23, tzinfo=UTC)
    assert session.jour == 3
    assert session.depart() == datetime(2026, 12, 7, 9, tzinfo=NOUMEA)
