"""« Suivi des flux » (factures.md §2.5, flux-edi.md §5): files deposited, and what became of them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices.enums import EtatFlux, Famille
from invoices.models import Flux
from invoices.views.commun import cadre_domaine, lisibles, modifiables
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures.acces import portail_requis

FAMILLES = {
    EtatFlux.EN_ATTENTE: (Famille.ATTENTE, "hourglass-split"),
    EtatFlux.EN_COURS: (Famille.ACHEMINE, "arrow-repeat"),
    EtatFlux.REJETE: (Famille.REFUS, "x-circle"),
    EtatFlux.INTEGRE_PARTIEL: (Famille.RETOUR, "exclamation-triangle"),
    EtatFlux.INTEGRE: (Famille.PAYE, "check-circle"),
}
SYNTAXES = {"IN_DP_E2_CII_FACTURX": "Factur-X (PDF avec données)"}


@dataclass(frozen=True, slots=True)
class EtatAffiche:
    """Badge of a flow's state."""

    label: str
    famille: str
    icone: str


def etat_affiche(flux: Flux) -> EtatAffiche:
    etat = EtatFlux(flux.etat)
    famille, icone = FAMILLES[etat]
    return EtatAffiche(str(etat.label), famille, icone)


def _visibles(request: Requete) -> QuerySet[Flux]:
    miens = Q(compte=request.compte) | Q(fournisseur_id__in=lisibles(request))
    visibles: QuerySet[Flux] = Flux.objects.filter(miens).select_related("fournisseur")
    return visibles


def _presenter(flux: Flux) -> dict[str, Any]:
    return {"flux": flux, "etat": etat_affiche(flux), "syntaxe": SYNTAXES.get(flux.syntaxe, flux.syntaxe)}


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def liste(request: Requete) -> HttpResponse:
    tri = read_sort(request, {"depot": "depose_le", "numero": "numero", "etat": "etat"}, "-depot")
    page = paginate(request, _visibles(request).order_by(*tri.ordre))
    contexte = cadre_domaine("Suivi des flux") | {
        "page": page,
        "lignes": [_presenter(f) for f in page],
        "tri": tri,
        "en_attente": any(not f.etat_final for f in page),
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/flux.html", "resultats", contexte)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def detail(request: Requete, numero: str) -> HttpResponse:
    """State and compte rendu of a flow; asks again by itself until the state is final."""
    visibles = _visibles(request).select_related("fournisseur", "compte")
    flux = get_object_or_404(visibles, numero=numero.replace("\x00", ""))  # PostgreSQL cannot even look for a NUL
    contexte = cadre_domaine(f"Flux {flux.numero}", parents=[("Suivi des flux", reverse("invoices:flux"))])
    contexte |= _presenter(flux) | {"factures": list(flux.factures.select_related("destinataire"))}
    return render_partial(request, "invoices/flux_detail.html", "fiche", contexte)
