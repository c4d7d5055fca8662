from django.db import models


class Regime(models.TextChoices):
    """Rules in force (DESIGN §8; factures.md §3.7)."""

    HISTORIQUE = "historique", "Règles historiques"
    REFORME_2026 = "reforme-2026", "Règles septembre 2026"


class ModeHorloge(models.TextChoices):
    """formation.md CLK-1."""

    ARRETEE = "stopped", "Arrêtée"
    ACCELEREE = "accelerated", "Accélérée"
    REELLE = "real", "Temps réel"


class EtatSession(models.TextChoices):
    """formation.md §3."""

    PREPAREE = "preparee", "Préparée"
    OUVERTE = "ouverte", "Ouverte"
    EN_PAUSE = "en_pause", "En pause"
    TERMINEE = "terminee", "Terminée"
    ARCHIVEE = "archivee", "Archivée"


FUSEAUX = [
    ("Europe/Paris", "Métropole (Europe/Paris)"),
    ("America/Guadeloupe", "Antilles (Guadeloupe, Martinique)"),
    ("America/Cayenne", "Guyane"),
    ("Indian/Reunion", "La Réunion"),
    ("Indian/Mayotte", "Mayotte"),
    ("Pacific/Noumea", "Nouvelle-Calédonie"),
    ("Pacific/Tahiti", "Polynésie française"),
]
"""formation.md SES-3."""
