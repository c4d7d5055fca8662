"""What the floors above say of an account: objections to its gestures, names of its structures.

Accounts lie below the structures and import none of them: ``structures.gardiens`` registers here.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Compte


class Geste(StrEnum):
    """What an account may be prevented from doing."""

    DESACTIVER = "désactiver son accès"
    COUPER_FACTURATION = "couper la notification Facturation"


Gardien = Callable[["Compte"], str]
FabriqueStructures = Callable[[Iterable[int]], dict[int, list[str]]]

_gardiens: dict[Geste, list[Gardien]] = {geste: [] for geste in Geste}
_structures: list[FabriqueStructures] = []


def register(geste: Geste, gardien: Gardien) -> None:
    """``gardien`` answers in French why the account may not do this, or nothing when it may."""
    if gardien not in _gardiens[geste]:
        _gardiens[geste].append(gardien)


def register_structures(fabrique: FabriqueStructures) -> None:
    """``fabrique`` gives the structures of many accounts at once, by id of the account."""
    if fabrique not in _structures:
        _structures.append(fabrique)


def objections(geste: Geste, compte: "Compte") -> list[str]:
    return [motif for gardien in _gardiens[geste] if (motif := gardien(compte))]


def structures_de(comptes: Iterable["Compte"]) -> dict[int, list[str]]:
    """Names of the structures of each account, by its id."""
    ids = [compte.pk for compte in comptes]
    noms: dict[int, list[str]] = {pk: [] for pk in ids}
    for fabrique in _structures:
        for pk, siens in fabrique(ids).items():
            noms[pk] += siens
    return noms


def notifie_facturation(compte: "Compte") -> bool:
    """Does the account get the « Facturation CPRO » mails: it wants them, or may not refuse them (§2.4)."""
    return compte.notif_facturation or bool(objections(Geste.COUPER_FACTURATION, compte))
