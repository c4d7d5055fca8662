"""Home of the portal: no domaine before login, as on the qualification portal (comptes-structures.md §7)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.acces import place_requise
from accounts.models import Compte
from sandbox.web import domaines


@require_safe
@place_requise
def accueil(request: HttpRequest) -> HttpResponse:
    if request.compte is None:  # type: ignore[attr-defined]
        premier = not Compte.objects.filter(place=request.place.numero).exists()  # type: ignore[attr-defined]
        return render(request, "accounts/accueil_public.html", {"premier_compte": premier})
    contexte = {
        "tuiles": domaines.tuiles(request),
        "taches": domaines.taches(request),
        "annonces": domaines.annonces(request),
    }
    return render(request, "accounts/accueil.html", contexte)
