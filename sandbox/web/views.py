"""The living style guide: every shared component with sample data. Development and tests only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sandbox.web import echantillons
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort


def visible() -> bool:
    return bool(settings.DEBUG or getattr(settings, "COMPOSANTS_VISIBLES", False))


@require_safe
def composants(request: HttpRequest) -> HttpResponse:
    """``?voix=console`` and ``?voix=publique`` show the other two frames, ``?vide=1`` an unsubmitted form."""
    if not visible():
        raise Http404
    gabarits = {"console": "web/composants_console.html", "publique": "web/composants_publique.html"}
    lignes = echantillons.factures()
    tri = read_sort(request, {"numero": "numero", "depot": "depot", "montant": "montant"}, "-depot")
    lignes.sort(key=lambda ligne: getattr(ligne, tri.champs[tri.cle]), reverse=tri.descendant)
    contexte = echantillons.contexte() | {
        "page": paginate(request, lignes * 20),
        "lignes": lignes,
        "tri": tri,
        "formulaire": echantillons.formulaire(faux=not request.GET.get("vide")),
    }
    return render_partial(
        request, gabarits.get(request.GET.get("voix", ""), "web/composants.html"), "resultats", contexte
    )
