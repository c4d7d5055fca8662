"""« Déposer facture », step 1 (factures.md §2.4)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from invoices.enums import Cadre
from invoices.forms.saisie import Listes
from invoices.rules.pieces import MO, TAILLE_MAXIMUM
from sandbox.web.champs import megabytes
from sandbox.web.forms import FichierField

FLUX_MAXIMUM = 30 * MO
"""Of a structured file deposited on the portal (flux-edi.md §3)."""
PDF, XML = "PDF", "XML"
FORMATS = [(PDF, "PDF"), (XML, "XML (fichier structuré, ou lot zip ou tar.gz)")]
EXTENSIONS = (".pdf", ".xml", ".zip", ".tar.gz")


class ImportForm(forms.Form):
    fichier = FichierField(
        label="Votre facture",
        extensions=EXTENSIONS,
        taille_max=FLUX_MAXIMUM,
        consigne="Choisissez le fichier de votre facture, ou glissez-le ici.",
        help_text="Un PDF (10 Mo au plus), un XML, ou un lot zip ou tar.gz de XML ou de Factur-X (30 Mo au plus).",
    )
    format = forms.ChoiceField(label="Format", choices=FORMATS, initial=PDF, required=False)
    cadre = forms.ChoiceField(label="Cadre de facturation", choices=Cadre.choices, initial=Cadre.A1.value)
    fournisseur = forms.ChoiceField(label="Structure")

    def __init__(self, *args: Any, listes: Listes, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        structure = self.fields["fournisseur"]
        assert isinstance(structure, forms.ChoiceField)  # noqa: S101
        structure.choices = [(str(s.pk), s.raison_sociale) for s in listes.structures]
        for nom in ("format", "cadre", "fournisseur"):
            champ = self.fields[nom]
            champ.error_messages |= {
                "required": f"Le champ « {champ.label} » est obligatoire.",
                "invalid_choice": f"La valeur du champ « {champ.label} » n'est pas reconnue.",
            }

    def clean_fichier(self) -> Any:
        fichier = self.cleaned_data["fichier"]
        if self.en_pdf(fichier) and fichier.size > TAILLE_MAXIMUM:
            raise ValidationError(
                f"« {fichier.name[:80]} » pèse {megabytes(fichier.size)} ; le maximum d'un PDF est de "
                f"{megabytes(TAILLE_MAXIMUM)}. Réduisez-le ou scindez-le.",
                code="taille",
            )
        return fichier

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or self.cleaned_data
        fichier = lu.get("fichier")
        # A Factur-X is a PDF that is treated as an XML: both formats are right for it.
        if fichier and lu.get("format") == PDF and not self.en_pdf(fichier):
            extension = fichier.name.lower().removesuffix(".gz").rpartition(".")[2]
            self.add_error(
                "format", f"« {fichier.name[:80]} » est un fichier {extension.upper()} : choisissez le format XML."
            )
        return lu

    @staticmethod
    def en_pdf(fichier: Any) -> bool:
        return str(fichier.name or "").lower().endswith(".pdf")
