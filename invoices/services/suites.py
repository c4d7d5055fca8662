"""What a status promises: routing in real seconds, silence of a validator, counterparts (factures.md §3.3, §9.2)."""

from invoices import lifecycle
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.services import contreparties, echeances
from sandbox.events.scheduling import Promesse, cancel, schedule

ACHEMINER, LIVRER, DEMANDER = "invoices.acheminer", "invoices.livrer", "invoices.demander_validation"
ROUTAGE = 1.5
"""Real seconds between two steps of the routing (api.md A-13: delivered within ten)."""
ROUTAGES = {Action.ACHEMINER: ACHEMINER, Action.LIVRER: LIVRER, Action.DEMANDER_VALIDATION: DEMANDER}


def _routages(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    """What the platform does next by itself: the rows of the table whose delay is the routing."""
    return [
        Promesse(
            kind=ROUTAGES[row.action],
            cle=f"{ROUTAGES[row.action]}:{ligne.pk}",
            reel_dans=ROUTAGE,
            cible=facture.pk,
            place=facture.place,
        )
        for row in lifecycle.available(facture.situation(), Acteur.PLATEFORME)
        if row.delay == lifecycle.ROUTAGE
    ]


def promettre(facture: Facture, ligne: HistoriqueStatut) -> None:
    """Schedule, or withdraw, what follows this line of history."""
    if ligne.statut_avant in echeances.RANGS:
        cancel([echeances.SILENCE, contreparties.VALIDEUR], facture.pk)
        echeances.clore(facture, ligne)
    if ligne.statut in contreparties.ARRETS and not ligne.robot:  # a robot never stops before the end of its own plan
        cancel([contreparties.ROBOT], facture.pk)
    promesses = _routages(facture, ligne)
    match ligne.statut:
        case Statut.A_VALIDER_1 | Statut.A_VALIDER_2:
            promesses += echeances.ouvrir(facture, ligne)
            promesses += contreparties.plan_du_valideur(facture, ligne)
        case Statut.MISE_A_DISPOSITION if ligne.action == Action.LIVRER:
            promesses += contreparties.plan_du_destinataire(facture, ligne)
        case Statut.COMPLETEE:
            promesses += contreparties.plan_du_destinataire(facture, ligne)
        case Statut.REFUSEE_1 | Statut.REFUSEE_2:
            promesses += contreparties.suites_du_refus(facture, ligne)
        case _:
            pass
    schedule(facture.cohort, *promesses)
