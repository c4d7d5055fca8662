"""Who is logged in to the portal: an account of the seat's world, re-read at each request."""

from collections.abc import Callable
from hmac import compare_digest

from django.http import HttpRequest, HttpResponse

from accounts.enums import EtatCompte
from accounts.models import Compte

CLE = "compte"


def ouvrir_session(request: HttpRequest, compte: Compte) -> None:
    """Log this account in; another one of the same seat is logged out."""
    request.session.cycle_key()
    request.session[CLE] = {"id": compte.pk, "empreinte": compte.empreinte_session()}
    request.compte = compte  # type: ignore[attr-defined]


def fermer_session(request: HttpRequest) -> None:
    """Log out of the portal; the seat, and a trainer's own login, stay."""
    request.session.pop(CLE, None)
    request.session.cycle_key()
    request.compte = None  # type: ignore[attr-defined]


def _compte(request: HttpRequest) -> Compte | None:
    vu = request.session.get(CLE)
    if not isinstance(vu, dict):
        return None
    compte = Compte.objects.filter(pk=vu.get("id"), etat=EtatCompte.ACTIF).first()
    if compte is None or not compare_digest(str(vu.get("empreinte")), compte.empreinte_session()):
        return None
    compte.cohort = request.cohort  # type: ignore[attr-defined]
    return compte


class CompteMiddleware:
    """Set ``request.compte`` (Compte or None)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        monde = getattr(request, "cohort", None) is not None
        request.compte = _compte(request) if monde else None  # type: ignore[attr-defined]
        return self.get_response(request)
