"""Domaine « Facturation »: the applications that the account may open, and why not the others."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from structures.acces import droits_de, portail_requis


@dataclass(frozen=True, slots=True)
class Application:
    """A tile; ``profil`` is what opening it takes, in modification or not."""

    route: str
    titre: str
    phrase: str
    icone: str
    profil: Profil | None = None
    modification: bool = False
    exigence: str = ""


APPLICATIONS = (
    Application(
        "invoices:synthese",
        "Factures émises",
        "Saisir, déposer et suivre les factures que vous adressez au secteur public.",
        "receipt",
        Profil.FACTURES_EMISES,
        exigence="« Factures émises consultation » ou « Factures émises modification »",
    ),
    Application(
        "invoices:flux",
        "Suivi des flux",
        "Voir ce que sont devenus les fichiers structurés que vous avez déposés.",
        "diagram-3",
        Profil.FACTURES_EMISES,
        exigence="« Factures émises consultation » ou « Factures émises modification »",
    ),
    Application(
        "invoices:mandat",
        "Souscrire un mandat de facturation",
        "Autoriser le portail à établir vos factures : nécessaire pour les saisir en ligne.",
        "pencil-square",
        Profil.FACTURES_EMISES,
        modification=True,
        exigence="« Factures émises modification »",
    ),
    Application(
        "travaux:cadres",
        "Factures de travaux",
        "Les pièces des marchés de travaux : projets de décompte, états d'acompte.",
        "cone-striped",
    ),
)


@require_safe
@portail_requis()
def domaine(request: Requete) -> HttpResponse:
    droits = droits_de(request)
    tuiles, fermees = [], []
    for application in APPLICATIONS:
        profil = application.profil
        ouverte = profil is None or droits.structures(profil, modification=application.modification)
        (tuiles if ouverte else fermees).append(application)
    contexte = {
        "fil": [("Accueil", reverse("accounts:accueil")), ("Facturation", None)],
        "tuiles": [(application, reverse(application.route)) for application in tuiles],
        "fermees": fermees,
    }
    return render(request, "invoices/domaine.html", contexte)
