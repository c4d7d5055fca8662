"""How a software reaches the portal: technical accounts, PISTE applications, fiches (comptes-structures.md §9)."""

from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

from django.db import models

from accounts.models import Compte
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField
from structures.enums import Environnement, EnvironnementPiste, EtatRaccordement, ModeRaccordement
from structures.models.structures import Structure

VALIDITE_MOT_DE_PASSE = timedelta(days=424)
"""14 months (comptes-structures.md §2.3)."""


class CompteTechnique(MondeModel):
    """API user of a structure: a portal account that opens no portal session, with a password that expires."""

    compte = models.OneToOneField(Compte, models.CASCADE, related_name="compte_technique", verbose_name="compte")
    structure = models.ForeignKey(
        Structure, models.CASCADE, related_name="comptes_techniques", verbose_name="structure"
    )
    numero = models.PositiveIntegerField("numéro")
    expire_le = models.DateTimeField("mot de passe valable jusqu'au")
    pret = models.BooleanField("fourni avec la session", default=False)
    """Its password is computed from the installation's key (``services.comptes_techniques.mot_de_passe_fourni``)."""
    cree_le = models.DateTimeField("créé le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "compte technique"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "structure", "numero"], name="compte_technique_numero_unique"),
        ]

    def __str__(self) -> str:
        return self.compte.login_email

    @property
    def est_expire(self) -> bool:
        return self.expire_le <= clock.now()


class ApplicationPiste(MondeModel):
    """Application of a portal account on the simulated PISTE: its OAuth credentials and the APIs it may call.

    The secret is not stored: it is drawn from the installation's key, the client id and ``version_secret``.
    """

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="applications_piste", verbose_name="compte")
    nom = models.CharField("nom", max_length=150)
    environnement = models.CharField("environnement", max_length=12, choices=EnvironnementPiste)
    client_id = models.UUIDField("client id", default=uuid4, unique=True, editable=False)
    version_secret = models.PositiveIntegerField("version du secret", default=1)
    apis = models.JSONField("API cochées", default=list)
    active = models.BooleanField("active", default=True)
    cree_le = models.DateTimeField("créée le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "application PISTE"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "compte", "nom"], name="application_piste_nom_unique"),
        ]

    def __str__(self) -> str:
        return self.nom


class ConsentementApi(MondeModel):
    """Terms of use of an API accepted on the simulated PISTE, once an environment."""

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="consentements", verbose_name="compte")
    api = models.CharField("API", max_length=30)
    environnement = models.CharField("environnement", max_length=12, choices=EnvironnementPiste)
    accepte_le = models.DateTimeField("accepté le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "consentement PISTE"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "compte", "api", "environnement"], name="consentement_piste_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.api} ({self.get_environnement_display()})"


class FicheRaccordement(MondeModel):
    """« Fiche de raccordement » of a structure, instructed by the trainer (comptes-structures.md §9.4)."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="raccordements", verbose_name="structure")
    cree_par = models.ForeignKey(Compte, models.SET_NULL, null=True, related_name="+", verbose_name="créée par")
    etat = models.CharField("état", max_length=16, choices=EtatRaccordement, default=EtatRaccordement.BROUILLON)
    mode = models.CharField("mode", max_length=3, choices=ModeRaccordement)
    environnement = models.CharField("environnement", max_length=15, choices=Environnement)
    emetteur = models.BooleanField("émetteur", default=True)
    recepteur = models.BooleanField("récepteur", default=False)
    pour_qui = models.CharField("pour qui", max_length=10, default="PROPRE")
    contact_nom = models.CharField("contact technique", max_length=120)
    contact_email = models.EmailField("e-mail du contact technique", max_length=120)
    contact_telephone = models.CharField("téléphone du contact technique", max_length=30, blank=True)
    protocole = models.CharField("protocole", max_length=10, blank=True)
    adresses_ip = models.CharField("adresses IP", max_length=200, blank=True)
    certificat = EmpreinteField("certificat", blank=True)
    certificat_nom = models.CharField("nom du fichier du certificat", max_length=150, blank=True)
    certificat_fin = models.DateField("fin de validité du certificat", null=True, blank=True)
    code_partenaire = models.CharField("code application partenaire", max_length=10, blank=True)
    interfaces = models.JSONField("interfaces", default=list, blank=True)
    application = models.ForeignKey(
        ApplicationPiste, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="application PISTE"
    )
    compte_technique = models.ForeignKey(
        CompteTechnique, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="compte technique"
    )
    flux = models.JSONField("familles de flux", default=list, blank=True)
    motif = models.CharField("motif du refus", max_length=255, blank=True)
    cree_le = models.DateTimeField("créée le", default=clock.now)
    modifie_le = models.DateTimeField("modifiée le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "fiche de raccordement"
        indexes: ClassVar = [models.Index(fields=["cohort", "structure", "-id"], name="fiche_raccordement_idx")]

    def __str__(self) -> str:
        return f"Raccordement {self.get_mode_display()} de {self.structure}"
