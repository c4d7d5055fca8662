"""Tags of the invoice screens."""

from collections.abc import Mapping
from typing import Any

from django import forms, template

from sandbox.web.champs import megabytes

register = template.Library()


@register.inclusion_tag("invoices/_champ.html")
def champ(formulaire: forms.BaseForm, nom: str, lus: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A field with its label, its error and, in a deposit, the mark of what was read in the document."""
    return {"champ": formulaire[nom], "nom": nom, "lu": (lus or {}).get(nom), "depot": bool(lus)}


@register.filter
def taille(octets: Any) -> str:
    """« 33 Ko »."""
    return megabytes(int(octets or 0))


@register.simple_tag
def lu(lus: Mapping[str, Any], nom: str) -> Any:
    return lus.get(nom)
