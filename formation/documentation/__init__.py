"""Pages of docs/genere/, written from what the code itself holds. A test compares them with the files."""

from collections.abc import Callable

from formation.documentation import api, cycle, droits, packs, raccordement, regles

AVERTISSEMENT = "<!-- Page écrite par « manage.py documenter » : ne pas la modifier à la main. -->\n\n"

PAGES: dict[str, Callable[[], str]] = {
    "cycle-de-vie.md": cycle.page,
    "regles.md": regles.page,
    "droits.md": droits.page,
    "packs.md": packs.page,
    "raccordement.md": raccordement.page,
    "api.md": api.page,
}


def ecrire(nom: str) -> str:
    """Whole text of a page."""
    return AVERTISSEMENT + PAGES[nom]().rstrip() + "\n"
