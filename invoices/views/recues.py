"""« Factures reçues », « Synthèse »: what waits for the recipient, to tick and to treat (factures.md §4.1)."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices import queries_recues as recues
from invoices.delais import Delai
from invoices.enums import Espace
from invoices.forms.traitement import FiltreRecues
from invoices.models import Facture
from invoices.services.traitement import LOT_MAXIMUM
from invoices.views.aide import delai
from invoices.views.commun import cadre, espace_requis
from sandbox.web.pagination import PAR_PAGE, paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures import queries as structures
from structures.acces import droits_de

COLONNES = {
    "numero": "numero",
    "fournisseur": "fournisseur__raison_sociale",
    "service": "code_service",
    "type": "type_facture",
    "date": "date_facture",
    "montant": "montant_a_payer",
    "depuis": "statut_depuis",
    "arrivee": "date_mise_a_disposition",
}
"""``arrivee`` is the order that the list opens with: no column says it."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """A row: the invoice, its deadline (« Aide DGP »), and whether this account may treat it, for another body."""

    facture: Facture
    delai: Delai | None
    traitable: bool
    delegation: str


def _lignes(request: Requete, factures: list[Facture]) -> list[Ligne]:
    droits = droits_de(request)
    histoires = recues.historiques(factures)
    traitables = set(
        espaces.modifiables(droits, Espace.RECUES).filter(pk__in=list(histoires)).values_list("pk", flat=True)
    )
    pour = recues.delegations(droits, {f.destinataire_id for f in factures if f.destinataire_id})
    return [
        Ligne(f, delai(f, histoires[f.pk]), f.pk in traitables, pour.get(f.destinataire_id or 0, "")) for f in factures
    ]


@require_safe
@espace_requis(Espace.RECUES)
def synthese(request: Requete) -> HttpResponse:
    """Work list: the oldest first, since the delay of payment runs."""
    droits = droits_de(request)
    miennes = list(structures.structures_pour(droits, Profil.FACTURES_RECUES, modification=False))
    filtre = FiltreRecues(request.GET or None, structures=miennes, services=list(recues.services_recus(droits)))
    tri = read_sort(request, COLONNES, "arrivee")
    attendues = recues.pour_liste(filtre.filtrer(recues.a_traiter(droits)))
    page = paginate(request, attendues.order_by(*tri.ordre))
    lignes = _lignes(request, list(page))
    parties = recues.parties(droits)
    contexte = cadre("Synthèse", onglet="synthese", espace=Espace.RECUES) | {
        "filtre": filtre,
        "page": page,
        "tri": tri,
        "lignes": lignes,
        "plusieurs_structures": len(miennes) > 1,
        "peut_traiter": any(ligne.traitable for ligne in lignes),
        "delegations": sorted({ligne.delegation for ligne in lignes if ligne.delegation}),
        "lot_maximum": LOT_MAXIMUM,
        "parties": list(parties.select_related("fournisseur").order_by("-parti_le", "-pk")[:PAR_PAGE]),
        "parties_total": parties.count(),
        "url_synthese": reverse("invoices:recues_synthese"),
    }
    return render_partial(request, "invoices/recues_synthese.html", "resultats", contexte)
