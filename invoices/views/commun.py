"""What the screens of « Facturation » share: tabs, trail, and which invoices this account may read or change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.acces import Vue
from accounts.profils import Profil
from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices import queries_lecture as lecture
from invoices.enums import Espace
from invoices.forms.saisie import Listes
from invoices.models import Facture
from sandbox import clock
from structures import queries as structures
from structures.acces import droits_de, portail_requis
from structures.models import CoordonneesBancaires, Mandat, Service

PREFIXES: dict[str, str] = {Espace.EMISES: "", Espace.RECUES: "recues_", Espace.A_VALIDER: "a_valider_"}
"""Of the names of routes: ``invoices:facture``, ``invoices:recues_facture``, ``invoices:a_valider_facture``."""
ONGLETS: dict[str, tuple[tuple[str, str], ...]] = {
    Espace.EMISES: (
        ("synthese", "Synthèse"),
        ("saisir", "Saisir facture"),
        ("deposer", "Déposer facture"),
        ("rechercher", "Rechercher"),
        ("tableau_de_bord", "Tableau de bord"),
    ),
    Espace.RECUES: (
        ("synthese", "Synthèse"),
        ("rechercher", "Rechercher"),
        ("tableau_de_bord", "Tableau de bord"),
    ),
    Espace.A_VALIDER: (
        ("synthese", "Synthèse"),
        ("rechercher", "Rechercher"),
        ("tableau_de_bord", "Tableau de bord"),
    ),
}


@dataclass(frozen=True, slots=True)
class Onglet:
    label: str
    url: str
    actif: bool
    compte: int | None = None


def adresse(espace: Espace, nom: str, *args: Any) -> str:
    """Path of a screen that the three applications share, in this one."""
    return reverse(f"invoices:{PREFIXES[espace]}{nom}", args=args)


def cadre(
    titre: str, *, onglet: str = "", parents: Iterable[tuple[str, str]] = (), espace: Espace = Espace.EMISES
) -> dict[str, Any]:
    """Trail and navy bar of an application; ``onglet`` is the tab in force, empty on a page below them."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Facturation", reverse("invoices:domaine"))]
    fil.append((espace.label, adresse(espace, "synthese")))
    return {
        "fil": [*fil, *parents, (titre, None)],
        "onglets": [Onglet(label, adresse(espace, nom), nom == onglet) for nom, label in ONGLETS[espace]],
        "barre_titre": espace.label,
        "titre": titre,
        "espace": espace,
    }


def espace_requis(espace: Espace, *, modification: bool = False) -> Callable[[Vue], Vue]:
    """A logged-in account that holds the profile of this application on one structure at least."""
    return portail_requis(espaces.PROFILS[espace], modification=modification)


def cadre_domaine(titre: str, *, parents: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Trail of a page of the domain that has no tabs."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Facturation", reverse("invoices:domaine"))]
    return {"fil": [*fil, *parents, (titre, None)], "titre": titre}


def lisibles(request: Requete) -> list[int]:
    """Structures whose invoices this account may read."""
    return droits_de(request).structures(Profil.FACTURES_EMISES)


def modifiables(request: Requete) -> list[int]:
    return droits_de(request).structures(Profil.FACTURES_EMISES, modification=True)


def factures_visibles(request: Requete, espace: Espace = Espace.EMISES) -> QuerySet[Facture]:
    """What the account sees in this application: everything else is a 404, other sessions included."""
    return espaces.visibles(droits_de(request), espace)


def facture_visible(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> Facture:
    """An invoice of this application, with its parties.

    404 when the account has nothing to do with it; 403 when it belongs to another service of a structure on which
    the right is limited (A22). One that was recycled towards somebody else is read only, ``quittee_le`` set.
    """
    facture = lecture.trouver(droits_de(request), espace, pk)
    if facture is None:
        if espaces.d_un_autre_service(droits_de(request), espace, pk):
            raise PermissionDenied(
                "Votre habilitation est limitée à certains services de la structure, et cette facture n'en relève pas. "
                "Demandez ce service à son gestionnaire principal."
            )
        raise Http404
    facture.cohort = request.cohort
    return facture


def exiger_modification(request: Requete, facture: Facture) -> None:
    if facture.fournisseur_id not in modifiables(request):
        raise PermissionDenied(
            "Votre habilitation sur cette structure est limitée à la consultation : demandez la modification "
            "à son gestionnaire principal."
        )


def listes(request: Requete) -> Listes:
    """Drop-downs of the form, in four queries."""
    droits = droits_de(request)
    miennes = list(structures.structures_pour(droits, Profil.FACTURES_EMISES))
    ids = [s.pk for s in miennes]
    limites = {pk: droits.services(Profil.FACTURES_EMISES, pk, modification=True) for pk in ids}
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
        services=[s for s in Service.objects.filter(structure_id__in=ids) if s.est_actif],
        limitees={pk: services for pk, services in limites.items() if services is not None},
    )


def conflit(request: Requete, message: str, url_retour: str) -> HttpResponse:
    """409: somebody, or time, acted first."""
    return render(request, "409.html", {"message": message, "url_retour": url_retour}, status=409)
