"""Who plays which kind of event, and who wants to know what happened. Upper floors register, lower ones call."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from sandbox.events.models import DueEvent

Handler = Callable[["DueEvent"], str | None]
Chargeur = Callable[[list[int]], dict[int, Any]]
Preparateur = Callable[["DueEvent"], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """``play`` runs inside the event's transaction, at its simulated instant.

    It returns what happened, in the words of a preview (« Mise en paiement »), or None when nothing was left to do.
    ``charger`` reads at once the pieces that many events act on: the engine hands each event its own as ``piece``.
    ``preparer`` does the long part of one event before its transaction, writing nothing in the database: what it
    returns is the event's ``piece``. Events of such a kind owe nothing to each other: workers share them.
    """

    nom: str
    play: Handler
    charger: Chargeur | None = None
    preparer: Preparateur | None = None


_muet: ContextVar[bool] = ContextVar("annonces_muettes", default=False)
_kinds: dict[str, Kind] = {}
_abonnes: dict[str, list[Callable[..., None]]] = defaultdict(list)


def register(
    nom: str, charger: Chargeur | None = None, preparer: Preparateur | None = None
) -> Callable[[Handler], Handler]:
    """Declare the handler of a kind of due event."""

    def decorer(play: Handler) -> Handler:
        _kinds[nom] = Kind(nom, play, charger, preparer)
        return play

    return decorer


def kind(nom: str) -> Kind:
    return _kinds[nom]


def kinds() -> list[str]:
    return sorted(_kinds)


def subscribe(nom: str, abonne: Callable[..., None]) -> None:
    """Be told of a domain event after commit."""
    if abonne not in _abonnes[nom]:
        _abonnes[nom].append(abonne)


@contextmanager
def en_silence() -> Iterator[None]:
    """Nobody is told of what is published here: ready-made data is nobody's act."""
    jeton = _muet.set(True)
    try:
        yield
    finally:
        _muet.reset(jeton)


def publish(nom: str, **faits: Any) -> None:
    """Tell the subscribers once the transaction is committed; nothing when it is rolled back (previews)."""
    if (abonnes := _abonnes.get(nom)) and not _muet.get():

        def annoncer() -> None:
            for abonne in abonnes:
                abonne(**faits)

        transaction.on_commit(annoncer, robust=True)
