"""Play what is due, in order, each event in its own transaction with its own mark done.

Killed anywhere, it resumes with nothing lost and nothing twice: the mark and the effects commit together.
Two workers on one cohort cannot disorder it: both want the earliest event, the conditional update of its mark
is the lock, and the loser looks again.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.cohorts.verrou import a_soi, attendre, evenement, remise_en_etat
from sandbox.events import registry
from sandbox.events.models import DueEvent
from sandbox.events.scheduling import oublier_promesses, plus_tot_promis, refresh_wake

logger = logging.getLogger(__name__)

LOT = 100
"""Events read at once."""
BAIL = timedelta(seconds=15)
"""Real time after which another worker may resume a jump whose worker has gone silent."""
PAS = timedelta(seconds=1)
"""Real time between two marks of progress of a jump."""


class Fait(NamedTuple):
    """What one event did: its simulated instant, in the words of a preview, to what, in whose part of the world."""

    instant: datetime
    effet: str
    objet: str
    place: int | None


@dataclass(slots=True)
class Bilan:
    """What was, or would be, played: number of events, what they did, in order (the first ones)."""

    joues: int = 0
    effets: Counter[str] = field(default_factory=Counter)
    fil: list[Fait] = field(default_factory=list)
    laisses: int = 0
    """Times that an event was left to the worker that was at it."""

    FIL_MAXIMUM = 200

    def ajouter(self, event: DueEvent, effet: str | None) -> None:
        self.joues += 1
        if effet:
            self.effets[effet] += 1
            if len(self.fil) < self.FIL_MAXIMUM:
                objet = "" if event.piece is None else str(event.piece)
                self.fil.append(Fait(event.du_le, effet, objet, event.place))

    @property
    def total(self) -> int:
        return sum(self.effets.values())


def _dus(cohort: Cohort, jusqu_a: datetime | None) -> list[DueEvent]:
    """The next due events: up to a simulated instant (jump), or by now (tick)."""
    if jusqu_a is not None:
        echu = Q(du_le__lte=jusqu_a)
    else:
        echu = Q(reel_le__isnull=True, du_le__lte=cohort.simulated_now()) | Q(reel_le__lte=clock.real_now())
    return list(DueEvent.objects.filter(echu, etat=DueEvent.Etat.PREVU).order_by("du_le", "sequence")[:LOT])


_MARQUER = "UPDATE events_dueevent SET etat = %s, joue_le = %s WHERE id = %s AND etat = %s"


def _marquer_joue(event: DueEvent) -> bool:
    """The conditional update that is both the mark and the lock; plain SQL, for it runs once an event."""
    reel = connection.ops.adapt_datetimefield_value(clock.real_now())
    with connection.cursor() as curseur:
        curseur.execute(_MARQUER, [DueEvent.Etat.JOUE.value, reel, event.pk, DueEvent.Etat.PREVU.value])
        return bool(curseur.rowcount)


def _jouer_un(cohort: Cohort, event: DueEvent, instant: datetime, bilan: Bilan) -> None:
    with transaction.atomic():
        evenement(cohort.pk)
        if not _marquer_joue(event):
            return
        event.cohort = cohort
        with clock.at(instant):
            effet = registry.kind(event.kind).play(event)
    bilan.ajouter(event, effet)


def _jouer(cohort: Cohort, event: DueEvent, instant: datetime, bilan: Bilan) -> bool:
    """Play one event, prepared first when its kind asks for it; one that another worker is at is left to it."""
    preparer = registry.kind(event.kind).preparer
    if preparer is None:
        return _jouer_pret(cohort, event, instant, bilan)
    with a_soi(event.pk) as mien:
        if not mien:
            bilan.laisses += 1
            return True
        if not DueEvent._base_manager.filter(pk=event.pk, etat=DueEvent.Etat.PREVU).exists():
            return True
        try:
            with clock.at(instant):
                event.piece = preparer(event)
            return _jouer_pret(cohort, event, instant, bilan)
        finally:
            event.piece = None  # a lot of them is in memory


def _jouer_pret(cohort: Cohort, event: DueEvent, instant: datetime, bilan: Bilan) -> bool:
    """Play one event; False when the rest of the lot must be read again.

    A piece read with the lot may have been moved by a person since: the event is tried again on a fresh one.
    A handler that fails all the same must not stop the class: its effects are undone, the event is closed with its
    reason.
    """
    if event.piece is not None:
        try:
            _jouer_un(cohort, event, instant, bilan)
        except Exception:
            logger.info("Évènement %s repris sur une pièce relue", event.pk, exc_info=True)
            _charger_les_pieces([event])
        else:
            return True
    try:
        _jouer_un(cohort, event, instant, bilan)
    except Exception as erreur:
        logger.exception("Évènement %s en échec", event.pk)
        DueEvent.objects.filter(pk=event.pk, etat=DueEvent.Etat.PREVU).update(
            etat=DueEvent.Etat.JOUE, joue_le=clock.real_now(), echec=f"{type(erreur).__name__} : {erreur}"[:255]
        )
        return False
    return True


def _charger_les_pieces(lot: list[DueEvent]) -> None:
    """Read together what the events of a lot act on; two events on one piece share the same object."""
    cibles: dict[registry.Chargeur, list[DueEvent]] = {}
    for event in lot:
        charger = registry.kind(event.kind).charger
        if charger is not None and event.cible is not None:
            cibles.setdefault(charger, []).append(event)
    for charger, events in cibles.items():
        pieces = charger(sorted({event.cible for event in events if event.cible is not None}))
        for event in events:
            event.piece = pieces.get(event.cible or 0)


def _jouer_tout(cohort: Cohort, jusqu_a: datetime | None, bilan: Bilan) -> Iterator[datetime]:
    """Play in order; yields each instant.

    The lot is read again when an event has failed, or has promised another that comes before the end of the lot.
    """
    while lot := _dus(cohort, jusqu_a):
        _charger_les_pieces(lot)
        joues, laisses = bilan.joues, bilan.laisses
        fin = (lot[-1].du_le, lot[-1].sequence)
        for event in lot:
            oublier_promesses()
            en_reel = jusqu_a is None and event.reel_le is not None
            instant = cohort.simulated_now() if en_reel else event.du_le
            reussi = _jouer(cohort, event, instant, bilan)
            yield instant
            promis = plus_tot_promis()
            if not reussi or (promis is not None and promis < fin):
                break
        if bilan.joues == joues and bilan.laisses > laisses:  # others are at all that is left: come after one of them
            with transaction.atomic():
                attendre([lot[0].pk])


def _marquer_progres(cohort: Cohort, instant: datetime) -> None:
    """Let the world's date follow the jump, and keep the lease (seen by other workers through ``wake_at``)."""
    reel = clock.real_now()
    cohort.sim_reference = max(cohort.sim_reference, instant)
    cohort.reel_reference = reel
    Cohort.objects.filter(pk=cohort.pk).update(
        sim_reference=cohort.sim_reference, reel_reference=reel, wake_at=reel + BAIL
    )


def _finir_saut(cohort: Cohort, jusqu_a: datetime) -> bool:
    """Set the date of arrival, unless a promise has slipped in: then the jump goes on."""
    with transaction.atomic():
        verrou = Cohort.objects.select_for_update().get(pk=cohort.pk)
        if _dus(verrou, jusqu_a):
            return False
        reel = clock.real_now()
        arrivee = max(verrou.sim_reference, jusqu_a)
        encore = verrou.cible if verrou.cible is not None and verrou.cible > jusqu_a else None
        Cohort.objects.filter(pk=cohort.pk).update(sim_reference=arrivee, reel_reference=reel, cible=encore)
    cohort.refresh_from_db()
    return True


def advance(cohort: Cohort, to: datetime) -> Bilan:
    """Jump to the simulated instant ``to`` (aware): play all that is due until then, then set the clock there."""
    bilan = Bilan()
    with cohort.monde():
        Cohort.objects.filter(Q(pk=cohort.pk), Q(cible__isnull=True) | Q(cible__lt=to)).update(cible=to)
        fini = False
        while not fini:
            dernier = clock.real_now()
            for instant in _jouer_tout(cohort, to, bilan):
                if clock.real_now() - dernier > PAS:
                    _marquer_progres(cohort, instant)
                    dernier = clock.real_now()
            fini = _finir_saut(cohort, to)
        refresh_wake(cohort)
    cohort.refresh_from_db()
    return bilan


def play_due(cohort: Cohort, *, pendant: timedelta | None = None) -> Bilan:
    """Finish a jump under way, then play what is due by now; what is left after ``pendant`` is for the next tick."""
    if cohort.cible is not None:
        return advance(cohort, cohort.cible)
    bilan = Bilan()
    fin = None if pendant is None else clock.real_now() + pendant
    with cohort.monde():
        for _ in _jouer_tout(cohort, None, bilan):
            if fin is not None and clock.real_now() >= fin:
                break
        refresh_wake(cohort)
    cohort.refresh_from_db()
    return bilan


class _Annuler(Exception):
    """Leaves the transaction of a preview."""


def preview(cohort: Cohort, to: datetime) -> Bilan:
    """The same run as ``advance``, in a transaction that is rolled back."""
    bilan = Bilan()
    try:
        with transaction.atomic(), cohort.monde():
            remise_en_etat(cohort.pk)  # alone: it locks in the order of the events, a request in its own
            for _ in _jouer_tout(cohort, to, bilan):
                pass
            raise _Annuler
    except _Annuler:
        pass
    return bilan


def next_due(cohort: Cohort) -> datetime | None:
    """Simulated instant of the next promise, None when nothing is planned."""
    with cohort.monde():
        return (
            DueEvent.objects.filter(etat=DueEvent.Etat.PREVU)
            .order_by("du_le", "sequence")
            .values_list("du_le", flat=True)
            .first()
        )
