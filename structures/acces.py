"""Who may open which screen of the portal: one decorator, rights re-read at each request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.acces import Vue, place_requise, vers
from accounts.profils import Profil
from structures.queries import AUCUN_DROIT, Droits, droits

__all__ = ["droits_de", "place_requise", "portail_requis"]


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
        def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.compte is None:  # type: ignore[attr-defined]
                return vers(request, reverse("accounts:connexion"), suite=request.path)
            if profil is not None and not droits_de(request).structures(profil, modification=modification):
                raise PermissionDenied(
                    "Votre compte n'a pas l'habilitation de cette application. Créez votre structure, "
                    "ou demandez ce droit à son gestionnaire principal."
                )
            return vue(request, *args, **kwargs)

        return enveloppe

    return decorer
