from celery import shared_task

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events import battement, engine


@shared_task
def tick() -> int:
    """Wake the cohorts that have something to do, however many exist; a lease keeps two ticks off the same one."""
    battement.battre()
    reel = clock.real_now()
    reveilles = 0
    for pk, vu in Cohort.objects.filter(wake_at__lte=reel).order_by("wake_at").values_list("pk", "wake_at")[:500]:
        if Cohort.objects.filter(pk=pk, wake_at=vu).update(wake_at=reel + engine.BAIL):
            play_due.delay(cohort_id=pk)
            reveilles += 1
    return reveilles


@shared_task
def play_due(*, cohort_id: int) -> int:
    """Play what is due in one cohort."""
    cohort = Cohort.objects.filter(pk=cohort_id).first()
    return engine.play_due(cohort).joues if cohort else 0
