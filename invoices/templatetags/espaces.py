"""Addresses of the screens that the three applications share."""

from typing import Any

from django import template

from invoices.enums import Espace

register = template.Library()


@register.simple_tag
def adresse(espace: Espace, nom: str, *args: Any) -> str:
    """``{% adresse espace "piece" facture.pk piece.pk %}``: the path of this screen in this application."""
    from invoices.views.commun import adresse as chemin  # noqa: PLC0415 -- views are above

    return chemin(espace or Espace.EMISES, nom, *args)
