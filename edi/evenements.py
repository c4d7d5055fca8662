"""Handlers of the due events of the exchange: a life-cycle file to treat, a pivot to write."""

from edi.services import pivots, statuts
from sandbox.events.models import DueEvent
from sandbox.events.registry import register


@register(statuts.KIND)
def integrer_statuts(event: DueEvent) -> str | None:
    recu = statuts.integrer(event.cible or 0)
    return None if recu is None else f"Fichier de statuts : {str(recu.get_etat_display()).lower()}"


@register(pivots.KIND)
def deposer_pivot(event: DueEvent) -> str | None:
    fichier = pivots.deposer(event.cible or 0, event.payload["fiche"], event.payload["arrivee"])
    return None if fichier is None else "Facture pivot déposée chez le partenaire"
