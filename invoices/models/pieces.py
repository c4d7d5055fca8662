"""Files of an invoice (factures.md §2.8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Compte
from invoices.enums import TypePieceJointe
from invoices.models.factures import Facture
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField


class PieceJointe(MondeModel):
    """A file of the invoice: the document itself (principale) or a supporting one (factures.md §2.8)."""

    facture = models.ForeignKey(Facture, models.CASCADE, related_name="pieces", verbose_name="facture")
    principale = models.BooleanField("document principal", default=False)
    designation = models.CharField("désignation", max_length=100, blank=True)
    type = models.CharField("type", max_length=30, choices=TypePieceJointe, default=TypePieceJointe.DIVERS)
    nom = models.CharField("nom du fichier", max_length=200)
    empreinte = EmpreinteField("fichier")
    taille = models.PositiveIntegerField("taille (octets)")
    ligne = models.PositiveIntegerField("n° de ligne", null=True, blank=True)
    signalement = models.CharField("signalement", max_length=200, blank=True)
    """What was seen in the file without opening it: JavaScript, embedded program… (kept, never run)."""
    ajoutee_par = models.ForeignKey(Compte, models.SET_NULL, null=True, blank=True, related_name="+")
    ajoutee_le = models.DateTimeField("ajoutée le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "pièce jointe"
        ordering: ClassVar = ["-principale", "pk"]
        indexes: ClassVar = [models.Index(fields=["cohort", "facture"], name="piece_facture_idx")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cohort", "facture"], condition=Q(principale=True), name="piece_une_principale"
            ),
        ]

    def __str__(self) -> str:
        return self.nom
