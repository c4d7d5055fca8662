"""Create a structure, sign its mandate (comptes-structures.md §4, factures.md §2.2)."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.rules import est_adresse_de_formation
from sandbox.web.forms import SiretField
from structures.enums import TypeIdentifiant
from structures.models import Structure


class IdentifiantForm(forms.Form):
    type_identifiant = forms.ChoiceField(
        label="Type d'identifiant", choices=[(TypeIdentifiant.SIRET.value, TypeIdentifiant.SIRET.label)], required=False
    )
    siret = SiretField(label="Identifiant", help_text="SIRET de votre entreprise : 14 chiffres, avec ou sans espaces.")


class CreerStructureForm(forms.Form):
    """What INSEE does not know, all optional."""

    siret = forms.CharField(max_length=40, widget=forms.HiddenInput)
    complement_adresse = forms.CharField(label="Complément d'adresse", max_length=200, required=False)
    email = forms.EmailField(
        label="E-mail de la structure",
        max_length=120,
        required=False,
        error_messages={"invalid": "Cette adresse est incomplète ou mal écrite."},
    )
    telephone = forms.RegexField(
        label="Téléphone de la structure",
        regex=r"^[0-9+().\s\u00a0-]{4,30}$",
        max_length=30,
        required=False,
        error_messages={"invalid": "Un numéro de téléphone s'écrit avec des chiffres, par exemple 01 99 00 00 01."},
    )

    def clean_email(self) -> str:
        adresse = self.cleaned_data["email"].lower()
        if adresse and not est_adresse_de_formation(adresse):
            raise forms.ValidationError(
                "Aucun courriel ne sort du bac à sable : saisissez une adresse qui se termine par .example."
            )
        return adresse


class MandatForm(forms.Form):
    structure: forms.ModelChoiceField = forms.ModelChoiceField(label="Structure", queryset=None, empty_label=None)
    nom = forms.CharField(
        label="Nom du mandat",
        max_length=80,
        help_text="Pour le reconnaître, par exemple « Mandat de facturation 2026 ».",
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, structures: QuerySet[Structure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["structure"].queryset = structures  # type: ignore[attr-defined]
