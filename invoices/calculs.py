"""Amounts: half-up to the cent, recomputed by the server (factures.md §2.9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from invoices.depot import ZERO, Ligne, LigneTva

CENTIME = Decimal("0.01")
TOLERANCE = CENTIME


def arrondir(montant: Decimal) -> Decimal:
    """To the cent, half-up (away from zero)."""
    return montant.quantize(CENTIME, rounding=ROUND_HALF_UP)


def proches(un: Decimal, autre: Decimal) -> bool:
    """Equal within the official tolerance of 0,01 (G1.53)."""
    return abs(un - autre) <= TOLERANCE


def ht(ligne: Ligne) -> Decimal:
    """Quantité × montant unitaire HT − remise HT, to the cent."""
    return arrondir(ligne.quantite * ligne.prix_unitaire - ligne.remise)


def tva(base: Decimal, taux: Decimal) -> Decimal:
    """Base × rate, to the cent."""
    return arrondir(base * taux / 100)


def recapituler(lignes: Iterable[Ligne]) -> tuple[LigneTva, ...]:
    """One row per rate, the highest first."""
    bases: dict[Decimal, Decimal] = {}
    codes: dict[Decimal, str] = {}
    for ligne in lignes:
        taux = ligne.taux.normalize() if ligne.taux else ZERO
        bases[taux] = bases.get(taux, ZERO) + ht(ligne)
        codes[taux] = codes.get(taux) or ligne.code_taux
    return tuple(
        LigneTva(taux=taux, base=base, montant=tva(base, taux), code_taux=codes[taux])
        for taux, base in sorted(bases.items(), reverse=True)
    )


@dataclass(frozen=True, slots=True)
class Totaux:
    """Block 7 of the form."""

    ht: Decimal
    tva: Decimal
    ttc_avant_remise: Decimal
    ttc: Decimal


def a_payer(ttc: Decimal, acompte: Decimal = ZERO, *, deja_payee: bool = False) -> Decimal:
    """« Montant à payer » that the form proposes: nothing for an invoice already paid (factures.md §2.3, block 7)."""
    return ZERO if deja_payee else ttc - acompte


def totaliser(recapitulatif: Sequence[LigneTva], remise_globale: Decimal = ZERO) -> Totaux:
    total_ht = sum((ligne.base for ligne in recapitulatif), ZERO)
    total_tva = sum((ligne.montant for ligne in recapitulatif), ZERO)
    avant = total_ht + total_tva
    return Totaux(arrondir(total_ht), arrondir(total_tva), arrondir(avant), arrondir(avant - remise_globale))
