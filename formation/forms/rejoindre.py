"""Four fields at most, so that one is seated in a minute (formation.md ROL-3)."""

import re

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code de la session",
        max_length=20,
        widget=forms.TextInput(
            {
                "class": "grand-code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-bas-focus": "",
            }
        ),
        error_messages={"required": "Saisissez le code que votre formateur affiche."},
    )


class RejoindreForm(forms.Form):
    prenom = forms.CharField(
        label="Prénom",
        max_length=60,
        help_text="Un pseudonyme convient.",
        widget=forms.TextInput({"autocomplete": "given-name"}),
        error_messages={"required": "Indiquez un prénom ou un pseudonyme."},
    )
    nom = forms.CharField(
        label="Nom",
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocomplete": "family-name"}),
    )
    numero = forms.IntegerField(
        label="N° de poste",
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text="Vide : le prochain libre.",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": "4"}),
        error_messages={
            "invalid": "Un numéro de poste s'écrit avec des chiffres, par exemple 03.",
            "min_value": "Les postes commencent à 01.",
            "max_value": "Ce numéro de poste n'existe pas.",
        },
    )
    pin = forms.CharField(
        label="Code PIN",
        max_length=12,
        required=False,
        help_text="4 chiffres, sur la carte.",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_pin(self) -> str:
        pin = re.sub(r"[\s\u00a0.\-]+", "", self.cleaned_data["pin"])
        if pin and not (pin.isascii() and pin.isdigit() and len(pin) <= 6):
            raise forms.ValidationError("Un code PIN ne contient que des chiffres ; le vôtre est sur votre carte.")
        return pin
