"""Forms of the trainer's console."""

import uuid
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError

from formation.services import sessions
from formation.services.packs import Pack
from sandbox import clock
from sandbox.cohorts.enums import FUSEAUX, ModeHorloge, Regime
from sandbox.cohorts.models import Cohort
from sandbox.snapshots.models import Snapshot
from sandbox.web.forms import DateField


def nouvelle_cle() -> str:
    """Key of a form: sent twice, it acts once."""
    return uuid.uuid4().hex


class CleForm(forms.Form):
    """A confirmation: nothing but its key."""

    cle = forms.CharField(max_length=40, widget=forms.HiddenInput, initial=nouvelle_cle)


class ConnexionForm(AuthenticationForm):
    """Trainer's login: Django's, with an address for a name."""

    error_messages = {
        "invalid_login": "Adresse ou mot de passe incorrect. Vérifiez l'adresse, puis ressaisissez le mot de passe.",
        "inactive": "Ce compte de formateur est désactivé. Adressez-vous à l'administrateur de cette installation.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Adresse électronique"
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "maxlength": 254})
        self.fields["password"].label = "Mot de passe"

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class MotDePasseForm(PasswordChangeForm):
    error_messages = {
        "password_mismatch": "Les deux saisies du nouveau mot de passe sont différentes.",
        "password_incorrect": "Ce n'est pas votre mot de passe actuel.",
    }


class SessionForm(forms.Form):
    """Everything that makes a session; the service has the last word."""

    cle = forms.CharField(max_length=40, widget=forms.HiddenInput, initial=nouvelle_cle)
    titre = forms.CharField(
        label="Titre", max_length=120, help_text="Vu des stagiaires, et imprimé sur les cartes.", strip=True
    )
    date_debut = DateField(label="Premier jour", required=False)
    date_fin = DateField(label="Dernier jour", required=False)
    places = forms.IntegerField(
        label="Nombre de places",
        min_value=1,
        max_value=60,
        initial=sessions.PLACES_CONSEILLEES,
        help_text=f"De 1 à 60. Au-delà de {sessions.PLACES_CONSEILLEES}, le suivi de chacun devient difficile.",
        error_messages={
            "invalid": "Saisissez un nombre entier, par exemple 12.",
            "min_value": "Il faut au moins 1 place.",
            "max_value": "Une session compte 60 places au plus. Pour davantage de personnes, créez deux sessions.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": 60}),
    )
    pack = forms.ChoiceField(label="Pack", widget=forms.RadioSelect)
    ancrage = DateField(
        label="Date d'ancrage",
        help_text="Jour simulé où la session commence (J+0), à 9 h. Un jour ouvré.",
    )
    regime = forms.ChoiceField(
        label="Règles",
        choices=Regime.choices,
        initial=Regime.HISTORIQUE,
        help_text="Règles historiques : « À recycler » existe. Règles septembre 2026 : il devient un rejet.",
    )
    fuseau = forms.ChoiceField(label="Fuseau horaire", choices=FUSEAUX, initial="Europe/Paris")
    second_facteur = forms.BooleanField(
        label="Second facteur à la connexion",
        required=False,
        help_text="Après le mot de passe, un code reçu dans la « Messagerie ». Modifiable en cours de route.",
    )
    controle_strict = forms.BooleanField(
        label="Contrôle strict des fichiers",
        required=False,
        help_text=(
            "Un écart d'un fichier déposé à la norme EN 16931, à son profil ou à son schéma rejette la facture. "
            "Décoché, il avertit, comme sur le portail. Modifiable en cours de route."
        ),
    )
    graine = forms.CharField(
        label="Graine",
        max_length=40,
        required=False,
        help_text="Deux sessions de même graine tirent les mêmes hasards. Vide : tirée au sort.",
    )

    def __init__(self, *args: Any, packs: list[Pack], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.packs = packs
        aujourd_hui = clock.real_now().date()
        self.fields["pack"].choices = [(p.id, p.titre) for p in packs]  # type: ignore[attr-defined]
        self.fields["pack"].error_messages["invalid_choice"] = "Ce pack n'existe pas. Choisissez-en un dans la liste."
        if packs:
            self.fields["pack"].initial = max(packs, key=lambda p: p.places).id
        self.fields["date_debut"].initial = aujourd_hui
        self.fields["date_fin"].initial = aujourd_hui
        self.fields["ancrage"].initial = sessions.ancrage_par_defaut(aujourd_hui)

    def cartes_de_pack(self) -> list[tuple[Any, Pack]]:
        """Each radio button with the pack that it chooses."""
        return list(zip(self["pack"].subwidgets, self.packs, strict=True))

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        debut, fin = donnees.get("date_debut"), donnees.get("date_fin")
        if debut and fin and fin < debut:
            self.add_error("date_fin", "Le dernier jour ne peut pas précéder le premier.")
        return donnees


class SautForm(forms.Form):
    """Where to go in time: so many days, a date, or the next event."""

    jours = forms.IntegerField(
        label="Nombre de jours",
        required=False,
        min_value=1,
        max_value=400,
        error_messages={
            "invalid": "Saisissez un nombre entier de jours.",
            "min_value": "Avancez d'au moins 1 jour.",
            "max_value": "Un saut ne dépasse pas 400 jours.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": 400}),
    )
    date = DateField(label="Aller au", required=False, help_text="Arrivée à 9 h, après l'ouverture des bureaux.")
    suivant = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if not self.errors and not any(donnees.get(nom) for nom in ("jours", "date", "suivant")):
            raise ValidationError("Dites de combien de jours avancer, ou à quelle date aller.")
        return donnees

    def instant(self, cohort: Cohort) -> datetime | None:
        choisi: date | None = self.cleaned_data.get("date")
        return datetime.combine(choisi, time(9), tzinfo=cohort.zone) if choisi else None


class ConfirmationSautForm(forms.Form):
    """The preview's button: the instant is absolute, so that sending it twice jumps once."""

    cle = forms.CharField(max_length=40)
    cible = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])


class HorlogeForm(forms.Form):
    mode = forms.ChoiceField(label="Horloge", choices=ModeHorloge.choices, widget=forms.RadioSelect)
    vitesse = forms.IntegerField(
        label="Jours simulés par heure",
        required=False,
        min_value=1,
        max_value=60,
        error_messages={
            "invalid": "Saisissez un nombre entier de jours par heure.",
            "min_value": "La vitesse va de 1 à 60 jours simulés par heure.",
            "max_value": "La vitesse va de 1 à 60 jours simulés par heure.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": 60}),
    )


class ReinitialisationForm(CleForm):
    """Typed confirmation: the code of the session."""

    code = forms.CharField(
        label="Code de la session",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "code-session"}),
    )

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort
        self.fields["code"].help_text = f"Pour confirmer, recopiez le code {cohort.code}."

    def clean_code(self) -> str:
        saisi = "".join(str(self.cleaned_data["code"]).split()).upper()
        if saisi != self.cohort.code:
            raise ValidationError(f"Ce n'est pas le code de cette session : saisissez {self.cohort.code}.")
        return saisi


class InstantaneForm(CleForm):
    nom = forms.CharField(
        label="Nom",
        max_length=60,
        help_text="Par exemple : Fin de matinée.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, existants: set[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.existants = existants or set()

    def clean_nom(self) -> str:
        nom = str(self.cleaned_data["nom"]).strip()
        if nom.casefold() == Snapshot.INITIAL:
            raise ValidationError("Ce nom est réservé à l'état initial de la session. Choisissez-en un autre.")
        if nom in self.existants:
            raise ValidationError("Un instantané porte déjà ce nom. Choisissez-en un autre.")
        return nom
