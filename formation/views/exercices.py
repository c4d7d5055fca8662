"""« Exercices »: the mission, the documents, and the button that prepares the initial state of a seat."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from formation.services import acces_exercice, controles_api, exercices, mises_en_place, pieces_exercice
from sandbox.web.partials import render_partial, wants_partial
from sandbox.web.telechargements import file_response
from structures.acces import place_requise


def _exercice(request: Requete, cle: str) -> exercices.Exercice:
    exercice = exercices.trouver(request.cohort, cle)
    if exercice is None:
        raise Http404("Cet exercice n'est pas dans le pack de la session.")
    return exercice


@require_safe
@place_requise
def liste(request: Requete) -> HttpResponse:
    ouvertures = exercices.ouvertures(request.place.numero)
    lignes = [(exercice, ouvertures.get(exercice.cle)) for exercice in exercices.tous(request.cohort)]
    return render(request, "formation/exercices.html", {"lignes": lignes})


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def exercice(request: Requete, cle: str) -> HttpResponse:
    """The mission; « Commencer » builds the initial state once, however often it is sent."""
    choisi = _exercice(request, cle)
    statut, refus = 200, ""
    if request.method == "POST":
        try:
            neuf = exercices.ouvrir(request.place, choisi)
        except exercices.ExerciceIndisponible as indisponible:
            statut, refus = 409, str(indisponible)
        else:
            messages.success(
                request, "L'exercice est prêt." if neuf else "L'exercice était déjà prêt : rien n'a changé."
            )
            return redirect("formation:exercice", cle=cle)
    ouverture = exercices.ouvertures(request.place.numero).get(cle)
    contexte: dict[str, Any] = {
        "exercice": choisi,
        "ouverture": ouverture,
        "empechement": refus or ("" if ouverture else exercices.empechement(request.place, choisi)),
        "refus": refus,
    }
    if ouverture and "facture_api" in choisi.contenu:
        contexte |= _api(request, choisi)
        if wants_partial(request) and request.GET.get("marque") == contexte["marque"]:
            return HttpResponse(status=204)
    reponse = render_partial(request, "formation/exercice.html", "appels", contexte, status=statut)
    if "acces" in contexte:
        reponse.headers["Cache-Control"] = "no-store"  # a password and a secret are on the page
    return reponse


def _api(request: Requete, choisi: exercices.Exercice) -> dict[str, Any]:
    """Access handed out with the exercise, and the calls that the seat has made with it."""
    entreprise = exercices.entreprise(request.place)
    controles = controles_api.du_poste(request.place.numero, choisi.contenu["facture_api"])
    return {
        "acces": acces_exercice.lire(entreprise) if entreprise else None,
        "base": request.build_absolute_uri("/").rstrip("/"),
        "controles": controles,
        "faits": sum(controle.fait for controle in controles),
        "marque": controles_api.marque(controles),
    }


@require_safe
@place_requise
def document(request: Requete, cle: str, piece: str) -> HttpResponse:
    """A document of the exercise, made for this seat and dated of the day it was opened."""
    choisi = _exercice(request, cle)
    decrit = choisi.document(piece)
    if decrit is None:
        raise Http404("Ce document n'existe pas.")
    ouverture = exercices.ouvertures(request.place.numero).get(cle)
    jour = pieces_exercice.jour_du_document(request.place, ouverture.ouvert_le if ouverture else None)
    lignes = mises_en_place.lignes_de(choisi.lignes.get(decrit.get("lignes", ""), ()))
    try:
        contenu = pieces_exercice.composer(request.place, decrit, lignes, jour)
    except pieces_exercice.DocumentIndisponible as absent:
        raise Http404(str(absent)) from absent
    return file_response(contenu, decrit["nom"])
