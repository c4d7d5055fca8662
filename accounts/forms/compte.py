"""Forms of « Mon compte » and of what it leads to (comptes-structures.md §2.3 to §2.5)."""

from typing import Any

from django import forms

from accounts.forms.comptes import AdresseDeFormationField, AdresseField, TelephoneField
from sandbox.web.demandes import FormulaireDemande

MOT_DE_PASSE = {"autocomplete": "current-password"}


class CodeForm(forms.Form):
    """Six digits, spaces ignored."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        max_length=20,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false", "class": "saisie-code"}
        ),
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            raise forms.ValidationError(
                f"Le code compte 6 chiffres ; « {code} » saisi. Recopiez-le tel qu'il est écrit."
            )
        return code


class ApplicationForm(CodeForm):
    """First code of an authenticator app."""


class ChangerAdresseForm(forms.Form):
    nouvelle = AdresseDeFormationField(
        label="Nouvelle adresse de connexion",
        help_text="Un lien y est envoyé : l'adresse change quand vous l'ouvrez.",
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    confirmation = AdresseField(
        label="Confirmation de la nouvelle adresse",
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    mot_de_passe = forms.CharField(
        label="Mot de passe", strip=False, max_length=200, widget=forms.PasswordInput(MOT_DE_PASSE)
    )

    def clean(self) -> dict[str, Any]:
        donnees = self.cleaned_data
        nouvelle, confirmation = donnees.get("nouvelle"), donnees.get("confirmation")
        if nouvelle and confirmation and nouvelle != confirmation:
            self.add_error("confirmation", "Les deux adresses diffèrent. Retapez la nouvelle adresse.")
        return donnees


def _adresse_postale(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=200, widget=forms.TextInput({"autocomplete": "off"}), **options)


def champ_du_compte(nom: str) -> forms.Field:
    """The field of a form for this column of the account."""
    champ: forms.Field
    match nom:
        case "nom" | "prenom":
            champ = forms.CharField(label="Nom" if nom == "nom" else "Prénom", max_length=60)
            champ.widget.attrs["autocomplete"] = "off"
        case "telephone":
            champ = TelephoneField(widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}))
        case "adresse_travail":
            champ = _adresse_postale(label="Adresse du lieu de travail", required=False)
        case "contact_email":
            champ = AdresseDeFormationField(
                label="Adresse e-mail de contact",
                required=False,
                help_text="Elle reçoit les notifications. Vide : celle de connexion.",
                widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
            )
        case _:
            champ = forms.CharField(
                label="Biographie", max_length=500, required=False, widget=forms.Textarea({"rows": 4})
            )
    champ.widget.attrs["autofocus"] = True
    return champ


class ChampForm(forms.Form):
    """One field of the account, in its little window."""

    def __init__(self, *args: Any, champ: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valeur"] = champ_du_compte(champ)


PAS_ENCORE = "Votre choix est gardé ; le bac à sable n'envoie pas encore ce message."


class NotificationsForm(forms.Form):
    """The boxes of « Paramétrer vos notifications », in the portal's order, then ours."""

    notif_cessibilite = forms.BooleanField(label="Certificats de cessibilité", required=False, help_text=PAS_ENCORE)
    notif_engagements = forms.BooleanField(label="Engagements", required=False, help_text=PAS_ENCORE)
    notif_facturation = forms.BooleanField(
        label="Facturation CPRO",
        required=False,
        help_text="Chaque changement de statut des factures que vous déposez ; un rejet est signalé dans tous les cas.",
    )
    recap_quotidien = forms.BooleanField(
        label="Récapitulatif quotidien",
        required=False,
        help_text="Un seul message par jour, à 7 h, au lieu d'un par changement de statut ; un rejet reste immédiat.",
    )

    def __init__(self, *args: Any, obligatoire: str = "", **kwargs: Any) -> None:
        """``obligatoire`` says why « Facturation CPRO » cannot be unticked; empty when it can."""
        super().__init__(*args, **kwargs)
        if obligatoire:
            facturation = self.fields["notif_facturation"]
            facturation.initial, facturation.disabled, facturation.help_text = True, True, obligatoire
            self.initial["notif_facturation"] = True


class CompleterForm(forms.Form):
    """Data of an agent coming from the PIGP (§2.5); the identifier is not editable."""

    contact_email = AdresseDeFormationField(
        label="Adresse électronique de contact", widget=forms.EmailInput({"autocomplete": "off"})
    )
    nom = forms.CharField(label="Nom", max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    prenom = forms.CharField(label="Prénom", max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    adresse_travail = _adresse_postale(label="Adresse postale professionnelle")


class DesactiverForm(FormulaireDemande):
    desactiver = forms.BooleanField(
        label="Désactiver mon accès",
        error_messages={"required": "Cochez « Désactiver mon accès » pour désactiver votre compte."},
    )
