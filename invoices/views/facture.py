"""Page of an invoice in the three applications: where it stands, what it says, what was done with it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices import queries_lecture as lecture
from invoices.enums import Espace, Motif
from invoices.models import Facture, Validation
from invoices.queries_espaces import acteurs
from invoices.services import avoirs, echeances
from invoices.views.aide import aide, delai
from invoices.views.chemin import Etape, chemin
from invoices.views.commun import Onglet, adresse, cadre, facture_visible, factures_visibles
from invoices.views.gestes import colonne
from invoices.views.histoire import contexte_de_l_histoire
from sandbox.web.partials import render_partial
from structures.acces import droits_de

__all__ = ["Etape", "chemin", "delai", "facture"]

VOLETS = (("detail", "Détail"), ("pieces", "Pièces jointes"), ("historique", "Historique"))


@dataclass(frozen=True, slots=True)
class Liee:
    """An invoice bound to this one, with its address when this account sees it here."""

    facture: Facture
    url: str


def _liees(request: Requete, facture: Facture, espace: Espace) -> dict[str, Any]:
    """Facture d'origine and avoirs, only those that this account sees in this application."""
    if facture.est_brouillon or facture.quittee_le is not None:
        return {}
    visibles = factures_visibles(request, espace)
    origine = avoirs.origine(facture)
    if origine is not None:
        origine = visibles.filter(pk=origine.pk).first()
    siens = visibles.filter(pk__in=avoirs.de(facture).values("pk")) if facture.type_facture == "FACTURE" else ()
    return {
        "origine": Liee(origine, adresse(espace, "facture", origine.pk)) if origine else None,
        "avoirs": [Liee(avoir, adresse(espace, "facture", avoir.pk)) for avoir in siens],
    }


def _detail(facture: Facture) -> dict[str, Any]:
    validations = facture.validations.select_related("structure", "service", "compte") if facture.valideur_id else ()
    return {
        "lignes": list(facture.lignes.all()),
        "recapitulatif": list(facture.lignes_tva.all()),
        "validations": [(v, _dernier_jour(v, facture.cohort.zone)) for v in validations],
        "signature": _signature(facture),
    }


def _dernier_jour(validation: Validation, zone: ZoneInfo) -> date | None:
    """Day 15, in full; None for a request that has no delay (factures.md §5.3)."""
    if validation.echeance is None:
        return None
    return echeances.reste(validation.echeance, validation.demandee_le, zone).dernier_jour


def _signature(facture: Facture) -> str:
    """What was read of the signature of the PDF, empty for one that has none (D-16)."""
    lue = facture.extraction.get("signature")
    if isinstance(lue, dict):
        lue = lue.get("etat", "INCONNU")
    return str(lue) if lue else ""


def _volets(url: str, volet: str, comptes: dict[str, int]) -> list[Onglet]:
    return [
        Onglet(label, url if nom == "detail" else f"{url}?volet={nom}", nom == volet, comptes.get(nom))
        for nom, label in VOLETS
    ]


@require_safe
def facture(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """The page; which profile opens it in which application: ``urls_communes``."""
    fiche = facture_visible(request, pk, espace)
    roles = acteurs(fiche, droits_de(request), espace) if fiche.quittee_le is None else []
    trace = lecture.figer(droits_de(request), fiche)
    toutes = lecture.jusqu_a_son_depart(list(fiche.historique.select_related("compte")), trace)
    historique = lecture.statuts(fiche, toutes, espace)
    pieces = list(lecture.pieces(fiche, trace))
    demande = request.GET.get("volet", "")
    volet = demande if demande in dict(VOLETS) else "detail"
    url = adresse(espace, "facture", pk)
    dernier = historique[-1] if historique else None
    contexte: dict[str, Any] = cadre(str(fiche) if fiche.numero else "Brouillon", espace=espace)
    contexte |= {
        "facture": fiche,
        "url_page": url,
        "etapes": chemin(fiche, historique, espace),
        "dernier": dernier,
        "dernier_motif": Motif(dernier.motif).label if dernier and dernier.motif in Motif.values else "",
        "aide": aide(fiche, toutes, request.GET.dict()),
        "pieces": pieces,
        "volet": volet,
        "volets": _volets(url, volet, {"pieces": len(pieces), "historique": len(historique)}),
        "actions": colonne(request, fiche, espace, roles),
        **_liees(request, fiche, espace),
    }
    if volet == "detail":
        contexte |= _detail(fiche)
    elif volet == "historique":
        contexte |= contexte_de_l_histoire(fiche, historique, espace, url, request.GET.get("liste", ""))
    return render_partial(request, "invoices/facture.html", "fiche", contexte)
