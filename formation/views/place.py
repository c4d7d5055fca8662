"""« Vous êtes au poste 03 »: what to note, and the two doors."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import fermer_session
from accounts.requete import Requete
from formation.services import exercices, matelas, places
from structures.acces import place_requise


@require_safe
@place_requise
def place(request: Requete) -> HttpResponse:
    contexte = {"carte": places.carte(request.place), "avec_jeu": matelas.prevu(request.place.cohort)} | {
        "avec_exercices": bool(exercices.tous(request.place.cohort))
    }
    return render(request, "formation/place.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def quitter(request: Requete) -> HttpResponse:
    """Forget the seat in this browser; it stays taken, its work too."""
    if request.method == "POST":
        fermer_session(request)
        response = redirect("formation:accueil_public")
        response.delete_cookie(settings.PLACE_COOKIE_NAME, samesite="Lax")
        return response
    participant = request.place
    contexte = {
        "titre": f"Quitter le poste {participant.libelle}",
        "question": "Ce navigateur oubliera votre poste. Votre travail reste dans la session.",
        "perte": [
            f"Pour revenir, notez : session {participant.cohort.code}, poste {participant.libelle}, "
            f"PIN {participant.pin}."
        ],
        "bouton": "Quitter ce poste",
        "url_action": reverse("formation:quitter"),
        "url_retour": reverse("formation:place"),
        "gabarit": "bac.html",
    }
    return render(request, "_composants/confirmation.html", contexte)
