"""Home of the portal: before login, only the domaines open without an account (comptes-structures.md §7.1, §7.2)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import queries
from accounts.acces import place_requise
from accounts.requete import Requete
from sandbox.web import domaines


@require_safe
@place_requise
def accueil(request: Requete) -> HttpResponse:
    if request.compte is None:
        publics = {
            "premier_compte": not queries.du_poste(request.place.numero).exists(),
            "tuiles": domaines.tuiles_publiques(request),
            "barre_titre": "Portail",
            "onglets": [{"label": "Support", "url": reverse("support:nous_contacter"), "actif": False}],
        }
        return render(request, "accounts/accueil_public.html", publics)
    contexte = {
        "tuiles": domaines.tuiles(request),
        "taches": domaines.taches(request),
        "annonces": domaines.annonces(request),
    }
    return render(request, "accounts/accueil.html", contexte)
