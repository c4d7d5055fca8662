"""The simulated PISTE: terms of use of the APIs, applications and their credentials (comptes-structures.md §9.3)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requete import Requete
from structures.acces import acte_requis
from structures.enums import EnvironnementPiste
from structures.forms.raccordement import ApplicationForm, CocherForm
from structures.models import ApplicationPiste
from structures.permissions import Acte
from structures.raccordement import APIS
from structures.services import piste
from structures.views.raccordements import cadre

OUVERTE = acte_requis(Acte.CONSULTER_RACCORDEMENT)


def _cadre(request: Requete, onglet: str, *suite: tuple[str, str | None]) -> dict[str, Any]:
    """Frame of the simulated PISTE: its own two tabs under the domaine's."""
    request.compte.cohort = request.cohort
    racine = ("PISTE (simulé)", reverse("structures:piste") if suite else None)
    onglets = (
        ("cgu", "Consentement aux CGU", reverse("structures:piste")),
        ("applications", "Applications", reverse("structures:piste_applications")),
    )
    return cadre(request, "piste", racine, *suite) | {
        "piste_onglets": [(libelle, url, nom == onglet) for nom, libelle, url in onglets]
    }


@require_http_methods(["GET", "HEAD", "POST"])
@OUVERTE
def consentements(request: Requete) -> HttpResponse:
    """Terms of use: each API twice, in sandbox and in production."""
    contexte = _cadre(request, "cgu")
    piste.preparer(request.compte)
    if request.method == "POST":
        cochees = (coche.partition(":") for coche in request.POST.getlist("api")[:50])
        choix = [(api, env) for api, deux_points, env in cochees if deux_points]
        nombre = piste.consentir(request.compte, choix)
        if nombre:
            messages.success(request, f"Conditions d'utilisation acceptées pour {nombre} API.")
        else:
            messages.info(request, "Aucune nouvelle API cochée : rien n'a changé.")
        return redirect("structures:piste")
    acceptes = piste.consentements(request.compte)
    contexte["lignes"] = [
        (api, [(env, f"{api.code}:{env.value}", (api.code, env.value) in acceptes) for env in EnvironnementPiste])
        for api in APIS.values()
    ]
    contexte["reste"] = len(acceptes) < len(APIS) * len(EnvironnementPiste)
    return render(request, "structures/raccordements/piste_cgu.html", contexte)


@require_http_methods(["GET", "HEAD"])
@OUVERTE
def applications(request: Requete) -> HttpResponse:
    contexte = _cadre(request, "applications", ("Applications", None))
    piste.preparer(request.compte)
    contexte["applications"] = ApplicationPiste.objects.filter(compte=request.compte).order_by("-environnement", "nom")
    return render(request, "structures/raccordements/piste_applications.html", contexte)


def _fil(*suite: tuple[str, str | None]) -> tuple[tuple[str, str | None], ...]:
    return (("Applications", reverse("structures:piste_applications")), *suite)


@require_http_methods(["GET", "HEAD", "POST"])
@OUVERTE
def creer(request: Requete) -> HttpResponse:
    """« Créer une application » of production."""
    contexte = _cadre(request, "applications", *_fil(("Créer une application", None)))
    form = ApplicationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            application = piste.creer(request.compte, form.cleaned_data["nom"])
        except piste.PisteRefuse as refus:
            form.add_error(refus.champ, str(refus))
        else:
            messages.success(request, "L'application de production est créée : cochez les API qu'elle appellera.")
            return redirect("structures:application_piste", pk=application.pk)
    contexte["form"] = form
    return render(request, "structures/raccordements/piste_creer.html", contexte, status=422 if form.is_bound else 200)


def _la_mienne(request: Requete, pk: int) -> ApplicationPiste:
    """404 for another account's, as for another world's."""
    application = get_object_or_404(ApplicationPiste, pk=pk, compte=request.compte)
    application.compte = request.compte
    return application


def _page(
    request: Requete, application: ApplicationPiste, form: CocherForm, *, status: int = 200, secret: str = ""
) -> HttpResponse:
    contexte = _cadre(request, "applications", *_fil((application.nom, None))) | {
        "application": application,
        "form": form,
        "secret": secret,
    }
    response = render(request, "structures/raccordements/piste_application.html", contexte, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@OUVERTE
def application(request: Requete, pk: int) -> HttpResponse:
    """Credentials of an application; POST ticks its APIs."""
    trouvee = _la_mienne(request, pk)
    if request.method != "POST":
        return _page(request, trouvee, CocherForm(initial={"apis": trouvee.apis}))
    form = CocherForm(request.POST)
    if form.is_valid():
        try:
            piste.cocher(trouvee, form.cleaned_data["apis"])
        except piste.PisteRefuse as refus:
            form.add_error(refus.champ, str(refus))
        else:
            messages.success(request, "Les API de l'application sont enregistrées.")
            return redirect("structures:application_piste", pk=pk)
    return _page(request, trouvee, form, status=422)


@require_POST
@OUVERTE
def consulter_secret(request: Requete, pk: int) -> HttpResponse:
    """« Consulter le client secret »: computed, shown on this answer only."""
    trouvee = _la_mienne(request, pk)
    return _page(request, trouvee, CocherForm(initial={"apis": trouvee.apis}), secret=piste.secret(trouvee))


@require_http_methods(["GET", "HEAD", "POST"])
@OUVERTE
def nouveau_secret(request: Requete, pk: int) -> HttpResponse:
    """« Générer un nouveau secret », after a confirmation."""
    trouvee = _la_mienne(request, pk)
    retour = reverse("structures:application_piste", args=[pk])
    if request.method == "POST":
        if piste.renouveler_secret(trouvee, version=_version(request, trouvee)):
            messages.success(request, "Un nouveau client secret est généré ; l'ancien ne vaut plus. Consultez-le.")
        return redirect(retour)
    contexte = _cadre(request, "applications", *_fil((trouvee.nom, retour), ("Nouveau secret", None))) | {
        "titre": "Générer un nouveau secret",
        "question": f"Le client secret de « {trouvee.nom} » sera remplacé.",
        "perte": ["L'ancien secret ne vaut plus : le logiciel qui l'utilise est refusé jusqu'à sa mise à jour."],
        "bouton": "Générer un nouveau secret",
        "url_action": request.path,
        "url_retour": retour,
        "champs": {"version": trouvee.version_secret},
    }
    return render(request, "_composants/confirmation.html", contexte)


def _version(request: Requete, application: ApplicationPiste) -> int:
    """Version that the form was drawn for: sent twice, it acts once."""
    brut = request.POST.get("version", "")
    return int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 10 else application.version_secret


@require_POST
@OUVERTE
def activer(request: Requete, pk: int) -> HttpResponse:
    trouvee = _la_mienne(request, pk)
    active = request.POST.get("active") == "1"
    piste.activer(trouvee, active=active)
    messages.success(request, f"L'application est {'réactivée' if active else 'désactivée'}.")
    return redirect("structures:application_piste", pk=pk)
