"""Documentation of the API for its callers: open to all, nothing read from a session."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import etag, require_safe

from api import codes, documentation, openapi
from sandbox.web.partials import wants_partial
from support.ecarts_api import API

DEMANDE_MAX = 100
COMMANDE_JETON = """curl {base}/api/oauth/token \\
  -d grant_type=client_credentials -d scope=openid \\
  -d client_id=… -d client_secret=…"""
COMMANDE_SANTE = """curl {base}/cpro/transverses/v1/health-check \\
  -H "Authorization: Bearer …" \\
  -H "cpro-account: …\""""


def _empreinte(request: HttpRequest) -> str:
    return documentation.empreinte()


@require_safe
def sommaire(request: HttpRequest) -> HttpResponse:
    """How to begin, then the operations by family, maybe searched."""
    demande = request.GET.get("q", "").strip()[:DEMANDE_MAX]
    trouvees = documentation.chercher(demande)
    base = request.build_absolute_uri("/").rstrip("/")
    contexte = {
        "demande": demande,
        "familles": trouvees,
        "nombre": sum(len(f.operations) for f in trouvees),
        "commande_jeton": COMMANDE_JETON.format(base=base),
        "commande_sante": COMMANDE_SANTE.format(base=base),
    }
    gabarit = "api/documentation.html#operations" if wants_partial(request) else "api/documentation.html"
    return render(request, gabarit, contexte)


@require_safe
def operation(request: HttpRequest, cle: str) -> HttpResponse:
    """Sheet of one operation."""
    try:
        fiche = documentation.fiche(cle)
    except KeyError as inconnue:
        raise Http404 from inconnue
    return render(
        request, "api/documentation_operation.html", {"f": fiche, "base": request.build_absolute_uri("/").rstrip("/")}
    )


@require_safe
def codes_connus(request: HttpRequest) -> HttpResponse:
    """HTTP statuses, then the ``codeRetour``."""
    return render(
        request,
        "api/documentation_codes.html",
        {"statuts": openapi.STATUTS.items(), "officiels": codes.OFFICIELS, "sbx": codes.sbx()},
    )


@require_safe
def differences(request: HttpRequest) -> HttpResponse:
    """What the sandbox decided where the real service is silent, or cannot be imitated (api.md §15)."""
    return render(request, "api/documentation_differences.html", {"themes": (API,)})


@require_safe
@etag(_empreinte)
def document(request: HttpRequest) -> HttpResponse:
    """The same, for programs."""
    return HttpResponse(documentation.en_json(), content_type="application/json;charset=UTF-8")
