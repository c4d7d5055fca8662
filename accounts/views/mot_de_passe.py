"""Links received by mail: activate, choose a password, ask for another link (comptes-structures.md §2.1, §2.7)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acces import place_requise
from accounts.enums import EtatCompte, UsageJeton
from accounts.forms.comptes import ChoisirMotDePasseForm, MotDePasseOublieForm
from accounts.models import Jeton
from accounts.requete import Requete
from accounts.rules import REGLES_MOT_DE_PASSE
from accounts.services import comptes

TITRES = {
    UsageJeton.ACTIVATION: ("Choisir le mot de passe", "Votre compte sera actif dès que vous l'aurez choisi."),
    UsageJeton.MOT_DE_PASSE: ("Choisir un nouveau mot de passe", "L'ancien ne servira plus."),
}


def _lien_invalide(request: Requete, refus: comptes.LienInvalide, jeton: str, usage: UsageJeton) -> HttpResponse:
    """410: the link did exist; 404 when it never did."""
    compte = refus.compte
    contexte = {
        "explication": str(refus),
        "expire": refus.expire,
        "jeton": jeton,
        "a_activer": compte is not None and compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION,
        "activation": usage == UsageJeton.ACTIVATION,
        "compte_du_lien": compte,
    }
    return render(request, "accounts/lien_invalide.html", contexte, status=404 if compte is None else 410)


def _choisir(request: Requete, valeur: str, usage: UsageJeton) -> HttpResponse:
    try:
        jeton = comptes.jeton_valide(valeur, usage)
        form = ChoisirMotDePasseForm(request.POST if request.method == "POST" else None, login=jeton.compte.login_email)
        if form.is_bound and form.is_valid():
            comptes.choisir_mot_de_passe(jeton, form.cleaned_data["mot_de_passe"])
            messages.success(request, "Votre mot de passe est enregistré. Connectez-vous.")
            return redirect("accounts:connexion")
    except comptes.LienInvalide as refus:
        return _lien_invalide(request, refus, valeur, usage)
    titre, chapeau = TITRES[usage]
    contexte: dict[str, Any] = {
        "titre": titre,
        "chapeau": chapeau,
        "form": form,
        "regles": [(regle.libelle, regle.libelle in form.manquent) for regle in REGLES_MOT_DE_PASSE],
        "verifie": bool(form.is_bound and form.data.get("mot_de_passe")),
        "login": jeton.compte.login_email,
    }
    return render(request, "accounts/mot_de_passe.html", contexte, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def activer(request: Requete, jeton: str) -> HttpResponse:
    return _choisir(request, jeton, UsageJeton.ACTIVATION)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def reinitialiser(request: Requete, jeton: str) -> HttpResponse:
    return _choisir(request, jeton, UsageJeton.MOT_DE_PASSE)


@require_POST
@place_requise
def renvoyer(request: Requete, jeton: str) -> HttpResponse:
    """« Renvoyer le lien » of an expired or replaced activation link."""
    ancien = Jeton.objects.select_related("compte__cohort").filter(jeton=jeton, usage=UsageJeton.ACTIVATION).first()
    if ancien is None:
        raise Http404
    if ancien.compte.etat != EtatCompte.EN_ATTENTE_ACTIVATION:
        messages.info(request, "Ce compte est déjà actif : connectez-vous.")
        return redirect("accounts:connexion")
    comptes.renvoyer_activation(ancien.compte)
    request.session["compte_cree"] = ancien.compte.login_email
    return redirect("accounts:cree")


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def oublie(request: Requete) -> HttpResponse:
    """The answer is the same whether the address has an account or not."""
    form = MotDePasseOublieForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        adresse = form.cleaned_data["login_email"]
        comptes.demander_nouveau_mot_de_passe(request.cohort, adresse)
        return render(request, "accounts/oublie_envoye.html", {"adresse": adresse})
    return render(request, "accounts/oublie.html", {"form": form}, status=422 if form.is_bound else 200)
