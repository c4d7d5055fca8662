"""What every page needs: a table, a list of codes, an oui."""

from collections.abc import Iterable, Sequence


def cellule(valeur: object) -> str:
    """Text that a table cell can hold."""
    return str(valeur).replace("|", "\\|").replace("\n", " ").strip()


def tableau(entetes: Sequence[str], lignes: Iterable[Sequence[object]]) -> str:
    """A Markdown table; joined to what follows by a line end, it leaves the blank line that Markdown wants."""
    sortie = ["| " + " | ".join(entetes) + " |", "|" + "---|" * len(entetes)]
    sortie += ["| " + " | ".join(cellule(v) for v in ligne) + " |" for ligne in lignes]
    return "\n".join(sortie) + "\n"


def codes(valeurs: Iterable[object], separateur: str = ", ") -> str:
    return separateur.join(f"`{valeur}`" for valeur in valeurs)


def oui(valeur: object) -> str:
    return "oui" if valeur else "–"
