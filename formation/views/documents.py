"""Sample invoices of a seat, to try a deposit without any file of one's own."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from formation.services import documents_exercice
from sandbox.web.telechargements import file_response
from structures.acces import place_requise


@require_safe
@place_requise
def liste(request: Requete) -> HttpResponse:
    return render(request, "formation/documents.html", {"documents": documents_exercice.DOCUMENTS})


@require_safe
@place_requise
def telecharger(request: Requete, cle: str) -> HttpResponse:
    """Made at each request, dated of the simulated day; an unknown one, or one that the pack lacks, is a 404."""
    choix = documents_exercice.document(cle)
    if choix is None:
        raise Http404("Ce document n'existe pas.")
    try:
        contenu = documents_exercice.composer(request.place, choix)
    except LookupError as absent:
        raise Http404(str(absent)) from absent
    return file_response(contenu, choix.nom)
