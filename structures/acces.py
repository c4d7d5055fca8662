"""Who may open which screen of the portal: one decorator, rights re-read at each request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.acces import Vue, place_requise, vers
from accounts.profils import Profil
from accounts.requete import Requete
from structures.models import Structure
from structures.permissions import ACTES, Acte, permet, structures_permises
from structures.queries import AUCUN_DROIT, Droits, droits

__all__ = ["acte_requis", "droits_de", "exiger", "place_requise", "portail_requis", "structure_requise"]


def droits_de(request: HttpRequest) -> Droits:
    """Rights of the logged-in account, read once a request."""
    if not hasattr(request, "_droits"):
        compte = getattr(request, "compte", None)
        request._droits = droits(compte) if compte else AUCUN_DROIT  # type: ignore[attr-defined]
    lus: Droits = request._droits  # type: ignore[attr-defined]
    return lus


def portail_requis(profil: Profil | None = None, *, modification: bool = False) -> Callable[[Vue], Vue]:
    """A seat and a logged-in account are needed; with ``profil``, that right on one structure at least (403)."""

    def decorer(vue: Vue) -> Vue:
        @wraps(vue)
        @place_requise
        def enveloppe(request: Requete, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.compte is None:
                return vers(request, reverse("accounts:connexion"), suite=request.path)
            if profil is not None and not droits_de(request).structures(profil, modification=modification):
                raise PermissionDenied(
                    "Votre compte n'a pas l'habilitation de cette application. Créez votre structure, "
                    "ou demandez ce droit à son gestionnaire principal."
                )
            return vue(request, *args, **kwargs)

        return enveloppe

    return decorer


def exiger(request: HttpRequest, acte: Acte, structure: Structure) -> None:
    """Raises ``PermissionDenied``, with what is missing and who can give it, unless the account may do this here."""
    lus = droits_de(request)
    if permet(lus, acte, structure.pk):
        return
    if structure.pk not in lus.rattachees:
        raise PermissionDenied(
            f"Vous n'êtes pas, ou plus, rattaché à {structure.raison_sociale}. Demandez un rattachement à son "
            "gestionnaire principal dans « Organisation » > « Demander un rattachement à une structure »."
        )
    raise PermissionDenied(
        f"{ACTES[acte].libelle} : il faut {ACTES[acte].exigence} sur {structure.raison_sociale}. "
        "Demandez ce droit à son gestionnaire principal."
    )


def acte_requis(acte: Acte) -> Callable[[Vue], Vue]:
    """A logged-in account that may do this on one structure at least (403): for pages where it is then chosen."""

    def decorer(vue: Vue) -> Vue:
        @wraps(vue)
        @portail_requis()
        def enveloppe(request: Requete, *args: Any, **kwargs: Any) -> HttpResponse:
            if not structures_permises(droits_de(request), acte):
                raise PermissionDenied(
                    f"{ACTES[acte].libelle} : il faut {ACTES[acte].exigence} sur une structure au moins. Créez votre "
                    "structure, ou demandez ce droit à son gestionnaire principal."
                )
            return vue(request, *args, **kwargs)

        return enveloppe

    return decorer


def structure_requise(acte: Acte) -> Callable[[Vue], Vue]:
    """The view gets the structure of ``pk``: 404 when this world has none, 403 when the account may not do this."""

    def decorer(vue: Vue) -> Vue:
        @wraps(vue)
        @portail_requis()
        def enveloppe(request: Requete, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
            structure = get_object_or_404(Structure, pk=pk)
            exiger(request, acte, structure)
            return vue(request, structure, *args, **kwargs)

        return enveloppe

    return decorer
