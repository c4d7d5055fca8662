"""« API » in the console: who calls, who is stuck, the journal of the class, faults on demand (formation.md SIM-10)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from api.models import AppelApi, Panne
from api.queries import verdict
from api.services import pannes
from api.views import journal
from formation import queries_api
from formation.forms.console import nouvelle_cle
from formation.forms.pannes import DelaiForm, PanneForm
from formation.services import gestes, reglages
from formation.services import pannes as services
from formation.views.console_acces import cle_recue, contexte, session_requise
from sandbox.cohorts.models import Cohort, Participant

ID_PANNE, ID_DELAI = "panne-%s", "delai-%s"
"""Two forms on one page."""
COMMUN = "commun"
"""Value of the seat's filter for the calls of no seat."""


def _appels(poste: str, postes: list[Participant]) -> tuple[Any, str]:
    """Calls of the seat asked for, and the filter kept: none when this seat does not exist."""
    appels = AppelApi.objects.select_related("application").order_by("-pk")
    if poste == COMMUN:
        return appels.filter(place__isnull=True), poste
    choisi = next((p for p in postes if str(p.numero) == poste), None)
    return (appels.filter(place=choisi.numero), poste) if choisi else (appels, "")


def _page(
    request: HttpRequest,
    cohort: Cohort,
    *,
    panne: PanneForm | None = None,
    delai: DelaiForm | None = None,
) -> HttpResponse:
    postes = list(Participant.objects.order_by("numero"))
    appels, poste = _appels(request.GET.get("poste", ""), postes)
    return journal.repondre(
        request,
        "formation/console/api.html",
        appels,
        "formation:api_appel",
        cohort.code,
        filtres={"poste": poste},
        corps="formation/console/_api_vif.html",
        status=422 if panne or delai else 200,
        **contexte(request, cohort, "api", ("API", None)),
        postes=postes,
        poste=poste,
        par_poste=True,
        suivi=queries_api.suivi,  # read by the templates that show them
        acces=queries_api.acces_fournis,
        pannes=list(pannes.actives()),
        form_panne=panne or PanneForm(postes=postes, initial={"cle": nouvelle_cle()}, auto_id=ID_PANNE),
        form_delai=delai or DelaiForm(initial={"cle": nouvelle_cle(), "secondes": cohort.delai_flux}, auto_id=ID_DELAI),
    )


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def api(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """GET: the page, or its live region. POST: a fault, or the delay of the flows."""
    if request.method != "POST":
        return _page(request, cohort)
    return _regler_delai(request, cohort) if "secondes" in request.POST else _poser(request, cohort)


def _poser(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    form = PanneForm(request.POST, postes=list(Participant.objects.order_by("numero")), auto_id=ID_PANNE)
    if not form.is_valid():
        return _page(request, cohort, panne=form)
    choix = dict(form.cleaned_data)
    try:
        panne = services.poser(cohort, choix.pop("type"), **choix, formateur=request.user)
    except gestes.DejaFait:
        pass
    except pannes.PanneRefusee as refus:
        form.add_error(None, str(refus))
        return _page(request, cohort, panne=form)
    else:
        messages.success(request, f"Panne posée : {services.decrire(panne)}. Elle s'arrêtera d'elle-même.")
    return redirect("formation:api", cohort.code)


def _regler_delai(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    form = DelaiForm(request.POST, auto_id=ID_DELAI)
    if not form.is_valid():
        return _page(request, cohort, delai=form)
    secondes = form.cleaned_data["secondes"]
    try:
        reglages.regler_delai_flux(cohort, secondes, formateur=request.user, cle=form.cleaned_data["cle"])
    except gestes.DejaFait:
        pass
    else:
        messages.success(request, f"Délai des flux : {secondes} s.")
    return redirect("formation:api", cohort.code)


@session_requise
@require_POST
def lever(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    panne = get_object_or_404(Panne, pk=pk)
    try:
        levee = services.lever(cohort, panne, formateur=request.user, cle=cle_recue(request))
    except gestes.DejaFait:
        pass
    else:
        fin = "levée" if levee else "déjà terminée"
        messages.success(request, f"Panne {fin} : {services.decrire(panne)}.")
    return redirect("formation:api", cohort.code)


@session_requise
@require_safe
def appel(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    trouve = get_object_or_404(AppelApi.objects.select_related("application"), pk=pk)
    retour = reverse("formation:api", args=[cohort.code])
    donnees = contexte(request, cohort, "api", ("API", retour), (f"Appel n° {pk}", None)) | {
        "appel": trouve,
        "verdict": verdict(trouve),
        "par_poste": True,
        "url_retour": retour,
    }
    return render(request, "formation/console/api_appel.html", donnees)
