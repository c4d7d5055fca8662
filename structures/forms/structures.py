"""Create a structure, change its SIRET, sign its mandate (comptes-structures.md §3, §4, factures.md §2.2)."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.forms.comptes import AdresseDeFormationField, TelephoneField
from sandbox.web.forms import SiretField
from structures import pays
from structures.enums import TypeIdentifiant
from structures.identifiants import AIDES, pays_possibles
from structures.models import Structure


class CourrielField(AdresseDeFormationField):
    """E-mail of a structure, optional."""

    conseil = "Saisissez-en une qui se termine par .example."

    def __init__(self, **kwargs: Any) -> None:
        reglages: dict[str, Any] = {"label": "E-mail de la structure", "required": False}
        super().__init__(**(reglages | kwargs))


class IdentifiantForm(forms.Form):
    siret = SiretField(label="Identifiant", help_text=AIDES[TypeIdentifiant.SIRET])


class CreerStructureForm(forms.Form):
    """What INSEE does not know, all optional."""

    siret = forms.CharField(max_length=40, widget=forms.HiddenInput)
    complement_adresse = forms.CharField(label="Complément d'adresse", max_length=200, required=False)
    email = CourrielField()
    telephone = TelephoneField(label="Téléphone de la structure")


class SansSiretForm(forms.Form):
    """A structure that INSEE does not know: everything is typed; the help under « Identifiant » follows its type."""

    type_identifiant = forms.CharField(max_length=20, widget=forms.HiddenInput)
    identifiant = forms.CharField(
        label="Identifiant", max_length=120, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    raison_sociale = forms.CharField(label="Raison sociale", max_length=99)
    nom = forms.CharField(label="Nom", max_length=39)
    prenom = forms.CharField(label="Prénom", max_length=39)
    pays = forms.ChoiceField(label="Pays")
    adresse = forms.CharField(label="Adresse", max_length=200)
    complement_adresse = forms.CharField(label="Complément d'adresse", max_length=200, required=False)
    code_postal = forms.CharField(label="Code postal", max_length=10, required=False)
    ville = forms.CharField(label="Ville", max_length=100)
    email = CourrielField()
    telephone = TelephoneField(label="Téléphone de la structure")

    def __init__(self, *args: Any, type_identifiant: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"type_identifiant": type_identifiant}
        super().__init__(*args, **kwargs)
        particulier = type_identifiant == TypeIdentifiant.PARTICULIER
        for retire in ("raison_sociale",) if particulier else ("nom", "prenom"):
            del self.fields[retire]
        self.fields["identifiant"].help_text = AIDES[type_identifiant]
        self.fields["identifiant"].required = not particulier
        codes = pays_possibles(type_identifiant)
        choix = [(code, pays.nom(code)) for code in codes]
        if len(codes) > 1 and pays.FRANCE not in codes:
            choix.insert(0, ("", "Choisissez…"))
        self.fields["pays"] = forms.ChoiceField(label="Pays", choices=choix)


class NouveauSiretForm(forms.Form):
    """« Modifier l'identifiant »: the SIRET of the new establishment."""

    siret = SiretField(label="Identifiant", help_text="Nouveau SIRET : même SIREN, seuls les cinq derniers changent.")


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
