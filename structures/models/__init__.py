"""Structures, who is attached to them, how software reaches them, and the simulated INSEE directory."""

from structures.models.insee import EntrepriseInsee, MotAnnuaire
from structures.models.raccordement import (
    VALIDITE_MOT_DE_PASSE,
    ApplicationPiste,
    CompteTechnique,
    ConsentementApi,
    FicheRaccordement,
)
from structures.models.rattachements import ActeGestion, Habilitation, Personnage, Rattachement, RattachementService
from structures.models.structures import (
    CoordonneesBancaires,
    Engagement,
    Mandat,
    Service,
    Structure,
    StructureQuerySet,
    dans_validite,
)

__all__ = [
    "VALIDITE_MOT_DE_PASSE",
    "ActeGestion",
    "ApplicationPiste",
    "CompteTechnique",
    "ConsentementApi",
    "CoordonneesBancaires",
    "Engagement",
    "EntrepriseInsee",
    "FicheRaccordement",
    "Habilitation",
    "Mandat",
    "MotAnnuaire",
    "Personnage",
    "Rattachement",
    "RattachementService",
    "Service",
    "Structure",
    "StructureQuerySet",
    "dans_validite",
]
