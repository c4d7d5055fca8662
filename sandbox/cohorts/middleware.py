"""Open the world of the seat that the browser carries, for the time of the request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_scopes import scopes_disabled

from sandbox.cohorts import verrou
from sandbox.cohorts.models import Participant

SANS_ECRITURE = ("GET", "HEAD", "OPTIONS")
SANS_MONDE = ("/formateur/", "/static/", "/sante")
"""The console opens the worlds it looks at itself; the others have none."""


def _participant(request: HttpRequest) -> Participant | None:
    valeur = str(
        request.get_signed_cookie(
            settings.PLACE_COOKIE_NAME, default="", salt="place", max_age=settings.PLACE_COOKIE_AGE
        )
    )
    pk, _, version = valeur.partition(":")
    if not pk.isdigit() or not version.isdigit():
        return None
    with scopes_disabled():
        return Participant.objects.select_related("cohort").filter(pk=int(pk), version=int(version)).first()


def poser_place(response: HttpResponse, participant: Participant) -> None:
    """Give the browser this seat, in its own signed cookie: logging in and out of the portal leaves it alone."""
    response.set_signed_cookie(
        settings.PLACE_COOKIE_NAME,
        f"{participant.pk}:{participant.version}",
        salt="place",
        max_age=settings.PLACE_COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


class MondeMiddleware:
    """Set ``request.place`` (Participant or None) and ``request.cohort``, inside the cohort's scope and clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.place = request.cohort = None  # type: ignore[attr-defined]
        if request.path.startswith(SANS_MONDE) or settings.PLACE_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        participant = _participant(request)
        if participant is None:
            return self.get_response(request)
        request.place, request.cohort = participant, participant.cohort  # type: ignore[attr-defined]
        with participant.cohort.monde():
            if request.method in SANS_ECRITURE:
                return self.get_response(request)
            with verrou.ecriture(participant.cohort_id):
                return self.get_response(request)
