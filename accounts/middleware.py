"""Who is logged in to the portal: an account of the seat's world, re-read at each request."""

import logging
from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.enums import EtatCompte
from accounts.models import Compte
from sandbox import clock
from sandbox.cohorts.models import Trace

logger = logging.getLogger(__name__)
CLE = "compte"
OUVERTS = "comptes_ouverts"
"""Accounts whose password, and code, were given in this browser."""
OUVERTS_MAXIMUM = 20
ATTENTE = "compte_en_attente"
"""The account that has given its password and is not in yet: see ``accounts.attente``."""
REMISES = ("réinitialise", "restaure", "annule")
"""First words, in the journal, of the gestures that put a world back."""
RECENT = timedelta(minutes=1)
"""Such a gesture this old may have taken rows away from under a request."""


def ouvrir_session(request: HttpRequest, compte: Compte) -> None:
    """Log this account in. Those opened before in this browser stay open behind it (§5.5: one changes account)."""
    ouverts = _empreintes(request)
    request.session.cycle_key()
    request.session[CLE] = {"id": compte.pk, "empreinte": compte.empreinte_session()}
    ouverts = {cle: vue for cle, vue in ouverts.items() if cle != str(compte.pk)}
    gardes = list(ouverts.items())[-OUVERTS_MAXIMUM + 1 :]
    request.session[OUVERTS] = dict(gardes) | {str(compte.pk): compte.empreinte_session()}
    request.compte = compte  # type: ignore[attr-defined]


def fermer_session(request: HttpRequest) -> None:
    """Log out of the portal, of every account of this browser; the seat, and a trainer's own login, stay."""
    for cle in (CLE, OUVERTS, ATTENTE):
        request.session.pop(cle, None)
    request.session.cycle_key()
    request.compte = None  # type: ignore[attr-defined]


def _empreintes(request: HttpRequest) -> dict[str, str]:
    """What the session says of the accounts opened in this browser, by id."""
    lues = request.session.get(OUVERTS)
    ouverts = dict(lues) if isinstance(lues, dict) else {}
    courant = request.session.get(CLE)
    if isinstance(courant, dict):
        ouverts[str(courant.get("id"))] = str(courant.get("empreinte"))
    return ouverts


def est_ouvert(request: HttpRequest, compte: Compte) -> bool:
    """Was this account opened in this browser, and is it still what it was: active, same password."""
    vue = _empreintes(request).get(str(compte.pk), "")
    return compte.etat == EtatCompte.ACTIF and compare_digest(str(vue).encode(), compte.empreinte_session().encode())


def _compte(request: HttpRequest) -> Compte | None:
    vu = request.session.get(CLE)
    if not isinstance(vu, dict):
        return None
    compte = Compte.objects.filter(pk=vu.get("id") or 0, etat=EtatCompte.ACTIF).first()
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

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A world put back in its place during the request: its rows are gone, nothing was written. 409, no failure."""
        compte = getattr(request, "compte", None)
        if compte is None or not isinstance(exception, (IntegrityError, ObjectDoesNotExist)):
            return None
        depuis = clock.real_now() - RECENT
        gestes = Trace.objects.filter(auteur=Trace.Auteur.FORMATEUR, reel_le__gte=depuis)
        remis = any(verbe.startswith(REMISES) for verbe in gestes.values_list("verbe", flat=True))
        if not remis and Compte.objects.filter(pk=compte.pk).exists():
            return None
        logger.warning("world put back during %s %s: %s", request.method, request.path, exception)
        message = (
            "Votre formateur a remis la session, ou votre poste, dans un état précédent pendant votre demande. "
            "Ce que vous veniez d'envoyer n'a pas été enregistré."
        )
        contexte = {"message": message, "url_retour": reverse("accounts:accueil")}
        return render(request, "409.html", contexte, status=409)
