from django.db import models


class EtatCompte(models.TextChoices):
    """comptes-structures.md §2.6. A locked account is an active one with ``bloque_jusqua`` in the future."""

    EN_ATTENTE_ACTIVATION = "EN_ATTENTE_ACTIVATION", "En attente d'activation"
    ACTIF = "ACTIF", "Actif"
    DESACTIVE = "DESACTIVE", "Désactivé"
    TECHNIQUE = "TECHNIQUE", "Technique"


class UsageJeton(models.TextChoices):
    ACTIVATION = "activation", "Activation du compte"
    MOT_DE_PASSE = "mot_de_passe", "Réinitialisation du mot de passe"
    ADRESSE = "adresse", "Changement d'adresse de connexion"


class DeuxiemeFacteur(models.TextChoices):
    """comptes-structures.md §2.3; no security key (§13.4)."""

    COURRIEL = "email", "code reçu par courriel"
    TOTP = "totp", "application d'authentification"


class Niveau(models.TextChoices):
    """comptes-structures.md §5.2, API ``typeHabilitation``."""

    CONSULTATION = "CONSULTATION_UNIQUEMENT", "consultation"
    MODIFICATION = "MODIFICATION", "modification"
