"""What a public body knows of what it ordered: the truth to which its robot compares a deposit (SIM-2)."""

from typing import ClassVar

from django.db import models

from sandbox.cohorts.scoping import MondeModel, monde_manager


class Commande(MondeModel):
    """An order of the pack, for one seat. ``contenu`` follows ``$defs/commande`` of the packs' schema."""

    cle = models.CharField("clé", max_length=60)
    fournisseur = models.CharField("SIREN du fournisseur", max_length=100)
    contenu = models.JSONField("ce qui est commandé et attendu")

    objects = monde_manager()

    class Meta:
        verbose_name = "commande"
        ordering: ClassVar = ["cle"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "fournisseur", "cle"], name="commande_unique"),
        ]

    def __str__(self) -> str:
        return self.cle
