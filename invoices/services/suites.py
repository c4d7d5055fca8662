"""What a status promises: routing in real seconds, robots in simulated days (factures.md §3.3, §9.2)."""

from invoices import robots
from invoices.enums import Action, Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox.events.scheduling import Promesse, cancel, schedule

ACHEMINER, LIVRER, ROBOT = "invoices.acheminer", "invoices.livrer", "invoices.robot"
ROUTAGE = 1.5
"""Real seconds between two steps of the routing (api.md A-13: delivered within ten)."""


def _routage(facture: Facture, ligne: HistoriqueStatut, kind: str) -> Promesse:
    return Promesse(kind=kind, cle=f"{kind}:{ligne.pk}", reel_dans=ROUTAGE, cible=facture.pk, place=facture.place)


def _plan_du_robot(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    destinataire = facture.destinataire
    if destinataire is None:
        return []
    plan = robots.plan(
        profil=facture.cohort.profils.get(destinataire.profil),
        depart=ligne.survenu_le,
        zone=facture.cohort.zone,
        graine=facture.cohort.graine,
        dossier=f"{facture.siren_fournisseur}/{facture.annee}/{facture.numero}",
        sans_paiement=destinataire.mise_en_paiement_non_remontee,
    )
    return [
        Promesse(
            kind=ROBOT,
            cle=f"{ROBOT}:{ligne.pk}:{etape.statut}",
            du_le=etape.instant,
            cible=facture.pk,
            place=facture.place,
            payload={"statut": etape.statut},
        )
        for etape in plan
    ]


def promettre(facture: Facture, ligne: HistoriqueStatut) -> None:
    """Schedule, or withdraw, what follows this line of history."""
    match ligne.statut:
        case Statut.DEPOSEE:
            schedule(facture.cohort, _routage(facture, ligne, ACHEMINER))
        case Statut.EN_COURS_ACHEMINEMENT:
            schedule(facture.cohort, _routage(facture, ligne, LIVRER))
        case Statut.MISE_A_DISPOSITION if ligne.action == Action.LIVRER:
            schedule(facture.cohort, *_plan_du_robot(facture, ligne))
        case Statut.COMPLETEE:
            schedule(facture.cohort, *_plan_du_robot(facture, ligne))
        case Statut.SUSPENDUE | Statut.A_RECYCLER | Statut.REJETEE | Statut.MISE_EN_PAIEMENT if not ligne.robot:
            cancel([ROBOT], facture.pk)
        case _:
            pass
