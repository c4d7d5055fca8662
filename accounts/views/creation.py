"""« Créer un compte »: form, recap (comptes-structures.md §2.1)."""

from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import captcha
from accounts.acces import place_requise
from accounts.forms.comptes import CreerCompteForm
from accounts.requete import Requete
from accounts.services import comptes
from sandbox.web.partials import wants_partial

CLE = "compte_cree"
GABARIT = "accounts/creer.html"


def _contexte(form: CreerCompteForm) -> dict[str, Any]:
    """The form and its captcha: a new one, unless the right answer was given and only the rest is to be corrected."""
    jeton = str(form["captcha_jeton"].value() or "")
    juste = form.is_bound and captcha.verifier(jeton, str(form["captcha_reponse"].value() or ""))
    if not juste:
        jeton = captcha.nouveau()
        if form.is_bound:
            donnees = cast("QueryDict", form.data).copy()
            donnees["captcha_jeton"], donnees["captcha_reponse"] = jeton, ""
            form.data = donnees
    return {
        "form": form,
        "captcha_juste": juste,
        "captcha_jeton": jeton,
        "captcha_dessin": captcha.dessin(jeton),
        "captcha_traits": captcha.traits(jeton),
        "captcha_epelle": captcha.epelle(jeton),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@place_requise
def creer(request: Requete) -> HttpResponse:
    form = CreerCompteForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, GABARIT, _contexte(form))
    if not form.is_valid():
        return render(request, GABARIT, _contexte(form), status=422)
    champs = {cle: form.cleaned_data[cle] for cle in ("login_email", "prenom", "nom", "telephone", "contact_email")}
    try:
        comptes.creer(request.cohort, place=request.place.numero, **champs)
    except comptes.AdresseDejaUtilisee:
        qui = {cle: champs[cle] for cle in ("login_email", "prenom", "nom")}
        if not comptes.est_le_meme_envoi(request.place.numero, **qui):
            comptes.signaler_doublon(request.cohort, request.place.numero, champs["login_email"])
            form.add_error(
                "login_email",
                "Un compte existe déjà avec cette adresse. S'il est à vous, connectez-vous ou passez par "
                "« Mot de passe oublié » ; sinon, vérifiez l'adresse sur votre carte.",
            )
            return render(request, GABARIT, _contexte(form) | {"doublon": True}, status=422)
    request.session[CLE] = champs["login_email"]
    return redirect("accounts:cree")


@require_POST
@place_requise
def caracteres(request: Requete) -> HttpResponse:
    """« Valider le Captcha » and « Autres caractères », for browsers with scripts; the form checks them too."""
    if not wants_partial(request):
        return redirect("accounts:creer")
    donnees = request.POST.copy()
    autres = "autres" in request.GET
    if autres:
        donnees["captcha_jeton"] = donnees["captcha_reponse"] = ""
    form = CreerCompteForm(donnees)
    faux = bool(form.errors.get("captcha_reponse"))
    if autres:
        form.errors.pop("captcha_reponse", None)
    return render(request, f"{GABARIT}#captcha", _contexte(form), status=422 if faux and not autres else 200)


@require_safe
@place_requise
def envoye(request: Requete) -> HttpResponse:
    """Recap: a message was sent to the address given."""
    adresse = request.session.get(CLE)
    if not adresse:
        return redirect("accounts:creer")
    return render(request, "accounts/cree.html", {"adresse": adresse})
