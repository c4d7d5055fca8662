"""What happened to an invoice: the three histories of its page (factures.md §6.4)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Compte
from invoices.enums import Acteur, Action, Motif, Statut
from invoices.models.factures import Facture
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager


class HistoriqueStatut(MondeModel):
    """One line per status entered, never changed (factures.md §6.4). No author: the system, « Chorus Pro »."""

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="historique", verbose_name="facture")
    transition = models.CharField("transition", max_length=4, blank=True)
    action = models.CharField("action", max_length=30, choices=Action)
    statut_avant = models.CharField("statut précédent", max_length=40, blank=True)
    statut = models.CharField("statut", max_length=40, choices=Statut)
    survenu_le = models.DateTimeField("date", default=clock.now)
    acteur = models.CharField("acteur", max_length=15, choices=Acteur)
    compte = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+")
    auteur = models.CharField("auteur", max_length=150)
    robot = models.BooleanField("joué par un robot", default=False)
    motif = models.CharField("motif", max_length=30, choices=Motif, blank=True)
    commentaire = models.CharField("commentaire", max_length=255, blank=True)
    numero_mandat = models.CharField("n° de mandat / DP", max_length=50, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "historique des statuts"
        ordering: ClassVar = ["survenu_le", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(statut__in=Statut.values), name="historique_statut_connu"),
        ]
        # The second is what SQLite, which knows no statistics, needs to read the lines of one invoice.
        indexes: ClassVar = [
            models.Index(fields=["cohort", "-id"], name="historique_fil_idx"),
            models.Index(fields=["cohort", "facture"], name="historique_facture_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.get_statut_display()} ({self.survenu_le:%d/%m/%Y})"


class ActionUtilisateur(MondeModel):
    """factures.md §6.4: what people did without changing the status."""

    class Code(models.TextChoices):
        TELECHARGEMENT = "TELECHARGEMENT_FACTURE", "Téléchargement de la facture"
        CERTIFICAT = "TELECHARGEMENT_CERTIFICAT", "Téléchargement du certificat de dépôt"
        ACQUITTEMENT_REJET = "ACQUITTEMENT_REJET", "Acquittement du rejet"
        ACQUITTEMENT_SUSPENSION = "ACQUITTEMENT_SUSPENSION", "Acquittement de la suspension"
        TRAITEMENT_REJET = "TRAITEMENT_REJET", "Traitement du rejet"

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="actions", verbose_name="facture")
    code = models.CharField("action", max_length=30, choices=Code)
    compte = models.ForeignKey(Compte, models.CASCADE, related_name="+", verbose_name="utilisateur")
    faite_le = models.DateTimeField("date", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "action utilisateur"
        ordering: ClassVar = ["faite_le", "pk"]
        indexes: ClassVar = [models.Index(fields=["cohort", "facture"], name="action_facture_idx")]

    def __str__(self) -> str:
        return self.get_code_display()


class EvenementComplementaire(MondeModel):
    """« Événements complémentaires »: what happened that is neither a status nor a user's action."""

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="evenements", verbose_name="facture")
    libelle = models.CharField("libellé", max_length=255)
    compte = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+")
    auteur = models.CharField("auteur", max_length=150)
    survenu_le = models.DateTimeField("date", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "événement complémentaire"
        ordering: ClassVar = ["survenu_le", "pk"]
        indexes: ClassVar = [models.Index(fields=["cohort", "facture"], name="evenement_facture_idx")]

    def __str__(self) -> str:
        return self.libelle
