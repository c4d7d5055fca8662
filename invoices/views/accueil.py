"""Domaine « Facturation »: its applications."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from structures.acces import portail_requis

TUILES = (
    (
        "invoices:synthese",
        "Factures émises",
        "Saisir, déposer et suivre les factures que vous adressez au secteur public.",
        "receipt",
    ),
    (
        "invoices:flux",
        "Suivi des flux",
        "Voir ce que sont devenus les fichiers structurés que vous avez déposés.",
        "diagram-3",
    ),
    (
        "invoices:mandat",
        "Souscrire un mandat de facturation",
        "Autoriser le portail à établir vos factures : nécessaire pour les saisir en ligne.",
        "pencil-square",
    ),
    (
        "travaux:cadres",
        "Factures de travaux",
        "Les pièces des marchés de travaux : projets de décompte, états d'acompte.",
        "cone-striped",
    ),
)


@require_safe
@portail_requis()
def domaine(request: HttpRequest) -> HttpResponse:
    tuiles = []
    for nom, titre, phrase, icone in TUILES:
        try:
            tuiles.append({"titre": titre, "phrase": phrase, "icone": icone, "url": reverse(nom)})
        except NoReverseMatch:
            continue
    return render(
        request,
        "invoices/domaine.html",
        {"fil": [("Accueil", reverse("accounts:accueil")), ("Facturation", None)], "tuiles": tuiles},
    )
