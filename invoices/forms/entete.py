"""Every block of the invoice form but the rows (factures.md §2.3), and what its lists hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms

from invoices.devises import CHOIX
from invoices.enums import (
    Cadre,
    ModeDepot,
    ModePaiement,
    MotifExoneration,
    TypeFacture,
    TypePieceJointe,
    TypeTva,
)
from invoices.forms.champs import ListeAffactureur, NombreField, PiecesJointesField
from invoices.rules.pieces import DESIGNATION_MAXIMUM, EXTENSIONS, LIGNE_MAXIMUM
from sandbox.web.forms import DateField
from structures.models import CoordonneesBancaires, Service, Structure
from structures.rules import exigences

AVEC_VALIDEUR = (Cadre.A9, Cadre.A12)
COMMENTAIRE_MAXIMUM = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listes:
    """What the drop-downs hold for this account."""

    structures: Sequence[Structure]
    comptes_bancaires: Sequence[CoordonneesBancaires]
    mandats: frozenset[int] = frozenset()
    services: Sequence[Service] = ()
    """Active services of these structures, in which an invoice may be classed."""
    limitees: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Structure → the services to which this account's right is limited, when it is."""

    def structure(self, pk: int | None) -> Structure | None:
        return next((s for s in self.structures if s.pk == pk), None)

    def services_de(self, pk: int | None) -> list[Service]:
        """Services of this structure that this account may name."""
        permis = self.limitees.get(pk or 0)
        return [s for s in self.services if s.structure_id == pk and (permis is None or s.pk in permis)]

    def service_impose(self, pk: int | None) -> int | None:
        """Whoever is limited to some services names one: otherwise he would lose sight of his own invoice."""
        permis = self.services_de(pk)
        return permis[0].pk if (pk or 0) in self.limitees and permis else None


class EnTeteForm(forms.Form):
    """Required fields are marked; their absence is only an error when the invoice is sent."""

    fournisseur = forms.ChoiceField(label="Raison sociale")
    service_fournisseur = forms.ChoiceField(
        label="Service du fournisseur", required=False, help_text="Limite qui, chez vous, voit la facture."
    )
    coordonnees_bancaires = forms.ChoiceField(label="Référence bancaire", required=False, widget=ListeAffactureur)
    cadre = forms.ChoiceField(label="Cadre de facturation", choices=Cadre.choices, initial=Cadre.A1.value)
    valideur = forms.CharField(label="Structure valideur", max_length=20, required=False)
    service_valideur = forms.CharField(label="Service valideur", max_length=20, required=False)
    destinataire = forms.CharField(label="Destinataire", max_length=20)
    code_service = forms.CharField(label="Code service", required=False)
    type_facture = forms.ChoiceField(
        label="Type de facture", choices=TypeFacture.choices, initial=TypeFacture.FACTURE, widget=forms.RadioSelect
    )
    numero = forms.CharField(
        label="Numéro de facture", help_text="20 caractères au plus : lettres sans accent, chiffres et - _ / +."
    )
    date_facture = DateField(label="Date de facture", help_text="JJ/MM/AAAA, au plus tard aujourd'hui.")
    numero_engagement = forms.CharField(
        label="Numéro d'engagement",
        required=False,
        help_text="N° d'engagement ou de bon de commande de votre client ; 50 caractères au plus.",
    )
    numero_marche = forms.CharField(
        label="Numéro de marché",
        required=False,
        help_text="50 caractères au plus. Il ne remplace jamais l'engagement.",
    )
    numero_facture_origine = forms.CharField(
        label="Numéro de facture d'origine",
        required=False,
        help_text="La facture que cet avoir corrige : une seule, 20 caractères au plus.",
    )
    devise = forms.ChoiceField(label="Devise", choices=CHOIX, initial="EUR")
    mode_paiement = forms.ChoiceField(
        label="Mode de règlement", choices=ModePaiement.choices, initial=ModePaiement.VIREMENT
    )
    type_tva = forms.ChoiceField(label="Type de TVA", choices=TypeTva.choices, initial=TypeTva.TVA_SUR_DEBIT)
    autoliquidation = forms.BooleanField(
        label="Autoliquidation",
        required=False,
        help_text="La TVA est due par votre client : sans TVA, et la mention s'écrit dans le commentaire.",
    )
    motif_exoneration = forms.ChoiceField(
        label="Motif d'exonération", choices=[("", "Choisissez…"), *MotifExoneration.choices], required=False
    )
    motif_exoneration_autre = forms.CharField(
        label="Précisez le motif", required=False, help_text="1024 caractères au plus."
    )
    montant_ht = NombreField(label="Montant HT total", max_digits=15)
    montant_tva = NombreField(label="Montant TVA", max_digits=15)
    remise_globale = NombreField(label="Remise globale TTC", required=False, max_digits=15)
    motif_remise = forms.CharField(label="Motif de la remise globale", required=False)
    montant_ttc = NombreField(label="Montant TTC total", max_digits=15)
    acompte = NombreField(
        label="Acompte déjà versé", required=False, max_digits=15, help_text="Il se déduit du montant à payer."
    )
    montant_a_payer = NombreField(label="Montant à payer", max_digits=15)
    commentaire = forms.CharField(
        label="Commentaire",
        required=False,
        help_text=f"{COMMENTAIRE_MAXIMUM} caractères au plus.",
        widget=forms.Textarea({"rows": 4, "data-compteur": COMMENTAIRE_MAXIMUM}),
    )
    piece_type = forms.ChoiceField(label="Type", choices=TypePieceJointe.choices, required=False)
    piece_designation = forms.CharField(label="Désignation", max_length=DESIGNATION_MAXIMUM, required=False)
    piece_ligne = forms.IntegerField(
        label="Pour la ligne n°",
        required=False,
        min_value=1,
        max_value=LIGNE_MAXIMUM,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Un numéro de ligne est un nombre entier, par exemple 2."},
    )

    def __init__(self, *args: Any, listes: Listes, mode: ModeDepot, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.mode = mode
        self.listes = listes
        self._choix("fournisseur", [(str(s.pk), s.raison_sociale) for s in listes.structures])
        self._choix("service_fournisseur", self._services())
        self._choix("coordonnees_bancaires", self._comptes())
        liste = self.fields["coordonnees_bancaires"].widget
        assert isinstance(liste, ListeAffactureur)  # noqa: S101 -- for the type checker
        liste.affactureurs = frozenset(str(c.pk) for c in listes.comptes_bancaires if c.affactureur)
        # An error about a structure leads to the box where one is searched.
        self.fields["destinataire"].widget.attrs["id"] = "id_recherche"
        self.fields["valideur"].widget.attrs["id"] = "id_recherche_valideur"
        self.fields["code_service"].widget.attrs |= {"list": "services", "autocomplete": "off", "spellcheck": "false"}
        for nom in ("numero", "numero_engagement", "numero_marche", "numero_facture_origine"):
            self.fields[nom].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        for champ in self.fields.values():
            champ.error_messages["invalid_choice"] = f"La valeur du champ « {champ.label} » n'est pas reconnue."
        if mode == ModeDepot.SAISIE_PORTAIL:
            for nom in ("montant_ht", "montant_tva", "montant_ttc"):
                self.fields[nom].widget.attrs |= {"readonly": True, "tabindex": "-1"}

    def _choix(self, nom: str, choix: Iterable[tuple[str, Any]]) -> None:
        champ = self.fields[nom]
        assert isinstance(champ, forms.ChoiceField)  # noqa: S101 -- for the reader and the type checker
        champ.choices = list(choix)

    def _par_structure(self, vide: str, lignes: Mapping[int, list[tuple[str, str]]]) -> list[tuple[str, Any]]:
        """One list for one structure, a group for each when there are several."""
        if len(self.listes.structures) < 2:
            return [("", vide), *(ligne for groupe in lignes.values() for ligne in groupe)]
        noms = {s.pk: s.raison_sociale for s in self.listes.structures}
        return [("", vide), *((noms[pk], groupe) for pk, groupe in lignes.items() if groupe)]

    def _comptes(self) -> list[tuple[str, Any]]:
        def ligne(compte: CoordonneesBancaires) -> tuple[str, str]:
            suite = f" – affactureur : {compte.affactureur}" if compte.affactureur else ""
            return str(compte.pk), f"{compte.nom} – {compte.iban}{suite}"

        comptes = self.listes.comptes_bancaires
        return self._par_structure(
            "Aucune",
            {s.pk: [ligne(c) for c in comptes if c.structure_id == s.pk] for s in self.listes.structures},
        )

    def _services(self) -> list[tuple[str, Any]]:
        return self._par_structure(
            "Aucun",
            {s.pk: [(str(v.pk), str(v)) for v in self.listes.services_de(s.pk)] for s in self.listes.structures},
        )

    def full_clean(self) -> None:
        """Read what can be read: absence is no error here, the rules speak when it is sent."""
        exiges = [champ for champ in self.fields.values() if champ.required]
        for champ in exiges:
            champ.required = False
        try:
            super().full_clean()
        finally:
            for champ in exiges:
                champ.required = True

    def clean_fournisseur(self) -> str:
        if not self.cleaned_data["fournisseur"]:
            raise forms.ValidationError("Le champ « Fournisseur » est obligatoire : choisissez votre structure.")
        return str(self.cleaned_data["fournisseur"])

    def marquer(self, destinataire: Structure | None, service: Service | None) -> None:
        """Required marks driven by the cadre, the recipient and the chosen service (factures.md §2.3, §2.11)."""
        self.fields["valideur"].required = self.data.get("cadre") in AVEC_VALIDEUR
        if destinataire is None:
            return
        demande = exigences(
            destinataire.parametres, service_exige_engagement=service is not None and service.engagement_obligatoire
        )
        self.fields["code_service"].required = demande.service
        self.fields["numero_engagement"].required = demande.engagement

    def motif_exoneration_lu(self) -> str:
        choix = self.cleaned_data.get("motif_exoneration") or ""
        if choix == MotifExoneration.EXO9:
            return self.cleaned_data.get("motif_exoneration_autre") or ""
        return str(MotifExoneration(choix).label) if choix else ""


class PiecesForm(forms.Form):
    """The files of the same page."""

    pieces_jointes = PiecesJointesField(
        label="Ajouter des pièces jointes",
        required=False,
        consigne="Choisissez un ou plusieurs fichiers, ou glissez-les ici.",
        help_text="10 Mo au plus par fichier, 120 Mo en tout ; nom de 50 caractères au plus, avec son extension.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pieces_jointes"].widget.attrs["accept"] = ",".join(f".{e}" for e in sorted(EXTENSIONS))
