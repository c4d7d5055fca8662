"""What the screens of « Facturation » share: tabs, trail, and which invoices this account may read or change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.profils import Profil
from accounts.requete import Requete
from invoices.forms.saisie import Listes
from invoices.models import Facture
from sandbox import clock
from structures import queries as structures
from structures.acces import droits_de
from structures.models import CoordonneesBancaires, Mandat

ONGLETS = (
    ("synthese", "Synthèse"),
    ("saisir", "Saisir facture"),
    ("deposer", "Déposer facture"),
    ("rechercher", "Rechercher"),
    ("tableau_de_bord", "Tableau de bord"),
)


@dataclass(frozen=True, slots=True)
class Onglet:
    label: str
    url: str
    actif: bool
    compte: int | None = None


def cadre(titre: str, *, onglet: str = "", parents: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Trail and navy bar of « Factures émises »; ``onglet`` is the tab in force, empty on a page below them."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Facturation", reverse("invoices:domaine"))]
    fil.append(("Factures émises", reverse("invoices:synthese")))
    return {
        "fil": [*fil, *parents, (titre, None)],
        "onglets": [Onglet(label, reverse(f"invoices:{nom}"), nom == onglet) for nom, label in ONGLETS],
        "barre_titre": "Factures émises",
        "titre": titre,
    }


def cadre_domaine(titre: str, *, parents: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Trail of a page of the domain that has no tabs."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Facturation", reverse("invoices:domaine"))]
    return {"fil": [*fil, *parents, (titre, None)], "titre": titre}


def lisibles(request: Requete) -> list[int]:
    """Structures whose invoices this account may read."""
    return droits_de(request).structures(Profil.FACTURES_EMISES)


def modifiables(request: Requete) -> list[int]:
    return droits_de(request).structures(Profil.FACTURES_EMISES, modification=True)


def factures_visibles(request: Requete) -> QuerySet[Facture]:
    """Issued by the account's structures: everything else is a 404, other sessions included."""
    visibles: QuerySet[Facture] = Facture.objects.des_structures(lisibles(request))
    return visibles


def facture_visible(request: Requete, pk: int) -> Facture:
    facture = get_object_or_404(
        factures_visibles(request).select_related("fournisseur", "destinataire", "cree_par", "flux"), pk=pk
    )
    facture.cohort = request.cohort
    return facture


def exiger_modification(request: Requete, facture: Facture) -> None:
    if facture.fournisseur_id not in modifiables(request):
        raise PermissionDenied(
            "Votre habilitation sur cette structure est limitée à la consultation : demandez la modification "
            "à son gestionnaire principal."
        )


def listes(request: Requete) -> Listes:
    """Drop-downs of the form, in three queries."""
    miennes = list(structures.structures_pour(droits_de(request), Profil.FACTURES_EMISES))
    ids = [s.pk for s in miennes]
    return Listes(
        structures=miennes,
        comptes_bancaires=list(
            CoordonneesBancaires.objects.valides(clock.today())
            .filter(structure_id__in=ids)
            .order_by("-defaut", "nom", "pk")
        ),
        mandats=frozenset(
            Mandat.objects.filter(structure_id__in=ids, actif=True).values_list("structure_id", flat=True)
        ),
    )


def conflit(request: Requete, message: str, url_retour: str) -> HttpResponse:
    """409: somebody, or time, acted first."""
    return render(request, "409.html", {"message": message, "url_retour": url_retour}, status=409)
