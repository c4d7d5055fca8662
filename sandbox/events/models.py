"""The only promise about the future: a row (DESIGN « Time »). No Celery ETA, no countdown."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from sandbox import clock
from sandbox.cohorts.scoping import MondeModel, monde_manager


class DueEvent(MondeModel):
    """Something that will happen at ``du_le`` (simulated).

    ``reel_le`` is set on what runs in real seconds even when the clock is stopped (routing, flows): it is
    then played at that real instant, or earlier when a jump passes ``du_le``.
    ``cible`` is the id of the piece it acts on, ``kind`` the name of its handler.
    """

    class Etat(models.TextChoices):
        PREVU = "prevu", "Prévu"
        JOUE = "joue", "Joué"
        ANNULE = "annule", "Annulé"

    sequence = models.PositiveBigIntegerField("ordre de création")
    kind = models.CharField("nature", max_length=40)
    du_le = models.DateTimeField("échéance simulée")
    reel_le = models.DateTimeField("échéance réelle", null=True, blank=True)
    cible = models.PositiveBigIntegerField("pièce visée", null=True, blank=True)
    cle = models.CharField("clé d'unicité", max_length=120)
    payload = models.JSONField("données", default=dict)
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.PREVU)
    joue_le = models.DateTimeField("joué le (temps réel)", null=True, blank=True)
    echec = models.CharField("échec", max_length=255, blank=True)

    piece: Any = None
    """What the event acts on, when its kind has it read in advance (``registry.Kind.charger``)."""

    objects = monde_manager()

    class Meta:
        verbose_name = "évènement prévu"
        ordering: ClassVar = ["du_le", "sequence"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cohort", "cle"], name="dueevent_cle_unique"),
            models.CheckConstraint(condition=Q(etat__in=["prevu", "joue", "annule"]), name="dueevent_etat_connu"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["cohort", "du_le", "sequence"], condition=Q(etat="prevu"), name="dueevent_prochain_idx"
            ),
            models.Index(fields=["cohort", "kind", "cible"], condition=Q(etat="prevu"), name="dueevent_cible_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cible or ''} @ {self.du_le:%Y-%m-%d %H:%M}"


class Battement(models.Model):
    """Last sign of life of the background work: the database is what every process sees, whatever the broker."""

    nom = models.CharField("nom", max_length=20, primary_key=True)
    le = models.DateTimeField("dernier signe de vie (temps réel)", default=clock.real_now)

    class Meta:
        verbose_name = "battement"

    def __str__(self) -> str:
        return f"{self.nom} {self.le:%Y-%m-%d %H:%M:%S}"
