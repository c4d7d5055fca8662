"""Forms of the portal account (comptes-structures.md §2.2, §2.3)."""

from typing import Any

from django import forms

from accounts import captcha
from accounts.rules import est_adresse_de_formation, regles_non_respectees

ADRESSE_INVALIDE = "Cette adresse est incomplète ou mal écrite. Elle s'écrit par exemple nom@session.example."


class AdresseField(forms.EmailField):
    """E-mail address typed or pasted, in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=120, **kwargs)
        self.error_messages["invalid"] = ADRESSE_INVALIDE
        for validateur in self.validators:
            if getattr(validateur, "code", "") == "invalid":
                validateur.message = ADRESSE_INVALIDE  # type: ignore[attr-defined]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class AdresseDeFormationField(AdresseField):
    """No mail leaves the machine: a real address would receive nothing, and would be personal data for nothing."""

    conseil = "Saisissez celle de votre carte, qui se termine par .example."

    def clean(self, value: Any) -> str:
        adresse = str(super().clean(value))
        if adresse and not est_adresse_de_formation(adresse):
            raise forms.ValidationError(
                f"Une vraie adresse ne recevrait rien : aucun courriel ne sort du bac à sable. {self.conseil}",
                code="adresse_reelle",
            )
        return adresse


class TelephoneField(forms.RegexField):
    """Optional phone number, digits and separators."""

    def __init__(self, **kwargs: Any) -> None:
        reglages: dict[str, Any] = {"label": "Téléphone", "required": False, "max_length": 30}
        super().__init__(
            r"^[0-9+().\s\u00a0-]{4,30}$",
            error_messages={"invalid": "Un numéro de téléphone s'écrit avec des chiffres, par exemple 01 99 00 00 01."},
            **(reglages | kwargs),
        )


class CreerCompteForm(forms.Form):
    """« Informations personnelles », in the portal's order."""

    login_email = AdresseDeFormationField(
        label="Adresse électronique de connexion",
        help_text="Elle sera votre identifiant ; le lien d'activation y est envoyé.",
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    confirmation = AdresseField(
        label="Confirmation de l'adresse", widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"})
    )
    prenom = forms.CharField(label="Prénom", max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    nom = forms.CharField(label="Nom", max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    telephone = TelephoneField(widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}))
    contact_email = AdresseDeFormationField(
        label="Adresse e-mail de contact",
        required=False,
        help_text="Elle reçoit les notifications. Vide : celle de connexion.",
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    conditions = forms.BooleanField(
        label="J'accepte les conditions",
        help_text="Sur le vrai portail : la transmission de vos données au ministre chargé du budget. Ici, elles "
        "restent dans la session et sont effacées avec elle.",
        error_messages={"required": "Cochez « J'accepte les conditions » pour créer votre compte."},
    )
    captcha_jeton = forms.CharField(max_length=80, widget=forms.HiddenInput, required=False)
    captcha_reponse = forms.CharField(
        label="Recopiez les caractères",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Recopiez les 5 caractères affichés."},
    )

    def clean(self) -> dict[str, Any]:
        donnees = self.cleaned_data
        login, confirmation = donnees.get("login_email"), donnees.get("confirmation")
        if login and confirmation and login != confirmation:
            self.add_error("confirmation", "Les deux adresses diffèrent. Retapez celle de connexion.")
        if "captcha_reponse" in donnees:
            jeton = donnees.get("captcha_jeton", "")
            if not captcha.est_valide(jeton):
                self.add_error("captcha_reponse", "Ces caractères ont expiré. Recopiez les nouveaux.")
            elif not captcha.verifier(jeton, donnees["captcha_reponse"]):
                self.add_error("captcha_reponse", "Ce ne sont pas les caractères affichés. Recopiez les nouveaux.")
        return donnees


class ConnexionForm(forms.Form):
    login_email = forms.CharField(
        label="Adresse électronique de connexion",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "username", "spellcheck": "false"}),
    )
    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class MotDePasseOublieForm(forms.Form):
    login_email = AdresseField(
        label="Adresse électronique de connexion",
        widget=forms.EmailInput({"autocomplete": "username", "spellcheck": "false"}),
    )


class ChoisirMotDePasseForm(forms.Form):
    """The rules are those shown on the page (accounts.rules); the service checks them again."""

    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    confirmation = forms.CharField(
        label="Confirmation du mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, login: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = login
        self.manquent: list[str] = []

    def clean_mot_de_passe(self) -> str:
        mot_de_passe: str = self.cleaned_data["mot_de_passe"]
        self.manquent = regles_non_respectees(mot_de_passe, self.login)
        if self.manquent:
            raise forms.ValidationError(f"Il manque : {' ; '.join(self.manquent)}.", code="regles")
        return mot_de_passe

    def clean(self) -> dict[str, Any]:
        donnees = self.cleaned_data
        mot_de_passe, confirmation = donnees.get("mot_de_passe"), donnees.get("confirmation")
        if mot_de_passe and confirmation and mot_de_passe != confirmation:
            self.add_error("confirmation", "Les deux mots de passe diffèrent. Retapez le même.")
        return donnees
