"""What the screens of « Organisation » share: trail, and the rubrics of a structure open to this account."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from structures.acces import droits_de
from structures.enums import StatutRattachement
from structures.models import Rattachement, RattachementService, Structure
from structures.permissions import Acte, permet

RUBRIQUES: tuple[tuple[str, str, Acte], ...] = (
    ("fiche", "Fiche structure", Acte.CONSULTER_FICHE),
    ("services", "Services", Acte.CONSULTER_FICHE),
    ("banque", "Coordonnées bancaires", Acte.GERER_BANQUE),
    ("utilisateurs", "Utilisateurs", Acte.CONSULTER_UTILISATEURS),
    ("approbations", "Approbations", Acte.TRAITER_RATTACHEMENTS),
    ("qui_peut_quoi", "Qui peut quoi", Acte.CONSULTER_UTILISATEURS),
    ("historique", "Historique", Acte.CONSULTER_HISTORIQUE),
)
"""Route of the namespace (its only parameter: the structure's ``pk``), label, what it takes to see it."""


@dataclass(frozen=True, slots=True)
class Volet:
    label: str
    url: str
    actif: bool
    compte: int | None = None


def fil(*suite: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("Accueil", reverse("accounts:accueil")), ("Organisation", reverse("structures:accueil")), *suite]


def en_attente(structure: Structure) -> int:
    """Requests that wait for a manager: attachments, and services asked for by accounts already attached."""
    attente = StatutRattachement.EN_COURS_DE_VALIDATION
    return (
        Rattachement.objects.filter(structure=structure, statut=attente).count()
        + RattachementService.objects.filter(
            rattachement__structure=structure, rattachement__statut=StatutRattachement.VALIDEE, statut=attente
        )
        .values("rattachement")
        .distinct()
        .count()
    )


@dataclass(frozen=True, slots=True)
class Autre:
    """Another structure of the account, and the same page there."""

    nom: str
    url: str


def autres(request: HttpRequest, structure: Structure, active: str) -> list[Autre]:
    """The same rubric on the account's other structures: empty, and free of charge, when it has only one."""
    droits = droits_de(request)
    acte = next(acte for nom, _, acte in RUBRIQUES if nom == active)
    ids = [pk for pk in droits.rattachees if pk != structure.pk and permet(droits, acte, pk)]
    if not ids:
        return []
    trouvees = Structure.objects.filter(pk__in=ids).order_by("raison_sociale", "pk")
    return [Autre(s.raison_sociale, reverse(f"structures:{active}", args=[s.pk])) for s in trouvees]


def rubriques(request: HttpRequest, structure: Structure, active: str) -> dict[str, Any]:
    """Context of a page of one structure: its trail, and as many rubrics as the account may open."""
    droits = droits_de(request)
    volets = []
    for nom, label, acte in RUBRIQUES:
        if permet(droits, acte, structure.pk):
            attente = (en_attente(structure) or None) if nom == "approbations" else None
            volets.append(Volet(label, reverse(f"structures:{nom}", args=[structure.pk]), nom == active, attente))
    parents = [("Structures", reverse("structures:liste"))]
    if active == "fiche":
        suite: list[tuple[str, str | None]] = [(structure.raison_sociale, None)]
    else:
        libelle = next(label for nom, label, _ in RUBRIQUES if nom == active)
        suite = [(structure.raison_sociale, reverse("structures:fiche", args=[structure.pk])), (libelle, None)]
    return {
        "structure": structure,
        "volets": volets,
        "volets_titre": structure.raison_sociale,
        "autres": autres(request, structure, active),
        "fil": fil(*parents, *suite),
    }
