"""Domaine « Facturation »: the applications that the account may open, and why not the others."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil, offerts
from accounts.requete import Requete
from structures.acces import droits_de, portail_requis
from structures.enums import Nature
from structures.models import Structure
from structures.queries import Droits


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
        "invoices:recues_synthese",
        "Factures reçues",
        "Traiter les factures adressées à votre organisme : suspendre, rejeter, mandater, payer.",
        "bank",
        Profil.FACTURES_RECUES,
        exigence="« Factures reçues consultation » ou « Factures reçues modification »",
    ),
    Application(
        "invoices:a_valider_synthese",
        "Factures à valider",
        "Répondre aux factures de vos sous-traitants et cotraitants avant qu'elles n'atteignent le client public.",
        "patch-check",
        Profil.FACTURES_A_VALIDER,
        exigence="« Factures à valider consultation » ou « Factures à valider modification »",
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


def _accessibles(droits: Droits) -> set[str]:
    """Profiles that exist on the kinds of structures of this account; all of them when it has none."""
    natures = Structure.objects.filter(pk__in=droits.rattachees).values_list("nature", flat=True).distinct()
    publiques = {nature == Nature.PUBLIQUE for nature in natures} or {True, False}
    return {ligne.profil for publique in publiques for ligne in offerts(publique=publique)}


@require_safe
@portail_requis()
def domaine(request: Requete) -> HttpResponse:
    droits = droits_de(request)
    tuiles, fermees, accessibles = [], [], _accessibles(droits)
    for application in APPLICATIONS:
        profil = application.profil
        ouverte = profil is None or droits.structures(profil, modification=application.modification)
        if ouverte:
            tuiles.append(application)
        elif profil in accessibles:
            fermees.append(application)
    contexte = {
        "fil": [("Accueil", reverse("accounts:accueil")), ("Facturation", None)],
        "tuiles": [(application, reverse(application.route)) for application in tuiles],
        "fermees": fermees,
    }
    return render(request, "invoices/domaine.html", contexte)
