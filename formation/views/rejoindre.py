"""Join a session: its code, then a name, then « Vous êtes au poste 03 » (formation.md JOI-1 to JOI-5)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.middleware import CLE as COMPTE
from accounts.middleware import fermer_session
from accounts.requete import Requete
from formation.forms.rejoindre import CodeForm, RejoindreForm
from formation.services import places
from sandbox.cohorts.middleware import poser_place
from sandbox.cohorts.models import Cohort


def _adresse(request: Requete) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _demander_code(request: Requete, code: str = "", erreur: str = "", status: int = 200) -> HttpResponse:
    form = CodeForm({"code": code[:20]}) if erreur else CodeForm()
    if erreur:
        form.is_valid()
        form.errors["code"] = form.error_class([erreur], renderer=form.renderer)
    response = render(request, "formation/rejoindre_code.html", {"form": form}, status=status)
    if status == 429:
        response["Retry-After"] = str(places.FENETRE)
    return response


def _formulaire(request: Requete, cohort: Cohort, form: RejoindreForm, status: int = 200) -> HttpResponse:
    contexte: dict[str, Any] = {
        "session": cohort,
        "form": form,
        "deja": request.place if request.place and request.place.cohort_id == cohort.pk else None,
    }
    return render(request, "formation/rejoindre.html", contexte, status=status)


def _initiales(request: Requete) -> dict[str, str]:
    """What the QR code of a card carries: ?poste=3&pin=1234."""
    poste, pin = request.GET.get("poste", "")[:3], request.GET.get("pin", "")[:6]
    return {
        "numero": poste if poste.isascii() and poste.isdigit() else "",
        "pin": pin if pin.isascii() and pin.isdigit() else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def rejoindre(request: Requete, code: str = "") -> HttpResponse:
    """The code alone (``?code=`` leads to the session's own address), then the seat."""
    if not code:
        saisi = (request.POST if request.method == "POST" else request.GET).get("code")
        if saisi is None:
            return _demander_code(request)
        code = places.normaliser_code(saisi)
        if not code:
            return _demander_code(request, saisi, "Saisissez le code que votre formateur affiche.", 422)
        return redirect("formation:rejoindre_code", code=code)
    adresse, code = _adresse(request), places.normaliser_code(code)
    try:
        places.verifier_essais(adresse, code)
        cohort = places.session_de(code)
    except places.TropDEssais as trop:
        return _demander_code(request, code, str(trop), 429)
    except places.EntreeRefusee as refus:
        if refus.echec:
            places.compter_echec(adresse, code, refus.champ)
        return _demander_code(request, code, str(refus), 404 if refus.echec else 409)
    if request.method != "POST":
        return _formulaire(request, cohort, RejoindreForm(initial=_initiales(request)))
    return _entrer(request, cohort, RejoindreForm(request.POST), adresse)


def _entrer(request: Requete, cohort: Cohort, form: RejoindreForm, adresse: str) -> HttpResponse:
    if not form.is_valid():
        return _formulaire(request, cohort, form, 422)
    try:
        participant = places.rejoindre(cohort, **form.cleaned_data)
    except places.EntreeRefusee as refus:
        if refus.echec:
            places.compter_echec(adresse, cohort.code, refus.champ)
        form.add_error(refus.champ or None, str(refus))
        return _formulaire(request, cohort, form, 422)
    actuel = request.place
    if COMPTE in request.session and (actuel is None or actuel.pk != participant.pk):
        fermer_session(request)  # the portal account of the seat that this browser leaves
    response = redirect("formation:place")
    poser_place(response, participant)
    return response
