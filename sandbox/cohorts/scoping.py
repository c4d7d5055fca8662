"""A cohort is a world: what belongs to one is read inside it, or not at all (docs/adr/0001-mondes.md)."""

from typing import Any

from django.db import models
from django_scopes import ScopedManager, scopes_disabled
from django_scopes.manager import DisabledQuerySet

__all__ = ["MondeModel", "monde_manager", "scopes_disabled"]


class HorsMonde(DisabledQuerySet):
    """The library leaves two reads open outside a scope; they are reads like the others."""

    exists = explain = DisabledQuerySet.error


def monde_manager(queryset: type[models.QuerySet[Any]] | None = None) -> Any:
    """Manager that raises ``ScopeError`` outside a world and filters on the cohort inside it."""
    base = models.Manager if queryset is None else models.Manager.from_queryset(queryset)
    cloisonne: Any = type(ScopedManager(cohort="cohort", _manager_class=base))

    class Manager(cloisonne):
        def get_queryset(self) -> Any:
            lu = super().get_queryset()
            if isinstance(lu, DisabledQuerySet):
                return HorsMonde(self.model, using=self._db, missing_scopes=lu.missing_scopes)
            return lu

    return Manager()


class MondeModel(models.Model):
    """Row of a world.

    ``place`` is the number of the seat whose part of the world this row is, null for the common cast:
    resetting one seat deletes and restores exactly the rows that carry its number.
    """

    cohort = models.ForeignKey("cohorts.Cohort", models.CASCADE, related_name="+", verbose_name="session")
    place = models.PositiveSmallIntegerField("poste", null=True, blank=True, editable=False)

    class Meta:
        abstract = True
