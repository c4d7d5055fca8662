"""Log in to the portal and out of it; the seat stays (DESIGN §2.1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acces import place_requise, suite_sure
from accounts.forms.comptes import ConnexionForm
from accounts.middleware import fermer_session, ouvrir_session
from accounts.services import comptes


@sensitive_post_parameters("mot_de_passe")
@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def connexion(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        suite = suite_sure(request.GET.get("suite", ""))
        if request.compte is not None:  # type: ignore[attr-defined]
            return redirect(suite or "accounts:accueil")
        return render(request, "accounts/connexion.html", {"form": ConnexionForm(), "suite": suite})
    suite = suite_sure(request.POST.get("suite", ""))
    form = ConnexionForm(request.POST)
    if form.is_valid():
        try:
            compte = comptes.connecter(
                request.cohort,  # type: ignore[attr-defined]
                form.cleaned_data["login_email"],
                form.cleaned_data["mot_de_passe"],
            )
        except comptes.ConnexionRefusee as refus:
            form.add_error(None, str(refus))
        else:
            ouvrir_session(request, compte)
            rotate_token(request)
            return redirect(suite or "accounts:accueil")
    return render(request, "accounts/connexion.html", {"form": form, "suite": suite}, status=422)


@require_POST
@place_requise
def deconnexion(request: HttpRequest) -> HttpResponse:
    fermer_session(request)
    messages.success(request, "Vous êtes déconnecté du portail. Votre poste, lui, reste ouvert.")
    return redirect(reverse("accounts:accueil"))
