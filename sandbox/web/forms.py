"""How forms are drawn: label, « (obligatoire) » in words, help, error tied to its field; and the shared fields."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from sandbox.web.champs import (
    DateField,
    FichierField,
    FichiersField,
    MontantField,
    SaisieDate,
    SaisieMontant,
    SiretField,
    ZoneDepot,
    ZoneDepotMultiple,
    check_siret,
    check_upload,
)
from sandbox.web.rendu import dessiner

__all__ = [
    "ChampLie",
    "DateField",
    "FichierField",
    "FichiersField",
    "MontantField",
    "RenduFormulaire",
    "SaisieDate",
    "SaisieMontant",
    "SiretField",
    "ZoneDepot",
    "ZoneDepotMultiple",
    "check_siret",
    "check_upload",
]

_SANS_CLASSE = (forms.HiddenInput, forms.MultiWidget, ZoneDepot)


def bootstrap_class(widget: forms.Widget) -> str:
    if isinstance(widget, _SANS_CLASSE) or widget.is_hidden:
        return ""
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class ChampLie(BoundField):
    """Field of a form on screen: Bootstrap class, and « required » said to assistive technology.

    The native ``required`` is left out: the browser's own bubbles would hide our messages, in its language.
    """

    @property
    def est_case(self) -> bool:
        """A lone checkbox: its label follows it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        attrs.pop("required", None)
        classes = [str(widget.attrs.get("class", "")), str(attrs.get("class", "")), bootstrap_class(widget)]
        if self.errors and classes[-1]:
            classes.append("is-invalid")
        if texte := " ".join(dict.fromkeys(" ".join(classes).split())):
            attrs["class"] = texte
        if self.field.required and bootstrap_class(widget) in {"form-control", "form-select"}:
            attrs["aria-required"] = "true"
        return attrs


class RenduFormulaire(TemplatesSetting):
    """FORM_RENDERER: the project's own drawings and templates (templates/django/forms/), Django's for the rest."""

    bound_field_class = ChampLie

    def render(self, template_name: str, context: Any, request: Any = None) -> str:
        dessin = dessiner(template_name, context)
        return super().render(template_name, context, request) if dessin is None else dessin
