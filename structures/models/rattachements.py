"""Who is attached to what, with which rights, and what managers did (comptes-structures.md §5)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from structures.enums import Role, RoleJoue, StatutRattachement, TypeActe
from structures.models.structures import Service, Structure, dans_validite


class DemandeRattachement(MondeModel):
    """Something asked for, then decided by a manager: what carries a ``statutRattachement`` (§5.3)."""

    statut = models.CharField(
        "statut", max_length=24, choices=StatutRattachement, default=StatutRattachement.EN_COURS_DE_VALIDATION
    )
    commentaire = models.CharField("commentaire", max_length=255, blank=True)
    motif = models.CharField("motif", max_length=255, blank=True)
    demande_le = models.DateTimeField("demandé le", default=clock.now)
    traite_le = models.DateTimeField("traité le", null=True, blank=True)
    traite_par = models.ForeignKey(
        Compte, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="traité par"
    )

    class Meta:
        abstract = True

    @property
    def statut_enum(self) -> StatutRattachement:
        return StatutRattachement(self.statut)

    @property
    def en_attente(self) -> bool:
        return self.statut == StatutRattachement.EN_COURS_DE_VALIDATION

    @property
    def est_valide(self) -> bool:
        return self.statut == StatutRattachement.VALIDEE

    @property
    def est_desactive(self) -> bool:
        return self.statut == StatutRattachement.DESACTIVEE


class Rattachement(DemandeRattachement):
    """Link between an account and a structure (comptes-structures.md §5.3)."""

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="rattachements", verbose_name="compte")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="rattachements", verbose_name="structure")
    role = models.CharField("rôle", max_length=12, choices=Role)

    objects = monde_manager()

    class Meta:
        verbose_name = "rattachement"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "compte", "structure"],
                condition=Q(statut__in=["EN_COURS_DE_VALIDATION", "VALIDEE"]),
                name="rattachement_un_seul_vivant",
            ),
            models.UniqueConstraint(
                fields=["cohort", "structure"],
                condition=Q(role="GP", statut="VALIDEE"),
                name="rattachement_un_seul_gestionnaire",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["cohort", "structure", "statut", "demande_le"], name="rattachement_attente_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.compte} – {self.structure} ({self.get_role_display()})"

    @property
    def est_gestionnaire(self) -> bool:
        return self.role == Role.GESTIONNAIRE_PRINCIPAL

    @property
    def est_technique(self) -> bool:
        return self.role == Role.TECHNIQUE


class RattachementService(DemandeRattachement):
    """Part of an attachment that concerns one service, with its own state (comptes-structures.md §5.3).

    An attachment without any bears on the whole structure.
    """

    rattachement = models.ForeignKey(Rattachement, models.CASCADE, related_name="services", verbose_name="rattachement")
    service = models.ForeignKey(Service, models.CASCADE, related_name="rattachements", verbose_name="service")
    debut = models.DateField("du", null=True, blank=True)
    fin = models.DateField("au", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "rattachement à un service"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "rattachement", "service"],
                condition=Q(statut__in=["EN_COURS_DE_VALIDATION", "VALIDEE"]),
                name="rattachement_service_vivant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rattachement.compte} – {self.service}"

    @property
    def hors_periode(self) -> bool:
        """Asked for between two dates, and today is outside them: its rights have no effect."""
        return not dans_validite(self.debut, self.fin)

    @property
    def periode(self) -> str:
        """« du 01/12/2026 au 31/12/2026 », empty without dates."""
        debut, fin = (f"{jour:%d/%m/%Y}" if jour else "" for jour in (self.debut, self.fin))
        if debut and fin:
            return f"du {debut} au {fin}"
        return f"à partir du {debut}" if debut else f"jusqu'au {fin}" if fin else ""

    @property
    def etiquette(self) -> str:
        """Code of the service, and its period if it has one."""
        return f"{self.service.code} ({self.periode})" if self.periode else self.service.code


class Habilitation(MondeModel):
    """A profile held on a structure, or on one of its services, in consultation or modification."""

    rattachement = models.ForeignKey(
        Rattachement, models.CASCADE, related_name="habilitations", verbose_name="rattachement"
    )
    service = models.ForeignKey(
        Service, models.CASCADE, null=True, blank=True, related_name="habilitations", verbose_name="service"
    )
    profil = models.CharField("profil", max_length=30, choices=[(p.value, p.value) for p in Profil])
    niveau = models.CharField("niveau", max_length=25, choices=Niveau)

    objects = monde_manager()

    class Meta:
        verbose_name = "habilitation"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "rattachement", "profil"],
                condition=Q(service__isnull=True),
                name="habilitation_unique",
            ),
            models.UniqueConstraint(
                fields=["cohort", "rattachement", "service", "profil"],
                condition=Q(service__isnull=False),
                name="habilitation_service_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profil} {self.get_niveau_display()}"


class ActeGestion(MondeModel):
    """Line of a structure's « Historique »: who did what, when, from what to what. Append-only."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="actes", verbose_name="structure")
    acteur = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="acteur")
    acteur_nom = models.CharField("nom de l'acteur", max_length=150)
    type = models.CharField("acte", max_length=40, choices=TypeActe)
    objet = models.CharField("objet", max_length=255, blank=True)
    avant = models.JSONField("avant", default=dict, blank=True)
    apres = models.JSONField("après", default=dict, blank=True)
    survenu_le = models.DateTimeField("survenu le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "acte de gestion"
        indexes: ClassVar = [models.Index(fields=["cohort", "structure", "-id"], name="acte_historique_idx")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.objet}".strip()


class Personnage(MondeModel):
    """A simulated person behind a portal account: gestionnaire of the cast, colleague (formation.md Table C).

    ``script`` comes from the pack: what a gestionnaire accepts and its reason to refuse, what a colleague asks.
    """

    compte = models.OneToOneField(Compte, models.CASCADE, related_name="personnage", verbose_name="compte")
    role = models.CharField("rôle joué", max_length=12, choices=RoleJoue)
    script = models.JSONField("script", default=dict)

    objects = monde_manager()

    class Meta:
        verbose_name = "personnage"

    def __str__(self) -> str:
        return f"{self.compte} ({self.get_role_display()})"
