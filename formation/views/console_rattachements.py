"""Requests that wait for a gestionnaire, in the whole session: the trainer may answer in his place."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from formation.services import arbitrages, gestes
from formation.views.console_acces import cle_recue, conflit, contexte, session_requise
from sandbox.cohorts.models import Cohort
from sandbox.web.pagination import paginate
from structures.models import Rattachement
from structures.services.rattachements import MOTIF_MAXIMUM, RattachementRefuse


def _page(request: HttpRequest, cohort: Cohort, *, refus: str = "", sur: int = 0, motif: str = "") -> HttpResponse:
    page = paginate(request, arbitrages.en_attente())
    page.object_list = arbitrages.avec_gestionnaires(list(page.object_list))
    return render(
        request,
        "formation/console/rattachements.html",
        contexte(request, cohort, "rattachements", ("Rattachements", None))
        | {"page": page, "refus": refus, "sur": sur, "motif": motif, "motif_maximum": MOTIF_MAXIMUM},
        status=422 if refus else 200,
    )


@session_requise
@require_safe
def rattachements(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    return _page(request, cohort)


@session_requise
@require_POST
def repondre(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    """Accept, or refuse with a reason; an answer given meanwhile is told, not overwritten."""
    demande = get_object_or_404(Rattachement.objects.select_related("compte", "structure"), pk=pk)
    accepter = request.POST.get("decision") == "accepter"
    motif = request.POST.get("motif", "").replace("\x00", "")[:MOTIF_MAXIMUM]
    try:
        arbitrages.repondre(
            cohort, demande, accepter=accepter, motif=motif, formateur=request.user, cle=cle_recue(request)
        )
    except gestes.DejaFait:
        return redirect("formation:rattachements", cohort.code)
    except gestes.SessionOccupee as occupee:
        return conflit(request, cohort, str(occupee))
    except RattachementRefuse as refus:
        return _page(request, cohort, refus=str(refus), sur=pk, motif=motif)
    messages.success(
        request, f"{demande.compte} ({demande.structure}) : {'accepté' if accepter else 'refusé'}. Un courriel le dit."
    )
    return redirect("formation:rattachements", cohort.code)
