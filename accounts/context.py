"""What every template may ask: the strip, the seat, the portal account."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sandbox.cohorts.bandeau import bandeau


def monde(request: HttpRequest) -> dict[str, Any]:
    place = getattr(request, "place", None)
    return {
        "place": place,
        "compte": getattr(request, "compte", None),
        "cohort": getattr(request, "cohort", None),
        "bandeau": SimpleLazyObject(lambda: bandeau(place)) if place else None,
    }
