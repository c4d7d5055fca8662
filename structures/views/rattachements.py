"""« Mes rattachements », « Demander un rattachement à une structure » (comptes-structures.md §5.3)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from structures import queries_utilisateurs as queries
from structures.acces import portail_requis
from structures.forms.rattachements import DemandeForm, RechercheForm
from structures.models import Rattachement, Structure
from structures.services import gestion, rattachements

CHOIX_MAXIMUM = 10
"""Structures in one request."""


def _fil(*suite: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("Accueil", reverse("accounts:accueil")), *suite]


@require_safe
@portail_requis()
def mes_rattachements(request: Requete) -> HttpResponse:
    page = paginate(request, queries.rattachements_de(request.compte))
    contexte = {"fil": _fil(("Mes rattachements", None)), "page": page}
    return render_partial(request, "structures/mes_rattachements.html", "rattachements", contexte)


def _choisies(brut: list[str]) -> list[Structure]:
    """Structures of these ids, in the order of their names; what is not an id is ignored."""
    ids = [int(b) for b in brut[:CHOIX_MAXIMUM] if b.isascii() and b.isdigit() and len(b) < 10]
    return list(Structure.objects.filter(pk__in=ids).order_by("raison_sociale", "pk")) if ids else []


@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis()
def demander(request: Requete) -> HttpResponse:
    """Search; ``?structure=`` (once or more) shows services and message; POST asks."""
    if request.method == "POST":
        return _soumettre(request)
    if choisies := _choisies(request.GET.getlist("structure")):
        return _completer(request, choisies, None)
    return _rechercher(request)


def _rechercher(request: Requete) -> HttpResponse:
    cherche = "identifiant" in request.GET or "raison_sociale" in request.GET
    form = RechercheForm(request.GET if cherche else None)
    contexte: dict[str, Any] = {
        "fil": _fil(
            ("Mes rattachements", reverse("structures:mes_rattachements")),
            ("Demander un rattachement", None),
        ),
        "form": form,
    }
    if cherche and form.is_valid():
        lu = form.cleaned_data
        trouvees = (
            queries.par_identifiant(lu["identifiant"])
            if lu["identifiant"]
            else queries.par_raison_sociale(lu["raison_sociale"])
        )
        page = paginate(request, trouvees)
        vivants = Rattachement.objects.filter(
            compte=request.compte, structure__in=list(page.object_list), statut__in=rattachements.VIVANTS
        )
        liens = {lien.structure_id: lien for lien in vivants}
        contexte |= {"page": page, "lignes": [(s, liens.get(s.pk)) for s in page.object_list]}
    elif cherche:
        return render(request, "structures/demander_rattachement.html", contexte, status=422)
    return render(request, "structures/demander_rattachement.html", contexte)


def _formulaire(request: Requete, choisies: list[Structure], data: Any) -> tuple[DemandeForm, dict[int, Rattachement]]:
    """The form, and the live attachment of each structure that has one."""
    vivants = {
        lien.structure_id: lien
        for lien in Rattachement.objects.filter(
            compte=request.compte, structure__in=choisies, statut__in=rattachements.VIVANTS
        )
    }
    form = DemandeForm(
        data,
        structures=choisies,
        services=queries.services_a_demander(choisies),
        exiges=[pk for pk, lien in vivants.items() if lien.est_valide],
    )
    return form, vivants


def _blocs(form: DemandeForm, vivants: dict[int, Rattachement]) -> list[tuple[Any, ...]]:
    """Structure, its field of services, the live attachment, the dates of each service, was one of them typed."""
    blocs = []
    for structure, champ in form.par_structure():
        periodes = form.periodes_de(structure)
        typees = any(p.debut.value() or p.fin.value() for p in periodes)
        blocs.append((structure, champ, vivants.get(structure.pk), periodes, typees))
    return blocs


def _completer(
    request: Requete, choisies: list[Structure], form: DemandeForm | None, status: int = 200
) -> HttpResponse:
    neuf, vivants = _formulaire(request, choisies, None)
    contexte = {
        "fil": _fil(
            ("Mes rattachements", reverse("structures:mes_rattachements")),
            ("Demander un rattachement", reverse("structures:demander_rattachement")),
            ("Votre demande", None),
        ),
        "form": form or neuf,
        "ouvertes": any(not (lien and lien.en_attente) for lien in (vivants.get(s.pk) for s in choisies)),
        "blocs": _blocs(form or neuf, vivants),
    }
    return render(request, "structures/demander_services.html", contexte, status=status)


def _soumettre(request: Requete) -> HttpResponse:
    choisies = _choisies(request.POST.getlist("structure"))
    if not choisies:
        messages.error(request, "Choisissez au moins une structure : cherchez-la par son SIRET ou par son nom.")
        return redirect("structures:demander_rattachement")
    form, _ = _formulaire(request, choisies, request.POST)
    if not form.is_valid():
        return _completer(request, choisies, form, 422)
    for structure in choisies:
        structure.cohort = request.cohort
    try:
        liens = rattachements.demander_plusieurs(
            request.compte,
            form.demandes(),
            commentaire=form.cleaned_data["commentaire"],
            periodes=form.periodes(),
        )
    except rattachements.RattachementRefuse as refus:
        form.add_error(None, str(refus))
        return _completer(request, choisies, form, 422)
    noms = ", ".join(lien.structure.raison_sociale for lien in liens)
    messages.success(
        request,
        f"Votre demande est envoyée : {noms}. Ceux qui gèrent la structure y répondront ; leur réponse arrivera dans "
        "« Messagerie » et ici.",
    )
    return redirect("structures:mes_rattachements")


@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis()
def retirer(request: Requete, lien: int) -> HttpResponse:
    """« Retirer ma demande » while it waits, « Se détacher » afterwards: one question, then done."""
    rattachement: Rattachement = get_object_or_404(
        Rattachement.objects.select_related("structure", "compte"), pk=lien, compte=request.compte
    )
    nom = rattachement.structure.raison_sociale
    if request.method == "POST":
        try:
            if rattachement.en_attente:
                rattachements.annuler(rattachement, par=request.compte)
                messages.success(request, f"Votre demande de rattachement à {nom} est retirée.")
            else:
                gestion.detacher(rattachement, par=request.compte)
                messages.success(request, f"Vous n'êtes plus rattaché à {nom}.")
        except rattachements.RattachementRefuse as refus:
            messages.error(request, str(refus))
        return redirect("structures:mes_rattachements")
    attente = rattachement.en_attente
    contexte = {
        "titre": "Retirer ma demande" if attente else "Se détacher",
        "question": f"Retirer votre demande de rattachement à {nom} ?" if attente else f"Vous détacher de {nom} ?",
        "perte": []
        if attente
        else [
            "Vous perdez aussitôt toutes vos habilitations sur cette structure.",
            "Pour y revenir, il faudra un nouveau rattachement, validé par son gestionnaire.",
        ],
        "bouton": "Retirer ma demande" if attente else "Se détacher",
        "url_action": request.path,
        "url_retour": reverse("structures:mes_rattachements"),
    }
    return render(request, "_composants/confirmation.html", contexte)
