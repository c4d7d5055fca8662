"""« Jeu de données »: everything that a seat needs to try the portal from every side (comptes-structures.md §10)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from formation.services import matelas
from sandbox.web.telechargements import file_response
from structures.acces import place_requise


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def jeu_de_donnees(request: Requete) -> HttpResponse:
    """The set of this seat, or the button that makes it; sending it twice makes one."""
    try:
        if request.method == "POST":
            if matelas.generer(request.place):
                messages.success(request, "Votre jeu de données est prêt.")
            return redirect("formation:jeu_de_donnees")
        jeu = matelas.lire(request.place)
    except matelas.JeuIndisponible as absent:
        raise Http404(str(absent)) from absent
    return render(request, "formation/jeu_de_donnees.html", {"jeu": jeu})


@require_safe
@place_requise
def telecharger(request: Requete) -> HttpResponse:
    """The same table as a file; a 404 before it is made."""
    try:
        jeu = matelas.lire(request.place)
    except matelas.JeuIndisponible as absent:
        raise Http404(str(absent)) from absent
    if jeu is None:
        raise Http404("Ce poste n'a pas encore de jeu de données : générez-le d'abord.")
    return file_response(matelas.csv(jeu), f"{jeu.nom}.csv")
