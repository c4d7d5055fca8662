"""The strip, asked for every few seconds by each open page."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox import clock
from sandbox.cohorts.bandeau import bandeau
from sandbox.cohorts.models import Participant

PRESENCE = timedelta(seconds=20)
"""A seat is marked as seen this often at most: the only write that a GET of this site makes on its own."""


def _noter_presence(participant: Participant) -> None:
    """Conditional, so that ten tabs write once; a locked database is no reason to lose the strip."""
    maintenant = clock.real_now()
    limite = maintenant - PRESENCE
    if participant.vu_le is not None and participant.vu_le > limite:
        return
    with suppress(OperationalError):
        Participant.objects.filter(Q(vu_le=None) | Q(vu_le__lte=limite), pk=participant.pk).update(vu_le=maintenant)


@never_cache
@require_safe
def etat(request: Requete) -> HttpResponse:
    """204 while nothing changed since ``?jeton=``; else the strip, and the event that open regions follow."""
    participant = request.place
    if participant is None:
        # The seat was freed or given away: the page must say so, where there was one.
        perdue = settings.PLACE_COOKIE_NAME in request.COOKIES
        return HttpResponse(status=204, headers={"HX-Refresh": "true"} if perdue else {})
    _noter_presence(participant)
    actuel = bandeau(participant)
    if request.GET.get("jeton") == actuel.jeton:
        return HttpResponse(status=204)
    response = render(request, "_composants/bandeau.html", {"bandeau": actuel})
    response["HX-Trigger"] = "monde-change"
    return response
