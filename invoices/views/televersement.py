"""Refuse a request that is too heavy before it is read into memory (factures.md §2.4: 413)."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from sandbox.web.champs import megabytes

ENVELOPPE = 256 * 1024
"""Room for the other fields and the separators of the form."""
_MORCEAU = 256 * 1024
_AVALE = 64 * 1024 * 1024
Vue = Callable[..., HttpResponse]


def limiter(octets: int) -> Callable[[Vue], Vue]:
    """Answer 413, the body thrown away unread, above this size. The CSRF check comes after: it reads the body."""

    def decorer(vue: Vue) -> Vue:
        protegee = csrf_protect(vue)

        @csrf_exempt
        @wraps(vue)
        def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            taille = request.META.get("CONTENT_LENGTH") or "0"
            if str(taille).isdecimal() and int(taille) > octets + ENVELOPPE:
                _vider(request)
                contexte = {"maximum": megabytes(octets), "poids": megabytes(int(taille)), "url_retour": request.path}
                return render(request, "invoices/trop_lourd.html", contexte, status=413)
            return protegee(request, *args, **kwargs)

        return enveloppe

    return decorer


def _vider(request: HttpRequest) -> None:
    """Swallow what a browser is still sending, so that it reads the answer instead of a broken connection."""
    avale = 0
    with suppress(OSError):  # the browser has gone
        while avale < _AVALE and (morceau := request.read(_MORCEAU)):
            avale += len(morceau)
