"""« Mes comptes »: the portal accounts of a seat, and passing from one to the other (comptes-structures.md §5.5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts import gardiens, queries
from accounts.acces import place_requise
from accounts.enums import EtatCompte
from accounts.middleware import est_ouvert, ouvrir_session
from accounts.requete import Requete
from sandbox.web import domaines


@require_safe
@place_requise
def liste(request: Requete) -> HttpResponse:
    """2 queries, whatever the number of accounts."""
    comptes = list(queries.du_poste(request.place.numero).order_by("nom", "pk"))
    structures = gardiens.structures_de(comptes)
    lignes = [
        {
            "compte": compte,
            "bloque": compte.est_bloque(),
            "structures": structures[compte.pk],
            "courant": compte == request.compte,
            "ouvert": est_ouvert(request, compte),
            "actif": compte.etat == EtatCompte.ACTIF,
            "en_attente": compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION,
        }
        for compte in comptes
    ]
    fil = [("Accueil", reverse("accounts:accueil")), ("Mes comptes", None)]
    return render(request, "accounts/mes_comptes.html", {"lignes": lignes, "fil": fil})


@require_POST
@place_requise
def passer(request: Requete, pk: int) -> HttpResponse:
    """To an account of this seat: at once if it is open in this browser, else by its login page."""
    compte = get_object_or_404(queries.du_poste(request.place.numero), pk=pk)
    if not est_ouvert(request, compte):
        return redirect(f"{reverse('accounts:connexion')}?{urlencode({'compte': compte.pk})}")
    ouvrir_session(request, compte)
    rotate_token(request)
    messages.success(request, f"Vous êtes maintenant connecté avec le compte de {compte}, {compte.login_email}.")
    return redirect(domaines.premiere_etape(request) or "accounts:accueil")
