"""Cadres de facturation (factures.md §1): the works circuit in detail, and where each of the twenty-six lives."""

from dataclasses import dataclass
from enum import StrEnum

from invoices.enums import Cadre, Espace


class Deposant(StrEnum):
    TITULAIRE = "Titulaire"
    SOUS_TRAITANT = "Sous-traitant"
    COTRAITANT = "Cotraitant"
    MOE = "MOE"
    MOA = "MOA"


@dataclass(frozen=True, slots=True)
class CadreTravaux:
    """A row of the table; ``valideurs`` in their order, empty when nobody is left to validate."""

    code: str
    api: str
    libelle: str
    deposant: Deposant
    valideurs: tuple[str, ...] = ()
    note: str = ""

    @property
    def validation(self) -> str:
        return ", puis ".join(self.valideurs) or "Personne : la pièce part au service financier"


_D = Deposant
_MOE, _MOA, _FOURNISSEUR = "MOE", "MOA", "fournisseur"

CADRES: tuple[CadreTravaux, ...] = (
    CadreTravaux(
        "A4",
        "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR",
        "Dépôt par un fournisseur d'un projet de décompte mensuel",
        _D.TITULAIRE,
        (_MOE,),
    ),
    CadreTravaux(
        "A5", "A5_ETAT_ACOMPTE_FOURNISSEUR", "Dépôt par un fournisseur d'un état d'acompte", _D.TITULAIRE, (_MOA,)
    ),
    CadreTravaux(
        "A6",
        "A6_ETAT_ACOMPTE_VALIDE_FOURNISSEUR",
        "Pièce de facturation de travaux transmise au service financier",
        _D.TITULAIRE,
        note="Ancien libellé : état d'acompte validé.",
    ),
    CadreTravaux(
        "A7",
        "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR",
        "Dépôt par un fournisseur d'un projet de décompte final",
        _D.TITULAIRE,
        (_MOE,),
    ),
    CadreTravaux(
        "A8",
        "A8_DECOMPTE_GENERAL_DEFINITIF_FOURNISSEUR",
        "Dépôt par un fournisseur d'un décompte général et définitif",
        _D.TITULAIRE,
        note="Ancien libellé : décompte général signé.",
    ),
    CadreTravaux(
        "A10",
        "A10_PROJET_DECOMPTE_MENSUEL_SOUSTRAITANT",
        "Dépôt par un sous-traitant d'un projet de décompte mensuel",
        _D.SOUS_TRAITANT,
        ("titulaire", _MOE),
        note="Libellé récent : demande de paiement dans le cadre des marchés de travaux.",
    ),
    CadreTravaux(
        "A13",
        "A13_PROJET_DECOMPTE_MENSUEL_COTRAITANT",
        "Dépôt par un cotraitant d'un projet de décompte mensuel",
        _D.COTRAITANT,
        ("mandataire", _MOE),
    ),
    CadreTravaux(
        "A14",
        "A14_PROJET_DECOMPTE_FINAL_COTRAITANT",
        "Dépôt par un cotraitant d'un projet de décompte final",
        _D.COTRAITANT,
        ("mandataire", _MOE),
    ),
    CadreTravaux("A15", "A15_ETAT_ACOMPTE_MOE", "Dépôt par une MOE d'un état d'acompte", _D.MOE, (_MOA,)),
    CadreTravaux("A16", "A16_ETAT_ACOMPTE_VALIDE_MOE", "Dépôt par une MOE d'un état d'acompte validé", _D.MOE),
    CadreTravaux(
        "A17", "A17_PROJET_DECOMPTE_GENERAL_MOE", "Dépôt par une MOE d'un projet de décompte général", _D.MOE, (_MOA,)
    ),
    CadreTravaux("A18", "A18_DECOMPTE_GENERAL_MOE", "Dépôt par une MOE d'un décompte général", _D.MOE, (_FOURNISSEUR,)),
    CadreTravaux("A19", "A19_ETAT_ACOMPTE_VALIDE_MOA", "Dépôt par une MOA d'un état d'acompte validé", _D.MOA),
    CadreTravaux("A20", "A20_DECOMPTE_GENERAL_MOA", "Dépôt par une MOA d'un décompte général", _D.MOA, (_FOURNISSEUR,)),
    CadreTravaux(
        "A22",
        "A22_PROJET_DECOMPTE_GENERAL_FOURNISSEUR_PROCEDURE_TACITE",
        "Dépôt par un fournisseur ou mandataire d'un projet de décompte général dans le cadre d'une procédure tacite",
        _D.TITULAIRE,
        (_MOA,),
        note="Copie à la MOE ; l'absence de réponse vaut acceptation au bout du délai.",
    ),
    CadreTravaux(
        "A23",
        "A23_DECOMPTE_GENERAL_DEFINITIF_TACITE_FOURNISSEUR",
        "Dépôt par un fournisseur ou mandataire d'un décompte général et définitif tacite",
        _D.TITULAIRE,
    ),
    CadreTravaux(
        "A24",
        "A24_DECOMPTE_GENERAL_DEFINITIF_TACITE_MOE",
        "Dépôt par une MOE d'un décompte général et définitif tacite",
        _D.MOE,
    ),
    CadreTravaux(
        "A25",
        "A25_DECOMPTE_GENERAL_DEFINITIF_MOE_PROCEDURE_TACITE",
        "Dépôt par une MOA d'un décompte général et définitif dans le cadre d'une procédure tacite",
        _D.MOA,
        note="Déposé par la MOA, bien que le code de l'API dise MOE.",
    ),
)
"""A9 and A12 belong to simple invoices, A21 to tax refunds; A11 was withdrawn."""

PAR_CODE: dict[str, CadreTravaux] = {cadre.code: cadre for cadre in CADRES}


@dataclass(frozen=True, slots=True)
class LigneDeCadre:
    """A row of the whole enumeration. ``lieu``: the application where such a piece is created."""

    code: str
    api: str
    libelle: str
    deposant: str
    lieu: str
    validation: str
    simule: bool = False
    note: str = ""


TRAVAUX, JUSTICE, TAXES = "Factures de travaux", "Mémoires de frais de justice", "Remboursement de taxes"
_PERSONNE = "Personne"


def _simple(cadre: Cadre, deposant: str, validation: str = _PERSONNE, note: str = "") -> LigneDeCadre:
    code, _, libelle = str(cadre.label).partition(" : ")
    return LigneDeCadre(code, cadre.value, libelle, deposant, str(Espace.EMISES.label), validation, True, note)


_AUTRES: tuple[LigneDeCadre, ...] = (
    _simple(Cadre.A1, "Fournisseur"),
    _simple(Cadre.A2, "Fournisseur", note="Payée en entier : le montant à payer est de 0."),
    _simple(
        Cadre.A9,
        _D.SOUS_TRAITANT,
        "titulaire, ou cotraitant puis mandataire",
        "Paiement direct, hors marchés de travaux. Ancien libellé : demande de paiement.",
    ),
    _simple(Cadre.A12, _D.COTRAITANT, "mandataire"),
    LigneDeCadre(
        "A3",
        "A3_MEMOIRE_JUSTICE",
        "Dépôt par un fournisseur d'un mémoire de frais de justice",
        "Prestataire de justice",
        JUSTICE,
        "juridiction, dans son propre circuit",
        note="Le seul cadre des frais de justice.",
    ),
    LigneDeCadre(
        "A11",
        "A11_PROJET_DECOMPTE_FINAL_SOUSTRAITANT",
        "Projet de décompte final d'un sous-traitant",
        _D.SOUS_TRAITANT,
        "–",
        "–",
        note="Retiré : encore dans la liste de l'API, absent des listes publiées.",
    ),
    LigneDeCadre(
        "A21",
        "A21_DEMANDE_REMBOURSEMENT_TIC",
        "Dépôt par un bénéficiaire d'une demande de remboursement de la TIC",
        "Bénéficiaire agricole",
        TAXES,
        "administration",
    ),
)


def _de_travaux(cadre: CadreTravaux) -> LigneDeCadre:
    return LigneDeCadre(
        cadre.code, cadre.api, cadre.libelle, cadre.deposant, TRAVAUX, cadre.validation, note=cadre.note
    )


SANS_CADRE = LigneDeCadre(
    "–", "SANS_CADRE_DE_FACTURATION", "Pièce sans cadre de facturation", "–", "–", "–", note="Valeur rendue par l'API."
)
TOUS: tuple[LigneDeCadre, ...] = (
    *sorted((*_AUTRES, *(_de_travaux(cadre) for cadre in CADRES)), key=lambda ligne: int(ligne.code[1:])),
    SANS_CADRE,
)
"""A1 to A25, then what has none."""
