"""An invoice about to be written, whatever the format: parties, lines, discounts, VAT, totals.

The global discount of Chorus Pro is TTC, EN 16931 only knows discounts HT (BG-20): ``repartir_remise`` says how one
becomes the other without moving a total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)
MOTIFS_PAR_DEFAUT = {
    "E": ("VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du code général des impôts"),
    "AE": ("VATEX-EU-AE", "Autoliquidation"),
    "O": ("VATEX-EU-O", "Hors champ de la TVA"),
}
"""Code and words of an exemption whose reason is not given (flux-edi.md §8.3: BR-E-10, BR-AE-10, BR-O-10)."""
MIME_PIECES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
"""Types of BR-CL-24, by extension."""


@dataclass(frozen=True)
class PartieAEcrire:
    siret: str
    """Identifier of the type given by ``type_identifiant``."""
    nom: str
    adresse: str = "1 rue de l'Exercice"
    code_postal: str = "69001"
    ville: str = "Lyon"
    pays: str = "FR"
    tva: str = ""
    """Computed from the SIRET when empty."""
    type_identifiant: str = "SIRET"
    complement: str = ""

    @property
    def numero_tva(self) -> str:
        if self.tva:
            return self.tva
        if self.type_identifiant == "UE_HORS_FRANCE":
            return self.siret
        if self.type_identifiant != "SIRET" or not self.siret[:9].isdigit():
            return ""
        siren = self.siret[:9]
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


@dataclass(frozen=True)
class LigneAEcrire:
    designation: str
    quantite: Decimal
    prix_unitaire: Decimal
    taux_tva: Decimal = Decimal(20)
    categorie_tva: str = "S"
    unite: str = "C62"
    reference: str = ""
    remise: Decimal = ZERO
    """HT, an amount (BG-27); a negative one is a charge."""
    montant: Decimal | None = None
    """HT after discount, computed when it is not given."""
    commentaire: str = ""

    @property
    def montant_ht(self) -> Decimal:
        if self.montant is not None:
            return arrondir(self.montant)
        return arrondir(self.quantite * self.prix_unitaire - self.remise)

    @property
    def quantite_ecrite(self) -> Decimal:
        """A negative price becomes a negative quantity (BR-27)."""
        return -self.quantite if self.prix_unitaire < 0 else self.quantite

    @property
    def prix_ecrit(self) -> Decimal:
        return abs(self.prix_unitaire)


@dataclass(frozen=True)
class TvaAEcrire:
    categorie: str
    taux: Decimal
    base: Decimal
    montant: Decimal

    @property
    def ttc(self) -> Decimal:
        return self.base + self.montant


@dataclass(frozen=True)
class AjustementAEcrire:
    """A discount HT on the whole invoice (BG-20), or a charge (BG-21), for one rate."""

    categorie: str
    taux: Decimal
    montant: Decimal
    """Positive."""
    motif: str = "Remise globale"
    charge: bool = False

    @property
    def signe(self) -> Decimal:
        """What it adds to the base."""
        return self.montant if self.charge else -self.montant


@dataclass(frozen=True)
class PieceAEcrire:
    """A supporting document (BG-24)."""

    nom: str
    contenu: bytes
    designation: str = ""

    @property
    def mime(self) -> str:
        """Empty when the XML cannot carry it: BR-CL-24 takes six types."""
        return MIME_PIECES.get(self.nom.rpartition(".")[2].lower(), "")


@dataclass(frozen=True)
class FactureAEcrire:
    numero: str
    date_facture: date
    fournisseur: PartieAEcrire
    destinataire: PartieAEcrire
    lignes: tuple[LigneAEcrire, ...]
    type_document: str = "380"
    cadre: str = "A1"
    devise: str = "EUR"
    code_service: str = ""
    numero_engagement: str = ""
    numero_marche: str = ""
    facture_origine: str = ""
    code_paiement: str = "30"
    iban: str = "FR7630004008230001234567819"
    bic: str = ""
    date_echeance: date | None = None
    """Thirty days after the invoice when neither it nor ``conditions`` is given."""
    acompte: Decimal = ZERO
    commentaire: str = ""
    sur_encaissement: bool = False
    nom_service: str = ""
    service_emetteur: str = ""
    valideur: PartieAEcrire | None = None
    """A9, A12: of the profiles of CII only EXTENDED can carry it (BG-X-36)."""
    remise_globale: Decimal = ZERO
    """TTC, as on the portal."""
    motif_remise: str = ""
    motif_exoneration: str = ""
    code_exoneration: str = ""
    conditions: str = ""
    """Terms of payment in words, for an invoice without a due date (BR-CO-25)."""
    ajustements_declares: tuple[AjustementAEcrire, ...] = ()
    montants_tva: tuple[tuple[Decimal, Decimal], ...] = ()
    """VAT by rate as deposited, where it is not base × rate to the cent."""
    a_payer: Decimal | None = None
    """As deposited; computed when it is not given."""
    pieces: tuple[PieceAEcrire, ...] = ()
    """Those whose type an XML cannot carry are left out of it."""

    @property
    def est_avoir(self) -> bool:
        return self.type_document == "381"

    @property
    def echeance(self) -> date | None:
        if self.date_echeance is not None or self.conditions:
            return self.date_echeance
        return self.date_facture + timedelta(days=30)

    @property
    def tva_avant_remise(self) -> tuple[TvaAEcrire, ...]:
        """The récapitulatif of the portal: by category and rate, before the global discount."""
        bases: dict[tuple[str, Decimal], Decimal] = {}
        for ligne in self.lignes:
            cle = (ligne.categorie_tva, ligne.taux_tva)
            bases[cle] = bases.get(cle, ZERO) + ligne.montant_ht
        for ajustement in self.ajustements_declares:
            cle = (ajustement.categorie, ajustement.taux)
            bases[cle] = bases.get(cle, ZERO) + ajustement.signe
        declares = dict(self.montants_tva)
        return tuple(
            TvaAEcrire(categorie, taux, base, arrondir(declares.get(taux, base * taux / 100)))
            for (categorie, taux), base in bases.items()
        )

    @property
    def lignes_tva(self) -> tuple[TvaAEcrire, ...]:
        """BG-23: after the global discount."""
        return repartir_remise(self.tva_avant_remise, self.remise_globale)

    @property
    def ajustements(self) -> tuple[AjustementAEcrire, ...]:
        """Every discount and charge of the invoice, the share of the global discount of each rate included."""
        parts = [
            AjustementAEcrire(
                avant.categorie, avant.taux, abs(ecart), self.motif_remise or "Remise globale", charge=ecart < 0
            )
            for avant, apres in zip(self.tva_avant_remise, self.lignes_tva, strict=True)
            if (ecart := avant.base - apres.base)
        ]
        return (*self.ajustements_declares, *parts)

    @property
    def montant_lignes(self) -> Decimal:
        return sum((ligne.montant_ht for ligne in self.lignes), ZERO).quantize(CENT)

    @property
    def total_remises(self) -> Decimal:
        return sum((a.montant for a in self.ajustements if not a.charge), ZERO).quantize(CENT)

    @property
    def total_charges(self) -> Decimal:
        return sum((a.montant for a in self.ajustements if a.charge), ZERO).quantize(CENT)

    @property
    def montant_ht(self) -> Decimal:
        return sum((tva.base for tva in self.lignes_tva), ZERO).quantize(CENT)

    @property
    def montant_tva(self) -> Decimal:
        return sum((tva.montant for tva in self.lignes_tva), ZERO).quantize(CENT)

    @property
    def montant_ttc(self) -> Decimal:
        return self.montant_ht + self.montant_tva

    @property
    def montant_a_payer(self) -> Decimal:
        """Nothing for A2, which is an invoice already paid."""
        if self.a_payer is not None:
            return arrondir(self.a_payer)
        return Decimal("0.00") if self.cadre == "A2" else self.montant_ttc - self.acompte.quantize(CENT)

    @property
    def deja_paye(self) -> Decimal:
        """BT-113: what makes the amount to pay follow from the total (BR-CO-16)."""
        return self.montant_ttc - self.montant_a_payer

    def exoneration(self, categorie: str) -> tuple[str, str]:
        """Code and words of the reason of a category without VAT; nothing for the others."""
        if categorie not in MOTIFS_PAR_DEFAUT:
            return "", ""
        if categorie == "E" and (self.motif_exoneration or self.code_exoneration):
            return self.code_exoneration, self.motif_exoneration
        return MOTIFS_PAR_DEFAUT[categorie]


def arrondir(montant: Decimal) -> Decimal:
    """To the cent, half-up; never « -0.00 », which the rules of EN 16931 do not add up."""
    return montant.quantize(CENT, ROUND_HALF_UP) + ZERO


def texte(valeur: Decimal) -> str:
    """A number as files write it: no exponent, no useless zero."""
    return format(valeur.normalize(), "f") if valeur else "0"


def propre(brut: str) -> str:
    """What an XML may hold: other control characters are left out."""
    return "".join(
        c for c in brut if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )


def repartir_remise(recapitulatif: Sequence[TvaAEcrire], remise: Decimal) -> tuple[TvaAEcrire, ...]:
    """The récapitulatif once a global discount TTC is taken from it (factures.md §2.9 to EN 16931 BG-20).

    The discount is shared between the rates as their TTC are, to the cent, the remainder to the largest. In each rate
    the new base is the HT of the new TTC, and the VAT is what stands between the two: TTC − remise stays exact, and the
    VAT of a rate differs from base × rate by one cent at most, which Chorus Pro (G1.53) and BR-CO-17 both accept.
    The allowance HT of a rate (BT-92) is then the difference of the bases.
    """
    if not remise or not recapitulatif:
        return tuple(recapitulatif)
    parts = _parts([max(tva.ttc, ZERO) for tva in recapitulatif], arrondir(remise))
    apres = []
    for tva, part in zip(recapitulatif, parts, strict=True):
        ttc = tva.ttc - part
        base = tva.base if not part else arrondir(ttc / (1 + tva.taux / 100))
        apres.append(TvaAEcrire(tva.categorie, tva.taux, base, ttc - base))
    return tuple(apres)


def retrouver_remise(
    recapitulatif: Sequence[TvaAEcrire], remises: Sequence[AjustementAEcrire]
) -> tuple[tuple[TvaAEcrire, ...], Decimal] | None:
    """``repartir_remise`` backwards: the récapitulatif before the discount, and the discount TTC.

    None when these discounts HT are not the shares of one discount TTC: they stay what they are.
    """
    parts: dict[tuple[str, Decimal], Decimal] = {}
    for remise in remises:
        cle = (remise.categorie, remise.taux)
        parts[cle] = parts.get(cle, ZERO) - remise.signe
    avant = []
    for tva in recapitulatif:
        base = tva.base + parts.pop((tva.categorie, tva.taux), ZERO)
        avant.append(TvaAEcrire(tva.categorie, tva.taux, base, arrondir(base * tva.taux / 100)))
    total = sum((tva.ttc for tva in avant), ZERO) - sum((tva.ttc for tva in recapitulatif), ZERO)
    if parts or total <= 0 or repartir_remise(avant, total) != tuple(recapitulatif):
        return None
    return tuple(avant), total


def _parts(poids: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """``total`` cut as ``poids``, cents kept whole; all of it on the first when nothing weighs."""
    somme = sum(poids, ZERO)
    if not somme:
        return [total, *([ZERO] * (len(poids) - 1))]
    parts = [(total * p / somme).quantize(CENT, ROUND_DOWN) for p in poids]
    parts[max(range(len(poids)), key=lambda rang: poids[rang])] += total - sum(parts, ZERO)
    return parts
