"""What a deposit is, whatever its door: form, PDF, Factur-X, later API and flows (DESIGN §4)."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.enums import Cadre, ModeDepot, ModePaiement, TypeFacture, TypeTva

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """Ligne de poste (factures.md §2.3, block 5). Rates in percent, amounts in the invoice's currency."""

    numero: int
    denomination: str
    quantite: Decimal
    unite: str
    prix_unitaire: Decimal
    reference: str = ""
    remise: Decimal = ZERO
    taux: Decimal = ZERO
    code_taux: str = ""
    """Referential code of the rate; empty for a rate typed by hand (factures.md §2.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneTva:
    """One row of the récapitulatif TVA (block 6)."""

    taux: Decimal
    base: Decimal
    montant: Decimal
    code_taux: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fichier:
    """A file of the deposit: name as given, size in bytes, SHA-256 when it is already stored."""

    nom: str
    taille: int
    empreinte: str = ""
    type: str = "DIVERS"
    designation: str = ""
    ligne: int | None = None
    """Number of the line it justifies, if any."""
    signalement: str = ""
    """What was seen in it without opening it, when it is already stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """One invoice as deposited. Ids are those of the cohort's own structures; texts are as typed, trimmed."""

    mode: ModeDepot
    fournisseur_id: int | None
    destinataire_id: int | None
    cadre: str = Cadre.A1
    type_facture: str = TypeFacture.FACTURE
    numero: str = ""
    date_facture: date | None = None
    code_service: str = ""
    numero_engagement: str = ""
    numero_marche: str = ""
    numero_facture_origine: str = ""
    valideur_id: int | None = None
    service_valideur_id: int | None = None
    service_fournisseur_id: int | None = None
    coordonnees_bancaires_id: int | None = None
    devise: str = "EUR"
    mode_paiement: str = ModePaiement.VIREMENT
    type_tva: str = TypeTva.TVA_SUR_DEBIT
    motif_exoneration: str = ""
    commentaire: str = ""
    lignes: tuple[Ligne, ...] = ()
    lignes_tva: tuple[LigneTva, ...] = ()
    montant_ht: Decimal | None = None
    montant_tva: Decimal | None = None
    montant_ttc: Decimal | None = None
    remise_globale: Decimal = ZERO
    motif_remise: str = ""
    acompte: Decimal = ZERO
    """Already paid: deducted from the amount to pay (factures.md §2.3, block 7)."""
    montant_a_payer: Decimal | None = None
    pieces_jointes: tuple[Fichier, ...] = field(default=())

    def remplacer(self, **champs: Any) -> "Depot":
        """The same deposit with these fields changed."""
        return replace(self, **champs)
