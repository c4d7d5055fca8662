"""/sante: HTML for people, JSON for machines; 503 when the database does not answer. No login, no secret."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from formation.services.sante import ausculter
from sandbox import __version__


@never_cache
@require_safe
def sante(request: HttpRequest) -> HttpResponse:
    etat = ausculter()
    statut = 200 if etat.base_joignable else 503
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse(etat.en_json(), status=statut, json_dumps_params={"ensure_ascii": False})
    return render(request, "formation/sante.html", {"sante": etat, "version": __version__}, status=statut)
