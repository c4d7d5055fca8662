"""Domaine « Raccordements »: its page, the fiches de raccordement (comptes-structures.md §9.4)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requete import Requete
from sandbox.web.pagination import paginate
from structures.acces import acte_requis, droits_de, exiger, portail_requis
from structures.enums import EtatRaccordement
from structures.forms.raccordement import FicheForm, OuvrirFicheForm, RenouvelerForm
from structures.models import FicheRaccordement
from structures.permissions import Acte, permet, structures_permises
from structures.queries_raccordement import detail
from structures.raccordement import Acteur, Action, action_de, badge, possibles
from structures.services import raccordement
from structures.views.cadre import Volet

ONGLETS = (
    ("fiches", "Raccordement EDI/API", "structures:fiches_raccordement", Acte.CONSULTER_RACCORDEMENT),
    ("comptes", "Compte technique", "structures:comptes_techniques", Acte.GERER_COMPTES_TECHNIQUES),
    ("piste", "PISTE (simulé)", "structures:piste", Acte.CONSULTER_RACCORDEMENT),
    ("brancher", "Brancher votre logiciel", "api:brancher", Acte.CONSULTER_RACCORDEMENT),
    ("appels", "Journal des appels", "api:appels", Acte.CONSULTER_RACCORDEMENT),
)
"""Applications of the domaine: key, label, route, what it takes on one structure at least."""


def cadre(request: Requete, actif: str, *suite: tuple[str, str | None]) -> dict[str, Any]:
    """Trail and tabs of a page of the domaine."""
    droits = droits_de(request)
    onglets = [
        Volet(libelle, reverse(route), nom == actif)
        for nom, libelle, route, acte in ONGLETS
        if structures_permises(droits, acte)
    ]
    parent = reverse("structures:raccordements") if actif else None
    fil: list[tuple[str, str | None]] = [("Accueil", reverse("accounts:accueil")), ("Raccordements", parent), *suite]
    return {"fil": fil, "onglets": onglets, "barre_titre": "Raccordements"}


def fiche_requise(acte: Acte) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view gets the fiche of ``pk``: 404 when this world has none, 403 without the right on its structure."""

    def decorer(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(vue)
        @portail_requis()
        def enveloppe(request: Requete, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
            lues = FicheRaccordement.objects.select_related(
                "structure", "cree_par", "application", "compte_technique__compte"
            )
            fiche: FicheRaccordement = get_object_or_404(lues, pk=pk)
            exiger(request, acte, fiche.structure)
            fiche.cohort = fiche.structure.cohort = request.cohort
            return vue(request, fiche, *args, **kwargs)

        return enveloppe

    return decorer


@require_safe
@acte_requis(Acte.CONSULTER_RACCORDEMENT)
def accueil(request: Requete) -> HttpResponse:
    contexte = cadre(request, "") | {
        "gere_comptes": bool(structures_permises(droits_de(request), Acte.GERER_COMPTES_TECHNIQUES))
    }
    return render(request, "structures/raccordements/accueil.html", contexte)


@require_safe
@acte_requis(Acte.CONSULTER_RACCORDEMENT)
def liste(request: Requete) -> HttpResponse:
    droits = droits_de(request)
    fiches = (
        FicheRaccordement.objects.filter(structure__in=structures_permises(droits, Acte.CONSULTER_RACCORDEMENT))
        .select_related("structure")
        .order_by("-pk")
    )
    page = paginate(request, fiches)
    contexte = cadre(request, "fiches", ("Raccordement EDI/API", None)) | {
        "page": page,
        "lignes": [(fiche, badge(fiche.etat)) for fiche in page.object_list],
        "peut_creer": bool(structures_permises(droits, Acte.GERER_RACCORDEMENT)),
    }
    return render(request, "structures/raccordements/fiches.html", contexte)


def _fil_fiches(*suite: tuple[str, str | None]) -> tuple[tuple[str, str | None], ...]:
    return (("Raccordement EDI/API", reverse("structures:fiches_raccordement")), *suite)


@require_http_methods(["GET", "HEAD", "POST"])
@acte_requis(Acte.GERER_RACCORDEMENT)
def ouvrir(request: Requete) -> HttpResponse:
    """Structure, mode, environment: then the draft opens."""
    form = OuvrirFicheForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_bound and form.is_valid():
        choix = form.cleaned_data
        choix["structure"].cohort = request.cohort
        try:
            fiche, neuve = raccordement.ouvrir(
                choix["structure"], mode=choix["mode"], environnement=choix["environnement"], par=request.compte
            )
        except raccordement.FicheRefusee as refus:
            form.add_error(refus.champ or None, str(refus))
        else:
            if not neuve:
                messages.info(
                    request, "Cette structure a déjà un brouillon de ce mode et de cet environnement : le voici."
                )
            return redirect("structures:modifier_fiche", pk=fiche.pk)
    contexte = cadre(request, "fiches", *_fil_fiches(("Nouvelle fiche", None))) | {"form": form}
    return render(request, "structures/raccordements/ouvrir.html", contexte, status=422 if form.is_bound else 200)


@require_safe
@fiche_requise(Acte.CONSULTER_RACCORDEMENT)
def fiche(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    peut = permet(droits_de(request), Acte.GERER_RACCORDEMENT, fiche.structure_id)
    brouillon = fiche.etat == EtatRaccordement.BROUILLON
    contexte = cadre(request, "fiches", *_fil_fiches((f"Fiche n° {fiche.pk}", None))) | detail(fiche)
    contexte |= {
        "actions": {str(t.action): t for t in possibles(fiche.etat, Acteur.DEMANDEUR)} if peut else {},
        "manques": raccordement.manquants(fiche) if brouillon else [],
    }
    return render(request, "structures/raccordements/fiche.html", contexte)


def _vers_fiche(fiche: FicheRaccordement) -> HttpResponse:
    return redirect("structures:fiche_raccordement", pk=fiche.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@fiche_requise(Acte.GERER_RACCORDEMENT)
def modifier(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    """Save a draft, complete or not; « Soumettre » saves it then sends it."""
    if fiche.etat != EtatRaccordement.BROUILLON:
        messages.info(request, "Cette fiche n'est plus un brouillon : elle ne se modifie plus.")
        return _vers_fiche(fiche)
    poste = request.method == "POST"
    form = FicheForm(
        request.POST if poste else None, request.FILES if poste else None, fiche=fiche, compte=request.compte
    )
    if poste and form.is_valid():
        try:
            return _enregistrer(request, fiche, form)
        except raccordement.FicheIncomplete as incomplete:
            form.add_error(None, str(incomplete))
            for champ, phrase in incomplete.manques:
                form.add_error(champ, phrase)
        except raccordement.EtatDepasse as depasse:
            messages.info(request, str(depasse))
            return _vers_fiche(fiche)
    suite = ((f"Fiche n° {fiche.pk}", reverse("structures:fiche_raccordement", args=[fiche.pk])), ("Modifier", None))
    contexte = cadre(request, "fiches", *_fil_fiches(*suite)) | {"form": form, "fiche": fiche}
    return render(request, "structures/raccordements/modifier.html", contexte, status=422 if poste else 200)


def _enregistrer(request: Requete, fiche: FicheRaccordement, form: FicheForm) -> HttpResponse:
    valeurs = dict(form.cleaned_data)
    raccordement.enregistrer(fiche, valeurs, certificat=valeurs.pop("certificat", None))
    if "soumettre" in request.POST:
        raccordement.soumettre(fiche, par=request.compte)
        messages.success(request, "La fiche est soumise. Vous recevrez un courriel à chaque étape de son instruction.")
    else:
        messages.success(request, "Le brouillon est enregistré.")
    return _vers_fiche(fiche)


@require_http_methods(["GET", "HEAD", "POST"])
@fiche_requise(Acte.GERER_RACCORDEMENT)
def renouveler(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    """A new certificate for a fiche « À renouveler »."""
    if fiche.etat != EtatRaccordement.A_RENOUVELER:
        messages.info(request, "Le certificat de cette fiche n'est pas à renouveler.")
        return _vers_fiche(fiche)
    poste = request.method == "POST"
    form = RenouvelerForm(request.POST if poste else None, request.FILES if poste else None)
    if poste and form.is_valid():
        nom, contenu = form.cleaned_data["certificat"]
        try:
            raccordement.renouveler(fiche, nom, contenu, form.cleaned_data["certificat_fin"], par=request.compte)
        except raccordement.FicheRefusee as refus:
            form.add_error(refus.champ or None, str(refus))
        else:
            messages.success(request, "Le certificat est renouvelé : le raccordement reste actif.")
            return _vers_fiche(fiche)
    suite = (
        (f"Fiche n° {fiche.pk}", reverse("structures:fiche_raccordement", args=[fiche.pk])),
        ("Renouveler le certificat", None),
    )
    contexte = cadre(request, "fiches", *_fil_fiches(*suite)) | {"form": form, "fiche": fiche}
    return render(request, "structures/raccordements/renouveler.html", contexte, status=422 if poste else 200)


DIRECTES = (Action.ABANDONNER, Action.REPRENDRE)
"""Actions of the demandeur that need nothing but a click."""


@require_POST
@fiche_requise(Acte.GERER_RACCORDEMENT)
def avancer(request: Requete, fiche: FicheRaccordement, action: str) -> HttpResponse:
    voulue = action_de(action, Acteur.DEMANDEUR)
    if voulue not in DIRECTES:
        raise Http404("Cette action n'existe pas ici.")
    try:
        raccordement.avancer(fiche, voulue, par=request.compte)
    except raccordement.EtatDepasse as depasse:
        messages.info(request, str(depasse))
        return _vers_fiche(fiche)
    messages.success(request, f"La fiche est au statut « {fiche.get_etat_display()} ».")
    if voulue == Action.REPRENDRE:
        return redirect("structures:modifier_fiche", pk=fiche.pk)
    return _vers_fiche(fiche)
