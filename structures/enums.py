from django.db import models


class TypeIdentifiant(models.TextChoices):
    """comptes-structures.md §3."""

    SIRET = "SIRET", "SIRET"
    UE_HORS_FRANCE = "UE_HORS_FRANCE", "Structure européenne hors France"
    HORS_UE = "HORS_UE", "Structure hors UE"
    RIDET = "RIDET", "Structure avec RIDET"
    TAHITI = "TAHITI", "Structure avec numéro TAHITI"
    PARTICULIER = "PARTICULIER", "de type particulier"
    AUTRE = "AUTRE", "en cours d'immatriculation"


class Nature(models.TextChoices):
    PRIVEE = "PRIVEE", "Privée"
    PUBLIQUE = "PUBLIQUE", "Publique"


class EtatStructure(models.TextChoices):
    ACTIF = "ACTIF", "Active"
    INACTIF = "INACTIF", "Inactive"


class EtatService(models.TextChoices):
    ACTIF = "ACTIF", "Actif"
    INACTIF = "INACTIF", "Inactif"
    SUPPRIME = "SUPPRIME", "Supprimé"


class Role(models.TextChoices):
    """comptes-structures.md §5.1."""

    GESTIONNAIRE_PRINCIPAL = "GP", "Gestionnaire principal"
    UTILISATEUR = "UTILISATEUR", "Utilisateur"


class StatutRattachement(models.TextChoices):
    """comptes-structures.md §5.3, API ``statutRattachement``."""

    EN_COURS_DE_VALIDATION = "EN_COURS_DE_VALIDATION", "En cours de validation"
    VALIDEE = "VALIDEE", "Validé"
    REFUSEE = "REFUSEE", "Refusé"
    DESACTIVEE = "DESACTIVEE", "Désactivé"
    SUPPRIMEE = "SUPPRIMEE", "Supprimé"
