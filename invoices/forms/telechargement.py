"""« Télécharger » (factures.md §4.1, api.md §6.9)."""

from typing import Any

from django import forms

from invoices.services.telechargements import Choix, Format

OUI_NON = [("Non", "Non"), ("Oui", "Oui")]


class TelechargerForm(forms.Form):
    """Format, and whether the attachments come with it."""

    format = forms.ChoiceField(
        label="Format",
        choices=[
            (Format.PDF, "PDF : la facture telle qu'elle se lit"),
            (Format.PIVOT, "PIVOT : le fichier XML du destinataire, pièces jointes comprises"),
        ],
        initial=Format.PDF,
        widget=forms.RadioSelect,
    )
    pieces = forms.ChoiceField(
        label="Pièces jointes complémentaires",
        choices=OUI_NON,
        initial="Non",
        required=False,
        widget=forms.RadioSelect,
        help_text="Le format PIVOT les contient toujours.",
    )
    cle = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def choix(self) -> Choix:
        lus: dict[str, Any] = self.cleaned_data
        return Choix(format=lus["format"], avec_pieces=lus["pieces"] == "Oui")
