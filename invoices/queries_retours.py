"""What came back to the issuer and was not acknowledged yet (factures.md §6.5)."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery

from invoices.enums import Espace, Statut
from invoices.models import ActionUtilisateur, Facture, FactureQuerySet, HistoriqueStatut
from invoices.queries_espaces import modifiables
from sandbox import clock
from structures.queries import Droits

DELAI_D_ACQUITTEMENT = timedelta(days=7)
"""Simulated days after which the window cannot be put off any more (D-34)."""
_ACQUITTEMENTS = (ActionUtilisateur.Code.ACQUITTEMENT_REJET, ActionUtilisateur.Code.ACQUITTEMENT_SUSPENSION)


def acquittee(facture_id: OuterRef | int, depuis: OuterRef | object) -> Q:
    return Q(facture=facture_id, code__in=_ACQUITTEMENTS, faite_le__gte=depuis)


def a_acquitter(droits: Droits) -> FactureQuerySet:
    """Rejected or suspended invoices on which the account may act, not acknowledged since, the oldest first.

    Each has ``dernier_motif`` and ``dernier_commentaire``: what the recipient said when he returned it.
    """
    derniere = HistoriqueStatut.objects.filter(facture=OuterRef("pk"), statut=OuterRef("statut")).order_by(
        "-survenu_le", "-pk"
    )
    lues = ActionUtilisateur.objects.filter(acquittee(OuterRef("pk"), OuterRef("statut_depuis")))
    trouvees: FactureQuerySet = (
        modifiables(droits, Espace.EMISES)
        .filter(Q(statut=Statut.SUSPENDUE) | Q(statut=Statut.REJETEE, rejet_traite=False))
        .exclude(Exists(lues))
        .annotate(
            dernier_motif=Subquery(derniere.values("motif")[:1]),
            dernier_commentaire=Subquery(derniere.values("commentaire")[:1]),
        )
        .order_by("statut_depuis", "pk")
    )
    return trouvees


def en_retard(factures: FactureQuerySet) -> FactureQuerySet:
    """Those that have waited for seven simulated days: the window stays until they are acknowledged (A19)."""
    retardees: FactureQuerySet = factures.filter(statut_depuis__lte=clock.now() - DELAI_D_ACQUITTEMENT)
    return retardees


def est_acquittee(facture: Facture) -> bool:
    return ActionUtilisateur.objects.filter(acquittee(facture.pk, facture.statut_depuis)).exists()
