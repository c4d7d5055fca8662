"""Domaine « Organisation »: my structures, their fiche, « Créer une structure » (comptes-structures.md §4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from structures import queries
from structures.acces import droits_de, portail_requis
from structures.enums import EtatService
from structures.forms.structures import CreerStructureForm, IdentifiantForm
from structures.models import EntrepriseInsee, Mandat, Service, Structure
from structures.services import structures

RECHERCHE_MINIMUM = 3


def _fil(*suite: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("Accueil", reverse("accounts:accueil")), ("Organisation", reverse("structures:accueil")), *suite]


@require_safe
@portail_requis()
def accueil(request: HttpRequest) -> HttpResponse:
    return render(request, "structures/organisation.html", {"fil": _fil()})


@require_safe
@portail_requis()
def liste(request: HttpRequest) -> HttpResponse:
    miennes = queries.de(request.compte)  # type: ignore[attr-defined]
    page = paginate(request, miennes)
    page.object_list = list(page.object_list)
    avec_mandat = set(
        Mandat.objects.filter(structure__in=page.object_list, actif=True).values_list("structure_id", flat=True)
    )
    contexte = {
        "fil": _fil(("Structures", None)),
        "page": page,
        "gestionnaire_de": droits_de(request).gestionnaire_de,
        "avec_mandat": avec_mandat,
    }
    return render_partial(request, "structures/liste.html", "structures", contexte)


@require_safe
@portail_requis()
def fiche(request: HttpRequest, pk: int) -> HttpResponse:
    structure = get_object_or_404(queries.de(request.compte), pk=pk)  # type: ignore[attr-defined]
    contexte = {
        "fil": _fil(("Structures", reverse("structures:liste")), (structure.raison_sociale, None)),
        "structure": structure,
        "role": "Gestionnaire principal" if pk in droits_de(request).gestionnaire_de else "Utilisateur",
        "services": Service.objects.filter(structure=structure).exclude(etat=EtatService.SUPPRIME),
        "comptes_bancaires": structure.comptes_bancaires.filter(actif=True).order_by("-defaut", "nom"),
        "mandat": Mandat.objects.filter(structure=structure, actif=True).first(),
    }
    return render(request, "structures/fiche.html", contexte)


def _page(request: HttpRequest, status: int = 200, **contexte: Any) -> HttpResponse:
    contexte.setdefault("identifiant", IdentifiantForm())
    contexte |= {"fil": _fil(("Structures", reverse("structures:liste")), ("Créer une structure", None))}
    return render_partial(request, "structures/creer.html", "resultats", contexte, status=status)


def _recherche(request: HttpRequest) -> HttpResponse:
    """Simulated INSEE directory, by name or by the beginning of a SIRET."""
    texte = request.GET.get("q", "").replace("\x00", "").strip()[:99]
    trouvees = list(queries.rechercher_insee(texte)) if len(texte) >= RECHERCHE_MINIMUM else []
    return _page(request, q=texte, trouvees=trouvees, minimum=RECHERCHE_MINIMUM)


def _apercu(
    request: HttpRequest, siret: str, form: CreerStructureForm | None = None, status: int = 200
) -> HttpResponse:
    """What INSEE says of this SIRET, before anything is created; the refusals of §2.7 at the field."""
    identifiant = IdentifiantForm({"siret": siret})
    if not identifiant.is_valid():
        return _page(request, 422, identifiant=identifiant)
    siret = identifiant.cleaned_data["siret"]
    try:
        entreprise = structures.chercher_insee(siret)
    except structures.CreationRefusee as refus:
        return _refus(request, identifiant, refus)
    form = form or CreerStructureForm(initial={"siret": siret})
    return _confirmer(request, entreprise, form, status)


def _confirmer(
    request: HttpRequest, entreprise: EntrepriseInsee, form: CreerStructureForm, status: int
) -> HttpResponse:
    contexte = {
        "fil": _fil(("Structures", reverse("structures:liste")), ("Créer une structure", None)),
        "entreprise": entreprise,
        "form": form,
    }
    return render(request, "structures/confirmer.html", contexte, status=status)


def _refus(request: HttpRequest, identifiant: IdentifiantForm, refus: structures.CreationRefusee) -> HttpResponse:
    existante = refus.structure if isinstance(refus, structures.StructureExistante) else None
    if existante is not None and existante.pk in droits_de(request).gestionnaire_de:
        messages.info(request, "Cette structure est déjà la vôtre : vous en êtes le gestionnaire principal.")
        return redirect("structures:fiche", pk=existante.pk)
    identifiant.add_error("siret", str(refus))
    return _page(request, 422, identifiant=identifiant, existante=existante)


@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis()
def creer(request: HttpRequest) -> HttpResponse:
    """``?q=`` searches, ``?siret=`` shows what was found, POST creates."""
    if request.method == "POST":
        return _creer(request)
    if "siret" in request.GET:
        return _apercu(request, request.GET["siret"])
    if "q" in request.GET:
        return _recherche(request)
    return _page(request)


def _creer(request: HttpRequest) -> HttpResponse:
    form = CreerStructureForm(request.POST)
    if not form.is_valid():
        return _apercu(request, request.POST.get("siret", ""), form, 422)
    identifiant = IdentifiantForm({"siret": form.cleaned_data.pop("siret")})
    if not identifiant.is_valid():
        return _page(request, 422, identifiant=identifiant)
    try:
        structure: Structure = structures.creer(
            request.cohort,  # type: ignore[attr-defined]
            compte=request.compte,  # type: ignore[attr-defined]
            siret=identifiant.cleaned_data["siret"],
            **form.cleaned_data,
        )
    except structures.CreationRefusee as refus:
        return _refus(request, identifiant, refus)
    messages.success(
        request,
        f"La structure {structure.raison_sociale} est créée et vous en êtes le gestionnaire principal. "
        "Pour saisir des factures dans le portail, souscrivez maintenant son mandat de facturation.",
    )
    return redirect("structures:fiche", pk=structure.pk)
