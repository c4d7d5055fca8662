"""Simulated mailbox: nothing ever leaves the machine (formation.md §4.2)."""

from typing import ClassVar

from django.db import models

from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager


class Message(MondeModel):
    """A message received at a ``.example`` address; ``lien`` is a local path that the reader may follow."""

    adresse = models.EmailField("destinataire")
    expediteur = models.CharField("expéditeur", max_length=120)
    objet = models.CharField("objet", max_length=200)
    corps = models.TextField("corps")
    type = models.CharField("type", max_length=30)
    lien = models.CharField("lien", max_length=255, blank=True)
    lien_libelle = models.CharField("texte du lien", max_length=120, blank=True)
    recu_le = models.DateTimeField("reçu le", default=clock.now)
    lu_le = models.DateTimeField("lu le", null=True, blank=True)

    objects = monde_manager()

    class Meta:
        verbose_name = "message"
        indexes: ClassVar = [
            models.Index(fields=["cohort", "place", "-recu_le", "-id"], name="message_boite_idx"),
            models.Index(fields=["cohort", "place"], condition=models.Q(lu_le=None), name="message_non_lu_idx"),
        ]

    def __str__(self) -> str:
        return self.objet
