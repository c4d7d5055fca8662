"""The invoice form, shared by « Saisir facture » and the second step of « Déposer facture » (factures.md §2.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from invoices import calculs
from invoices.depot import ZERO, Depot, Fichier
from invoices.enums import Cadre, ModeDepot, ModePaiement, TypeFacture, TypeTva
from invoices.forms.entete import AVEC_VALIDEUR, EnTeteForm, Listes, PiecesForm
from invoices.forms.lignes import AUTRE, LigneFormSet, TvaFormSet, tasser
from invoices.forms.textes import est_autoliquidee, premieres_valeurs, texte_des_colonnes
from invoices.rules import Manquement

HORS_TVA = (TypeTva.EXONERATION, TypeTva.SANS_TVA)


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
        cadre = lu.get("cadre") or Cadre.A1.value
        type_facture = lu.get("type_facture") or TypeFacture.FACTURE.value
        montants: dict[str, Decimal | None] = {nom: lu.get(nom) for nom in ("montant_ht", "montant_tva", "montant_ttc")}
        if self.est_saisie:
            recapitulatif = calculs.recapituler(lignes)
            totaux = calculs.totaliser(recapitulatif, remise)
            montants = {"montant_ht": totaux.ht, "montant_tva": totaux.tva, "montant_ttc": totaux.ttc}
        return Depot(
            mode=self.mode,
            fournisseur_id=_entier(lu.get("fournisseur")),
            destinataire_id=_entier(lu.get("destinataire")),
            cadre=cadre,
            **self._valideur(lu, cadre),
            service_fournisseur_id=_entier(lu.get("service_fournisseur"))
            or self.entete.listes.service_impose(_entier(lu.get("fournisseur"))),
            type_facture=type_facture,
            numero=lu.get("numero") or "",
            date_facture=lu.get("date_facture"),
            code_service=lu.get("code_service") or "",
            numero_engagement=lu.get("numero_engagement") or "",
            numero_marche=lu.get("numero_marche") or "",
            # Ignored on an invoice, whatever is left in the field (factures.md §2.3, block 4).
            numero_facture_origine=(lu.get("numero_facture_origine") or "") if type_facture == "AVOIR" else "",
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
            acompte=lu.get("acompte") or ZERO,
            montant_a_payer=lu.get("montant_a_payer"),
            **montants,
        )

    @staticmethod
    def _valideur(lu: Mapping[str, Any], cadre: str) -> dict[str, int | None]:
        """Only the cadres of a validation circuit name one."""
        if cadre not in AVEC_VALIDEUR:
            return {}
        return {
            "valideur_id": _entier(lu.get("valideur")),
            "service_valideur_id": _entier(lu.get("service_valideur")),
        }

    def ligne_de_piece(self) -> int | None:
        """Line that the new files justify; said at its field when the invoice has no such line."""
        numero: int | None = self.entete.cleaned_data.get("piece_ligne")
        lignes = len(self.lignes.remplis())
        if numero is not None and self.est_saisie and numero > lignes:
            compte = {0: "n'a aucune ligne", 1: "n'a qu'une ligne"}.get(lignes, f"a {lignes} lignes")
            self.entete.add_error("piece_ligne", f"Cette facture {compte} : la ligne {numero} n'existe pas.")
        return numero

    @property
    def pieces_fausses(self) -> bool:
        return bool(self.pieces.errors) or any(nom.startswith("piece_") for nom in self.entete.errors)

    @property
    def totaux_incertains(self) -> bool:
        """A line of a saisie could not be read: what its totals would be is anybody's guess."""
        return self.est_saisie and any(rang.lire(1) is None for rang in self.lignes.remplis())

    def exiger_les_lignes(self) -> bool:
        """Fields of a line that only an invoice that leaves must have."""
        if self.est_saisie:
            for rang in self.lignes.remplis():
                rang.exiger("denomination", "quantite", "unite", "prix_unitaire")
                if rang.cleaned_data.get("taux") == AUTRE:
                    rang.exiger("taux_manuel")
                elif self.entete.cleaned_data.get("type_tva") not in HORS_TVA:
                    rang.exiger("taux")
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
    champs.pop("autoliquidation", None)
    if est_autoliquidee(champs):
        champs["autoliquidation"] = "on"
    donnees = vide | champs
    return Formulaire(
        mode=mode,
        entete=EnTeteForm(donnees, listes=listes, mode=mode),
        lignes=LigneFormSet(donnees, prefix="lignes"),
        tva=TvaFormSet(donnees, prefix="tva"),
        champs=champs,
        pieces=PiecesForm(donnees, files),
    )


__all__ = ["EnTeteForm", "Formulaire", "Listes", "PiecesForm", "formulaire", "premieres_valeurs", "texte_des_colonnes"]
