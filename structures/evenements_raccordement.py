"""Handlers of the due events of the raccordement: a password, or a certificate, that ends soon."""

from sandbox.events.models import DueEvent
from sandbox.events.registry import register
from structures.models import CompteTechnique, FicheRaccordement
from structures.services import comptes_techniques, raccordement
from structures.services.comptes_techniques import ALERTE
from structures.services.raccordement import SIGNALEMENT


@register(ALERTE)
def alerter(event: DueEvent) -> str | None:
    """Thirty days before the end of a technical password."""
    technique = CompteTechnique.objects.select_related("compte", "structure").filter(pk=event.cible or 0).first()
    if technique is None:
        return None
    technique.cohort = technique.structure.cohort = event.cohort
    return "Expiration prochaine d'un compte technique" if comptes_techniques.alerter(technique) else None


@register(SIGNALEMENT)
def signaler(event: DueEvent) -> str | None:
    """Thirty days before the end of the certificate of an active fiche."""
    fiche = FicheRaccordement.objects.select_related("structure", "cree_par").filter(pk=event.cible or 0).first()
    if fiche is None:
        return None
    fiche.cohort = fiche.structure.cohort = event.cohort
    return "Raccordement à renouveler" if raccordement.signaler(fiche) else None
