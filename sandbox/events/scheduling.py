"""Promise, cancel, and keep each cohort's next waking time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Min

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.models import DueEvent

Rang = tuple[datetime, int]
"""Place of an event in the order of play: simulated due date, order of creation."""

_plus_tot: ContextVar[Rang | None] = ContextVar("promesse_la_plus_proche", default=None)


_retenues: ContextVar[list["Promesse"] | None] = ContextVar("promesses_retenues", default=None)


def oublier_promesses() -> None:
    """From now on, ``plus_tot_promis`` speaks of the promises still to be made."""
    _plus_tot.set(None)


def plus_tot_promis() -> Rang | None:
    """Earliest of the promises that this thread has made: the engine reads again when it comes before others."""
    return _plus_tot.get()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promesse:
    """What to schedule. ``cle`` makes it unique in the cohort; ``reel_dans`` = real seconds (routing, flows)."""

    kind: str
    cle: str
    du_le: datetime | None = None
    reel_dans: float | None = None
    cible: int | None = None
    place: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@contextmanager
def ensemble(cohort: Cohort) -> Iterator[None]:
    """Promises made inside are written together at the end, or not at all when it fails; may be nested."""
    jeton = _retenues.set([])
    try:
        yield
        retenues = _retenues.get() or []
    finally:
        _retenues.reset(jeton)
    schedule(cohort, *retenues)


def schedule(cohort: Cohort, *promesses: Promesse) -> list[DueEvent]:
    """Write the promises; one already made under the same key is left alone (safe to run twice)."""
    retenues = _retenues.get()
    if retenues is not None:
        retenues.extend(promesses)
        return []
    if not promesses:
        return []
    maintenant, reel = clock.now(), clock.real_now()
    lignes = [
        DueEvent(
            cohort=cohort,
            place=p.place,
            kind=p.kind,
            du_le=p.du_le or maintenant,
            reel_le=None if p.reel_dans is None else reel + timedelta(seconds=p.reel_dans),
            cible=p.cible,
            cle=p.cle,
            payload=p.payload,
        )
        for p in promesses
    ]
    premier = _reserver(cohort, lignes)
    for rang, ligne in enumerate(lignes):
        ligne.sequence = premier + rang
    DueEvent._base_manager.bulk_create(lignes, ignore_conflicts=True)
    faites = [*((ligne.du_le, ligne.sequence) for ligne in lignes), *([deja] if (deja := _plus_tot.get()) else [])]
    _plus_tot.set(min(faites))
    return lignes


_RESERVER = "UPDATE cohorts_cohort SET sequence = sequence + %s WHERE id = %s RETURNING sequence"
_RESERVER_ET_REVEILLER = (
    "UPDATE cohorts_cohort SET sequence = sequence + %s, "
    "wake_at = CASE WHEN wake_at <= %s THEN wake_at ELSE %s END WHERE id = %s RETURNING sequence"
)
"""Plain SQL, for it runs once an event."""


def _reserver(cohort: Cohort, lignes: list[DueEvent]) -> int:
    """Take as many numbers from the cohort's row, and bring its waking forward; returns the first number."""
    reveils = [r for ligne in lignes if (r := ligne.reel_le or cohort.real_of(ligne.du_le)) is not None]
    if reveils:
        plus_tot = connection.ops.adapt_datetimefield_value(min(reveils))
        ordre, valeurs = _RESERVER_ET_REVEILLER, [len(lignes), plus_tot, plus_tot, cohort.pk]
    else:
        ordre, valeurs = _RESERVER, [len(lignes), cohort.pk]
    with connection.cursor() as curseur:
        curseur.execute(ordre, valeurs)
        (dernier,) = curseur.fetchone()
    return int(dernier) - len(lignes) + 1


def cancel(kinds: Iterable[str], cible: int) -> int:
    """Withdraw what was promised for a piece; returns how many.

    One that a worker is playing is left to it: it holds its event and waits for the piece, which the caller holds. It
    finds the piece moved, and does nothing.
    """
    promis = DueEvent.objects.filter(kind__in=list(kinds), cible=cible, etat=DueEvent.Etat.PREVU)
    libres = promis.select_for_update(skip_locked=True).values("pk")
    return DueEvent.objects.filter(pk__in=libres, etat=DueEvent.Etat.PREVU).update(etat=DueEvent.Etat.ANNULE)


@transaction.atomic
def refresh_wake(cohort: Cohort) -> datetime | None:
    """Recompute when this cohort next has something to do in real time; None = nothing until someone acts.

    The cohort's row is locked first: ``schedule`` writes it too, so no promise can slip between the reading
    and the writing.
    """
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if cohort.cible is not None:
        reveil: datetime | None = clock.real_now()
    else:
        prevus = DueEvent.objects.filter(etat=DueEvent.Etat.PREVU)
        reel = prevus.aggregate(m=Min("reel_le"))["m"]
        simule = prevus.filter(reel_le__isnull=True).aggregate(m=Min("du_le"))["m"]
        candidats = [reel] if reel else []
        if simule and (converti := cohort.real_of(simule)):
            candidats.append(converti)
        reveil = min(candidats, default=None)
    Cohort.objects.filter(pk=cohort.pk).update(wake_at=reveil, revision=F("revision") + 1)
    return reveil
