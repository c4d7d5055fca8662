"""Window of the rejected and suspended invoices, their acknowledgement, « Traiter le rejet » (factures.md §6.5)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.acces import suite_sure
from accounts.requete import Requete
from invoices import queries_retours
from invoices.enums import Espace, Motif
from invoices.models import FactureQuerySet
from invoices.queries_espaces import modifiables
from invoices.services import retours
from invoices.views.commun import cadre, espace_requis
from structures.acces import droits_de

modification = espace_requis(Espace.EMISES, modification=True)
MONTREES = 50
"""Rows of the window; « Tout acquitter » speaks of all of them."""
LOT = 1000


def _choisies(request: Requete, *, nom: str = "factures") -> list[int]:
    return [int(pk) for pk in request.POST.getlist(nom)[:LOT] if pk.isascii() and pk.isdecimal() and len(pk) < 19]


def _suite(request: Requete) -> str:
    return suite_sure(request.POST.get("suite", "")) or reverse("invoices:synthese")


def _attendues(request: Requete) -> FactureQuerySet:
    attendues: FactureQuerySet = queries_retours.a_acquitter(droits_de(request)).select_related("destinataire")
    return attendues


def _contexte(request: Requete, **extra: Any) -> dict[str, Any]:
    attendues = _attendues(request)
    total = attendues.count()
    return cadre("Factures rejetées et suspendues") | {
        "factures": [
            {"facture": f, "motif": Motif(f.dernier_motif).label if f.dernier_motif in Motif.values else ""}
            for f in attendues[:MONTREES]
        ],
        "total": total,
        "obligatoires": queries_retours.en_retard(attendues).count() if total else 0,
        "url_synthese": reverse("invoices:synthese"),
        "suite": suite_sure(request.GET.get("suite", "") or request.POST.get("suite", "")),
        **extra,
    }


@require_safe
@modification
def rejets(request: Requete) -> HttpResponse:
    """The window, as a page; its content opens over the first page after the login when scripts run."""
    request.session.pop("rejets_a_montrer", None)
    return render(request, "invoices/rejets.html", _contexte(request))


@require_POST
@modification
def acquitter(request: Requete) -> HttpResponse:
    """« Tout acquitter et fermer », « Acquitter les factures sélectionnées » (T31, T33)."""
    attendues = _attendues(request)
    tout = request.POST.get("action") == "tout"
    choisies = attendues if tout else attendues.filter(pk__in=_choisies(request))
    if not tout and not request.POST.getlist("factures"):
        erreur = "Aucune facture n'est cochée : cochez celles que vous avez lues, ou acquittez tout."
        return render(request, "invoices/rejets.html", _contexte(request, erreur=erreur), status=422)
    factures = list(choisies)
    for facture in factures:
        facture.cohort = request.cohort
    faites = retours.acquitter(factures, compte=request.compte)
    pluriel = "s" if faites > 1 else ""
    if faites:
        messages.success(
            request,
            f"{faites} facture{pluriel} acquittée{pluriel} : vous avez indiqué les avoir lues. "
            "Il reste à les compléter ou à traiter leur rejet dans Synthèse.",
        )
    else:
        messages.info(request, "Ces factures étaient déjà acquittées.")
    request.session.pop("rejets_a_montrer", None)
    if not tout and _attendues(request).exists():
        return redirect("invoices:rejets")
    return redirect(_suite(request))


@require_POST
@modification
def traiter_rejets(request: Requete) -> HttpResponse:
    """« Traiter le rejet » of the invoices ticked in Synthèse, or of the one on its page (T32)."""
    choisies = _choisies(request)
    factures = list(modifiables(droits_de(request), Espace.EMISES).filter(pk__in=choisies))
    for facture in factures:
        facture.cohort = request.cohort
    faites = retours.traiter_rejets(factures, compte=request.compte)
    if faites:
        messages.success(
            request,
            f"{faites} rejet{'s traités' if faites > 1 else ' traité'} : "
            f"{'ces factures quittent' if faites > 1 else 'cette facture quitte'} Synthèse et "
            f"{'restent' if faites > 1 else 'reste'} dans Rechercher.",
        )
    elif choisies:
        messages.info(request, "Rien à traiter : ces factures ne sont pas rejetées, ou leur rejet est déjà traité.")
    else:
        messages.warning(request, "Aucune facture n'est cochée : cochez celles dont vous traitez le rejet.")
    return redirect(_suite(request))
