"""Numbers that the service gives to invoices sent without one (api.md A-12)."""

from typing import ClassVar

from django.db import models

from sandbox.cohorts.scoping import MondeModel, monde_manager


class Numerotation(MondeModel):
    """The sequence of a session: one row, locked while a number is taken."""

    dernier = models.PositiveBigIntegerField("dernier numéro donné", default=0)

    objects = monde_manager()

    class Meta:
        verbose_name = "numérotation des factures"
        constraints: ClassVar = [models.UniqueConstraint(fields=["cohort"], name="numerotation_unique")]

    def __str__(self) -> str:
        return str(self.dernier)
