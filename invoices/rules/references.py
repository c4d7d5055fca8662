"""Number, date, lengths and lists (factures.md §2.3 block 4, §2.7, §2.12)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from invoices.depot import Depot
from invoices.enums import DEVISES, ModePaiement, TypeFacture, TypeTva
from invoices.rules.registre import Contexte, Manquement, regle

NUMERO = re.compile(r"[A-Za-z0-9+\-_/]{1,20}")
"""factures.md D-08."""
PREMIERE_DATE = date(2000, 1, 1)

DOUBLON = "SBX_010"
"""The number is taken: the only refusal after which it cannot serve again."""


@regle("SBX_013", "SBX_011", resume="Numéro de facture présent, 20 caractères au plus, caractères permis.")
def numero(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if not depot.numero:
        yield Manquement("SBX_013", "numero", "Le champ « Numéro de facture » est obligatoire.")
    elif not NUMERO.fullmatch(depot.numero):
        interdits = sorted({c for c in depot.numero if not NUMERO.fullmatch(c)})
        trouve = f"{len(depot.numero)} caractères"
        if interdits:
            trouve = "caractères refusés : " + " ".join("espace" if c == " " else c for c in interdits)
        yield Manquement(
            "SBX_011",
            "numero",
            "Le numéro de facture comporte des caractères non autorisés ou dépasse 20 caractères "
            f"({trouve}). Permis : lettres sans accent, chiffres et - _ / +.",
        )


@regle(DOUBLON, resume="Un numéro sert une fois par fournisseur (SIREN) et par année de facture.")
def doublon(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if contexte.doublon:
        annee = depot.date_facture.year if depot.date_facture else ""
        yield Manquement(
            DOUBLON,
            "numero",
            "Une facture portant ce numéro existe déjà pour ce fournisseur et cette année : "
            f"{depot.numero}, {annee}. Donnez à celle-ci le numéro suivant de votre série.",
        )


@regle("SBX_013", "SBX_012", resume="Date de facture entre 2000 et la date du jour.")
def date_facture(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.date_facture is None:
        yield Manquement("SBX_013", "date_facture", "Le champ « Date de facture » est obligatoire.")
    elif not PREMIERE_DATE <= depot.date_facture <= contexte.aujourd_hui:
        yield Manquement(
            "SBX_012",
            "date_facture",
            "La date de facture ne peut pas être postérieure à la date du jour (ni antérieure à 2000) : "
            f"{depot.date_facture:%d/%m/%Y} saisi, nous sommes le {contexte.aujourd_hui:%d/%m/%Y}.",
        )


@dataclass(frozen=True, slots=True)
class Longueur:
    champ: str
    libelle: str
    maximum: int


LONGUEURS = (
    Longueur("code_service", "Code service", 100),
    Longueur("numero_engagement", "Numéro d'engagement", 50),
    Longueur("numero_marche", "Numéro de marché", 50),
    Longueur("numero_facture_origine", "Numéro de facture d'origine", 20),
    Longueur("motif_exoneration", "Motif d'exonération", 1024),
    Longueur("motif_remise", "Motif de la remise globale", 1024),
    Longueur("commentaire", "Commentaire", 2000),
)
"""factures.md §2.7."""


@regle("SBX_013", resume="Longueurs des champs de texte.")
def longueurs(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    for limite in LONGUEURS:
        if len(getattr(depot, limite.champ)) > limite.maximum:
            yield Manquement(
                "SBX_013",
                limite.champ,
                f"Le champ « {limite.libelle} » dépasse {limite.maximum} caractères "
                f"({len(getattr(depot, limite.champ))} saisis).",
            )


LISTES: dict[str, tuple[str, list[str]]] = {
    "type_facture": ("Type de facture", TypeFacture.values),
    "devise": ("Devise", DEVISES),
    "mode_paiement": ("Mode de règlement", ModePaiement.values),
    "type_tva": ("Type de TVA", TypeTva.values),
}


@regle("SBX_014", resume="Valeurs des listes fermées.")
def listes(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    for champ, (libelle, valeurs) in LISTES.items():
        if getattr(depot, champ) not in valeurs:
            yield Manquement("SBX_014", champ, f"La valeur du champ « {libelle} » n'est pas reconnue.")


@regle("SBX_013", resume="Un motif accompagne l'exonération et la remise globale.")
def motifs(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.type_tva == TypeTva.EXONERATION and not depot.motif_exoneration:
        yield Manquement("SBX_013", "motif_exoneration", "Le champ « Motif d'exonération » est obligatoire.")
    if depot.remise_globale > 0 and not depot.motif_remise:
        yield Manquement("SBX_013", "motif_remise", "Le champ « Motif de la remise globale » est obligatoire.")
