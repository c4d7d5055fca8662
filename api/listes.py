"""Answers made of short lists, held in memory: référentiels, what an account holds (api.md §4.1, §7)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.entree import Pagination
from api.erreurs import RIEN_TROUVE, Refus
from api.sortie import Page, entourer, page, sans_vides

Ligne = Mapping[str, Any]


def entiere(nom: str, lignes: Iterable[Ligne]) -> dict[str, Any]:
    """The whole list on one page, whose fields are at the root: no such request asks for a page."""
    toutes = list(lignes)
    return entourer(nom, toutes, Page(1, max(len(toutes), 1), len(toutes)), racine=True)


def rien(nom: str, demande: Pagination | None = None) -> dict[str, Any]:
    """What goes beside a refusal of a search: no row, a total of 0."""
    return entourer(nom, (), page(demande, 0), racine=False)


def rechercher(
    nom: str, lignes: Iterable[Ligne], demande: Pagination | None, colonnes: Sequence[str]
) -> dict[str, Any]:
    """A page of these rows, ordered by a field of theirs (``colonnes``: the default one first).

    A column is named after its field, capitalised or not. Raises ``Refus`` 20000 when there is no row.
    """
    demande = demande or Pagination()
    toutes = [sans_vides(ligne) for ligne in lignes]
    if not toutes:
        raise Refus(*RIEN_TROUVE, "La recherche ne trouve rien : élargissez ses critères.", **rien(nom, demande))
    champ = demande.triColonne[:1].lower() + demande.triColonne[1:]
    champ = champ if champ in colonnes else colonnes[0]
    toutes.sort(key=lambda ligne: (champ in ligne, ligne.get(champ, 0)), reverse=demande.triSens == "Descendant")
    trouvee = page(demande, len(toutes))
    return entourer(nom, toutes[trouvee.tranche], trouvee, racine=False)
