"""« Factures de travaux »: what the circuit is made of, among all the cadres."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from structures.acces import portail_requis
from travaux.cadres import TOUS


@require_safe
@portail_requis()
def cadres(request: HttpRequest) -> HttpResponse:
    contexte = {
        "cadres": TOUS,
        "fil": [
            ("Accueil", reverse("accounts:accueil")),
            ("Facturation", reverse("invoices:domaine")),
            ("Factures de travaux", None),
        ],
    }
    return render(request, "travaux/cadres.html", contexte)
