"""List of sessions, creation."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from formation import queries
from formation.forms.console import SessionForm
from formation.services import packs, sessions
from formation.views.console_acces import sessions_visibles
from sandbox.cohorts.models import Formateur
from sandbox.web.pagination import paginate


@login_required
@never_cache
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """3 queries, whatever the number of sessions."""
    page = paginate(request, sessions_visibles(request).order_by("-pk"))
    occupees = queries.places_occupees([cohort.pk for cohort in page])
    lignes = [
        {
            "session": cohort,
            "occupees": occupees.get(cohort.pk, 0),
            "places": f"{occupees.get(cohort.pk, 0)} sur {cohort.places}",
            "jour": cohort.jour,
            "date": cohort.simulated_now().astimezone(cohort.zone),
        }
        for cohort in page
    ]
    return render(request, "formation/console/accueil.html", {"page": page, "lignes": lignes})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def creer(request: HttpRequest) -> HttpResponse:
    try:
        disponibles = packs.disponibles()
    except packs.PackInvalide as erreur:
        return render(request, "formation/console/creer.html", {"pack_invalide": str(erreur)}, status=409)
    form = SessionForm(request.POST or None, packs=disponibles)
    if request.method == "POST" and form.is_valid():
        reglages: dict[str, Any] = dict(form.cleaned_data)
        try:
            cohort = sessions.creer_une_fois(formateur=cast(Formateur, request.user), **reglages)
        except sessions.SessionRefusee as refus:
            form.add_error(refus.champ, str(refus))
        except packs.PackInvalide as erreur:
            form.add_error("pack", str(erreur))
        else:
            messages.success(
                request, f"Session prête. Code à donner : {cohort.code}. Imprimez les cartes ou projetez le code."
            )
            if cohort.places > sessions.PLACES_CONSEILLEES:
                messages.warning(
                    request,
                    f"{cohort.places} places : au-delà de {sessions.PLACES_CONSEILLEES}, "
                    "prévoyez un second formateur pour aider chacun à temps.",
                )
            return redirect("formation:session", cohort.code)
    statut = 422 if form.is_bound and form.errors else 200
    return render(request, "formation/console/creer.html", {"form": form}, status=statut)
