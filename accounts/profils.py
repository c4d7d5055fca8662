"""The catalogue of profiles: one table read by menus, screens, API and tests (comptes-structures.md §5.2)."""

from dataclasses import dataclass
from enum import StrEnum


class Profil(StrEnum):
    ORGANISATION = "ORGANISATION"
    FACTURES_EMISES = "FACTURES_EMISES"
    FACTURES_RECUES = "FACTURES_RECUES"
    FACTURES_A_VALIDER = "FACTURES_A_VALIDER"
    FACTURES_TRAVAUX = "FACTURES_TRAVAUX"
    MEMOIRES = "MEMOIRES"
    REMBOURSEMENT_TIC = "REMBOURSEMENT_TIC"
    ENGAGEMENTS = "ENGAGEMENTS"
    SOLLICITATIONS_EMISES = "SOLLICITATIONS_EMISES"
    SOLLICITATIONS_RECUES = "SOLLICITATIONS_RECUES"
    RACCORDEMENT = "RACCORDEMENT"


@dataclass(frozen=True, slots=True)
class LigneProfil:
    """A row of the table: who may hold it, whether it is ticked when a manager accepts a newcomer."""

    profil: Profil
    libelle: str
    prive: bool
    public: bool
    par_defaut: bool


CATALOGUE: tuple[LigneProfil, ...] = (
    LigneProfil(Profil.ORGANISATION, "Organisation", prive=True, public=True, par_defaut=False),
    LigneProfil(Profil.FACTURES_EMISES, "Factures émises", prive=True, public=True, par_defaut=True),
    LigneProfil(Profil.FACTURES_RECUES, "Factures reçues", prive=False, public=True, par_defaut=True),
    LigneProfil(Profil.FACTURES_A_VALIDER, "Factures à valider", prive=True, public=False, par_defaut=False),
    LigneProfil(Profil.FACTURES_TRAVAUX, "Factures de travaux", prive=True, public=True, par_defaut=False),
    LigneProfil(Profil.MEMOIRES, "Mémoires de frais de justice", prive=True, public=False, par_defaut=False),
    LigneProfil(Profil.REMBOURSEMENT_TIC, "Demandes de remboursement TIC", prive=True, public=False, par_defaut=False),
    LigneProfil(Profil.ENGAGEMENTS, "Engagements", prive=True, public=True, par_defaut=False),
    LigneProfil(Profil.SOLLICITATIONS_EMISES, "Sollicitations émises", prive=True, public=True, par_defaut=True),
    LigneProfil(Profil.SOLLICITATIONS_RECUES, "Sollicitations reçues", prive=False, public=True, par_defaut=True),
    LigneProfil(Profil.RACCORDEMENT, "Raccordement EDI/API", prive=True, public=True, par_defaut=False),
)


def offerts(*, publique: bool) -> list[LigneProfil]:
    """Profiles that exist on this kind of structure."""
    return [ligne for ligne in CATALOGUE if (ligne.public if publique else ligne.prive)]


def du_gestionnaire(*, publique: bool) -> list[Profil]:
    """What the gestionnaire principal holds, in modification: every profile of his column."""
    return [ligne.profil for ligne in offerts(publique=publique)]
