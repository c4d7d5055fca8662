from typing import ClassVar

from django.db import models

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.cohorts.scoping import monde_manager
from sandbox.documents.fields import EmpreinteField


class Snapshot(models.Model):
    """State of a world at an instant; its rows are in the content-addressed file ``empreinte``."""

    INITIAL = "initial"

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="+", verbose_name="session")
    nom = models.CharField("nom", max_length=80)
    motif = models.CharField("motif", max_length=120, blank=True)
    cree_le = models.DateTimeField("créé le (temps réel)", default=clock.real_now)
    simule_le = models.DateTimeField("instant simulé")
    horloge_mode = models.CharField("horloge", max_length=12)
    empreinte = EmpreinteField("fichier")
    etat_hash = models.CharField("empreinte de l'état", max_length=64)
    schema = models.CharField("version du schéma", max_length=64)
    taille = models.PositiveIntegerField("taille compressée")

    objects = monde_manager()

    class Meta:
        verbose_name = "instantané"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "nom"], name="snapshot_nom_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["cohort", "-id"], name="snapshot_recents_idx")]

    def __str__(self) -> str:
        return self.nom
