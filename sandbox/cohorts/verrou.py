"""Who writes in a world and who puts it back, one after the other (PostgreSQL; SQLite has one writer anyway).

A sending locks an invoice then its session, a restore locks the session then deletes the invoices: without this lock
taken first by both, each ends up waiting for the other.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

CLASSE = 7_201
"""Family of these advisory locks, among those of the database."""


@contextmanager
def ecriture(cohort_id: int) -> Iterator[None]:
    """Held for a request that may write; any number of them at once."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_lock_shared(%s, %s)", [CLASSE, cohort_id])
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as curseur:  # a lost connection has let it go by itself
            curseur.execute("SELECT pg_advisory_unlock_shared(%s, %s)", [CLASSE, cohort_id])


def evenement(cohort_id: int) -> None:
    """As ``ecriture``, until the end of the transaction that plays an event."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [CLASSE, cohort_id])


@contextmanager
def a_soi(event_id: int) -> Iterator[bool]:
    """Is this event for this worker? On PostgreSQL, no while another one is preparing or playing it."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_lock(%s)", [event_id])
        libre = bool(curseur.fetchone()[0])
    try:
        yield libre
    finally:
        if libre:
            with suppress(DatabaseError), connection.cursor() as curseur:
                curseur.execute("SELECT pg_advisory_unlock(%s)", [event_id])


def attendre(event_ids: Iterable[int]) -> None:
    """Come after whoever is at these events (``a_soi``), in a transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            for event_id in sorted(event_ids):
                curseur.execute("SELECT pg_advisory_xact_lock(%s)", [event_id])


def remise_en_etat(cohort_id: int) -> None:
    """Alone in this world until the end of the transaction. To be called before any other lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLASSE, cohort_id])
