"""Faults on demand: who meets which one, how many times, until when (formation.md SIM-10)."""

from datetime import timedelta

import pytest

from api.enums import TypePanne
from api.models import Panne
from api.services import pannes
from sandbox import clock

TOUTES = tuple(TypePanne)
ANCIEN = timedelta(hours=1)


def poser(cohort, type_=TypePanne.ERREUR, **champs):
    return pannes.poser(cohort, type_, **{"minutes": 5, "par": "Formateur"} | champs)


def rencontrer(place=1, api="factures", types=TOUTES, *, depuis=ANCIEN):
    return pannes.rencontree(place, api, types, jeton_emis_le=clock.real_now() - depuis)


class TestPoser:
    def test_it_says_who_and_until_when(self, monde):
        avant = clock.real_now()
        panne = poser(monde, par="x" * 200, minutes=30, place=2, api="factures", fois=3)
        assert (panne.place, panne.api, panne.restants, len(panne.posee_par)) == (2, "factures", 3, 150)
        assert timedelta(minutes=30) <= panne.jusqu_a - avant < timedelta(minutes=31)
        assert str(panne) == "Erreur interne (500)"

    def test_a_fault_takes_the_place_of_the_same_one(self, monde):
        ancienne, autre = poser(monde), poser(monde, place=1)
        neuve = poser(monde, minutes=60)
        assert [p.pk for p in pannes.actives()] == [neuve.pk, autre.pk]
        assert not Panne.objects.filter(pk=ancienne.pk).exists()

    @pytest.mark.parametrize("type_", pannes.DE_FLUX)
    def test_a_fault_of_flows_takes_the_next_one(self, monde, type_):
        assert poser(monde, type_).restants == 1
        assert poser(monde, type_, fois=4).restants == 4

    @pytest.mark.parametrize(
        ("type_", "champs", "phrase"),
        [
            pytest.param("FOUDRE", {}, "n'existe pas", id="type"),
            pytest.param(TypePanne.ERREUR, {"minutes": 7}, "durée de la liste", id="duree"),
            pytest.param(TypePanne.ERREUR, {"place": 0}, "poste 0", id="poste-zero"),
            pytest.param(TypePanne.ERREUR, {"place": 4}, "en a 3", id="poste-absent"),
            pytest.param(TypePanne.ERREUR, {"fois": 0}, "va de 1 à", id="aucun-appel"),
            pytest.param(TypePanne.ERREUR, {"fois": pannes.FOIS_MAXIMUM + 1}, "va de 1 à", id="trop-d-appels"),
            pytest.param(TypePanne.ERREUR, {"api": "meteo"}, "Cette API n'existe pas", id="api"),
            pytest.param(TypePanne.FLUX_PARTIEL, {"api": "structures"}, "dépôt d'un flux", id="flux-ailleurs"),
            pytest.param(TypePanne.LENTEUR, {"api": pannes.JETON}, "demande de jeton", id="jeton-lent"),
        ],
    )
    def test_refused(self, monde, type_, champs, phrase):
        with pytest.raises(pannes.PanneRefusee, match=phrase):
            poser(monde, type_, **champs)
        assert list(pannes.actives()) == []

    @pytest.mark.parametrize("type_", pannes.DU_JETON)
    def test_the_token_knows_two(self, monde, type_):
        assert poser(monde, type_, api=pannes.JETON).api == pannes.JETON

    def test_a_fault_of_flows_may_name_the_api(self, monde):
        assert poser(monde, TypePanne.FLUX_INCIDENTE, api=pannes.FLUX).api == pannes.FLUX


class TestLever:
    def test_once(self, monde):
        panne = poser(monde)
        assert [pannes.lever(panne.pk), pannes.lever(panne.pk)] == [True, False]
        assert rencontrer() is None

    def test_an_ended_fault_is_not_active(self, monde):
        finie = poser(monde)
        Panne.objects.filter(pk=finie.pk).update(jusqu_a=clock.real_now())
        assert list(pannes.actives()) == []
        assert pannes.lever(finie.pk) is False

    def test_a_fault_without_calls_left_is_not_active(self, monde):
        epuisee = poser(monde, fois=1)
        rencontrer()
        assert list(pannes.actives()) == []
        assert pannes.lever(epuisee.pk) is False


class TestRencontree:
    def test_nobody_meets_what_is_not_there(self, monde):
        assert rencontrer() is None

    def test_the_seat_before_the_session(self, monde):
        session, poste = poser(monde, TypePanne.DEBIT), poser(monde, TypePanne.ERREUR, place=2)
        assert rencontrer(2) == poste
        assert rencontrer(1) == session
        assert rencontrer(None) == session

    def test_the_latest_of_the_same_rank(self, monde):
        """Neither depends on the order of the rows: the precedence is that of the seat, both are met in the end."""
        premiere, seconde = poser(monde, TypePanne.DEBIT, fois=1), poser(monde, TypePanne.ERREUR, fois=1)
        assert {rencontrer(), rencontrer()} == {premiere, seconde}
        assert rencontrer() is None

    def test_another_seat_s(self, monde):
        poser(monde, place=2)
        assert rencontrer(1) is None
        assert rencontrer(None) is None

    def test_another_api(self, monde):
        poser(monde, api="structures")
        assert rencontrer(api="factures") is None
        assert rencontrer(api="structures") is not None

    def test_only_the_kinds_that_the_caller_knows(self, monde):
        poser(monde, TypePanne.LENTEUR)
        assert rencontrer(types=pannes.DE_FLUX) is None

    def test_counted(self, monde):
        panne = poser(monde, fois=2)
        assert [rencontrer() == panne for _ in range(3)] == [True, True, False]

    def test_another_worker_took_the_last_one(self, monde, monkeypatch):
        """Read as active, spent before it was counted: the next fault is met instead, or none."""
        poser(monde, fois=1, place=1)
        lues = list(pannes.actives())
        Panne.objects.update(restants=0)
        monkeypatch.setattr(pannes, "actives", lambda: FauxListe(lues))
        assert rencontrer() is None

    def test_a_token_asked_for_since_is_good(self, monde):
        poser(monde, TypePanne.JETON_EXPIRE)
        assert rencontrer(depuis=ANCIEN) is not None
        assert rencontrer(depuis=timedelta(0)) is None

    def test_a_new_token_still_meets_the_others(self, monde):
        poser(monde, TypePanne.JETON_EXPIRE)
        erreur = poser(monde, TypePanne.ERREUR)
        assert rencontrer(depuis=timedelta(0)) == erreur

    def test_another_session_s(self, cohort, autre_cohort):
        with autre_cohort.monde():
            poser(autre_cohort)
        with cohort.monde():
            assert rencontrer() is None


class FauxListe(list):
    """What the reader holds, whatever has been written since."""

    def filter(self, *_args, **_criteres):
        return self

    order_by = filter
