"""Simulated time: domain code asks here for the time, never the machine (DESIGN « Simulated time »).

The world in which code runs (a request of a seat, a task, a command) sets the instant with ``at``;
outside any world ``now`` raises, so that a forgotten world is an error and not a wrong date.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

_instant: ContextVar[datetime | None] = ContextVar("instant_simule", default=None)


class HorsDuTemps(RuntimeError):
    """Simulated time was asked for outside any world."""


def real_now() -> datetime:
    """Real time, aware, UTC: for what the simulation must not touch (links, locks, leases)."""
    return datetime.now(UTC)


def now() -> datetime:
    """Simulated instant of the current world, aware."""
    instant = _instant.get()
    if instant is None:
        raise HorsDuTemps("Aucun monde n'est ouvert : utilisez cohort.monde() ou clock.at().")
    return instant


def is_set() -> bool:
    return _instant.get() is not None


def today() -> date:
    """Simulated date in the session's time zone."""
    return timezone.localtime(now()).date()


@contextmanager
def at(instant: datetime, fuseau: ZoneInfo | None = None) -> Iterator[datetime]:
    """Run a block at this simulated instant (aware); with ``fuseau``, in that time zone too."""
    jeton = _instant.set(instant)
    try:
        if fuseau is None:
            yield instant
        else:
            with timezone.override(fuseau):
                yield instant
    finally:
        _instant.reset(jeton)
