"""« Recycler » and « Compléter »: the only fields that the issuer of a returned invoice may change (factures.md §7)."""

from typing import Any

from django import forms

from invoices.enums import TypePieceJointe
from invoices.forms.champs import PiecesJointesField
from invoices.rules import Manquement
from invoices.rules.pieces import EXTENSIONS
from structures.models import Service, Structure
from structures.rules import exigences

COMMENTAIRE = {"rows": 4}


class RecyclageForm(forms.Form):
    """Four fields, named as in the invoice form: the number is not one of them (A13). The rules speak, not the form."""

    destinataire = forms.CharField(label="Destinataire", required=False)
    code_service = forms.CharField(label="Code service", required=False, max_length=400)
    numero_engagement = forms.CharField(label="Numéro d'engagement", required=False, max_length=400)
    commentaire = forms.CharField(
        label="Commentaire",
        required=False,
        widget=forms.Textarea(COMMENTAIRE),
        help_text="Ce que le nouveau service doit savoir. 2 000 caractères au plus.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"use_required_attribute": False} | kwargs))
        # An error about the recipient leads to the box where one is searched.
        self.fields["destinataire"].widget.attrs["id"] = "id_recherche"
        for nom in ("code_service", "numero_engagement"):
            self.fields[nom].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def marquer(self, destinataire: Structure | None, service: Service | None) -> None:
        """Required marks driven by the recipient and the chosen service (factures.md §2.11)."""
        if destinataire is None:
            return
        demande = exigences(
            destinataire.parametres, service_exige_engagement=service is not None and service.engagement_obligatoire
        )
        self.fields["code_service"].required = demande.service
        self.fields["numero_engagement"].required = demande.engagement

    def reporter(self, manquements: list[Manquement]) -> None:
        self.is_valid()
        for m in manquements:
            self.add_error(m.champ if m.champ in self.fields else None, m.message)


class ComplementForm(forms.Form):
    """New files and the commentaire; the confirmation stands on the page, files could not cross another one."""

    pieces_jointes = PiecesJointesField(
        label="Ajouter des pièces jointes",
        required=False,
        consigne="Choisissez un ou plusieurs fichiers, ou glissez-les ici.",
        help_text="10 Mo au plus par fichier, 120 Mo en tout ; nom de 50 caractères au plus, avec son extension.",
    )
    piece_type = forms.ChoiceField(
        label="Type", choices=TypePieceJointe.choices, required=False, initial=TypePieceJointe.DIVERS
    )
    piece_designation = forms.CharField(label="Désignation", max_length=100, required=False)
    commentaire = forms.CharField(
        label="Commentaire",
        required=False,
        widget=forms.Textarea(COMMENTAIRE),
        help_text="Dites ce que vous joignez, et pourquoi. 2 000 caractères au plus.",
    )
    confirme = forms.BooleanField(
        label="J'ai vérifié mes pièces : une fois renvoyées, elles ne se retirent plus.",
        error_messages={"required": "Cochez cette case pour confirmer : les pièces renvoyées ne se retirent plus."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"use_required_attribute": False} | kwargs))
        self.fields["pieces_jointes"].widget.attrs["accept"] = ",".join(f".{e}" for e in sorted(EXTENSIONS))

    def reporter(self, manquements: list[Manquement]) -> None:
        for m in manquements:
            self.add_error(m.champ if m.champ in self.fields else None, m.message)
