"""A cohort is a world: what belongs to one is read inside it, or not at all (docs/adr/0003-mondes.md)."""

from typing import Any

from django.db import models
from django_scopes import ScopedManager, scopes_disabled

__all__ = ["MondeModel", "ScopedManager", "monde_manager", "scopes_disabled"]


def monde_manager(queryset: type[models.QuerySet[Any]] | None = None) -> Any:
    """Manager that raises ``ScopeError`` outside a world and filters on the cohort inside it."""
    if queryset is None:
        return ScopedManager(cohort="cohort")
    return ScopedManager(cohort="cohort", _manager_class=models.Manager.from_queryset(queryset))


class MondeModel(models.Model):
    """Row of a world.

    ``place`` is the number of the seat whose part of the world this row is, null for the common cast:
    resetting one seat deletes and restores exactly the rows that carry its number.
    """

    cohort = models.ForeignKey("cohorts.Cohort", models.CASCADE, related_name="+", verbose_name="session")
    place = models.PositiveSmallIntegerField("poste", null=True, blank=True, editable=False)

    class Meta:
        abstract = True
