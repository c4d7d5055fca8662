"""« Vous êtes au poste 03 »: what to note, and the two doors."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import fermer_session
from formation.services import places
from structures.acces import place_requise


@require_safe
@place_requise
def place(request: HttpRequest) -> HttpResponse:
    return render(request, "formation/place.html", {"carte": places.carte(request.place)})  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def quitter(request: HttpRequest) -> HttpResponse:
    """Forget the seat in this browser; it stays taken, its work too."""
    if request.method == "POST":
        fermer_session(request)
        response = redirect("formation:accueil_public")
        response.delete_cookie(settings.PLACE_COOKIE_NAME, samesite="Lax")
        return response
    participant = request.place  # type: ignore[attr-defined]
    contexte = {
        "titre": f"Quitter le poste {participant.libelle}",
        "question": "Ce navigateur oubliera votre poste. Votre travail reste dans la session.",
        "perte": [f"Pour revenir, il vous faudra le code de la session et votre PIN : notez-le, {participant.pin}."],
        "bouton": "Quitter ce poste",
        "url_action": reverse("formation:quitter"),
        "url_retour": reverse("formation:place"),
        "gabarit": "bac.html",
    }
    return render(request, "_composants/confirmation.html", contexte)
