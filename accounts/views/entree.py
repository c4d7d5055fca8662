"""From the right password to the portal: second factor, deactivated account, first login."""

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import attente
from accounts.acces import place_requise
from accounts.enums import EtatCompte
from accounts.forms.compte import CodeForm
from accounts.middleware import ouvrir_session
from accounts.models import Compte
from accounts.requete import Requete
from accounts.services import comptes, facteur, profil
from sandbox.web import domaines

PASSE = "Saisissez d'abord votre adresse de connexion et votre mot de passe."


def poursuivre(request: Requete, compte: Compte, suite: str, *, pigp: bool) -> HttpResponse:
    """The password was right: the code is asked, or the portal opens."""
    if facteur.est_demande(request.cohort, compte):
        facteur.commencer(compte)
        attente.poser(request, compte, suite, pigp=pigp)
        return redirect("accounts:code")
    return entrer(request, compte, suite, pigp=pigp)


def entrer(request: Requete, compte: Compte, suite: str, *, pigp: bool) -> HttpResponse:
    """Open the portal; an agent who comes from the PIGP completes his data first, once (§2.5)."""
    premiere = comptes.compter_connexion(compte) == 1
    attente.lever(request)
    ouvrir_session(request, compte)
    rotate_token(request)
    if premiere and pigp:
        profil.venu_du_pigp(compte)
    if premiere and compte.pigp:
        return redirect("accounts:completer")
    return redirect(domaines.premiere_etape(request) or suite or "accounts:accueil")


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def code(request: Requete) -> HttpResponse:
    """« Code de connexion »: six digits, received by mail or shown by the app."""
    qui = attente.lire(request, EtatCompte.ACTIF)
    if qui is None:
        messages.info(request, PASSE)
        return redirect("accounts:connexion")
    if request.method == "POST" and "renvoyer" in request.POST:
        facteur.envoyer(qui.compte, encore=True)
        messages.success(request, "Un nouveau code est parti ; le précédent ne sert plus.")
        return redirect("accounts:code")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            facteur.verifier(qui.compte, form.cleaned_data["code"])
        except (facteur.CodeRefuse, comptes.ConnexionRefusee) as refus:
            form.add_error("code", str(refus))
        else:
            return entrer(request, qui.compte, qui.suite, pigp=qui.pigp)
    contexte = {"form": form, "application": facteur.par_application(qui.compte), "login": qui.compte.login_email}
    return render(request, "accounts/code.html", contexte, status=422 if form.is_bound else 200)


@require_POST
@place_requise
def reactiver(request: Requete) -> HttpResponse:
    """« Réactiver mon compte », offered once the right password of a deactivated account was given."""
    qui = attente.lire(request, EtatCompte.DESACTIVE)
    if qui is None:
        messages.info(request, PASSE)
        return redirect("accounts:connexion")
    profil.reactiver(qui.compte)
    messages.success(request, "Votre compte est réactivé. Vos rattachements et vos habilitations sont inchangés.")
    return poursuivre(request, qui.compte, qui.suite, pigp=qui.pigp)
