"""The invoice form, shared by « Saisir facture » and the second step of « Déposer facture » (factures.md §2.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms

from invoices import calculs
from invoices.depot import ZERO, Depot, Fichier
from invoices.enums import (
    DEVISES_COURANTES,
    Cadre,
    ModeDepot,
    ModePaiement,
    MotifExoneration,
    TypeFacture,
    TypePieceJointe,
    TypeTva,
)
from invoices.forms.lignes import AUTRE, TAUX, LigneFormSet, TvaFormSet, tasser
from invoices.rules import Manquement
from invoices.rules.pieces import EXTENSIONS
from sandbox.web.forms import DateField, FichiersField, MontantField
from sandbox.web.nombres import format_decimal
from structures.models import CoordonneesBancaires, Service, Structure
from structures.rules import exigences

CADRES = [(Cadre.A1.value, Cadre.A1.label), (Cadre.A2.value, Cadre.A2.label)]
"""A9 and A12 wait for the screens of the validation circuit."""
NOMS_DEVISES = {
    "EUR": "Euro",
    "USD": "Dollar américain",
    "GBP": "Livre sterling",
    "CHF": "Franc suisse",
    "XPF": "Franc Pacifique",
    "CAD": "Dollar canadien",
    "JPY": "Yen",
    "CNY": "Yuan",
    "DZD": "Dinar algérien",
    "MAD": "Dirham marocain",
    "TND": "Dinar tunisien",
    "SEK": "Couronne suédoise",
    "NOK": "Couronne norvégienne",
    "DKK": "Couronne danoise",
    "PLN": "Zloty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listes:
    """What the drop-downs hold for this account."""

    structures: Sequence[Structure]
    comptes_bancaires: Sequence[CoordonneesBancaires]
    mandats: frozenset[int] = frozenset()

    def structure(self, pk: int | None) -> Structure | None:
        return next((s for s in self.structures if s.pk == pk), None)


class EnTeteForm(forms.Form):
    """Every block but the rows. Required fields are marked; their absence is only an error when it is sent."""

    fournisseur = forms.ChoiceField(label="Raison sociale")
    coordonnees_bancaires = forms.ChoiceField(label="Référence bancaire", required=False)
    cadre = forms.ChoiceField(label="Cadre de facturation", choices=CADRES, initial=Cadre.A1.value)
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
        label="Numéro d'engagement", required=False, help_text="N° d'engagement ou de bon de commande de votre client."
    )
    numero_marche = forms.CharField(label="Numéro de marché", required=False)
    numero_facture_origine = forms.CharField(
        label="Numéro de facture d'origine", required=False, help_text="Pour un avoir : la facture qu'il corrige."
    )
    devise = forms.ChoiceField(
        label="Devise", choices=[(c, f"{c} – {NOMS_DEVISES[c]}") for c in DEVISES_COURANTES], initial="EUR"
    )
    mode_paiement = forms.ChoiceField(
        label="Mode de règlement", choices=ModePaiement.choices, initial=ModePaiement.VIREMENT
    )
    type_tva = forms.ChoiceField(label="Type de TVA", choices=TypeTva.choices, initial=TypeTva.TVA_SUR_DEBIT)
    motif_exoneration = forms.ChoiceField(
        label="Motif d'exonération", choices=[("", "Choisissez…"), *MotifExoneration.choices], required=False
    )
    motif_exoneration_autre = forms.CharField(label="Précisez le motif", required=False)
    montant_ht = MontantField(label="Montant HT total", max_digits=15)
    montant_tva = MontantField(label="Montant TVA", max_digits=15)
    remise_globale = MontantField(label="Remise globale TTC", required=False, max_digits=15)
    motif_remise = forms.CharField(label="Motif de la remise globale", required=False)
    montant_ttc = MontantField(label="Montant TTC total", max_digits=15)
    montant_a_payer = MontantField(label="Montant à payer", max_digits=15)
    commentaire = forms.CharField(label="Commentaire", required=False, widget=forms.Textarea({"rows": 4}))
    piece_type = forms.ChoiceField(label="Type", choices=TypePieceJointe.choices, required=False)
    piece_designation = forms.CharField(label="Désignation", max_length=100, required=False)

    def __init__(self, *args: Any, listes: Listes, mode: ModeDepot, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.mode = mode
        self.listes = listes
        self._choix("fournisseur", [(str(s.pk), s.raison_sociale) for s in listes.structures])
        self._choix("coordonnees_bancaires", self._comptes())
        # An error about the recipient leads to the box where one is searched.
        self.fields["destinataire"].widget.attrs["id"] = "id_recherche"
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

    def _comptes(self) -> list[tuple[str, Any]]:
        def ligne(compte: CoordonneesBancaires) -> tuple[str, str]:
            return str(compte.pk), f"{compte.nom} – {compte.iban}"

        if len(self.listes.structures) < 2:
            return [("", "Aucune"), *map(ligne, self.listes.comptes_bancaires)]
        groupes: list[tuple[str, Any]] = [("", "Aucune")]
        for structure in self.listes.structures:
            miens = [ligne(c) for c in self.listes.comptes_bancaires if c.structure_id == structure.pk]
            if miens:
                groupes.append((structure.raison_sociale, miens))
        return groupes

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
        """Required marks driven by the recipient and the chosen service (factures.md §2.11)."""
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

    pieces_jointes = FichiersField(
        label="Ajouter des pièces jointes",
        required=False,
        consigne="Choisissez un ou plusieurs fichiers, ou glissez-les ici.",
        help_text="10 Mo au plus par fichier, 120 Mo en tout ; nom de 50 caractères au plus, avec son extension.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pieces_jointes"].widget.attrs["accept"] = ",".join(f".{e}" for e in sorted(EXTENSIONS))


@dataclass(slots=True)
class Formulaire:
    """The page's forms together: header, rows, and what they read."""

    mode: ModeDepot
    entete: EnTeteForm
    lignes: Any
    tva: Any
    champs: dict[str, str]
    pieces: PiecesForm
    _depot: Depot | None = None

    @property
    def est_saisie(self) -> bool:
        return self.mode == ModeDepot.SAISIE_PORTAIL

    @property
    def rangs(self) -> Any:
        return self.lignes if self.est_saisie else self.tva

    def lisible(self) -> bool:
        """Everything typed could be read (nothing is said of what is missing)."""
        return self.entete.is_valid() & self.rangs.is_valid()

    def depot(self, pieces: Sequence[Fichier] = ()) -> Depot:
        """What was read, once: errors added later take nothing away from it."""
        if self._depot is None:
            self._depot = self._lire()
        return replace(self._depot, pieces_jointes=tuple(pieces))

    def _lire(self) -> Depot:
        """A saisie gets the totals of its lines, whatever the page shows."""
        self.lisible()
        lu = self.entete.cleaned_data
        lignes = tuple(
            ligne
            for numero, rang in enumerate(self.lignes.remplis() if self.est_saisie else (), 1)
            if (ligne := rang.lire(numero)) is not None
        )
        recapitulatif = tuple(
            ligne for rang in ([] if self.est_saisie else self.tva.remplis()) if (ligne := rang.lire()) is not None
        )
        remise = lu.get("remise_globale") or ZERO
        montants: dict[str, Decimal | None] = {nom: lu.get(nom) for nom in ("montant_ht", "montant_tva", "montant_ttc")}
        if self.est_saisie:
            recapitulatif = calculs.recapituler(lignes)
            totaux = calculs.totaliser(recapitulatif, remise)
            montants = {"montant_ht": totaux.ht, "montant_tva": totaux.tva, "montant_ttc": totaux.ttc}
        return Depot(
            mode=self.mode,
            fournisseur_id=_entier(lu.get("fournisseur")),
            destinataire_id=_entier(lu.get("destinataire")),
            cadre=lu.get("cadre") or Cadre.A1.value,
            type_facture=lu.get("type_facture") or TypeFacture.FACTURE.value,
            numero=lu.get("numero") or "",
            date_facture=lu.get("date_facture"),
            code_service=lu.get("code_service") or "",
            numero_engagement=lu.get("numero_engagement") or "",
            numero_marche=lu.get("numero_marche") or "",
            numero_facture_origine=lu.get("numero_facture_origine") or "",
            coordonnees_bancaires_id=_entier(lu.get("coordonnees_bancaires")),
            devise=lu.get("devise") or "EUR",
            mode_paiement=lu.get("mode_paiement") or ModePaiement.VIREMENT.value,
            type_tva=lu.get("type_tva") or TypeTva.TVA_SUR_DEBIT.value,
            motif_exoneration=self.entete.motif_exoneration_lu(),
            commentaire=(lu.get("commentaire") or "").replace("\r\n", "\n"),
            lignes=lignes,
            lignes_tva=recapitulatif,
            remise_globale=remise,
            motif_remise=lu.get("motif_remise") or "",
            montant_a_payer=lu.get("montant_a_payer"),
            **montants,
        )

    @property
    def totaux_incertains(self) -> bool:
        """A line of a saisie could not be read: what its totals would be is anybody's guess."""
        return self.est_saisie and any(rang.lire(1) is None for rang in self.lignes.remplis())

    def exiger_les_lignes(self) -> bool:
        """Fields of a line that only an invoice that leaves must have."""
        if self.est_saisie:
            for rang in self.lignes.remplis():
                rang.exiger("denomination", "quantite", "unite", "prix_unitaire")
                if rang.cleaned_data.get("taux") == "autre":
                    rang.exiger("taux_manuel")
            return bool(all(not rang.errors for rang in self.lignes.forms))
        vus: set[Decimal] = set()
        for rang in self.tva.remplis():
            rang.exiger("base", "montant")
            ligne = rang.lire()
            if ligne is not None and ligne.taux in vus:
                rang.add_error("taux", f"Le taux {ligne.taux:f} % figure déjà plus haut : une ligne par taux.")
            if ligne is not None:
                vus.add(ligne.taux)
        return bool(all(not rang.errors for rang in self.tva.forms))

    def reporter(self, manquements: Iterable[Manquement]) -> None:
        """Put each finding of the rules at its field; the ones about rows at the top of the rows."""
        self.pieces.is_valid()
        for m in manquements:
            if m.champ in ("lignes", "lignes_tva"):
                self.rangs.non_form_errors().append(m.message)
            elif m.champ == "pieces_jointes":
                self.pieces.add_error("pieces_jointes", m.message)
            else:
                nom = m.champ if m.champ in self.entete.fields else None
                if nom and nom in self.entete.errors and not self.entete.cleaned_data.get(nom):
                    continue  # it is filled, but cannot be read: that has been said
                self.entete.add_error(nom, m.message)


def _entier(texte: Any) -> int | None:
    return int(texte) if texte and str(texte).isdecimal() and len(str(texte)) < 19 else None


def formulaire(
    champs: Mapping[str, str], *, listes: Listes, mode: ModeDepot, blancs: int = 0, files: Any = None
) -> Formulaire:
    """The forms bound to this text: that of a POST, of a draft, or the first values of a new one."""
    prefixe = "lignes" if mode == ModeDepot.SAISIE_PORTAIL else "tva"
    champs = tasser(champs, prefixe, ajouter=blancs)
    vide = {"lignes-TOTAL_FORMS": "0", "lignes-INITIAL_FORMS": "0", "tva-TOTAL_FORMS": "0", "tva-INITIAL_FORMS": "0"}
    donnees = vide | champs
    return Formulaire(
        mode=mode,
        entete=EnTeteForm(donnees, listes=listes, mode=mode),
        lignes=LigneFormSet(donnees, prefix="lignes"),
        tva=TvaFormSet(donnees, prefix="tva"),
        champs=champs,
        pieces=PiecesForm(donnees, files),
    )


def premieres_valeurs(listes: Listes) -> dict[str, str]:
    """A new invoice: the first structure that has a mandate, and its own bank account."""
    fournisseur = next((s for s in listes.structures if s.pk in listes.mandats), None)
    fournisseur = fournisseur or next(iter(listes.structures), None)
    pk = fournisseur.pk if fournisseur else None
    defaut = next((c for c in listes.comptes_bancaires if c.defaut and c.structure_id == pk), None)
    return {
        "fournisseur": str(pk or ""),
        "coordonnees_bancaires": str(defaut.pk) if defaut else "",
        "cadre": Cadre.A1.value,
        "type_facture": TypeFacture.FACTURE.value,
        "devise": "EUR",
        "mode_paiement": ModePaiement.VIREMENT.value,
        "type_tva": TypeTva.TVA_SUR_DEBIT.value,
    }


def _decimal(nombre: Decimal | None, minimum: int = 2) -> str:
    if nombre is None:
        return ""
    return format_decimal(nombre, minimum, 6).replace("\u202f", "").replace("\u2212", "-")


def texte_des_colonnes(depot: Depot) -> dict[str, str]:
    """Text of the form for a deposit that no form wrote."""
    motifs = {str(m.label): m.value for m in MotifExoneration}
    motif = motifs.get(depot.motif_exoneration, MotifExoneration.EXO9.value if depot.motif_exoneration else "")
    texte = {
        "fournisseur": str(depot.fournisseur_id or ""),
        "coordonnees_bancaires": str(depot.coordonnees_bancaires_id or ""),
        "destinataire": str(depot.destinataire_id or ""),
        "date_facture": f"{depot.date_facture:%d/%m/%Y}" if depot.date_facture else "",
        "motif_exoneration": motif,
        "motif_exoneration_autre": depot.motif_exoneration if motif == MotifExoneration.EXO9 else "",
        "remise_globale": _decimal(depot.remise_globale) if depot.remise_globale else "",
        "lignes-TOTAL_FORMS": str(len(depot.lignes)),
        "tva-TOTAL_FORMS": str(len(depot.lignes_tva)),
    }
    for nom in ("cadre", "code_service", "type_facture", "numero", "numero_engagement", "numero_marche"):
        texte[nom] = getattr(depot, nom)
    for nom in ("numero_facture_origine", "devise", "mode_paiement", "type_tva", "motif_remise", "commentaire"):
        texte[nom] = getattr(depot, nom)
    for nom in ("montant_ht", "montant_tva", "montant_ttc", "montant_a_payer"):
        texte[nom] = _decimal(getattr(depot, nom))
    for rang, ligne in enumerate(depot.lignes):
        texte |= {f"lignes-{rang}-{nom}": getattr(ligne, nom) for nom in ("denomination", "reference", "unite")}
        texte |= {
            f"lignes-{rang}-quantite": _decimal(ligne.quantite, 0),
            f"lignes-{rang}-prix_unitaire": _decimal(ligne.prix_unitaire),
            f"lignes-{rang}-remise": _decimal(ligne.remise) if ligne.remise else "",
            **_texte_du_taux(f"lignes-{rang}", ligne.taux),
        }
    for rang, ligne_tva in enumerate(depot.lignes_tva):
        texte |= {
            f"tva-{rang}-base": _decimal(ligne_tva.base),
            f"tva-{rang}-montant": _decimal(ligne_tva.montant),
            **_texte_du_taux(f"tva-{rang}", ligne_tva.taux),
        }
    return texte


def _texte_du_taux(prefixe: str, taux: Decimal) -> dict[str, str]:
    code = f"{taux.normalize():f}" if taux else "0"
    if code in dict(TAUX):
        return {f"{prefixe}-taux": code}
    return {f"{prefixe}-taux": AUTRE, f"{prefixe}-taux_manuel": _decimal(taux)}


__all__ = ["EnTeteForm", "Formulaire", "Listes", "PiecesForm", "formulaire", "premieres_valeurs", "texte_des_colonnes"]
