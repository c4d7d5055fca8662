"""Where an invoice goes before, and instead of, its recipient: validators, former recipients (factures.md §5, §7)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Compte
from invoices.enums import DecisionValidation, Motif, Qualite
from invoices.models.factures import Facture
from invoices.models.historiques import HistoriqueStatut
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from structures.models import Service, Structure


class Validation(MondeModel):
    """One request to one validator; a corrected valideur makes a new row. No ``decision``: still awaited."""

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="validations", verbose_name="facture")
    rang = models.PositiveSmallIntegerField("rang", choices=[(1, "Valideur 1"), (2, "Valideur 2")])
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="+", verbose_name="structure valideur")
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="service valideur"
    )
    demandee_le = models.DateTimeField("demandée le", default=clock.now)
    echeance = models.DateTimeField("échéance de validation", null=True, blank=True)
    """0:00 of day 16, when silence becomes acceptance; none for an A12 (factures.md §5.3, D-10)."""
    decision = models.CharField("décision", max_length=12, choices=DecisionValidation, blank=True)
    qualite = models.CharField("qualité", max_length=12, choices=Qualite, blank=True)
    motif = models.CharField("motif", max_length=30, choices=Motif, blank=True)
    complement = models.CharField("complément d'information", max_length=255, blank=True)
    compte = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+")
    auteur = models.CharField("auteur", max_length=150, blank=True)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "validation"
        ordering: ClassVar = ["demandee_le", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "facture", "rang"], condition=Q(decision=""), name="validation_une_en_attente"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["cohort", "structure", "decision"], name="validation_structure_idx")]

    def __str__(self) -> str:
        return f"Validation {self.rang} de {self.facture_id}"


class DestinatairePrecedent(MondeModel):
    """A recipient that the invoice has left by a recycling: it keeps reading it as it was then (factures.md §7)."""

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="precedents", verbose_name="facture")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="+", verbose_name="destinataire")
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="service"
    )
    code_service = models.CharField("code service", max_length=120, blank=True)
    libelle_service = models.CharField("nom du service", max_length=255, blank=True)
    numero_engagement = models.CharField("numéro d'engagement", max_length=80, blank=True)
    commentaire = models.TextField("commentaire", blank=True)
    recyclage = models.ForeignKey(
        HistoriqueStatut, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="recyclage"
    )
    """The line that took the invoice away: he sees those before it, instants being equal when the clock is stopped."""
    jusqu_au = models.DateTimeField("jusqu'au", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "destinataire précédent"
        ordering: ClassVar = ["jusqu_au", "pk"]
        indexes: ClassVar = [models.Index(fields=["cohort", "structure"], name="precedent_structure_idx")]

    def __str__(self) -> str:
        return str(self.structure)
