"""What structures put on the portal's home: the domaine « Organisation » and the first-login window."""

from django.http import HttpRequest
from django.urls import reverse

from sandbox.web.domaines import Annonce, Tache, Tuile, register_annonce, register_domaine, register_taches
from structures.acces import droits_de
from structures.models import Mandat


def organisation(request: HttpRequest) -> Tuile:
    return Tuile(
        "Organisation",
        "Vos structures : leur fiche, leurs paramètres, leurs services ; en créer une.",
        reverse("structures:accueil"),
        "building",
    )


def premiere_connexion(request: HttpRequest) -> Annonce | None:
    """« Créer une nouvelle structure » until the account has one (comptes-structures.md §2.1)."""
    if droits_de(request).rattache:
        return None
    return Annonce(
        "Créer une nouvelle structure",
        "Votre compte n'est rattaché à aucune structure : sans elle, aucune facture ne peut être déposée. Créez celle "
        "de votre entreprise ; vous en serez le gestionnaire principal.",
        reverse("structures:creer"),
        "Créer une nouvelle structure",
    )


def mandats_a_souscrire(request: HttpRequest) -> list[Tache]:
    """Structures managed by the account in whose name nothing can be typed yet (factures.md §2.2)."""
    gerees = droits_de(request).gestionnaire_de
    if not gerees:
        return []
    signes = Mandat.objects.filter(structure__in=gerees, actif=True).values_list("structure_id", flat=True)
    nombre = len(gerees - set(signes))
    return [Tache(nombre, f"mandat{'s' if nombre > 1 else ''} de facturation à souscrire", reverse("invoices:mandat"))]


register_domaine(20, organisation)
register_annonce(10, premiere_connexion)
register_taches(90, mandats_a_souscrire)
