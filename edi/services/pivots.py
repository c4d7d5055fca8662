"""The invoice itself, for a recipient who subscribes to the pivot: OUT_DP_CPP_FACTURE (flux-edi.md §14)."""

import io

from django.utils import timezone

from edi import rules
from edi.enums import Nature
from edi.models import FichierSortant
from edi.queries import abonnes
from edi.services import sortants
from invoices.documents.lots import en_pivot
from invoices.enums import Statut
from invoices.formats import pivot
from invoices.models import Facture, HistoriqueStatut
from invoices.services import documents
from sandbox.events.scheduling import Promesse, schedule
from structures.models import FicheRaccordement

KIND = "edi.pivot"


def promettre(facture_id: int) -> int:
    """An event for each subscribed fiche: drawing the readable copy takes a second. Returns how many fiches.

    An invoice that comes again, after a recycling, is another line of history: it is sent again.
    """
    fiches = abonnes(Nature.PIVOT, recepteur=True)
    if not fiches:
        return 0
    facture = Facture.objects.filter(pk=facture_id).first()
    if facture is None or facture.statut != Statut.MISE_A_DISPOSITION:
        return 0
    arrivee = HistoriqueStatut.objects.filter(facture=facture, statut=facture.statut).order_by("-pk").first()
    concernees = [f for f in fiches if f.structure_id == facture.destinataire_id]
    schedule(
        fiches[0].cohort,
        *(
            Promesse(
                kind=KIND,
                cle=f"{KIND}:{fiche.pk}:{arrivee.pk if arrivee else 0}",
                reel_dans=0,
                cible=facture.pk,
                place=fiche.place,
                payload={"fiche": fiche.pk, "arrivee": arrivee.pk if arrivee else 0},
            )
            for fiche in concernees
        ),
    )
    return len(concernees)


def deposer(facture_id: int, fiche_id: int, arrivee: int) -> FichierSortant | None:
    """None when the invoice or the fiche is gone, or the raccordement closed, in the meantime."""
    facture = documents.charger(facture_id)
    fiche = FicheRaccordement.objects.select_related("structure", "cohort").filter(pk=fiche_id).first()
    if facture is None or fiche is None or not rules.echange(fiche.mode, fiche.etat):
        return None
    cle = f"pivot:{facture.pk}:{arrivee}"
    return sortants.deposer(fiche, sortants.Envoi(Nature.PIVOT, cle, lambda nom: _ecrire(fiche, facture, nom)))


def _ecrire(fiche: FicheRaccordement, facture: Facture, nom: str) -> bytes:
    arrivee = facture.date_mise_a_disposition or facture.date_depot
    assert arrivee is not None  # noqa: S101 -- ``documents.charger`` only gives sent ones
    sortie = io.BytesIO()
    enveloppe = pivot.EnveloppePivot(
        produite_le=timezone.localtime(arrivee, fiche.cohort.zone),
        id_flux=rules.numero_de(nom),
        recepteur=fiche.code_partenaire,
    )
    pivot.ecrire_pivot(sortie, [en_pivot(facture)], enveloppe, 1)
    return sortie.getvalue()
