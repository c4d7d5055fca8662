"""« Approbations »: requests that wait, answered one by one or many at once (comptes-structures.md §5.3)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures import queries_utilisateurs as queries
from structures.acces import structure_requise
from structures.forms.habilitations import ENSEMBLE, ApprobationForm
from structures.forms.rattachements import MasseForm
from structures.models import Rattachement, RattachementService, Structure
from structures.permissions import Acte
from structures.services import approbations, habilitations, rattachements
from structures.views.cadre import rubriques

COLONNES = {"date": "depuis", "nom": "compte__nom"}
VALIDER, REFUSER = "valider", "refuser"
ECARTEES_MONTREES = 5


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.TRAITER_RATTACHEMENTS)
def liste(request: Requete, structure: Structure) -> HttpResponse:
    """The list, oldest first; POST answers the ticked requests at once."""
    if request.method == "POST":
        return _en_masse(request, structure)
    return _liste(request, structure, MasseForm())


def _liste(request: Requete, structure: Structure, masse: MasseForm, status: int = 200) -> HttpResponse:
    tri = read_sort(request, COLONNES, "date")
    page = paginate(request, queries.demandes_en_attente(structure).order_by(*tri.ordre))
    contexte = rubriques(request, structure, "approbations") | {
        "page": page,
        "tri": tri,
        "masse": masse,
        "cochees": set(request.POST.getlist("ids")),
        "defauts": [habilitations.libelle(un) for un in habilitations.par_defaut(structure)],
    }
    return render_partial(request, "structures/approbations.html", "demandes", contexte, status=status)


def _cochees(request: Requete, structure: Structure, toutes: bool) -> list[int]:
    if toutes:
        miennes = queries.demandes_en_attente(structure).exclude(compte=request.compte)
        return list(miennes.order_by("pk").values_list("pk", flat=True))
    return [int(b) for b in request.POST.getlist("ids") if b.isascii() and b.isdigit() and len(b) < 10]


def _en_masse(request: Requete, structure: Structure) -> HttpResponse:
    form = MasseForm(request.POST)
    if not form.is_valid():
        return _liste(request, structure, form, 422)
    ids = _cochees(request, structure, form.cleaned_data["toutes"])
    if not ids:
        form.add_error(None, "Cochez au moins une demande.")
        return _liste(request, structure, form, 422)
    structure.cohort = request.cohort
    refus = request.POST.get("action") == REFUSER
    try:
        if refus:
            bilan = approbations.refuser_en_masse(structure, ids, motif=form.cleaned_data["motif"], par=request.compte)
        else:
            bilan = approbations.valider_en_masse(structure, ids, par=request.compte)
    except rattachements.RattachementRefuse as impossible:
        form.add_error(impossible.champ or None, str(impossible))
        return _liste(request, structure, form, 422)
    _dire(request, bilan, "refusée" if refus else "validée")
    return redirect("structures:approbations", pk=structure.pk)


def _dire(request: Requete, bilan: approbations.Bilan, participe: str) -> None:
    if bilan.faites:
        s = "s" if bilan.faites > 1 else ""
        suite = "Chaque demandeur est prévenu." if s else "Le demandeur est prévenu."
        messages.success(request, f"{bilan.faites} demande{s} {participe}{s}. {suite}")
    for phrase in bilan.ecartees[:ECARTEES_MONTREES]:
        messages.warning(request, phrase)
    reste = len(bilan.ecartees) - ECARTEES_MONTREES
    if reste > 0:
        messages.warning(request, f"Et {reste} de plus : ces demandes n'attendent plus.")


def _demande(structure: Structure, pk: int, request: Requete) -> tuple[Rattachement, list[RattachementService]]:
    lien = get_object_or_404(queries.fiche_utilisateur(structure, pk))
    lien.structure, lien.cohort = structure, request.cohort
    structure.cohort = request.cohort
    return lien, [d for d in lien.services.all() if d.en_attente]


def _grille(
    structure: Structure, lien: Rattachement, attente: list[RattachementService], data: Any = None
) -> ApprobationForm:
    """Rights to give: a newcomer's may bear on the whole structure, an attached user's on the services he asks for."""
    neuve = lien.en_attente or any(nom.startswith(f"n_{ENSEMBLE}_") for nom in data or ())
    demandes = [d.service for d in attente]
    return ApprobationForm(
        data,
        structure=structure,
        services=demandes,
        actifs=queries.services_a_demander([structure]).get(structure.pk, []) if neuve else (),
        choix=habilitations.par_defaut(structure, [s.pk for s in demandes]),
        ensemble=neuve,
        attente=attente,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.TRAITER_RATTACHEMENTS)
def fiche(request: Requete, structure: Structure, lien: int) -> HttpResponse:
    """Who asks, for what, and the answer."""
    rattachement, attente = _demande(structure, lien, request)
    ouverte = rattachement.en_attente or (rattachement.est_valide and bool(attente))
    if request.method != "POST":
        form = _grille(structure, rattachement, attente) if ouverte else None
        return _fiche(request, rattachement, form, ouverte=ouverte)
    # A request answered since: what was typed stays on screen, its blocks come from what was sent.
    voulus = attente if ouverte else _envoyes(rattachement, request)
    form = _grille(structure, rattachement, voulus, request.POST)
    if "ajouter" in request.POST:
        return _fiche(request, rattachement, form, ouverte=ouverte)
    if not form.is_valid():
        return _fiche(request, rattachement, form, ouverte=ouverte, status=422)
    try:
        phrase = _repondre(request, rattachement, form)
    except (rattachements.RattachementRefuse, habilitations.HabilitationRefusee) as refus:
        champ = getattr(refus, "champ", "")
        form.add_error(champ if champ in form.fields else None, str(refus))
        traite = isinstance(refus, rattachements.DejaTraite)
        return _fiche(request, rattachement, form, ouverte=ouverte and not traite, status=422)
    messages.success(request, phrase)
    return redirect("structures:approbations", pk=structure.pk)


def _envoyes(lien: Rattachement, request: Requete) -> list[RattachementService]:
    vus = {*request.POST.getlist("perimetre"), *request.POST.getlist("accordes")}
    return [d for d in lien.services.all() if str(d.service_id) in vus]


def _repondre(request: Requete, lien: Rattachement, form: ApprobationForm) -> str:
    """One service call; the sentence that says what was done."""
    motif, par = form.cleaned_data["motif"], request.compte
    refus = request.POST.get("action") == REFUSER
    if form.ensemble and refus:
        rattachements.refuser(lien, par=par, motif=motif)
    elif form.ensemble:
        rattachements.valider(lien, form.choix(), par=par, services=form.services_accordes())
    else:
        acceptes = [] if refus else form.services_accordes()
        rattachements.traiter_services(lien, acceptes=acceptes, choix=form.choix(), par=par, motif=motif)
    return f"La demande de {lien.compte} est {'refusée' if refus else 'validée'}. Un message l'en informe."


def _fiche(
    request: Requete, lien: Rattachement, form: ApprobationForm | None, *, ouverte: bool, status: int = 200
) -> HttpResponse:
    structure = lien.structure
    contexte = rubriques(request, structure, "approbations")
    fil: Any = contexte["fil"]
    contexte["fil"] = [
        *fil[:-1],
        ("Approbations", reverse("structures:approbations", args=[structure.pk])),
        (str(lien.compte), None),
    ]
    contexte |= {
        "lien": lien,
        "form": form,
        "ouverte": ouverte,
        "la_mienne": lien.compte_id == request.compte.pk,
        "deja": "" if ouverte else str(rattachements.deja_traite(lien)),
    }
    return render(request, "structures/approbation.html", contexte, status=status)
