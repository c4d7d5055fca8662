"""« Modifier l'identifiant »: a warning, « Confirmer », the new SIRET, « Continuer » (comptes-structures.md §4.4)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from structures.acces import structure_requise
from structures.forms.structures import NouveauSiretForm
from structures.models import Structure
from structures.permissions import Acte
from structures.services import changement
from structures.services.fiches import StructureRefusee
from structures.views.cadre import fil

CONFIRME = "confirme"


def _fil(structure: Structure) -> list[tuple[str, str | None]]:
    return fil(
        ("Structures", reverse("structures:liste")),
        (structure.raison_sociale, reverse("structures:fiche", args=[structure.pk])),
        ("Modifier l'identifiant", None),
    )


def _avertissement(request: Requete, structure: Structure) -> HttpResponse:
    contexte = {
        "fil": _fil(structure),
        "titre": "Modifier l'identifiant",
        "question": f"{structure.raison_sociale} va être désactivée, et une nouvelle structure créée par copie sous "
        "son nouveau SIRET.",
        "perte": (
            f"Copiés : {', '.join(changement.COPIES)}.",
            f"Non copiés, à refaire : {', '.join(changement.NON_COPIES)}.",
            "Les factures déjà déposées restent à l'ancienne structure.",
        ),
        "bouton": "Confirmer",
        "url_action": request.path,
        "url_retour": reverse("structures:fiche", args=[structure.pk]),
        "champs": {CONFIRME: "1"},
        "danger": False,
    }
    return render(request, "_composants/confirmation.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.CHANGER_IDENTIFIANT)
def changer_identifiant(request: Requete, structure: Structure) -> HttpResponse:
    structure.cohort = request.cohort
    remplacante = structure.suivantes.order_by("pk").first()
    if remplacante is not None:  # sent twice: the first sending did it
        return redirect("structures:fiche", pk=remplacante.pk)
    try:
        changement.verifier_possible(structure)
    except StructureRefusee as refus:
        raise PermissionDenied(str(refus)) from refus
    if request.method == "POST" and "siret" not in request.POST:
        return redirect(f"{request.path}?{CONFIRME}=1")
    if request.method != "POST" and CONFIRME not in request.GET:
        return _avertissement(request, structure)
    form = NouveauSiretForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            nouvelle = changement.changer_identifiant(structure, form.cleaned_data["siret"], par=request.compte)
        except StructureRefusee as refus:
            form.add_error(refus.champ or None, str(refus))
        else:
            messages.success(
                request,
                f"{nouvelle.raison_sociale} porte désormais le SIRET {nouvelle.identifiant}. L'ancienne structure est "
                "désactivée. Souscrivez un nouveau mandat de facturation : il n'est pas copié.",
            )
            return redirect("structures:fiche", pk=nouvelle.pk)
    contexte = {"fil": _fil(structure), "structure": structure, "form": form, "non_copies": changement.NON_COPIES}
    return render(request, "structures/identifiant.html", contexte, status=422 if form.is_bound else 200)
