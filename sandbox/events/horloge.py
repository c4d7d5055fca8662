"""What a trainer may do to the clock (formation.md CLK-1, CLK-2, CLK-8)."""

from datetime import datetime, timedelta

from django.db import transaction

from sandbox import clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort
from sandbox.events import engine, tasks
from sandbox.events.scheduling import refresh_wake

SAUT_MAXIMUM = timedelta(days=400)


class SautImpossible(ValueError):
    """The jump asked for cannot be made; the message says why, in French."""


@transaction.atomic
def regler(cohort: Cohort, mode: str, vitesse: int | None = None, *, formateur: object = None) -> None:
    """Change the mode of the clock; the simulated instant is kept."""
    if mode not in ModeHorloge.values:
        raise SautImpossible(f"Mode d'horloge inconnu : « {mode} ».")
    if vitesse is not None and not 1 <= vitesse <= 60:
        raise SautImpossible("La vitesse va de 1 à 60 jours simulés par heure.")
    verrou = Cohort.objects.select_for_update().get(pk=cohort.pk)
    reel = clock.real_now()
    Cohort.objects.filter(pk=cohort.pk).update(
        sim_reference=verrou.simulated_now(reel),
        reel_reference=reel,
        horloge_mode=mode,
        horloge_vitesse=vitesse or verrou.horloge_vitesse,
    )
    cohort.refresh_from_db()
    with cohort.monde():
        refresh_wake(cohort)
        noter(cohort, "horloge", ModeHorloge(mode).label, formateur=formateur)
    cohort.refresh_from_db()


def cible(cohort: Cohort, *, jours: int | None = None, date: datetime | None = None, suivant: bool = False) -> datetime:
    """Instant of arrival of a jump: « + N jours » keeps the hour, « prochain évènement » is the next promise.

    Raises ``SautImpossible`` on a date that is not in the future, or too far.
    """
    maintenant = cohort.simulated_now()
    if suivant:
        prochain = engine.next_due(cohort)
        if prochain is None:
            raise SautImpossible("Aucun évènement n'est prévu : rien ne se passera avant une nouvelle action.")
        return max(prochain, maintenant)
    if jours is not None:
        local = maintenant.astimezone(cohort.zone)
        date = (local.replace(tzinfo=None) + timedelta(days=jours)).replace(tzinfo=cohort.zone)
    if date is None or date <= maintenant:
        raise SautImpossible("La date d'arrivée doit suivre la date simulée ; pour revenir en arrière, réinitialisez.")
    if date - maintenant > SAUT_MAXIMUM:
        raise SautImpossible("Un saut ne dépasse pas 400 jours.")
    return date


def request_advance(cohort: Cohort, to: datetime, *, formateur: object = None, cle: str = "") -> None:
    """Ask the workers for a jump; the page follows its progress. ``cle``: that of the form, for the journal."""
    with transaction.atomic():
        Cohort.objects.filter(pk=cohort.pk).update(cible=to, wake_at=clock.real_now())
        with cohort.monde():
            arrivee = f"jusqu'au {to.astimezone(cohort.zone):%d/%m/%Y %H:%M}"
            noter(cohort, "saut", arrivee, formateur=formateur, cle=cle)
        tasks.play_due.delay_on_commit(cohort_id=cohort.pk)
    cohort.refresh_from_db()
