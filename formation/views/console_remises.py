"""Reset of the whole session, snapshots."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from formation.forms.console import CleForm, InstantaneForm, ReinitialisationForm, nouvelle_cle
from formation.services import gestes, remises
from formation.views.console_acces import conflit, contexte, session_requise
from sandbox.cohorts.models import Cohort
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot
from sandbox.snapshots.services import InstantaneIncompatible

GARDE = "Chacun garde sa place, son PIN et son prénom : personne n'a à rejoindre de nouveau."


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def reinitialiser(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    form = ReinitialisationForm(request.POST or None, cohort=cohort)
    if request.method == "POST" and form.is_valid():
        try:
            remises.reinitialiser(cohort, formateur=request.user, cle=form.cleaned_data["cle"])
        except gestes.DejaFait:
            pass
        except (gestes.SessionOccupee, InstantaneIncompatible) as refus:
            return conflit(request, cohort, str(refus))
        messages.success(request, f"Session remise à son état initial. {GARDE}")
        return redirect("formation:session", cohort.code)
    return render(
        request,
        "_composants/confirmation.html",
        contexte(request, cohort, "classe", ("Réinitialiser la session", None))
        | {
            "gabarit": "formation/console/cadre.html",
            "titre": "Réinitialiser toute la session",
            "question": f"Les {cohort.places} postes et l'horloge reviennent à l'état initial. {GARDE}",
            "perte": [
                "Tous les comptes, structures, factures et courriels créés par les stagiaires disparaissent.",
                "La date simulée revient au jour d'ancrage.",
                "Un instantané de l'état présent est gardé : vous pourrez y revenir.",
            ],
            "formulaire": form,
            "bouton": "Réinitialiser la session",
            "url_action": request.path,
            "url_retour": reverse("formation:session", args=[cohort.code]),
        },
        status=422 if form.errors else 200,
    )


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def instantanes(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """List, and creation of one with a name."""
    liste = list(Snapshot.objects.order_by("-cree_le", "-pk"))
    # Second sending of the form that made a snapshot: its own name is no duplicate.
    deja_envoye = request.method == "POST" and gestes.connu(request.POST.get("cle", ""))
    form = InstantaneForm(request.POST or None, existants=set() if deja_envoye else {i.nom for i in liste})
    if request.method == "POST" and form.is_valid():
        try:
            instantane = remises.garder(
                cohort, form.cleaned_data["nom"], formateur=request.user, cle=form.cleaned_data["cle"]
            )
        except gestes.DejaFait:
            pass
        except gestes.SessionOccupee as refus:
            return conflit(request, cohort, str(refus))
        else:
            messages.success(request, f"Instantané « {instantane.nom} » créé. Vous pouvez y revenir à tout moment.")
        return redirect("formation:instantanes", cohort.code)
    for instantane in liste:
        instantane.restaurable = instantane.schema == snapshots.tables.schema()  # type: ignore[attr-defined]
    return render(
        request,
        "formation/console/instantanes.html",
        contexte(request, cohort, "instantanes", ("Instantanés", None)) | {"form": form, "instantanes": liste},
        status=422 if form.errors else 200,
    )


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def restaurer(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    instantane = get_object_or_404(Snapshot, pk=pk)
    retour = reverse("formation:instantanes", args=[cohort.code])
    if request.method == "POST":
        form = CleForm(request.POST)
        if not form.is_valid():
            return conflit(request, cohort, "Cette demande est incomplète : repassez par la liste des instantanés.")
        try:
            remises.restaurer(cohort, instantane, formateur=request.user, cle=form.cleaned_data["cle"])
        except gestes.DejaFait:
            pass
        except (gestes.SessionOccupee, InstantaneIncompatible) as refus:
            return conflit(request, cohort, str(refus))
        date = cohort.simulated_now().astimezone(cohort.zone)
        messages.success(request, f"« {instantane.nom} » restauré : nous sommes le {date:%d/%m/%Y à %H h %M}. {GARDE}")
        return redirect("formation:session", cohort.code)
    return render(
        request,
        "_composants/confirmation.html",
        contexte(request, cohort, "instantanes", ("Instantanés", retour), ("Restaurer", None))
        | {
            "gabarit": "formation/console/cadre.html",
            "titre": f"Restaurer « {instantane.nom} »",
            "question": f"Toute la session revient à cet état, date simulée comprise. {GARDE}",
            "perte": [
                "Ce que les stagiaires ont fait depuis cet instantané disparaît.",
                "Un instantané de l'état présent est gardé d'abord : vous pourrez y revenir.",
            ],
            "bouton": "Restaurer",
            "url_action": request.path,
            "url_retour": retour,
            "champs": {"cle": nouvelle_cle()},
        },
    )
