"""Cadres de facturation of the works circuit (factures.md §1): who deposits, in what role, who validates."""

from dataclasses import dataclass
from enum import StrEnum


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
