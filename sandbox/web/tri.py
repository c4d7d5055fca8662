"""Sorting of lists: only the columns named by the screen, and always a total order."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

PARAM_TRI = "tri"


@dataclass(frozen=True)
class Tri:
    """Sort in force: ``cle`` is a key of ``champs`` (key on screen → ORM field)."""

    cle: str
    descendant: bool
    champs: Mapping[str, str]

    @property
    def ordre(self) -> tuple[str, ...]:
        """Arguments for ``order_by``; the primary key ends it so that pages never overlap."""
        signe = "-" if self.descendant else ""
        return (signe + self.champs[self.cle], signe + "pk")

    def sens(self, cle: str) -> str:
        """Value of aria-sort for this column, empty when it does not sort the list."""
        if cle != self.cle:
            return ""
        return "descending" if self.descendant else "ascending"

    def suivant(self, cle: str) -> str:
        """Value of ?tri= when the header of this column is clicked."""
        return f"-{cle}" if cle == self.cle and not self.descendant else cle


def read_sort(request: HttpRequest, champs: Mapping[str, str], defaut: str) -> Tri:
    """Read ?tri=cle or ?tri=-cle; anything else falls back on ``defaut`` ("-depot" for instance)."""
    for brut in (request.GET.get(PARAM_TRI, ""), defaut):
        cle = brut.removeprefix("-")
        if cle in champs:
            return Tri(cle=cle, descendant=brut.startswith("-"), champs=champs)
    raise ValueError(f"tri par défaut inconnu : {defaut}")
