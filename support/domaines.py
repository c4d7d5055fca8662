"""Tiles of the domaines that are explained without being simulated (comptes-structures.md §7.2)."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.profils import Profil
from sandbox.web.domaines import Tuile, register_domaine
from structures.acces import droits_de


def commande(request: HttpRequest) -> Tuile | None:
    """Shown to who holds « Engagements », as on the real portal."""
    if not droits_de(request).structures(Profil.ENGAGEMENTS):
        return None
    return Tuile(
        "Commande", "Les engagements publiés par les acheteurs. Non simulé ici.", reverse("support:commande"), "cart"
    )


def marche(request: HttpRequest) -> Tuile:
    return Tuile(
        "Marché", "Préparer une candidature avec le Dume. Non simulé ici.", reverse("support:marche"), "briefcase"
    )


register_domaine(12, commande)
register_domaine(14, marche, public=True)
