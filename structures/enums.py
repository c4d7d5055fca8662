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
    EN_COURS_ACTIVATION = "EN_COURS_ACTIVATION", "En cours d'activation"


class EtatService(models.TextChoices):
    ACTIF = "ACTIF", "Actif"
    INACTIF = "INACTIF", "Inactif"
    SUPPRIME = "SUPPRIME", "Supprimé"


class Role(models.TextChoices):
    """comptes-structures.md §5.1."""

    GESTIONNAIRE_PRINCIPAL = "GP", "Gestionnaire principal"
    UTILISATEUR = "UTILISATEUR", "Utilisateur"
    TECHNIQUE = "TECHNIQUE", "Utilisateur technique"


class StatutRattachement(models.TextChoices):
    """comptes-structures.md §5.3, API ``statutRattachement``."""

    EN_COURS_DE_VALIDATION = "EN_COURS_DE_VALIDATION", "En cours de validation"
    VALIDEE = "VALIDEE", "Validé"
    REFUSEE = "REFUSEE", "Refusé"
    DESACTIVEE = "DESACTIVEE", "Désactivé"
    SUPPRIMEE = "SUPPRIMEE", "Supprimé"

    @property
    def famille(self) -> str:
        """Colour of its badge (LOOK.md)."""
        return BADGES_RATTACHEMENT[self.value][0]

    @property
    def icone(self) -> str:
        return BADGES_RATTACHEMENT[self.value][1]


BADGES_RATTACHEMENT = {
    "EN_COURS_DE_VALIDATION": ("attente", "hourglass-split"),
    "VALIDEE": ("paye", "check-circle"),
    "REFUSEE": ("refus", "x-circle"),
    "DESACTIVEE": ("retour", "pause"),
    "SUPPRIMEE": ("brouillon", "x"),
}


class RoleJoue(models.TextChoices):
    """What a simulated person does on the side of the structures (formation.md Table C)."""

    GESTIONNAIRE = "GESTIONNAIRE", "Gestionnaire simulé"
    COLLEGUE = "COLLEGUE", "Collègue simulé"


class TypeActe(models.TextChoices):
    """Line of a structure's « Historique » (comptes-structures.md §5.3, §11 ``ActeGestion``)."""

    STRUCTURE_CREEE = "STRUCTURE_CREEE", "Structure créée"
    STRUCTURE_MODIFIEE = "STRUCTURE_MODIFIEE", "Structure modifiée"
    STRUCTURE_ACTIVEE = "STRUCTURE_ACTIVEE", "Structure activée"
    STRUCTURE_DESACTIVEE = "STRUCTURE_DESACTIVEE", "Structure désactivée"
    INSEE = "INSEE", "Mise à jour depuis la base INSEE"
    IDENTIFIANT_CHANGE = "IDENTIFIANT_CHANGE", "Identifiant modifié"
    SERVICE_CREE = "SERVICE_CREE", "Service créé"
    SERVICE_MODIFIE = "SERVICE_MODIFIE", "Service modifié"
    SERVICE_ACTIVE = "SERVICE_ACTIVE", "Service activé"
    SERVICE_DESACTIVE = "SERVICE_DESACTIVE", "Service désactivé"
    BANQUE_AJOUTEE = "BANQUE_AJOUTEE", "Coordonnées bancaires ajoutées"
    BANQUE_MODIFIEE = "BANQUE_MODIFIEE", "Coordonnées bancaires modifiées"
    BANQUE_DESACTIVEE = "BANQUE_DESACTIVEE", "Coordonnées bancaires désactivées"
    MANDAT_SOUSCRIT = "MANDAT_SOUSCRIT", "Mandat de facturation souscrit"
    RATTACHEMENT_DEMANDE = "RATTACHEMENT_DEMANDE", "Rattachement demandé"
    RATTACHEMENT_VALIDE = "RATTACHEMENT_VALIDE", "Rattachement validé"
    RATTACHEMENT_REFUSE = "RATTACHEMENT_REFUSE", "Rattachement refusé"
    RATTACHEMENT_DIRECT = "RATTACHEMENT_DIRECT", "Utilisateur rattaché directement"
    RATTACHEMENT_DESACTIVE = "RATTACHEMENT_DESACTIVE", "Rattachement désactivé"
    RATTACHEMENT_REACTIVE = "RATTACHEMENT_REACTIVE", "Rattachement réactivé"
    RATTACHEMENT_SUPPRIME = "RATTACHEMENT_SUPPRIME", "Utilisateur détaché"
    HABILITATIONS = "HABILITATIONS", "Habilitations modifiées"
    DROITS_DUPLIQUES = "DROITS_DUPLIQUES", "Droits dupliqués"
    GESTIONNAIRE_TRANSFERE = "GESTIONNAIRE_TRANSFERE", "Rôle de gestionnaire principal transféré"
    ACTIVATION_RENVOYEE = "ACTIVATION_RENVOYEE", "Lien d'activation renvoyé"
    COMPTE_TECHNIQUE_CREE = "COMPTE_TECHNIQUE_CREE", "Compte technique créé"
    COMPTE_TECHNIQUE_REINITIALISE = "COMPTE_TECHNIQUE_REINITIALISE", "Mot de passe du compte technique réinitialisé"
    COMPTE_TECHNIQUE_EXPIRE = "COMPTE_TECHNIQUE_EXPIRE", "Compte technique expiré par le formateur"
    RACCORDEMENT = "RACCORDEMENT", "Fiche de raccordement"


class ModeRaccordement(models.TextChoices):
    EDI = "EDI", "EDI"
    API = "API", "API"


class Environnement(models.TextChoices):
    QUALIFICATION = "QUALIFICATION", "Qualification"
    PRODUCTION = "PRODUCTION", "Production"


class EnvironnementPiste(models.TextChoices):
    """Each API appears twice on PISTE (comptes-structures.md §9.3)."""

    SANDBOX = "SANDBOX", "Sandbox"
    PRODUCTION = "PRODUCTION", "Production"


class EtatRaccordement(models.TextChoices):
    """States of a fiche de raccordement, ours (comptes-structures.md §9.4, §13.11)."""

    BROUILLON = "BROUILLON", "Brouillon"
    SOUMISE = "SOUMISE", "Soumise"
    EN_INSTRUCTION = "EN_INSTRUCTION", "En cours d'instruction"
    VALIDEE = "VALIDEE", "Validée"
    REFUSEE = "REFUSEE", "Refusée"
    ACTIVE = "ACTIVE", "Active"
    A_RENOUVELER = "A_RENOUVELER", "À renouveler"
    CLOTUREE = "CLOTUREE", "Clôturée"
