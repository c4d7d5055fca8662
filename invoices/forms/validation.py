"""Answer of a validator, and choice of another valideur (factures.md §5.2, §5.4, D-02)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models

from invoices.enums import MOTIFS, Action, Cadre, Motif, Qualite
from invoices.models import Facture
from invoices.services import validation
from invoices.services.transitions import COMMENTAIRE_MAXIMUM, COMMENTAIRE_MINIMUM, TransitionRefusee
from sandbox.cohorts.enums import Regime
from structures.models import Structure


class Decision(models.TextChoices):
    VALIDER = "valider", "Valider"
    REFUSER = "refuser", "Refuser"


REFUS: dict[str, Action] = {
    motif: action for action in (Action.MAUVAIS_VALIDEUR, Action.REFUSER) for motif in MOTIFS[action]
}
"""Motif → what refusing for it means: a wrong valideur sends the invoice back, anything else refuses it."""
QUALITES = {
    Qualite.TITULAIRE: "Vous êtes titulaire du marché",
    Qualite.COTRAITANT: "Vous êtes cotraitant : vous désignez le mandataire, qui validera après vous",
    Qualite.MANDATAIRE: "Vous êtes mandataire du groupement",
}
CHAMPS = {"commentaire": "complement", "valideur": "valideur_2"}
"""Field of a refusal by the services → field of this form."""


def action_de(donnees: Mapping[str, Any]) -> Action | None:
    """What this form asks, None as long as the choice is not made."""
    if donnees.get("decision") == Decision.VALIDER:
        return Action.VALIDER
    return REFUS.get(str(donnees.get("motif"))) if donnees.get("decision") == Decision.REFUSER else None


def accord_explique(facture: Facture) -> bool:
    """An agreement needs words: they travel with an A9 under the rules of September 2026 (T09)."""
    return facture.cadre == Cadre.A9 and facture.cohort.regime == Regime.REFORME_2026


class ReponseForm(forms.Form):
    """« Valider » or « Refuser ». ``vu`` and ``demande``: what the page showed when the answer was written."""

    decision = forms.ChoiceField(
        label="Votre réponse",
        choices=Decision,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez « Valider » ou « Refuser ».", "invalid_choice": "Réponse inconnue."},
    )
    qualite = forms.ChoiceField(
        label="En quelle qualité validez-vous ?",
        required=False,
        widget=forms.RadioSelect,
        help_text="Obligatoire pour valider.",
        error_messages={"invalid_choice": "Cette qualité n'est pas proposée pour cette facture."},
    )
    valideur_2 = forms.IntegerField(
        label="Mandataire (valideur 2)",
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "Choisissez le mandataire dans la liste des structures trouvées."},
    )
    motif = forms.ChoiceField(
        label="Motif du refus",
        required=False,
        choices=[(motif, Motif(motif).label) for motif in REFUS],
        widget=forms.RadioSelect,
        help_text="Obligatoire pour refuser.",
        error_messages={"invalid_choice": "Ce motif n'est pas proposé pour refuser une facture à valider."},
    )
    complement = forms.CharField(
        label="Complément d'information",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": COMMENTAIRE_MAXIMUM}),
    )
    vu = forms.CharField(required=False, widget=forms.HiddenInput)
    demande = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, facture: Facture, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facture = facture
        self.mandataire: Structure | None = None
        offertes = validation.qualites(facture)
        champ: Any = self.fields["qualite"]
        champ.choices = [(qualite, QUALITES[qualite]) for qualite in offertes]
        accord = "obligatoire aussi pour valider" if accord_explique(facture) else "facultatif pour valider"
        self.fields["complement"].help_text = (
            f"{COMMENTAIRE_MAXIMUM} caractères au plus. Obligatoire pour refuser ({COMMENTAIRE_MINIMUM} caractères au "
            f"moins) ; {accord}. Le fournisseur le lira."
        )

    def clean_complement(self) -> str:
        texte = str(self.cleaned_data["complement"]).replace("\r\n", "\n").strip()
        if len(texte) > COMMENTAIRE_MAXIMUM:
            raise forms.ValidationError(
                f"{len(texte)} caractères saisis, {COMMENTAIRE_MAXIMUM} au plus : raccourcissez-le."
            )
        return texte

    def clean(self) -> dict[str, Any]:
        donnees = self.cleaned_data
        if donnees.get("decision") == Decision.VALIDER:
            self._exiger_l_accord(donnees)
        elif donnees.get("decision") == Decision.REFUSER:
            self._exiger_le_refus(donnees)
        return donnees

    def _exiger_l_accord(self, donnees: dict[str, Any]) -> None:
        if not donnees.get("qualite") and "qualite" not in self.errors:
            self.add_error("qualite", "Cochez la qualité en laquelle vous validez.")
        if accord_explique(self.facture) and not donnees.get("complement") and "complement" not in self.errors:
            self.add_error(
                "complement",
                "Obligatoire pour valider une facture de sous-traitant : il est transmis au destinataire avec elle. "
                "Écrivez par exemple « Conforme au contrat de sous-traitance ».",
            )
        if donnees.get("qualite") == Qualite.COTRAITANT and "valideur_2" not in self.errors:
            if not donnees.get("valideur_2"):
                self.add_error(
                    "valideur_2",
                    "Désignez le mandataire du groupement : cherchez sa structure, puis choisissez-la.",
                )
                return
            try:
                self.mandataire = validation.mandataire_possible(donnees["valideur_2"], self.facture)
            except TransitionRefusee as refus:
                self.add_error("valideur_2", str(refus))

    def _exiger_le_refus(self, donnees: dict[str, Any]) -> None:
        if not donnees.get("motif") and "motif" not in self.errors:
            self.add_error("motif", "Choisissez le motif du refus.")
        texte = donnees.get("complement", "")
        if len(texte) < COMMENTAIRE_MINIMUM and "complement" not in self.errors:
            saisis = f"{len(texte)} caractère{'s' if len(texte) > 1 else ''} saisi{'s' if len(texte) > 1 else ''}"
            self.add_error(
                "complement",
                f"Expliquez votre refus en {COMMENTAIRE_MINIMUM} caractères au moins ({saisis}) : c'est ce que le "
                "fournisseur lira pour corriger.",
            )

    def reponse(self, action: Action) -> validation.Reponse:
        """What the service is asked, from a valid form; an agreement keeps no motif, a refusal no capacity."""
        donnees = self.cleaned_data
        valide = donnees["decision"] == Decision.VALIDER
        return validation.Reponse(
            action=action,
            qualite=donnees["qualite"] if valide else "",
            motif="" if valide else donnees["motif"],
            complement=donnees["complement"],
            valideur_2=self.mandataire.pk if self.mandataire is not None else None,
            vu=donnees["vu"],
            demande=donnees["demande"],
        )

    def refuser(self, refus: TransitionRefusee) -> None:
        """Put what a service refused on its field."""
        self.add_error(CHAMPS.get(refus.champ, refus.champ), str(refus))


class ValideurForm(forms.Form):
    """Another valideur, and the service of its that will see the invoice (optional)."""

    valideur = forms.IntegerField(
        label="Nouveau valideur",
        widget=forms.HiddenInput,
        error_messages={
            "required": "Cherchez la structure valideur, puis choisissez-la dans la liste.",
            "invalid": "Choisissez le valideur dans la liste des structures trouvées.",
        },
    )
    service: Any = forms.ModelChoiceField(
        label="Service valideur",
        queryset=None,
        required=False,
        empty_label="Toute la structure",
        help_text="Facultatif : limite la facture aux utilisateurs de ce service.",
        error_messages={"invalid_choice": "Ce service n'est plus ouvert : choisissez-en un autre."},
    )
    vu = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, services: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["service"]
        if services is None:
            del self.fields["service"]
        else:
            champ.queryset = services
