"""« Journal des appels »: what one's program has asked, what it was answered, and why (api.md §12)."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from api import queries
from api.models import AppelApi
from api.views import journal
from structures.acces import acte_requis, droits_de
from structures.permissions import Acte, structures_permises
from structures.views.raccordements import cadre

OUVERTE = acte_requis(Acte.CONSULTER_RACCORDEMENT)
TITRE = "Journal des appels"


def _visibles(request: Requete) -> "QuerySet[AppelApi]":
    raccordees = structures_permises(droits_de(request), Acte.CONSULTER_RACCORDEMENT)
    return queries.visibles(request.place.numero, request.compte, raccordees)


def _fil(*suite: tuple[str, str | None]) -> tuple[tuple[str, str | None], ...]:
    return ((TITRE, reverse("api:appels") if suite else None), *suite)


@require_safe
@OUVERTE
def liste(request: Requete) -> HttpResponse:
    """The page, or its live region."""
    return journal.repondre(
        request, "api/appels.html", _visibles(request), "api:appel", **cadre(request, "appels", *_fil())
    )


@require_safe
@OUVERTE
def detail(request: Requete, pk: int) -> HttpResponse:
    appel = get_object_or_404(_visibles(request), pk=pk)
    contexte = cadre(request, "appels", *_fil((f"Appel n° {pk}", None))) | {
        "appel": appel,
        "verdict": queries.verdict(appel),
        "url_retour": reverse("api:appels"),
    }
    return render(request, "api/appel.html", contexte)
