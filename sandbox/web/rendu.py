"""Fields drawn in Python: the same HTML as templates/django/forms/, several times faster.

A saisie shows some forty fields; one template per widget, per option and per attribute list made three quarters of
its time (docs/adr/0010-champs-en-python.md). The templates remain the reference: a test compares both.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Contexte = Mapping[str, Any]


def _attributs(attrs: Contexte) -> str:
    morceaux = []
    for nom, valeur in attrs.items():
        if valeur is True:
            morceaux.append(f" {nom}")
        elif valeur is not False:
            morceaux.append(f' {nom}="{conditional_escape(str(valeur))}"')
    return "".join(morceaux)


def _input(widget: Contexte) -> str:
    valeur = widget["value"]
    texte = "" if valeur is None else f' value="{conditional_escape(str(valeur))}"'
    nom, attributs = conditional_escape(widget["name"]), _attributs(widget["attrs"])
    return f'<input type="{widget["type"]}" name="{nom}"{texte}{attributs}>'


def _option(option: Contexte) -> str:
    valeur = conditional_escape(str(option["value"]))
    return f'<option value="{valeur}"{_attributs(option["attrs"])}>{conditional_escape(option["label"])}</option>'


def _select(widget: Contexte) -> str:
    morceaux = [f'<select name="{conditional_escape(widget["name"])}"{_attributs(widget["attrs"])}>']
    for groupe, options, _rang in widget["optgroups"]:
        corps = "\n".join(_option(option) for option in options)
        morceaux.append(f'<optgroup label="{conditional_escape(groupe)}">\n{corps}\n</optgroup>' if groupe else corps)
    return "\n".join([*morceaux, "</select>"])


def _textarea(widget: Contexte) -> str:
    texte = conditional_escape(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{conditional_escape(widget["name"])}"{_attributs(widget["attrs"])}>\n{texte}</textarea>'


def _un_choix(option: Contexte) -> str:
    pour, libelle = conditional_escape(option["attrs"].get("id", "")), conditional_escape(option["label"])
    return (
        f'<div class="form-check">{_input(option)}<label class="form-check-label" for="{pour}">{libelle}</label></div>'
    )


def _choix(widget: Contexte) -> str:
    """Radio buttons or boxes, one a line."""
    identifiant = widget["attrs"].get("id")
    morceaux = [f'<div class="choix" id="{conditional_escape(identifiant)}">' if identifiant else '<div class="choix">']
    for groupe, options, _rang in widget["optgroups"]:
        if groupe:
            morceaux.append(f'<p class="choix-groupe">{conditional_escape(groupe)}</p>')
        morceaux += [_un_choix(option) for option in options]
    return "\n".join([*morceaux, "</div>"])


def _montant(contexte: Contexte) -> str:
    suffixe = contexte.get("suffixe")
    if not suffixe:
        return f'<div class="champ-montant sans-suffixe">{_input(contexte["widget"])}</div>'
    unite = f'<span class="champ-suffixe" aria-hidden="true">{conditional_escape(suffixe)}</span>'
    return f'<div class="champ-montant">{_input(contexte["widget"])}{unite}</div>'


OBLIGATOIRE = ' <span class="obligatoire">(obligatoire)</span>'


def _champ(contexte: Contexte) -> str:
    """Label, « (obligatoire) » in words, help, widget, error: field.html."""
    field = contexte["field"]
    libelle = f"{conditional_escape(field.label)}{OBLIGATOIRE if field.field.required else ''}"
    aide = (
        f'<div class="aide" id="{field.auto_id}_helptext">{conditional_escape(field.help_text)}</div>'
        if field.help_text
        else ""
    )
    erreurs = str(field.errors) if field.errors else ""
    if field.use_fieldset:
        decrit = f' aria-describedby="{conditional_escape(d)}"' if (d := field.aria_describedby) else ""
        return f"<fieldset{decrit}><legend>{libelle}</legend>{aide}{erreurs}{field}</fieldset>"
    if field.est_case:
        etiquette = f'<label class="form-check-label" for="{field.id_for_label}">{libelle}</label>'
        return f'<div class="form-check">{field}{etiquette}</div>{aide}{erreurs}'
    return f'<label for="{field.id_for_label}">{libelle}</label>{aide}{field}{erreurs}'


def _widget(dessin: Callable[[Contexte], str]) -> Callable[[Contexte], str]:
    return lambda contexte: dessin(contexte["widget"])


_WIDGETS = "django/forms/widgets/"
_SIMPLES = (
    *("text", "number", "email", "url", "password", "hidden", "checkbox"),
    *("date", "datetime", "time", "search", "tel"),
)
DESSINS: dict[str, Callable[[Contexte], str]] = {
    **{f"{_WIDGETS}{nom}.html": _widget(_input) for nom in _SIMPLES},
    f"{_WIDGETS}select.html": _widget(_select),
    f"{_WIDGETS}textarea.html": _widget(_textarea),
    f"{_WIDGETS}radio.html": _widget(_choix),
    f"{_WIDGETS}checkbox_select.html": _widget(_choix),
    f"{_WIDGETS}montant.html": _montant,
    "django/forms/field.html": _champ,
}
"""Template name → its drawing; the other templates are rendered as usual."""


def dessiner(gabarit: str, contexte: Contexte) -> SafeString | None:
    """HTML of a field or widget, None when it has no drawing here. Every value is escaped as the templates do."""
    dessin = DESSINS.get(gabarit)
    return None if dessin is None else mark_safe(dessin(contexte))  # noqa: S308 -- escaped piece by piece
