"""« Déposer facture » (factures.md §2.4): a PDF becomes a draft to check, a structured file becomes a flow."""

import secrets

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices.documents.apercu import page_png
from invoices.enums import Cadre, ModeDepot
from invoices.forms.depot import FLUX_MAXIMUM, XML, ImportForm
from invoices.forms.saisie import Listes, formulaire, premieres_valeurs
from invoices.rules.pieces import DOSSIER_MAXIMUM
from invoices.services import brouillons, flux, importation
from invoices.views import saisie
from invoices.views.commun import cadre, facture_visible, listes
from invoices.views.televersement import limiter
from sandbox.documents import store
from sandbox.web.telechargements import file_response
from structures.acces import portail_requis

modification = portail_requis(Profil.FACTURES_EMISES, modification=True)


def _page(request: Requete, form: ImportForm, cle: str, status: int = 200) -> HttpResponse:
    contexte = cadre("Déposer facture", onglet="deposer") | {"form": form, "cle": cle}
    return render(request, "invoices/deposer.html", contexte, status=status)


@limiter(FLUX_MAXIMUM)
@require_http_methods(["GET", "HEAD", "POST"])
@modification
def deposer(request: Requete) -> HttpResponse:
    """Step 1: the file. Refused here, nothing is written."""
    choix = listes(request)
    if request.method != "POST":
        initial = {nom: premieres_valeurs(choix)[nom] for nom in ("fournisseur", "cadre")}
        return _page(request, ImportForm(listes=choix, initial=initial), secrets.token_urlsafe(12))
    cle = request.POST.get("cle", "")[:40].replace("\x00", "")
    form = ImportForm(request.POST, request.FILES, listes=choix)
    if not form.is_valid():
        return _page(request, form, cle, 413 if form.has_error("fichier", "taille") else 422)
    deja = brouillons.du_formulaire(cle)
    if deja is not None:
        return redirect("invoices:depot", pk=facture_visible(request, deja.pk).pk)
    fichier = form.cleaned_data["fichier"]
    contenu: bytes = fichier.read()
    document = brouillons.Piece(nom=fichier.name or "facture.pdf", contenu=contenu)
    if not form.en_pdf(fichier):
        return _deposer_flux(request, form, choix, document, cle)
    try:
        examen = importation.examiner(contenu)
    except importation.FichierRefuse as refus:
        form.add_error("fichier", str(refus))
        return _page(request, form, cle, 422)
    if examen.xml is not None:
        return _deposer_flux(request, form, choix, document, cle)
    if form.cleaned_data["format"] == XML:
        form.add_error(
            "format", "Ce PDF ne contient pas de fichier de facture (factur-x.xml) : choisissez le format PDF."
        )
        return _page(request, form, cle, 422)
    lecture = importation.lire_pdf(contenu, examen, choix.structures)
    try:
        return _importer(request, choix, document, lecture, cle, form.cleaned_data)
    except OSError as erreur:
        if not store.est_plein(erreur):
            raise
        form.add_error("fichier", brouillons.DISQUE_PLEIN)
        return _page(request, form, cle, 422)


def _deposer_flux(
    request: Requete, form: ImportForm, choix: Listes, document: brouillons.Piece, cle: str
) -> HttpResponse:
    """A structured file has no form: a flow number at once, the result in « Suivi des flux »."""
    structure = choix.structure(int(form.cleaned_data["fournisseur"]))
    if structure is None:
        raise Http404
    try:
        recu = flux.deposer_flux(
            request.cohort,
            compte=request.compte,
            fournisseur=structure,
            nom=document.nom,
            contenu=document.contenu,
            place=request.compte.place,
        )
    except flux.FluxRefuse as refus:
        form.add_error("fichier", str(refus))
        return _page(request, form, cle, 422)
    messages.success(request, f"Le lot de facture a été importé correctement sous le n° {recu.numero}.")
    return redirect("invoices:flux_detail", numero=recu.numero)


def _importer(
    request: Requete,
    choix: Listes,
    document: brouillons.Piece,
    lecture: importation.Lecture,
    cle: str,
    choisis: dict[str, str],
) -> HttpResponse:
    mode = ModeDepot.DEPOT_PDF_SIGNE_PORTAIL if lecture.signe else ModeDepot.DEPOT_PDF_PORTAIL
    champs = premieres_valeurs(choix) | {"cadre": choisis["cadre"], "fournisseur": choisis["fournisseur"]}
    champs |= {nom: valeur for nom, valeur in lecture.champs.items() if nom != "devise" or valeur}
    # The structure chosen on the screen wins over the one read in the document.
    champs["fournisseur"] = choisis["fournisseur"]
    champs["service_fournisseur"] = str(choix.service_impose(int(choisis["fournisseur"])) or "")
    if choisis["cadre"] == Cadre.A2:
        champs["montant_a_payer"] = "0,00"
    form = formulaire(champs, listes=choix, mode=mode)
    facture = brouillons.importer(
        brouillons.Demande(depot=form.depot(), champs=form.champs, cle=cle),
        cohort=request.cohort,
        compte=request.compte,
        place=request.compte.place,
        document=document,
        extraction=lecture.extraction,
    )
    return redirect("invoices:depot", pk=facture.pk)


@limiter(DOSSIER_MAXIMUM)
@require_http_methods(["GET", "HEAD", "POST"])
@modification
def depot(request: Requete, pk: int) -> HttpResponse:
    """Step 2: the document beside the fields read in it."""
    return saisie.editer(request, pk, saisie=False)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def page(request: Requete, pk: int, numero: int) -> HttpResponse:
    """Picture of a page of the deposited document."""
    facture = facture_visible(request, pk)
    document = facture.pieces.filter(principale=True).first()
    image = page_png(document.empreinte, numero) if document is not None else None
    if image is None:
        raise Http404
    response = file_response(image, f"page-{numero}.png", inline=True)
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
