"""What structures put on the portal's home: the domaine « Organisation » and the first-login window."""

from django.http import HttpRequest
from django.urls import reverse

from sandbox.web.domaines import Annonce, Tache, Tuile, register_annonce, register_domaine, register_taches
from structures.acces import droits_de
from structures.enums import Nature
from structures.models import Mandat, Structure
from structures.permissions import Acte, structures_permises


def organisation(request: HttpRequest) -> Tuile:
    return Tuile(
        "Organisation",
        "Vos structures, leurs services et leurs utilisateurs ; en créer une, s'y rattacher.",
        reverse("structures:accueil"),
        "building",
    )


def raccordements(request: HttpRequest) -> Tuile | None:
    """For who may read a fiche de raccordement on one structure at least."""
    if not structures_permises(droits_de(request), Acte.CONSULTER_RACCORDEMENT):
        return None
    return Tuile(
        "Raccordements",
        "Brancher un logiciel sur le portail : échanges EDI, API, comptes techniques.",
        reverse("structures:raccordements"),
        "plug",
    )


def annuaire(request: HttpRequest) -> Tuile:
    """Open before login (comptes-structures.md §7.1)."""
    return Tuile(
        "Annuaire facturation",
        "Ce qu'exige chaque structure publique, et les adresses de facturation électronique.",
        reverse("structures:annuaire"),
        "book",
    )


def premiere_connexion(request: HttpRequest) -> Annonce | None:
    """« Créer une nouvelle structure » or join one, until the account has one (comptes-structures.md §2.1, §7.2)."""
    if droits_de(request).rattache:
        return None
    return Annonce(
        "Créer une nouvelle structure",
        "Votre compte n'est rattaché à aucune structure : sans elle, aucune facture ne peut être déposée. Créez celle "
        "de votre entreprise, vous en serez le gestionnaire principal ; ou rattachez-vous à une structure que le "
        "portail connaît déjà.",
        reverse("structures:creer"),
        "Créer une nouvelle structure",
        (("Se rattacher à une structure existante", reverse("structures:demander_rattachement")),),
    )


def mandats_a_souscrire(request: HttpRequest) -> list[Tache]:
    """Structures managed by the account in whose name nothing can be typed yet (factures.md §2.2)."""
    gerees = droits_de(request).gestionnaire_de
    if not gerees:
        return []
    signes = Mandat.objects.filter(structure__in=gerees, actif=True).values_list("structure_id", flat=True)
    a_signer = Structure.objects.actives().filter(pk__in=gerees, nature=Nature.PRIVEE).exclude(pk__in=signes)
    nombre = a_signer.count()
    return [Tache(nombre, f"mandat{'s' if nombre > 1 else ''} de facturation à souscrire", reverse("invoices:mandat"))]


register_domaine(20, organisation)
register_domaine(50, raccordements)
register_domaine(60, annuaire, public=True)
register_annonce(10, premiere_connexion)
register_taches(90, mandats_a_souscrire)
