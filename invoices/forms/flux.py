"""« Suivi des flux »: criteria of « Recherche », form of « Déposer Flux » (factures.md §2.5)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Compte
from invoices.enums import EtatFlux, ModeDepot
from invoices.models import Flux
from invoices.services.flux import EXTENSIONS, TAILLE_MAXIMUM_EDI
from invoices.syntaxes import SYNTAXES
from sandbox.web.forms import DateField, FichierField
from structures.models import Structure

TOUS = [("", "Tous")]
TOUTES = [("", "Toutes")]
MODES = [(mode.value, mode.label) for mode in (ModeDepot.UPLOAD_PORTAIL, ModeDepot.UPLOAD_API, ModeDepot.EDI)]
"""Doors of a flow."""


class RechercheFluxForm(forms.Form):
    """Every criterion is optional; one that cannot be read is said at its field and restricts nothing."""

    numero = forms.CharField(label="N° de flux", required=False, max_length=60)
    du = DateField(label="Déposé du", required=False, help_text="")
    au = DateField(label="jusqu'au", required=False, help_text="")
    etat = forms.ChoiceField(label="État", required=False, choices=[*TOUS, *EtatFlux.choices])
    syntaxe = forms.ChoiceField(label="Syntaxe", required=False)
    mode = forms.ChoiceField(label="Mode de dépôt", required=False, choices=[*TOUS, *MODES])
    deposant = forms.ChoiceField(label="Déposant", required=False)

    def __init__(self, *args: Any, deposants: Iterable[Compte], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listes = {
            "syntaxe": [*TOUTES, *((s.code, s.label) for s in SYNTAXES.values())],
            "deposant": [*TOUS, *((str(c.pk), str(c)) for c in deposants)],
        }
        for nom, choix in listes.items():
            champ = self.fields[nom]
            assert isinstance(champ, forms.ChoiceField)  # noqa: S101
            champ.choices = choix
        for nom in ("etat", "syntaxe", "mode", "deposant"):
            champ = self.fields[nom]
            champ.error_messages["invalid_choice"] = f"La valeur du champ « {champ.label} » n'est pas reconnue."

    def filtrer(self, visibles: QuerySet[Flux]) -> QuerySet[Flux]:
        if not self.is_bound:
            return visibles
        self.is_valid()
        chemins = {
            "numero": "numero__icontains",
            "du": "depose_le__date__gte",
            "au": "depose_le__date__lte",
            "etat": "etat",
            "syntaxe": "syntaxe",
            "mode": "mode",
            "deposant": "compte_id",
        }
        for nom, valeur in self.cleaned_data.items():
            if valeur not in (None, ""):
                visibles = visibles.filter(**{chemins[nom]: valeur})
        return visibles

    @property
    def actifs(self) -> int:
        """Number of criteria in force."""
        if not self.is_bound:
            return 0
        self.is_valid()
        return sum(1 for valeur in self.cleaned_data.values() if valeur not in (None, ""))


class DeposerFluxForm(forms.Form):
    """EDI simulé: a file, its syntaxeFlux, and the name that EDI would ask for."""

    fichier = FichierField(
        label="Fichier du flux",
        extensions=EXTENSIONS,
        taille_max=TAILLE_MAXIMUM_EDI,
        consigne="Choisissez le fichier, ou glissez-le ici.",
        help_text="Un XML, un Factur-X, ou un lot zip ou tar.gz d'une seule syntaxe ; 500 factures et 100 Mo au plus.",
    )
    syntaxe = forms.ChoiceField(
        label="syntaxeFlux", choices=[(s.code, f"{s.label} – {s.interface} – {s.code}") for s in SYNTAXES.values()]
    )
    fournisseur = forms.ChoiceField(label="Structure")
    nom_flux = forms.CharField(
        label="Nom EDI du flux",
        required=False,
        max_length=60,
        strip=True,
        help_text="Facultatif. Laissé vide, le bac à sable le compose. Saisi, il est contrôlé comme en EDI.",
    )

    def __init__(self, *args: Any, structures: Iterable[Structure], **kwargs: Any) -> None:
        super().__init__(*args, **({"use_required_attribute": False} | kwargs))
        structure = self.fields["fournisseur"]
        assert isinstance(structure, forms.ChoiceField)  # noqa: S101
        structure.choices = [(str(s.pk), s.raison_sociale) for s in structures]
        for nom in ("syntaxe", "fournisseur"):
            champ = self.fields[nom]
            champ.error_messages |= {
                "required": f"Le champ « {champ.label} » est obligatoire.",
                "invalid_choice": f"La valeur du champ « {champ.label} » n'est pas reconnue.",
            }
