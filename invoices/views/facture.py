"""Page of an invoice: where it stands, what it says, what was done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from invoices import lifecycle
from invoices.delais import Delai, calculer
from invoices.enums import Famille, ModeDepot, Motif, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.views.commun import Onglet, cadre, facture_visible, modifiables
from sandbox import clock
from sandbox.web.partials import render_partial
from structures.acces import portail_requis

VOLETS = (("detail", "Détail"), ("pieces", "Pièces jointes"), ("historique", "Historique"))
FACULTATIFS = frozenset(
    {Statut.SERVICE_FAIT, Statut.MANDATEE, Statut.MISE_A_DISPOSITION_COMPTABLE, Statut.COMPTABILISEE}
)
"""A recipient may go past these without setting them."""


@dataclass(frozen=True, slots=True)
class Etape:
    """A step of the path, for the ``chemin`` component."""

    label: str
    etat: str
    famille: str = ""
    date: datetime | None = None


def chemin(facture: Facture, historique: Sequence[HistoriqueStatut]) -> list[Etape]:
    """Usual way to the payment, with the detours that this invoice made."""
    if facture.est_brouillon:
        suite = [Etape("Brouillon", "present", Famille.BROUILLON, facture.cree_le)]
        return suite + [Etape(str(s.label), "futur") for s in lifecycle.ETAPES]
    etapes: list[Etape] = []
    vus: set[str] = set()
    for rang, ligne in enumerate(historique):
        statut = Statut(ligne.statut)
        dernier = rang == len(historique) - 1
        if dernier:
            etapes.append(Etape(str(statut.label), "present", statut.famille, ligne.survenu_le))
        elif statut.famille == Famille.RETOUR:
            etapes.append(Etape(str(statut.label), "branche", statut.famille, ligne.survenu_le))
        else:
            etapes.append(Etape(str(statut.label), "passe", statut.famille, ligne.survenu_le))
        vus.add(statut)
    actuel = facture.statut_enum
    if actuel.famille in (Famille.REFUS, Famille.PAYE):
        return etapes
    atteint = max((i for i, s in enumerate(lifecycle.ETAPES) if s in vus), default=-1)
    return etapes + [Etape(str(s.label), "futur") for s in lifecycle.ETAPES[atteint + 1 :]]


def delai(facture: Facture, historique: Sequence[HistoriqueStatut]) -> Delai | None:
    """« Aide DGP »; none before the recipient has the invoice, for an avoir, or in another currency (D-17)."""
    depart = facture.date_mise_a_disposition
    if (
        depart is None
        or facture.destinataire is None
        or facture.devise != "EUR"
        or facture.type_facture == "AVOIR"
        or facture.statut == Statut.REJETEE
        or not facture.montant_a_payer
    ):
        return None
    etapes = [
        (ligne.statut, timezone.localtime(ligne.survenu_le).date())
        for ligne in historique
        if ligne.survenu_le >= depart
    ]
    return calculer(timezone.localtime(depart).date(), facture.destinataire.delai_paiement, etapes, clock.today())


def _historique(facture: Facture) -> list[HistoriqueStatut]:
    return list(facture.historique.select_related("compte"))


def _volet(request: HttpRequest) -> str:
    demande = request.GET.get("volet", "")
    return demande if demande in dict(VOLETS) else "detail"


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def facture(request: HttpRequest, pk: int) -> HttpResponse:
    fiche = facture_visible(request, pk)
    historique = _historique(fiche)
    pieces = list(fiche.pieces.all())
    volet = _volet(request)
    url = reverse("invoices:facture", args=[pk])
    comptes = {"pieces": len(pieces), "historique": len(historique)}
    modifiable = fiche.est_brouillon and fiche.fournisseur_id in modifiables(request)
    saisie = fiche.mode_depot == ModeDepot.SAISIE_PORTAIL
    mesure = delai(fiche, historique)
    contexte: dict[str, Any] = cadre(str(fiche) if fiche.numero else "Brouillon")
    contexte |= {
        "facture": fiche,
        "etapes": chemin(fiche, historique),
        "delai": mesure,
        "delai_texte": f"{mesure.ecoule} j sur {mesure.total}" if mesure else "",
        "historique": [
            {"ligne": ligne, "statut": Statut(ligne.statut), "motif": Motif(ligne.motif).label if ligne.motif else ""}
            for ligne in reversed(historique)
        ],
        "dernier": historique[-1] if historique else None,
        "pieces": pieces,
        "volet": volet,
        "volets": [
            Onglet(label, url if nom == "detail" else f"{url}?volet={nom}", nom == volet, comptes.get(nom))
            for nom, label in VOLETS
        ],
        "modifiable": modifiable,
        "url_reprise": reverse(f"invoices:{'brouillon' if saisie else 'depot'}", args=[pk]) if modifiable else "",
        "a_un_pdf": not fiche.est_brouillon or any(p.principale for p in pieces),
    }
    if volet == "detail":
        contexte |= {"lignes": list(fiche.lignes.all()), "recapitulatif": list(fiche.lignes_tva.all())}
    elif volet == "historique":
        contexte["actions"] = list(fiche.actions.select_related("compte").order_by("-faite_le", "-pk"))
    return render_partial(request, "invoices/facture.html", "fiche", contexte)
