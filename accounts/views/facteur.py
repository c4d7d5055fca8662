"""« Utiliser une application d'authentification » (comptes-structures.md §2.3, §13.4)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.acces import compte_requis
from accounts.forms.compte import ApplicationForm
from accounts.requete import Requete
from accounts.services import facteur
from accounts.views.compte import fil_du_compte
from sandbox.web import qr

CLE = "application_proposee"
TITRE = "Utiliser une application d'authentification"
RETOUR = "Revenir au code par courriel"


def _secret(request: Requete) -> str:
    """The key shown, the same until it is confirmed: a page reloaded does not spoil what the app has read."""
    vu = request.session.get(CLE)
    if not isinstance(vu, dict) or vu.get("compte") != request.compte.pk:
        vu = {"compte": request.compte.pk, "secret": facteur.nouveau_secret()}
        request.session[CLE] = vu
    return str(vu["secret"])


@sensitive_post_parameters("code")
@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: Requete) -> HttpResponse:
    """QR code, key in clear, first code."""
    if facteur.par_application(request.compte):
        return redirect("accounts:compte")
    secret = _secret(request)
    form = ApplicationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            facteur.activer_application(request.compte, secret, form.cleaned_data["code"])
        except facteur.CodeRefuse as refus:
            form.add_error("code", str(refus))
        else:
            request.session.pop(CLE, None)
            messages.success(request, "Application enregistrée : son code sera demandé à chaque connexion.")
            return redirect("accounts:compte")
    contexte = {
        "form": form,
        "titre": TITRE,
        "fil": fil_du_compte((TITRE, None)),
        "qr": qr.svg(facteur.adresse_totp(request.compte, secret), "QR code à lire avec votre application"),
        "cle": " ".join(secret[rang : rang + 4] for rang in range(0, len(secret), 4)),
        "cle_compacte": secret,
    }
    reponse = render(request, "accounts/application.html", contexte, status=422 if form.is_bound else 200)
    reponse.headers["Cache-Control"] = "no-store"
    return reponse


@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def courriel(request: Requete) -> HttpResponse:
    """Leave the app, after a confirmation."""
    if request.method == "POST":
        facteur.revenir_au_courriel(request.compte)
        messages.success(request, "L'application n'est plus demandée à la connexion.")
        return redirect("accounts:compte")
    if request.cohort.second_facteur:
        suite = "Un code vous sera envoyé par courriel à chaque connexion."
    else:
        suite = "Le mot de passe suffira pour vous connecter, tant que la session ne demande pas de second facteur."
    contexte = {
        "titre": RETOUR,
        "question": "La clé enregistrée dans votre application ne servira plus.",
        "perte": [suite],
        "bouton": "Revenir au courriel",
        "url_action": request.path,
        "url_retour": reverse("accounts:compte"),
        "fil": fil_du_compte((RETOUR, None)),
    }
    return render(request, "_composants/confirmation.html", contexte)
