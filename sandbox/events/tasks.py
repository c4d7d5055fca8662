from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection
from django.db.models import Count

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events import battement, engine
from sandbox.events.models import DueEvent

TOUR = timedelta(seconds=2)
"""Time one task gives to one cohort: a lot of a thousand invoices neither makes the others wait nor delays a stop."""


BEAUCOUP = 20
"""Due events that are worth two workers: a tick and a single task would each always go to the same one."""


@shared_task
def tick() -> int:
    """Wake the cohorts that have something to do, however many exist; a lease keeps two ticks off the same one."""
    battement.battre()
    reel = clock.real_now()
    eveil = Cohort.objects.filter(wake_at__lte=reel).order_by("wake_at").values_list("pk", "wake_at")[:500]
    reveilles = [pk for pk, vu in eveil if Cohort.objects.filter(pk=pk, wake_at=vu).update(wake_at=reel + engine.BAIL)]
    charges = _charges(reveilles, reel)
    for pk in reveilles:
        for _ in range(2 if charges.get(pk, 0) >= BEAUCOUP else 1):
            play_due.delay(cohort_id=pk)
    return len(reveilles)


def _charges(cohorts: list[int], reel: datetime) -> dict[int, int]:
    """How many events of these cohorts are due in real time; nothing on SQLite, where one writer at a time is all."""
    if not cohorts or not connection.features.has_select_for_update:
        return {}
    dus = DueEvent._base_manager.filter(cohort__in=cohorts, etat=DueEvent.Etat.PREVU, reel_le__lte=reel)
    return dict(dus.order_by().values_list("cohort").annotate(Count("pk")))


@shared_task
def play_due(*, cohort_id: int) -> int:
    """Play what is due in one cohort."""
    cohort = Cohort.objects.filter(pk=cohort_id).first()
    return engine.play_due(cohort, pendant=TOUR).joues if cohort else 0
