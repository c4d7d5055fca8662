"""« Déposer facture », step 1 (factures.md §2.4)."""

from typing import Any

from django import forms

from invoices.enums import Cadre
from invoices.forms.saisie import CADRES, Listes
from invoices.rules.pieces import TAILLE_MAXIMUM
from sandbox.web.forms import FichierField


class ImportForm(forms.Form):
    fichier = FichierField(
        label="Votre facture",
        extensions=[".pdf"],
        taille_max=TAILLE_MAXIMUM,
        consigne="Choisissez le PDF de votre facture, ou glissez-le ici.",
        help_text="Un PDF, Factur-X compris ; 10 Mo au plus.",
    )
    cadre = forms.ChoiceField(label="Cadre de facturation", choices=CADRES, initial=Cadre.A1.value)
    fournisseur = forms.ChoiceField(label="Structure")

    def __init__(self, *args: Any, listes: Listes, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        structure = self.fields["fournisseur"]
        assert isinstance(structure, forms.ChoiceField)  # noqa: S101
        structure.choices = [(str(s.pk), s.raison_sociale) for s in listes.structures]
        for nom in ("cadre", "fournisseur"):
            champ = self.fields[nom]
            champ.error_messages |= {
                "required": f"Le champ « {champ.label} » est obligatoire.",
                "invalid_choice": f"La valeur du champ « {champ.label} » n'est pas reconnue.",
            }
