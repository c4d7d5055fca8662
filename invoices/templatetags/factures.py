"""Tags of the invoice screens."""

from collections.abc import Mapping
from typing import Any

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sandbox.web.champs import megabytes

register = template.Library()


@register.simple_tag
def champ(formulaire: forms.BaseForm, nom: str, lus: Mapping[str, Any] | None = None) -> SafeString:
    """A field with its label, its error and, in a deposit, the mark of what was read in the document."""
    field, lu = formulaire[nom], (lus or {}).get(nom)
    return format_html(
        '<div class="champ{}"{}>{}{}</div>',
        " champ-faux" if field.errors else "",
        format_html(' data-lu="{}"', nom) if lu else "",
        field.as_field_group(),
        render_to_string("invoices/_lu.html", {"lu": lu}) if lu else "",
    )


@register.filter
def taille(octets: Any) -> str:
    """« 33 Ko »."""
    return megabytes(int(octets or 0))


@register.simple_tag
def lu(lus: Mapping[str, Any], nom: str) -> Any:
    return lus.get(nom)
