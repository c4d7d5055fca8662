"""« Traiter » and the filters of the recipient's « Synthèse » (factures.md §4.1)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from invoices.enums import MOTIFS, Action, Motif, TypeFacture
from invoices.models import Facture
from invoices.services.traitement import Possible, Traitement
from invoices.services.transitions import COMMENTAIRE_MAXIMUM, TransitionRefusee
from structures.models import Service, Structure

_QUALIFIES = (Action.REJETER, Action.SUSPENDRE, Action.DEMANDER_RECYCLAGE)
"""Actions that carry a motif."""


def _motifs(motifs: Iterable[Motif]) -> list[tuple[str, str]]:
    return [(m.value, str(m.label)) for m in motifs]


class TraitementForm(forms.Form):
    """One status for all the invoices. What the circuit demands is the service's to say (``traitement.erreurs``)."""

    statut = forms.CharField(
        label="Nouveau statut",
        widget=forms.Select,
        error_messages={"required": "Choisissez le nouveau statut : il s'applique à toutes les factures choisies."},
    )
    motif = forms.CharField(label="Motif", widget=forms.Select, required=False)
    commentaire = forms.CharField(
        label="Commentaire",
        widget=forms.Textarea(attrs={"rows": 3, "data-bas-limite": COMMENTAIRE_MAXIMUM}),
        required=False,
        help_text=f"{COMMENTAIRE_MAXIMUM} caractères au plus. Le fournisseur le lit avec le statut.",
    )
    numero_mandat = forms.CharField(
        label="N° de mandat / DP",
        max_length=50,
        required=False,
        help_text="Facultatif : le numéro du mandat ou de la demande de paiement.",
        error_messages={
            "max_length": "Le champ « N° de mandat / DP » dépasse %(limit_value)d caractères (%(show_value)d saisis)."
        },
    )

    def __init__(self, *args: Any, offres: Sequence[Possible], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offres = {str(p.statut): p for p in offres}
        usuels = [(p.statut.value, str(p.statut.label)) for p in offres if p.habituel and not p.actuel]
        autres = [
            (p.statut.value, f"{p.statut.label} (statut actuel)" if p.actuel else str(p.statut.label))
            for p in sorted(offres, key=lambda p: p.actuel)
            if not p.habituel or p.actuel
        ]
        groupes = [("", "Choisissez…"), ("Statuts habituels", usuels), ("Autres statuts", autres)]
        self.fields["statut"].widget.choices = [(nom, choix) for nom, choix in groupes if choix]
        self.choisi = self.offres.get(str(self["statut"].value() or ""))
        self._preciser()

    def _preciser(self) -> None:
        """Show what goes with the status chosen; everything while there is none, motifs grouped by status."""
        if self.choisi is None:
            actions = {p.action: p for p in self.offres.values() if p.action in _QUALIFIES}
            groupes = [(str(p.statut.label), _motifs(MOTIFS[action])) for action, p in actions.items()]
            self.fields["motif"].widget.choices = [("", "Aucun"), *groupes]
            self.fields["motif"].help_text = "Pour « Rejetée », « Suspendue » et « À recycler »."
            self.fields["numero_mandat"].help_text = "Pour « Mandatée », facultatif."
            return
        self.avec_motif = self.choisi.action in _QUALIFIES
        self.avec_mandat = self.choisi.action == Action.MANDATER
        self.fields["motif"].widget.choices = [("", "Choisissez…"), *_motifs(MOTIFS.get(self.choisi.action, ()))]
        self.fields["motif"].required = self.avec_motif
        self.fields["motif"].error_messages["required"] = "Le motif est obligatoire (SBX_072) : choisissez-le."
        self.fields["commentaire"].required = "commentaire" in self.choisi.besoins
        # Said by the rule itself, at the same place as its other refusals.
        self.fields["commentaire"].error_messages["required"] = "Le commentaire est obligatoire."

    avec_motif = True
    avec_mandat = True

    @property
    def traitement(self) -> Traitement:
        """What was typed, a motif that the status does not take left out."""
        saisie = self.cleaned_data
        return Traitement(
            statut=saisie.get("statut", ""),
            motif=saisie.get("motif", "") if self.avec_motif else "",
            commentaire=saisie.get("commentaire", ""),
            numero_mandat=saisie.get("numero_mandat", "") if self.avec_mandat else "",
        )

    def refuser(self, refus: Iterable[TransitionRefusee]) -> None:
        """Put each refusal at its field, once, with its code."""
        for erreur in refus:
            champ = erreur.champ if erreur.champ in self.fields else "statut"
            if champ not in self.errors:
                self.add_error(champ, f"{erreur} ({erreur.code})")


class FiltreRecues(forms.Form):
    """Which received invoices to show; an unknown value restricts nothing."""

    structure = forms.TypedChoiceField(label="Structure", coerce=int, empty_value=None, required=False)
    service = forms.TypedChoiceField(label="Service", coerce=int, empty_value=None, required=False)
    type_facture = forms.ChoiceField(
        label="Type", choices=[("", "Tous"), *TypeFacture.choices], required=False, widget=forms.Select
    )

    def __init__(self, *args: Any, structures: Sequence[Structure], services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["structure"].choices = [("", "Toutes vos structures"), *((s.pk, str(s)) for s in structures)]
        plusieurs = len(structures) > 1
        self.fields["service"].choices = [
            ("", "Tous les services"),
            *((s.pk, f"{s} ({s.structure})" if plusieurs else str(s)) for s in services),
        ]
        if not plusieurs:
            del self.fields["structure"]
        if not services:
            del self.fields["service"]

    @property
    def actifs(self) -> int:
        return sum(1 for valeur in self._criteres().values() if valeur)

    def _criteres(self) -> dict[str, Any]:
        self.is_valid()
        return {nom: self.cleaned_data.get(nom) for nom in self.fields} if self.is_bound else {}

    def filtrer(self, factures: QuerySet[Facture]) -> QuerySet[Facture]:
        colonnes = {"structure": "destinataire", "service": "service", "type_facture": "type_facture"}
        return factures.filter(**{colonnes[nom]: valeur for nom, valeur in self._criteres().items() if valeur})
