"""Archives asked for by an account, built in the background (factures.md §4.1 « Télécharger »)."""

from typing import ClassVar

from django.db import models

from accounts.models import Compte
from invoices.enums import Espace
from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager
from sandbox.documents.fields import EmpreinteField


class Telechargement(MondeModel):
    """What an account asked to download, how far the making is, and the file once it is there."""

    class Format(models.TextChoices):
        """api.md §6.9."""

        PDF = "PDF", "PDF"
        PIVOT = "PIVOT", "PIVOT (XML)"

    class Etat(models.TextChoices):
        EN_ATTENTE = "EN_ATTENTE", "En attente"
        EN_COURS = "EN_COURS", "En préparation"
        PRET = "PRET", "Prêt"
        ECHEC = "ECHEC", "Échec"

    compte = models.ForeignKey(Compte, models.CASCADE, related_name="+", verbose_name="demandeur")
    espace = models.CharField("application", max_length=20, choices=Espace)
    format = models.CharField("format", max_length=5, choices=Format, default=Format.PDF)
    avec_pieces = models.BooleanField("avec les pièces jointes", default=False)
    factures = models.JSONField("factures", default=list)
    etat = models.CharField("état", max_length=12, choices=Etat, default=Etat.EN_ATTENTE)
    faites = models.PositiveSmallIntegerField("factures faites", default=0)
    message = models.CharField("message", max_length=255, blank=True)
    nom = models.CharField("nom du fichier", max_length=200, blank=True)
    empreinte = EmpreinteField("fichier", blank=True)
    taille = models.PositiveIntegerField("taille (octets)", default=0)
    cle = models.CharField("clé du formulaire", max_length=40)
    demande_le = models.DateTimeField("demandé le", default=clock.now)
    avance_le = models.DateTimeField("dernier progrès (temps réel)", default=clock.real_now)

    objects = monde_manager()

    class Meta:
        verbose_name = "téléchargement"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "compte", "cle"], name="telechargement_cle_unique"),
        ]

    def __str__(self) -> str:
        return self.nom or f"Téléchargement {self.pk}"

    @property
    def total(self) -> int:
        return len(self.factures)

    @property
    def fini(self) -> bool:
        return self.etat in (self.Etat.PRET, self.Etat.ECHEC)

    @property
    def pct(self) -> int:
        """0 to 100; the last point is for the file once stored."""
        if self.etat == self.Etat.PRET:
            return 100
        return min(99, 100 * self.faites // self.total) if self.total else 0
