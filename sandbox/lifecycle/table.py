"""What a circuit is: a table of transitions. Frozen data, no database; docs/genere/cycle-de-vie.md comes from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S", bound=str)
A = TypeVar("A", bound=str)
P = TypeVar("P", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Generic[S, A, P]):
    """One arrow: ``action`` by one of ``acteurs`` from one of ``sources`` leads to ``target`` (None: unchanged).

    ``numero`` is its number in the dossier; ``needs`` the inputs it demands; ``usual`` the origins that the screen
    proposes first; ``regimes`` limits it; ``mails`` names its notifications; ``note`` is for the documentation.
    """

    numero: str
    action: A
    sources: frozenset[S]
    target: S | None
    acteurs: frozenset[P]
    needs: frozenset[str] = frozenset()
    usual: frozenset[S] = frozenset()
    regimes: frozenset[str] = frozenset()
    cadres: frozenset[str] = frozenset()
    mails: tuple[str, ...] = ()
    delay: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cycle(Generic[S, A, P]):
    """A circuit: its rows, indexed by origin."""

    rows: tuple[Transition[S, A, P], ...]
    _par_source: dict[S, list[Transition[S, A, P]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            for source in row.sources:
                self._par_source.setdefault(source, []).append(row)

    def available(self, statut: S, acteur: P, *, regime: str, cadre: str = "") -> list[Transition[S, A, P]]:
        """What this actor may do from this status, the usual next ones first."""
        possibles = [
            row
            for row in self._par_source.get(statut, [])
            if acteur in row.acteurs
            and (not row.regimes or regime in row.regimes)
            and (not row.cadres or not cadre or cadre in row.cadres)
        ]
        return sorted(possibles, key=lambda row: bool(row.usual) and statut not in row.usual)

    def find(self, statut: S, action: A, acteur: P, *, regime: str, cadre: str = "") -> Transition[S, A, P] | None:
        """The row of this action, None when the table does not offer it."""
        for row in self.available(statut, acteur, regime=regime, cadre=cadre):
            if row.action == action:
                return row
        return None

    def actions(self) -> Iterable[A]:
        return dict.fromkeys(row.action for row in self.rows)
