"""Log in to the portal and out of it; the seat stays (DESIGN §2.1)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import attente, queries
from accounts.acces import place_requise, suite_sure
from accounts.forms.comptes import ConnexionForm
from accounts.middleware import fermer_session
from accounts.requete import Requete
from accounts.services import comptes
from accounts.views.entree import poursuivre


def _page(request: Requete, form: ConnexionForm, status: int = 200, **contexte: Any) -> HttpResponse:
    contexte["a_des_comptes"] = queries.du_poste(request.place.numero).exists()
    return render(request, "accounts/connexion.html", {"form": form} | contexte, status=status)


def _prerempli(request: Requete) -> str:
    """Login of an account of this seat, asked by its number: « Changer de compte » leads here."""
    numero = request.GET.get("compte", "")
    if not (numero.isascii() and numero.isdigit() and len(numero) <= 18):
        return ""
    logins = queries.du_poste(request.place.numero).filter(pk=int(numero)).values_list("login_email", flat=True)
    return str(logins.first() or "")


@sensitive_post_parameters("mot_de_passe")
@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def connexion(request: Requete) -> HttpResponse:
    source = request.POST if request.method == "POST" else request.GET
    suite, pigp = suite_sure(source.get("suite", "")), source.get("pigp") == "1"
    contexte: dict[str, Any] = {"suite": suite, "pigp": pigp}
    if request.method != "POST":
        login = _prerempli(request)
        if request.compte is not None and not login:
            return redirect(suite or "accounts:accueil")
        return _page(request, ConnexionForm(initial={"login_email": login}), **contexte)
    form = ConnexionForm(request.POST)
    if form.is_valid():
        donnees = form.cleaned_data
        try:
            compte = comptes.identifier(request.cohort, donnees["login_email"], donnees["mot_de_passe"])
        except comptes.CompteDesactive as refus:
            attente.poser(request, refus.compte, suite, pigp=pigp)
            contexte["desactive"] = str(refus)
        except comptes.ConnexionRefusee as refus:
            form.add_error(None, str(refus))
        else:
            return poursuivre(request, compte, suite, pigp=pigp)
    return _page(request, form, 422, **contexte)


@require_POST
@place_requise
def deconnexion(request: Requete) -> HttpResponse:
    fermer_session(request)
    messages.success(request, "Vous êtes déconnecté du portail. Votre poste, lui, reste ouvert.")
    return redirect(reverse("accounts:accueil"))
