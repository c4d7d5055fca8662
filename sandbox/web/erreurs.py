"""Summary of what is wrong in one or several forms, with links to the fields."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, BaseFormSet


@dataclass(frozen=True)
class ErreurListee:
    """One line of the summary; ``cible`` is the id of the field, empty for the form itself."""

    libelle: str
    message: str
    cible: str


def of_form(formulaire: BaseForm, prefixe: str = "") -> list[ErreurListee]:
    lignes = []
    for nom, messages in formulaire.errors.items():
        if nom == NON_FIELD_ERRORS:
            lignes += [ErreurListee(prefixe.strip(" –"), str(m), "") for m in messages]
            continue
        champ = formulaire[nom]
        # A group of radio buttons has no input with the field's own id: aim at its first choice.
        cible = champ.id_for_label or (f"{champ.auto_id}_0" if champ.use_fieldset else champ.auto_id)
        libelle = f"{prefixe}{champ.label}"
        lignes += [ErreurListee(libelle, str(m), str(cible or "")) for m in messages]
    return lignes


def _premier_champ(jeu: "BaseFormSet[Any]") -> str:
    """Where to go for an error of the rows as a whole: the first field of the first one."""
    champs = jeu.forms[0].visible_fields() if jeu.forms else []
    return str(champs[0].id_for_label) if champs else ""


def listed_errors(*formulaires: Any) -> list[ErreurListee]:
    """Errors of forms and formsets, in the order of the screen."""
    lignes: list[ErreurListee] = []
    for objet in formulaires:
        if isinstance(objet, BaseFormSet):
            if not objet.is_bound:
                continue
            lignes += [ErreurListee("", str(m), _premier_champ(objet)) for m in objet.non_form_errors()]
            for rang, formulaire in enumerate(objet.forms, start=1):
                lignes += of_form(formulaire, f"Ligne {rang} – ")
        elif isinstance(objet, BaseForm) and objet.is_bound:
            lignes += of_form(objet)
    return lignes
