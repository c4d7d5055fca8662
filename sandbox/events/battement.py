"""Sign of life of the background work: beat sent a tick, the broker carried it, a worker ran it."""

from datetime import timedelta

from sandbox import clock
from sandbox.events.models import Battement

TICK = "tick"
INTERVALLE = timedelta(seconds=5)
"""Written at most this often: a read a second is free, a write is not."""
SILENCE = timedelta(seconds=20)
"""Real time without a tick after which the background work is taken for stopped."""


def battre() -> None:
    """Note that a tick has run."""
    reel = clock.real_now()
    if not Battement.objects.filter(nom=TICK, le__gt=reel - INTERVALLE).exists():
        Battement.objects.update_or_create(nom=TICK, defaults={"le": reel})


def age() -> timedelta | None:
    """Real time since the last tick (to ``INTERVALLE`` near); None when there never was one."""
    dernier = Battement.objects.filter(nom=TICK).values_list("le", flat=True).first()
    return None if dernier is None else max(clock.real_now() - dernier, timedelta())


def silencieux() -> bool:
    """Whether nothing runs behind the web pages: jumps and robots then wait."""
    ecoule = age()
    return ecoule is None or ecoule > SILENCE
