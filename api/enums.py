"""What the console chooses among."""

from django.db import models


class TypePanne(models.TextChoices):
    """Faults on demand (formation.md SIM-10; api.md A-08, A-18)."""

    JETON_EXPIRE = "JETON_EXPIRE", "Jetons expirés (401)"
    DEBIT = "DEBIT", "Trop de requêtes (429)"
    ERREUR = "ERREUR", "Erreur interne (500)"
    SANS_REPONSE = "SANS_REPONSE", "Pas de réponse à temps"
    LENTEUR = "LENTEUR", "Réponses lentes"
    FLUX_PARTIEL = "FLUX_PARTIEL", "Prochain lot intégré partiellement"
    FLUX_INCIDENTE = "FLUX_INCIDENTE", "Prochain flux incidenté"
