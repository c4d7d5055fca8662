"""A seat is needed to see the portal; who may see what in it: ``structures.acces``."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

Vue = Callable[..., HttpResponse]
SUITE_MAXIMUM = 500


def vers(request: HttpRequest, url: str, **parametres: str) -> HttpResponse:
    """Redirect; an HTMX request is told to leave the page, not to swap the other one in."""
    cible = f"{url}?{urlencode(parametres)}" if parametres else url
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": cible})
    return redirect(cible)


def suite_sure(valeur: str) -> str:
    """This address if it is a page of the portal, else nothing: where to go once the present step is done."""
    lisible = len(valeur) <= SUITE_MAXIMUM and valeur.isascii() and valeur.isprintable()
    sure = lisible and valeur.startswith("/portail/") and url_has_allowed_host_and_scheme(valeur, allowed_hosts=None)
    return valeur if sure else ""


def place_requise(vue: Vue) -> Vue:
    """A seat is needed: else the join page."""

    @wraps(vue)
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "place", None) is None:
            return vers(request, reverse("formation:rejoindre"))
        return vue(request, *args, **kwargs)

    return enveloppe


def compte_requis(vue: Vue) -> Vue:
    """A seat and a logged-in account are needed: pages of the account itself, which need no structure."""

    @wraps(vue)
    @place_requise
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "compte", None) is None:
            return vers(request, reverse("accounts:connexion"), suite=request.path)
        return vue(request, *args, **kwargs)

    return enveloppe
