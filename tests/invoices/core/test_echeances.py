"""Fifteen days, at the second, on the simulated clock (factures.md §5.3, A14; D-10, D-11)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.enums import Action, Cadre, DecisionValidation, Qualite, Statut
from invoices.models import HistoriqueStatut, Validation
from invoices.services import echeances
from invoices.services.transitions import Depassee
from sandbox import clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from tests.invoices.core.circuits import PARIS, TRANSMISE, a_paris, monter

S = Statut


@pytest.fixture
def circuit(cohort):
    return monter(cohort)


@pytest.mark.parametrize(
    ("demande", "limite"),
    [
        (a_paris(12, 7, 9), a_paris(12, 23)),
        (a_paris(12, 7), a_paris(12, 23)),
        (a_paris(12, 7, 23, 59, 59), a_paris(12, 23)),
        (a_paris(12, 8), a_paris(12, 24)),
        (a_paris(3, 20, 14), a_paris(4, 5)),
        (a_paris(10, 20, 14), a_paris(11, 5)),
    ],
    ids=["matin", "minuit", "dernière seconde du jour", "le lendemain", "heure d'été", "heure d'hiver"],
)
def test_le_jour_de_la_demande_ne_compte_pas(demande, limite):
    assert echeances.echeance(demande, PARIS) == limite
    assert echeances.echeance(demande, PARIS).astimezone(PARIS).time().isoformat() == "00:00:00"


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(ZoneInfo("UTC")))  # noqa: DTZ001


@given(INSTANTS)
def test_quinze_jours_pleins_toujours(demande):
    """Week-ends and time changes included: fifteen whole days of the calendar between both."""
    for zone in (PARIS, ZoneInfo("America/Cayenne"), ZoneInfo("Indian/Reunion")):
        limite = echeances.echeance(demande, zone)
        assert (limite.astimezone(zone).date() - demande.astimezone(zone).date()).days == 16
        reste = echeances.reste(limite, demande, zone)
        assert (reste.jours, reste.niveau) == (15, "")


@pytest.mark.parametrize(
    ("instant", "jours", "niveau"),
    [
        (a_paris(12, 7, 9), 15, ""),
        (a_paris(12, 16, 23, 59), 6, ""),
        (a_paris(12, 17), 5, "proche"),
        (a_paris(12, 21), 1, "proche"),
        (a_paris(12, 22), 0, "dernier"),
        (a_paris(12, 22, 23, 59, 59), 0, "dernier"),
        (a_paris(12, 23), -1, "echu"),
    ],
)
def test_ce_qui_reste(instant, jours, niveau):
    reste = echeances.reste(a_paris(12, 23), instant, PARIS)
    assert (reste.dernier_jour, reste.jours, reste.niveau) == (date(2026, 12, 22), jours, niveau)


def test_a14_jour_15_a_23_h_59_puis_jour_16_a_0_h(circuit):
    facture = circuit.deposer()
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1]
    circuit.aller(a_paris(12, 22, 23, 59, 59))
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1
    circuit.aller(a_paris(12, 23))
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1, S.ABSENCE_VALIDATION_1_HORS_DELAI, *TRANSMISE]
    lue = circuit.lue(facture.pk)
    assert lue.date_mise_a_disposition == a_paris(12, 23)
    with circuit.cohort.monde():
        absence = HistoriqueStatut.objects.get(statut=S.ABSENCE_VALIDATION_1_HORS_DELAI)
    assert absence.survenu_le == a_paris(12, 23)
    assert absence.commentaire == (
        "Aucune réponse du valideur CORVAN BÂTIMENT dans les 15 jours : la demande de paiement est réputée acceptée "
        "et transmise (CCP, art. R2193-13)."
    )
    (demande,) = circuit.demandes(facture)
    assert (demande.decision, demande.compte_id) == (DecisionValidation.SILENCE, None)


@pytest.mark.parametrize("ancrage", [date(2027, 3, 19), date(2027, 10, 22)], ids=["vers l'été", "vers l'hiver"])
def test_a_travers_un_changement_d_heure(circuit, ancrage):
    instant = a_paris(ancrage.month, ancrage.day, 9, annee=2027)
    circuit.aller(instant)
    facture = circuit.deposer(date_facture=ancrage)
    fin = ancrage + timedelta(days=16)
    circuit.aller(a_paris(fin.month, fin.day, annee=2027) - timedelta(seconds=1))
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1
    circuit.aller(a_paris(fin.month, fin.day, annee=2027))
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_le_delai_repart_apres_une_correction(circuit):
    facture = circuit.deposer()
    circuit.jours(10)
    circuit.repondre(facture, Action.MAUVAIS_VALIDEUR)
    circuit.jours(20)
    facture = circuit.lue(facture.pk)
    assert facture.statut == S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, "personne n'est en retard pendant que l'on corrige"
    circuit.corriger(facture, circuit.mandataire)
    _premiere, seconde = circuit.demandes(facture)
    assert seconde.echeance == a_paris(1, 22, annee=2027)
    circuit.aller(a_paris(1, 21, 23, 59, 59, annee=2027))
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1
    circuit.aller(a_paris(1, 22, annee=2027))
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_le_second_valideur_a_ses_quinze_jours(circuit):
    facture = circuit.deposer()
    circuit.aller(a_paris(12, 22, 18))
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    facture = circuit.lue(facture.pk)
    assert facture.statut == S.A_VALIDER_2
    circuit.aller(a_paris(1, 6, 23, 59, 59, annee=2027))
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_2
    circuit.aller(a_paris(1, 7, annee=2027))
    assert circuit.statuts(facture)[-3:] == [S.ABSENCE_VALIDATION_2_HORS_DELAI, *TRANSMISE]
    with circuit.cohort.monde():
        absence = HistoriqueStatut.objects.get(statut=S.ABSENCE_VALIDATION_2_HORS_DELAI)
    assert "OSTREVAL PLÂTRERIE" in absence.commentaire


def test_une_a12_attend_son_mandataire_sans_fin(circuit):
    facture = circuit.deposer(cadre=Cadre.A12)
    (demande,) = circuit.demandes(facture)
    assert demande.echeance is None
    circuit.jours(400)
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.MANDATAIRE)
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_le_silence_d_un_cotraitant_ne_nomme_personne(circuit):
    """factures.md §5.3: a cotraitant silent as first validator has named nobody."""
    facture = circuit.deposer()
    circuit.jours(16)
    assert S.A_VALIDER_2 not in circuit.statuts(facture)
    assert circuit.lue(facture.pk).valideur_2 is None


def test_une_reponse_annule_le_silence(circuit):
    facture = circuit.deposer()
    circuit.aller(a_paris(12, 22, 23, 59, 59))
    circuit.repondre(facture, Action.VALIDER)
    circuit.jours(30)
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1, S.VALIDEE_1, *TRANSMISE]
    with circuit.cohort.monde():
        assert not DueEvent.objects.filter(kind=echeances.SILENCE, etat=DueEvent.Etat.PREVU).exists()


def test_minuit_entre_le_depot_et_la_demande(circuit):
    """Deposited at 23:59:59, asked two seconds later: the day that does not count is the deposit's."""
    circuit.aller(a_paris(12, 7, 23, 59, 59))
    facture = circuit.deposer()
    assert circuit.demandes(facture)[0].echeance == a_paris(12, 23)
    with circuit.cohort.monde():
        ligne = HistoriqueStatut.objects.get(statut=S.A_VALIDER_1)
        ligne.survenu_le = a_paris(12, 8, 0, 0, 1)
        Validation.objects.all().delete()
        (promesse,) = echeances.ouvrir(facture, ligne)
    assert promesse.du_le == a_paris(12, 23)


def test_le_travailleur_arrete_longtemps_rattrape_une_seule_fois(circuit, monkeypatch):
    """The clock runs, nobody plays: at the restart the delay has passed at 0:00 of day 16, once."""
    facture = circuit.deposer()
    cohort = circuit.cohort
    Cohort.objects.filter(pk=cohort.pk).update(
        horloge_mode=ModeHorloge.ACCELEREE, horloge_vitesse=60, reel_reference=clock.real_now() - timedelta(minutes=30)
    )
    cohort.refresh_from_db()
    assert cohort.jour >= 29
    with cohort.monde(), pytest.raises(Depassee, match="23/12/2026 à 00:00"):
        circuit.repondre(facture, Action.VALIDER)
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1], "une réponse hors délai ne compte pas"
    engine.play_due(cohort)
    engine.play_due(cohort)
    plus_tard = clock.real_now() + timedelta(seconds=5)
    monkeypatch.setattr(clock, "real_now", lambda: plus_tard)
    for _ in range(3):
        engine.play_due(cohort)
        plus_tard += timedelta(seconds=5)
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1, S.ABSENCE_VALIDATION_1_HORS_DELAI, *TRANSMISE]
    with cohort.monde():
        absence = HistoriqueStatut.objects.get(statut=S.ABSENCE_VALIDATION_1_HORS_DELAI)
        instants = list(HistoriqueStatut.objects.filter(facture=facture).values_list("survenu_le", flat=True))
    assert absence.survenu_le == a_paris(12, 23)
    assert instants == sorted(instants)


def test_une_demande_faite_tres_en_retard_compte_de_sa_remise(circuit):
    """The platform was stopped when it was deposited: the validator still has his fifteen days."""
    facture = circuit.deposer()
    with circuit.cohort.monde():
        ligne = HistoriqueStatut.objects.get(statut=S.A_VALIDER_1)
        ligne.survenu_le = a_paris(12, 30, 9)
        Validation.objects.all().delete()
        (promesse,) = echeances.ouvrir(facture, ligne)
    assert promesse.du_le == a_paris(1, 15, annee=2027)


def test_sans_valideur_rien_ne_s_ouvre(circuit):
    facture = circuit.deposer()
    with circuit.cohort.monde():
        ligne = HistoriqueStatut.objects.get(statut=S.A_VALIDER_1)
        facture.valideur = None
        assert echeances.ouvrir(facture, ligne) == []
