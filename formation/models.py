"""What the training layer keeps in a world: the exercises that a seat has opened."""

from typing import ClassVar

from django.db import models

from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager


class OuvertureExercice(MondeModel):
    """J0 of an exercise for a seat: the simulated day on which it was opened (exercices.md §0.1)."""

    cle = models.CharField("exercice", max_length=30)
    ouvert_le = models.DateTimeField("ouvert le", default=clock.now)

    objects = monde_manager()

    class Meta:
        verbose_name = "exercice ouvert"
        ordering: ClassVar = ["ouvert_le", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "place", "cle"], name="exercice_ouvert_une_fois"),
        ]

    def __str__(self) -> str:
        return self.cle
