"""« Suivi des flux » (factures.md §2.5, flux-edi.md §5): tabs « Accueil », « Recherche », « Tableau de bord »."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Compte
from accounts.profils import Profil
from accounts.requete import Requete
from invoices.enums import EtatFlux, Famille
from invoices.forms.flux import RechercheFluxForm
from invoices.models import Flux
from invoices.views.commun import Onglet, lisibles, modifiables
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures.acces import portail_requis

FAMILLES = {
    EtatFlux.EN_ATTENTE: (Famille.ATTENTE, "hourglass-split"),
    EtatFlux.EN_COURS: (Famille.ACHEMINE, "arrow-repeat"),
    EtatFlux.INCIDENTE: (Famille.RETOUR, "arrow-counterclockwise"),
    EtatFlux.REJETE: (Famille.REFUS, "x-circle"),
    EtatFlux.INTEGRE_PARTIEL: (Famille.RETOUR, "exclamation-triangle"),
    EtatFlux.INTEGRE: (Famille.PAYE, "check-circle"),
}
ONGLETS = (
    ("flux_accueil", "Accueil"),
    ("flux", "Recherche"),
    ("flux_tableau", "Tableau de bord"),
    ("flux_deposer", "Déposer Flux"),
)
TITRE = "Suivi des flux"
DERNIERS = 5
COLONNES = {
    "depot": "depose_le",
    "numero": "numero",
    "etat": "etat",
    "syntaxe": "syntaxe",
    "mode": "mode",
    "structure": "fournisseur__raison_sociale",
}


@dataclass(frozen=True, slots=True)
class EtatAffiche:
    """Badge of a flow's state."""

    label: str
    famille: str
    icone: str


def etat_affiche(code: str) -> EtatAffiche:
    etat = EtatFlux(code)
    famille, icone = FAMILLES[etat]
    return EtatAffiche(str(etat.label), famille, icone)


def cadre_flux(titre: str, *, onglet: str = "", parents: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Trail and navy bar of the application."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Facturation", reverse("invoices:domaine"))]
    fil.append((TITRE, reverse("invoices:flux_accueil")))
    return {
        "fil": [*fil, *parents, (titre, None)],
        "onglets": [Onglet(label, reverse(f"invoices:{nom}"), nom == onglet) for nom, label in ONGLETS],
        "barre_titre": TITRE,
        "titre": titre,
    }


def flux_visibles(request: Requete) -> QuerySet[Flux]:
    """Deposited by this account, or for a structure whose invoices it reads."""
    miens = Q(compte=request.compte) | Q(fournisseur_id__in=lisibles(request))
    visibles: QuerySet[Flux] = Flux.objects.filter(miens)
    return visibles


def _pour_liste(visibles: QuerySet[Flux]) -> QuerySet[Flux]:
    return visibles.select_related("fournisseur", "compte").annotate(nombre=Count("factures"))


def presenter(flux: Flux) -> dict[str, Any]:
    return {"flux": flux, "etat": etat_affiche(flux.etat), "syntaxe": flux.forme.label}


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def accueil(request: Requete) -> HttpResponse:
    """What the application is, the last flows, what to do next."""
    derniers = list(_pour_liste(flux_visibles(request)).order_by("-depose_le", "-pk")[:DERNIERS])
    contexte = cadre_flux("Accueil", onglet="flux_accueil") | {
        "lignes": [presenter(f) for f in derniers],
        "en_attente": any(not f.etat_final for f in derniers),
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/flux_accueil.html", "derniers", contexte)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def liste(request: Requete) -> HttpResponse:
    """« Recherche »."""
    tri = read_sort(request, COLONNES, "-depot")
    visibles = flux_visibles(request)
    deposants = Compte.objects.filter(pk__in=visibles.values("compte_id")).order_by("nom", "prenom", "pk")
    criteres = bool(RechercheFluxForm.base_fields.keys() & request.GET.keys())
    form = RechercheFluxForm(request.GET if criteres else None, deposants=deposants)
    page = paginate(request, _pour_liste(form.filtrer(visibles)).order_by(*tri.ordre))
    contexte = cadre_flux("Recherche", onglet="flux") | {
        "form": form,
        "page": page,
        "lignes": [presenter(f) for f in page],
        "tri": tri,
        "en_attente": any(not f.etat_final for f in page),
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/flux.html", "resultats", contexte)


@dataclass(frozen=True, slots=True)
class Barre:
    """A row of the chart; geometry in the units of its SVG."""

    etat: EtatAffiche
    nombre: int
    part: int
    url: str
    y: int
    largeur: int


LARGEUR, PAS = 460, 36


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def tableau(request: Requete) -> HttpResponse:
    """« Tableau de bord »: number of flows per state, each leading to the search that it sums up."""
    comptes = dict(flux_visibles(request).values_list("etat").annotate(n=Count("pk")).order_by())
    total, maximum = sum(comptes.values()), max(comptes.values(), default=1)
    barres = [
        Barre(
            etat=etat_affiche(etat),
            nombre=comptes.get(etat, 0),
            part=round(100 * comptes.get(etat, 0) / (total or 1)),
            url=f"{reverse('invoices:flux')}?{urlencode({'etat': etat.value})}",
            y=rang * PAS,
            largeur=comptes.get(etat, 0) * LARGEUR // maximum,
        )
        for rang, etat in enumerate(EtatFlux)
    ]
    contexte = cadre_flux("Tableau de bord", onglet="flux_tableau") | {
        "barres": barres,
        "hauteur": len(barres) * PAS,
        "total": total,
        "en_attente": any(comptes.get(etat) for etat in (EtatFlux.EN_ATTENTE, EtatFlux.EN_COURS)),
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/flux_tableau.html", "chiffres", contexte)
