"""What an invoice file says, with the names of the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.formats.xml import Syntaxe


@dataclass(frozen=True)
class Anomalie:
    """A value that stands in the file but cannot be read."""

    champ: str
    """Business term, e.g. BT-2."""
    balise: str
    """Path of the element, written as the compte rendu writes it."""
    valeur: str
    attendu: str
    ligne: int = 0
    """Of the file."""


@dataclass(frozen=True)
class Partie:
    identifiant: str = ""
    type_identifiant: str = ""
    """SIRET, SIREN, UE_HORS_FRANCE, HORS_UE, RIDET, TAHITI, PARTICULIER, AUTRE; empty when no identifier is given."""
    schema: str = ""
    """schemeID as it stands in the file."""
    nom: str = ""
    nom_commercial: str = ""
    tva: str = ""
    adresse: str = ""
    code_postal: str = ""
    ville: str = ""
    pays: str = ""


@dataclass(frozen=True)
class LigneLue:
    numero: str = ""
    reference: str = ""
    reference_standard: str = ""
    """BT-157, when the file gives it: the reference is then this one."""
    designation: str = ""
    description: str = ""
    quantite: Decimal | None = None
    unite: str = ""
    prix_unitaire: Decimal | None = None
    remise: Decimal | None = None
    """Discounts less charges of the line."""
    montant_ht: Decimal | None = None
    taux_tva: Decimal | None = None
    categorie_tva: str = ""
    commentaire: str = ""


@dataclass(frozen=True)
class LigneTva:
    categorie: str = ""
    taux: Decimal | None = None
    base: Decimal | None = None
    montant: Decimal | None = None
    motif_exoneration: str = ""
    code_exoneration: str = ""


@dataclass(frozen=True)
class RemiseLue:
    """A discount, or a charge, on the whole invoice."""

    charge: bool
    montant: Decimal | None = None
    motif: str = ""
    categorie_tva: str = ""
    taux_tva: Decimal | None = None


@dataclass(frozen=True)
class PieceLue:
    nom: str = ""
    designation: str = ""
    type_piece: str = ""
    """01 principale, 02 complémentaire; empty when the file does not say."""
    mime: str = ""
    contenu: bytes | None = None
    lien: str = ""


@dataclass(frozen=True)
class FactureLue:
    syntaxe: Syntaxe
    profil: str
    numero: str
    type_facture: str
    """FACTURE or AVOIR; empty when the type of document is not one that Chorus Pro takes."""
    type_document: str
    date_facture: date | None
    cadre: str
    """A1 when the file states none."""
    cadre_declare: str
    devise: str
    fournisseur: Partie
    destinataire: Partie
    code_service: str
    nom_service: str
    service_emetteur: str
    numero_engagement: str
    numero_marche: str
    factures_origine: tuple[str, ...]
    mode_paiement: str
    """VIREMENT, CHEQUE…; empty when the code is missing where it is required, or unknown."""
    code_paiement: str
    type_tva: str
    motif_exoneration: str
    iban: str
    bic: str
    date_echeance: date | None
    conditions_paiement: str
    periode_debut: date | None
    periode_fin: date | None
    commentaire: str
    valideur: Partie | None
    encaisseur: Partie | None
    lignes: tuple[LigneLue, ...]
    lignes_tva: tuple[LigneTva, ...]
    remises: tuple[RemiseLue, ...]
    montant_lignes: Decimal | None
    montant_remises: Decimal | None
    montant_charges: Decimal | None
    montant_ht: Decimal | None
    montant_tva: Decimal | None
    montant_tva_declare: bool
    """False when montant_tva is only the sum of the breakdown."""
    montant_ttc: Decimal | None
    acompte: Decimal | None
    arrondi: Decimal | None
    montant_a_payer: Decimal | None
    devises_citees: tuple[str, ...]
    """Every currency written beside an amount or in the header, sorted."""
    pieces_jointes: tuple[PieceLue, ...]
    anomalies: tuple[Anomalie, ...]

    @property
    def facture_origine(self) -> str:
        return self.factures_origine[0] if self.factures_origine else ""

    @property
    def lisible(self) -> bool:
        """True when every value that stands in the file could be read."""
        return not self.anomalies
