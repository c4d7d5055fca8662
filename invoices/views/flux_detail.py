"""« Suivi des flux »: one flow, its files, and « Déposer Flux » (EDI simulé)."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices.documents import compte_rendu as document
from invoices.enums import EtatElement, EtatFlux, ModeDepot
from invoices.forms.flux import DeposerFluxForm
from invoices.models import Flux
from invoices.services import compte_rendu
from invoices.services import flux as services
from invoices.syntaxes import FACTURX
from invoices.views.commun import listes, modifiables
from invoices.views.flux import cadre_flux, flux_visibles, presenter
from invoices.views.televersement import limiter
from sandbox.documents import store
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.telechargements import file_response
from structures.acces import portail_requis

lecture = portail_requis(Profil.FACTURES_EMISES)
ELEMENTS_PAR_PAGE = 25


def _flux(request: Requete, numero: str) -> Flux:
    visibles = flux_visibles(request).select_related("fournisseur", "compte")
    return get_object_or_404(visibles, numero=numero.replace("\x00", ""))  # PostgreSQL cannot even look for a NUL


@require_safe
@lecture
def detail(request: Requete, numero: str) -> HttpResponse:
    """State and compte rendu of a flow; asks again by itself until the state is final."""
    flux = _flux(request, numero)
    elements = flux.elements.select_related("facture__destinataire")
    par_etat = {etat: elements.filter(etat=etat).count() for etat in EtatElement} if flux.etat_final else {}
    page = paginate(request, elements.order_by("-etat", "rang"), ELEMENTS_PAR_PAGE)
    contexte = cadre_flux(f"Flux {flux.numero}", parents=[("Recherche", reverse("invoices:flux"))])
    contexte |= presenter(flux) | {
        "etapes": _etapes(flux),
        "page": page,
        "integrees": par_etat.get(EtatElement.INTEGREE, 0),
        "rejetees": par_etat.get(EtatElement.REJETEE, 0),
        "consigne": compte_rendu.consigne(flux) if flux.compte_rendu or par_etat.get(EtatElement.REJETEE) else "",
        "anciennes": list(flux.factures.filter(element=None).select_related("destinataire")[:ELEMENTS_PAR_PAGE]),
        "peut_creer": bool(modifiables(request)),
        "action_deposer": "Déposer à nouveau le flux"
        if flux.etat == EtatFlux.INCIDENTE
        else "Déposer le fichier corrigé",
        "url_deposer": reverse("invoices:flux_deposer" if flux.mode == ModeDepot.EDI else "invoices:deposer"),
    }
    return render_partial(request, "invoices/flux_detail.html", "fiche", contexte)


def _etapes(flux: Flux) -> list[dict[str, Any]]:
    """States that it went through, with their dates."""
    return [
        {"label": "Déposé, en attente de traitement", "le": flux.depose_le},
        {"label": "En cours de traitement", "le": flux.commence_le},
        {"label": flux.get_etat_display() if flux.etat_final else "Traité", "le": flux.traite_le},
    ]


@require_safe
@lecture
def fichier(request: Requete, numero: str) -> HttpResponse:
    """The deposited file, as it came."""
    flux = _flux(request, numero)
    try:
        return file_response(store.open_bytes(flux.empreinte), flux.nom_fichier)
    except store.FichierAbsent as absent:
        raise Http404 from absent


def _traite(request: Requete, numero: str) -> Flux:
    flux = _flux(request, numero)
    if not flux.etat_final:
        raise Http404
    flux.cohort = request.cohort
    return flux


@require_safe
@lecture
def cr_json(request: Requete, numero: str) -> HttpResponse:
    """Compte rendu, with the fields of consulterCRDetaille."""
    flux = _traite(request, numero)
    contenu = json.dumps(compte_rendu.detaille(flux), ensure_ascii=False, indent=2).encode()
    return file_response(contenu, f"{flux.nom_compte_rendu}.json")


@require_safe
@lecture
def cr_pdf(request: Requete, numero: str) -> HttpResponse:
    """The same, to read and to print."""
    flux = _traite(request, numero)
    return file_response(document.rendre(flux), f"{flux.nom_compte_rendu}.pdf")


@limiter(services.TAILLE_MAXIMUM_EDI)
@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis(Profil.FACTURES_EMISES, modification=True)
def deposer(request: Requete) -> HttpResponse:
    """« Déposer Flux »: what an EDI partner would send, followed at once."""
    structures = listes(request).structures
    if request.method != "POST":
        return _formulaire(request, DeposerFluxForm(structures=structures, initial={"syntaxe": FACTURX.code}))
    form = DeposerFluxForm(request.POST, request.FILES, structures=structures)
    if not form.is_valid():
        return _formulaire(request, form, 413 if form.has_error("fichier", "taille") else 422)
    envoye = form.cleaned_data["fichier"]
    structure = next(s for s in structures if str(s.pk) == form.cleaned_data["fournisseur"])
    try:
        recu = services.deposer_flux(
            request.cohort,
            compte=request.compte,
            fournisseur=structure,
            nom=envoye.name or "flux",
            contenu=envoye.read(),
            place=request.compte.place,
            mode=ModeDepot.EDI,
            syntaxe=form.cleaned_data["syntaxe"],
            nom_flux=form.cleaned_data["nom_flux"].replace("\x00", ""),
        )
    except services.FluxRefuse as refus:
        form.add_error("fichier", str(refus))
        return _formulaire(request, form, 422)
    messages.success(request, f"Le lot de facture a été importé correctement sous le n° {recu.numero}.")
    return redirect("invoices:flux_detail", numero=recu.numero)


def _formulaire(request: Requete, form: DeposerFluxForm, status: int = 200) -> HttpResponse:
    contexte = cadre_flux("Déposer Flux", onglet="flux_deposer") | {
        "form": form,
        "exemple": services.prochain_nom(FACTURX),
    }
    return render(request, "invoices/flux_deposer.html", contexte, status=status)
