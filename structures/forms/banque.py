"""A bank account of a structure (comptes-structures.md §4.2): the keys are checked by the service."""

from typing import Any

from django import forms

from sandbox.web.forms import DateField, FichierField
from structures.identifiants import BIC_FICTIF, en_groupes
from structures.models import CoordonneesBancaires

TAILLE_RIB = 2 * 1024 * 1024


class BanqueForm(forms.Form):
    nom = forms.CharField(
        label="Nom du compte",
        max_length=80,
        help_text="Pour le reconnaître au moment de facturer, par exemple « Compte courant ».",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    iban = forms.CharField(
        label="IBAN",
        max_length=80,
        help_text="IBAN fictif de votre RIB d'exercice, avec ou sans espaces. Jamais un vrai.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "champ-iban"}),
    )
    bic = forms.CharField(
        label="BIC",
        max_length=20,
        required=False,
        help_text=f"Facultatif : 8 ou 11 caractères, par exemple {BIC_FICTIF}.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "champ-identifiant"}),
    )
    etablissement = forms.CharField(label="Établissement", max_length=80, required=False)
    affactureur = forms.CharField(
        label="Affactureur",
        max_length=99,
        required=False,
        help_text="Facultatif : le nom de la société à qui vos factures sont cédées, si ce compte est le sien.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    debut = DateField(label="Début de validité", required=False)
    fin = DateField(label="Fin de validité", required=False)
    defaut = forms.BooleanField(
        label="Compte par défaut",
        required=False,
        help_text="Proposé d'office sur vos factures. Le premier compte enregistré le devient.",
    )
    rib = FichierField(
        label="RIB",
        extensions=(".pdf",),
        taille_max=TAILLE_RIB,
        required=False,
        consigne="Facultatif : déposez ici le RIB fictif (PDF).",
    )

    def __init__(self, *args: Any, compte: CoordonneesBancaires | None = None, **kwargs: Any) -> None:
        if compte is not None:
            noms = ("nom", "bic", "etablissement", "affactureur", "debut", "fin")
            kwargs["initial"] = {nom: getattr(compte, nom) for nom in noms} | {"iban": en_groupes(compte.iban)}
        super().__init__(*args, **kwargs)
        if compte is not None:
            del self.fields["defaut"]
            self.fields["iban"].disabled = True
            self.fields[
                "iban"
            ].help_text = (
                "L'IBAN ne se modifie pas : des factures le citent. Ajoutez un compte, puis désactivez celui-ci."
            )
            if compte.rib_nom:
                self.fields["rib"].help_text = f"RIB enregistré : {compte.rib_nom}. Un autre fichier le remplacera."

    def fichier(self) -> dict[str, Any]:
        """Arguments of the service for the RIB, none without a file."""
        depose = self.cleaned_data.get("rib")
        return {"rib": depose.read(), "rib_nom": depose.name} if depose else {}
