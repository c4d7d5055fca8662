"""« Raccordements »: the trainer plays AIFE (comptes-structures.md §13.11, §13.12)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from formation import queries
from formation.forms.console import nouvelle_cle
from formation.services import gestes, raccordements
from formation.views.console_acces import cle_recue, contexte, session_requise
from sandbox.cohorts.models import Cohort
from sandbox.web.pagination import paginate
from structures.enums import EtatRaccordement
from structures.forms.raccordement import MotifForm
from structures.models import ActeGestion, CompteTechnique, FicheRaccordement
from structures.queries_raccordement import TYPES_ACTES, detail
from structures.raccordement import ATTENDENT_LE_FORMATEUR, TRANSITIONS, Acteur, Transition, action_de, badge, possibles
from structures.services.raccordement import FicheRefusee

JOURNAL, COMPTES = 30, 200


def _fiches() -> Any:
    return FicheRaccordement.objects.exclude(etat=EtatRaccordement.BROUILLON).select_related(
        "structure", "cree_par", "application", "compte_technique__compte"
    )


@session_requise
@require_safe
def raccordements_session(request: HttpRequest, cohort: Cohort) -> HttpResponse:
    """What waits for the trainer first, then the others; a constant number of queries."""
    page = paginate(request, _fiches().order_by("-modifie_le", "-pk"))
    attendent = list(_fiches().filter(etat__in=ATTENDENT_LE_FORMATEUR).order_by("modifie_le", "pk")[:COMPTES])
    comptes = (
        CompteTechnique.objects.exclude(structure__in=queries.jouees())
        .select_related("compte", "structure")
        .order_by("place", "structure", "numero")
    )
    return render(
        request,
        "formation/console/raccordements.html",
        contexte(request, cohort, "raccordements", ("Raccordements", None))
        | {
            "attendent": [
                {"fiche": f, "etat": badge(f.etat), "actions": possibles(f.etat, Acteur.FORMATEUR)} for f in attendent
            ],
            "page": page,
            "toutes": [(f, badge(f.etat)) for f in page.object_list],
            "comptes": list(comptes[:COMPTES]),
            "actes": ActeGestion.objects.filter(type__in=TYPES_ACTES)
            .select_related("structure")
            .order_by("-pk")[:JOURNAL],
        },
    )


def _fiche(cohort: Cohort, pk: int) -> FicheRaccordement:
    """404 for a draft: it is not the trainer's business yet."""
    fiche: FicheRaccordement = get_object_or_404(_fiches(), pk=pk)
    fiche.cohort = fiche.structure.cohort = cohort
    return fiche


def _contexte_fiche(
    request: HttpRequest, cohort: Cohort, fiche: FicheRaccordement, *suite: tuple[str, str | None]
) -> dict[str, Any]:
    liste = ("Raccordements", reverse("formation:raccordements", args=[cohort.code]))
    return contexte(request, cohort, "raccordements", liste, *suite)


@session_requise
@require_safe
def raccordement_fiche(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    """What the structure asks, before deciding."""
    fiche = _fiche(cohort, pk)
    donnees = _contexte_fiche(request, cohort, fiche, (f"Fiche n° {fiche.pk}", None)) | detail(fiche)
    donnees["actions"] = possibles(fiche.etat, Acteur.FORMATEUR)
    return render(request, "formation/console/raccordement.html", donnees)


@session_requise
@require_http_methods(["GET", "HEAD", "POST"])
def raccordement_avancer(request: HttpRequest, cohort: Cohort, pk: int, action: str) -> HttpResponse:
    """GET: the question, with its reason when the table wants one. POST: the act, once."""
    fiche, voulue = _fiche(cohort, pk), action_de(action, Acteur.FORMATEUR)
    if voulue is None:
        raise Http404("Cette action n'existe pas ici.")
    transition = TRANSITIONS[voulue]
    retour = reverse("formation:raccordement", args=[cohort.code, pk])
    if request.method != "POST":
        return _question(request, cohort, fiche, transition, MotifForm(initial={"cle": nouvelle_cle()}))
    form = MotifForm(request.POST)
    if transition.motif and not form.is_valid():
        return _question(request, cohort, fiche, transition, form, 422)
    try:
        raccordements.avancer(
            cohort,
            fiche,
            voulue,
            motif=form.cleaned_data["motif"] if transition.motif else "",
            formateur=request.user,
            cle=cle_recue(request),
        )
    except gestes.DejaFait:
        pass
    except FicheRefusee as refus:
        messages.info(request, str(refus))
    else:
        messages.success(request, f"Fiche n° {fiche.pk} : {fiche.get_etat_display()}. Le demandeur reçoit un courriel.")
    return redirect(retour)


def _question(
    request: HttpRequest,
    cohort: Cohort,
    fiche: FicheRaccordement,
    transition: Transition,
    form: MotifForm,
    status: int = 200,
) -> HttpResponse:
    titre = f"{transition.libelle} la fiche n° {fiche.pk}"
    retour = reverse("formation:raccordement", args=[cohort.code, fiche.pk])
    suite = ((f"Fiche n° {fiche.pk}", retour), (transition.libelle, None))
    donnees = _contexte_fiche(request, cohort, fiche, *suite) | {
        "gabarit": "formation/console/cadre.html",
        "titre": titre,
        "question": f"{fiche.structure}, {fiche.get_mode_display()}, {fiche.get_environnement_display()}. "
        f"La fiche passera au statut « {badge(transition.vers).label} » et le demandeur recevra un courriel.",
        "bouton": transition.libelle,
        "danger": transition.motif,
        "url_action": request.path,
        "url_retour": retour,
    }
    donnees |= {"formulaire": form} if transition.motif else {"champs": {"cle": nouvelle_cle()}}
    return render(request, "_composants/confirmation.html", donnees, status=status)


@session_requise
@require_POST
def compte_technique_expirer(request: HttpRequest, cohort: Cohort, pk: int) -> HttpResponse:
    """« Faire expirer » (§13.12)."""
    technique = get_object_or_404(CompteTechnique.objects.select_related("compte", "structure"), pk=pk)
    try:
        fait = raccordements.faire_expirer(cohort, technique, formateur=request.user, cle=cle_recue(request))
    except gestes.DejaFait:
        pass
    else:
        login = technique.compte.login_email
        phrase = f"{login} : mot de passe expiré." if fait else f"{login} avait déjà expiré."
        messages.success(request, phrase)
    return redirect("formation:raccordements", cohort.code)
