"""Under the account's name: the structure in whose name it acts."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from structures.acces import droits_de


def structure_courante(request: HttpRequest) -> dict[str, Any]:
    if getattr(request, "compte", None) is None:
        return {}
    return {"structure_courante": SimpleLazyObject(lambda: droits_de(request).libelle)}
