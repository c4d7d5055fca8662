"""Write a structure's « Historique » (comptes-structures.md §5.3)."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Compte
from structures.enums import TypeActe
from structures.models import ActeGestion, Structure

PLATEFORME = "Le portail"


def composer_acte(
    structure: Structure,
    type_acte: TypeActe,
    *,
    par: Compte | None,
    objet: str = "",
    avant: Mapping[str, Any] | None = None,
    apres: Mapping[str, Any] | None = None,
    nom: str = "",
) -> ActeGestion:
    """A line, unsaved. ``par`` is the account that acted; without one, ``nom`` (the trainer) or the portal itself."""
    return ActeGestion(
        cohort=structure.cohort,
        place=structure.place,
        structure=structure,
        acteur=par,
        acteur_nom=(str(par) if par else nom or PLATEFORME)[:150],
        type=type_acte,
        objet=objet[:255],
        avant=dict(avant or {}),
        apres=dict(apres or {}),
    )


def noter_acte(structure: Structure, type_acte: TypeActe, *, par: Compte | None, **faits: Any) -> ActeGestion:
    """Add a line: the arguments of ``composer_acte``."""
    acte = composer_acte(structure, type_acte, par=par, **faits)
    acte.save(force_insert=True)
    return acte
