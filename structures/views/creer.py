"""« Créer une structure »: a SIRET through the simulated INSEE directory, or another identifier (§2.7, §3, §4.4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from sandbox.web.partials import render_partial
from structures import queries
from structures.acces import droits_de, portail_requis
from structures.enums import TypeIdentifiant
from structures.forms.structures import CreerStructureForm, IdentifiantForm, SansSiretForm
from structures.models import EntrepriseInsee, Structure
from structures.services import structures
from structures.views.cadre import fil

RECHERCHE_MINIMUM = 3
GABARIT = "structures/creer.html"
_FIL = "Créer une structure"


def _fil() -> list[tuple[str, str | None]]:
    return fil((_FIL, None))


def _type(source: Any) -> str:
    choisi = source.get("type_identifiant", "")
    return choisi if choisi in TypeIdentifiant.values else TypeIdentifiant.SIRET


def _page(request: Requete, status: int = 200, region: str = "identite", **contexte: Any) -> HttpResponse:
    source = request.POST if request.method == "POST" else request.GET
    choisi = _type(source)
    contexte.setdefault("identifiant", IdentifiantForm())
    if choisi != TypeIdentifiant.SIRET:
        contexte.setdefault("sans_siret", SansSiretForm(type_identifiant=choisi))
    contexte |= {"fil": _fil(), "types": TypeIdentifiant.choices, "type_choisi": choisi}
    return render_partial(request, GABARIT, region, contexte, status=status)


def _recherche(request: Requete) -> HttpResponse:
    """Simulated INSEE directory, by name or by the beginning of a SIRET."""
    texte = request.GET.get("q", "").replace("\x00", "").strip()[:99]
    trouvees = list(queries.rechercher_insee(texte)) if len(texte) >= RECHERCHE_MINIMUM else []
    return _page(request, region="resultats", q=texte, trouvees=trouvees, minimum=RECHERCHE_MINIMUM)


def _apercu(request: Requete, siret: str, form: CreerStructureForm | None = None, status: int = 200) -> HttpResponse:
    """What INSEE says of this SIRET, before anything is created; the refusals of §2.7 at the field."""
    identifiant = IdentifiantForm({"siret": siret})
    if not identifiant.is_valid():
        return _page(request, 422, identifiant=identifiant)
    siret = identifiant.cleaned_data["siret"]
    try:
        entreprise = structures.chercher_insee(siret)
    except structures.CreationRefusee as refus:
        return _refus(request, refus, identifiant=identifiant)
    form = form or CreerStructureForm(initial={"siret": siret})
    return _confirmer(request, entreprise, form, status)


def _confirmer(request: Requete, entreprise: EntrepriseInsee, form: CreerStructureForm, status: int) -> HttpResponse:
    contexte = {"fil": _fil(), "entreprise": entreprise, "form": form}
    return render(request, "structures/confirmer.html", contexte, status=status)


def _deja_la_sienne(request: Requete, existante: Structure) -> HttpResponse | None:
    """Sent twice, or forgotten: go to the fiche."""
    droits = droits_de(request)
    if existante.pk in droits.gestionnaire_de:
        messages.info(request, "Cette structure est déjà la vôtre : vous en êtes le gestionnaire principal.")
    elif existante.pk in droits.rattachees:
        messages.info(request, "Vous êtes déjà rattaché à cette structure.")
    else:
        return None
    return redirect("structures:fiche", pk=existante.pk)


def _refus(request: Requete, refus: structures.CreationRefusee, **formulaires: Any) -> HttpResponse:
    existante = refus.structure if isinstance(refus, structures.StructureExistante) else None
    if existante is not None:
        if (deja := _deja_la_sienne(request, existante)) is not None:
            return deja
        if existante.est_publique:
            structures.signaler_siret_client(request.cohort, existante, place=request.compte.place)
    for nom, form in formulaires.items():
        champ = "siret" if nom == "identifiant" else refus.champ
        form.add_error(champ if champ in form.fields else None, str(refus))
    publique = isinstance(refus, structures.StructurePublique)
    return _page(request, 422, existante=existante, publique=publique, **formulaires)


@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis()
def creer(request: Requete) -> HttpResponse:
    """``?q=`` searches INSEE, ``?siret=`` shows what was found, ``?type_identifiant=`` draws its form, POST creates."""
    if request.method == "POST":
        return _creer(request) if _type(request.POST) == TypeIdentifiant.SIRET else _creer_sans_siret(request)
    if "siret" in request.GET:
        return _apercu(request, request.GET["siret"])
    if "q" in request.GET:
        return _recherche(request)
    return _page(request)


def _creee(request: Requete, structure: Structure) -> HttpResponse:
    messages.success(
        request,
        f"La structure {structure.raison_sociale} est créée et vous en êtes le gestionnaire principal. "
        "Pour saisir des factures dans le portail, souscrivez maintenant son mandat de facturation.",
    )
    return redirect(reverse("structures:fiche", args=[structure.pk]))


def _creer(request: Requete) -> HttpResponse:
    form = CreerStructureForm(request.POST)
    if not form.is_valid():
        return _apercu(request, request.POST.get("siret", ""), form, 422)
    identifiant = IdentifiantForm({"siret": form.cleaned_data.pop("siret")})
    if not identifiant.is_valid():
        return _page(request, 422, identifiant=identifiant)
    try:
        structure = structures.creer(
            request.cohort,
            compte=request.compte,
            siret=identifiant.cleaned_data["siret"],
            **form.cleaned_data,
        )
    except structures.CreationRefusee as refus:
        return _refus(request, refus, identifiant=identifiant)
    return _creee(request, structure)


def _creer_sans_siret(request: Requete) -> HttpResponse:
    form = SansSiretForm(request.POST, type_identifiant=_type(request.POST))
    if not form.is_valid():
        return _page(request, 422, sans_siret=form)
    try:
        structure = structures.creer_sans_siret(request.cohort, compte=request.compte, **form.cleaned_data)
    except structures.CreationRefusee as refus:
        return _refus(request, refus, sans_siret=form)
    return _creee(request, structure)
