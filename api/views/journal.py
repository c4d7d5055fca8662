"""The live table of calls, on the seat's page and on the trainer's."""

from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from api.models import AppelApi
from api.queries import REFUSES, verdict
from sandbox import clock
from sandbox.web.pagination import PARAM_LIGNES, PARAM_PAGE, paginate
from sandbox.web.partials import wants_partial

REFUSES_SEULS, JETON = "refuses", "jeton"
"""Parameters: the filter, and the digest of what the page shows."""


def _jeton(request: HttpRequest) -> str:
    """Digest that the page sends back; taken out of the address, which the links of the list copy."""
    adresse = request.GET.copy()
    recu = adresse.pop(JETON, [""])
    request.GET = adresse  # type: ignore[assignment]
    return str(recu[-1])


def repondre(
    request: HttpRequest,
    gabarit: str,
    appels: "QuerySet[AppelApi]",
    route: str,
    *avant: Any,
    filtres: dict[str, str] | None = None,
    corps: str = "api/_journal.html",
    status: int = 200,
    **contexte: Any,
) -> HttpResponse:
    """The page, or its live region alone: 204 when what it shows is still true.

    ``route`` and ``avant``: address of the page of a call; ``filtres``: what else of the address chooses the calls;
    ``corps``: template of the region, the same for everybody (no token, no key of a form).
    """
    jeton = _jeton(request)
    refuses = request.GET.get(REFUSES_SEULS) == "1"
    page = paginate(request, appels.filter(REFUSES) if refuses else appels)
    gardes = {nom: valeur for nom, valeur in (filtres or {}).items() if valeur}
    contexte |= {
        "page": page,
        "lignes": [
            {"appel": appel, "verdict": verdict(appel), "url": reverse(route, args=[*avant, appel.pk])}
            for appel in page.object_list
        ],
        "refuses": refuses,
        "aujourd_hui": clock.real_now(),
        "lien_tous": f"{request.path}?{urlencode(gardes)}",
        "lien_refuses": f"{request.path}?{urlencode(gardes | {REFUSES_SEULS: '1'})}",
    }
    rendu = render_to_string(corps, contexte, request)
    vu = sha256(rendu.encode()).hexdigest()[:16]
    vivant = wants_partial(request)
    if vivant and jeton == vu:
        return HttpResponse(status=204)
    choisis = gardes | ({REFUSES_SEULS: "1"} if refuses else {})
    pages = {nom: request.GET[nom] for nom in (PARAM_PAGE, PARAM_LIGNES) if nom in request.GET}
    contexte |= {
        "journal": rendu,
        "journal_adresse": f"{request.path}?{urlencode(choisis | pages | {JETON: vu})}",
    }
    response = render(request, "api/_journal_vif.html" if vivant else gabarit, contexte, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
