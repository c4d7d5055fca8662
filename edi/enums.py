"""What goes out to a partner, and what became of a life-cycle file that came in. Imports nothing."""

from django.db import models


class Nature(models.TextChoices):
    """Kind of a file of ``out``; its value is the interface, except for comptes rendus (flux-edi.md §2)."""

    COMPTE_RENDU = "CR", "Compte rendu d'intégration"
    CYCLE_DE_VIE = "FEN1200A", "Cycle de vie (CPPStatut)"
    PIVOT = "OUT_DP_CPP_FACTURE", "Facture pivot"
    ANNUAIRE = "OUT_REF_SP_FAR0037", "Annuaire des structures publiques"


class EtatStatuts(models.TextChoices):
    """State of a CPPStatut file deposited by a recipient: those of a flow (flux-edi.md §5)."""

    EN_ATTENTE = "IN_RECU", "Reçu"
    REJETE = "IN_REJETE", "Rejeté"
    INTEGRE_PARTIEL = "IN_INTEGRE_PARTIEL", "Intégré partiellement"
    INTEGRE = "IN_INTEGRE", "Intégré"
