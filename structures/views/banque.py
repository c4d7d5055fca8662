"""Bank accounts of a structure: list, add, change, default, close, read the RIB (comptes-structures.md §4.2)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requete import Requete
from sandbox import clock
from sandbox.documents.store import FichierAbsent, open_bytes
from sandbox.web.telechargements import file_response
from structures.acces import structure_requise
from structures.forms.banque import BanqueForm
from structures.models import CoordonneesBancaires, Structure
from structures.permissions import Acte
from structures.services import banque as services
from structures.services.banque import BanqueRefusee
from structures.views.cadre import rubriques


def _de(structure: Structure, compte: int) -> CoordonneesBancaires:
    trouve: CoordonneesBancaires = get_object_or_404(CoordonneesBancaires, pk=compte, structure=structure)
    trouve.structure = structure
    return trouve


def _vers(structure: Structure) -> HttpResponse:
    return redirect(reverse("structures:banque", args=[structure.pk]))


@require_safe
@structure_requise(Acte.GERER_BANQUE)
def liste(request: Requete, structure: Structure) -> HttpResponse:
    contexte = rubriques(request, structure, "banque") | {
        "comptes": CoordonneesBancaires.objects.filter(structure=structure).order_by("-actif", "-defaut", "nom", "pk"),
        "jour": clock.today(),
    }
    return render(request, "structures/banque.html", contexte)


def _page(
    request: Requete, structure: Structure, form: BanqueForm, compte: CoordonneesBancaires | None = None
) -> HttpResponse:
    contexte = rubriques(request, structure, "banque") | {"form": form, "compte": compte}
    return render(request, "structures/banque_compte.html", contexte, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_BANQUE)
def ajouter(request: Requete, structure: Structure) -> HttpResponse:
    poste = request.method == "POST"
    form = BanqueForm(request.POST if poste else None, request.FILES if poste else None)
    if form.is_bound and form.is_valid():
        valeurs = {nom: valeur for nom, valeur in form.cleaned_data.items() if nom != "rib"}
        try:
            compte = services.ajouter(structure, par=request.compte, **valeurs, **form.fichier())
        except BanqueRefusee as refus:
            form.add_error(refus.champ or None, str(refus))
        else:
            suite = " Il est proposé par défaut sur vos factures." if compte.defaut else ""
            messages.success(request, f"Le compte « {compte.nom} » est enregistré.{suite}")
            return _vers(structure)
    return _page(request, structure, form)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_BANQUE)
def modifier(request: Requete, structure: Structure, compte: int) -> HttpResponse:
    trouve = _de(structure, compte)
    if not trouve.actif:
        raise Http404
    poste = request.method == "POST"
    form = BanqueForm(request.POST if poste else None, request.FILES if poste else None, compte=trouve)
    if form.is_bound and form.is_valid():
        valeurs = {nom: form.cleaned_data[nom] for nom in services.MODIFIABLES}
        try:
            change = services.modifier(trouve, par=request.compte, **valeurs, **form.fichier())
        except BanqueRefusee as refus:
            form.add_error(refus.champ or None, str(refus))
        else:
            messages.success(request, f"Le compte « {trouve.nom} » est modifié." if change else "Rien n'a changé.")
            return _vers(structure)
    return _page(request, structure, form, trouve)


@require_POST
@structure_requise(Acte.GERER_BANQUE)
def par_defaut(request: Requete, structure: Structure, compte: int) -> HttpResponse:
    trouve = _de(structure, compte)
    try:
        services.definir_par_defaut(trouve, par=request.compte)
    except BanqueRefusee as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"« {trouve.nom} » est le compte par défaut.")
    return _vers(structure)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_BANQUE)
def desactiver(request: Requete, structure: Structure, compte: int) -> HttpResponse:
    trouve = _de(structure, compte)
    if request.method == "POST":
        services.desactiver(trouve, par=request.compte)
        messages.success(request, f"Le compte « {trouve.nom} » est désactivé.")
        return _vers(structure)
    contexte = rubriques(request, structure, "banque") | {
        "titre": f"Désactiver « {trouve.nom} »",
        "question": "Ce compte ne sera plus proposé sur les factures.",
        "perte": ("Les factures déjà envoyées le gardent.", "Un brouillon qui le cite devra en choisir un autre."),
        "bouton": "Désactiver",
        "url_action": request.path,
        "url_retour": reverse("structures:banque", args=[structure.pk]),
    }
    return render(request, "_composants/confirmation.html", contexte)


@require_safe
@structure_requise(Acte.GERER_BANQUE)
def rib(request: Requete, structure: Structure, compte: int) -> HttpResponse:
    trouve = _de(structure, compte)
    try:
        contenu = open_bytes(trouve.rib) if trouve.rib else None
    except FichierAbsent:
        contenu = None
    if contenu is None:
        raise Http404
    return file_response(contenu, trouve.rib_nom or "rib.pdf", inline=True)
