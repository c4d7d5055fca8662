"""How bank accounts are shown."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from structures.identifiants import en_groupes

register = template.Library()


@register.filter
def iban(valeur: Any) -> SafeString:
    """« FR76 9999 9000… », copied without its spaces."""
    compact = str(valeur or "")
    return format_html('<span class="iban" data-copie="{}">{}</span>', compact, en_groupes(compact))
