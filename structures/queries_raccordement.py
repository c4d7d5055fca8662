"""What a page of a fiche de raccordement reads, on the side of the portal and on the trainer's."""

from typing import Any

from structures.enums import TypeActe
from structures.models import ActeGestion, FicheRaccordement
from structures.raccordement import FAMILLES, POUR_QUI, PROTOCOLES, abonnements, badge, etapes

TYPES_ACTES = (
    TypeActe.RACCORDEMENT,
    TypeActe.COMPTE_TECHNIQUE_CREE,
    TypeActe.COMPTE_TECHNIQUE_REINITIALISE,
    TypeActe.COMPTE_TECHNIQUE_EXPIRE,
)
"""Acts of management of this domaine."""


def detail(fiche: FicheRaccordement) -> dict[str, Any]:
    """What both sides read of a fiche. One query."""
    return {
        "fiche": fiche,
        "etat": badge(fiche.etat),
        "etapes": etapes(fiche.etat),
        "abonnements": abonnements(fiche.interfaces),
        "protocole": PROTOCOLES[fiche.protocole].libelle if fiche.protocole in PROTOCOLES else "–",
        "pour_qui": dict(POUR_QUI).get(fiche.pour_qui, "–"),
        "flux": [FAMILLES[code].libelle for code in fiche.flux if code in FAMILLES],
        "historique": ActeGestion.objects.filter(
            structure=fiche.structure_id, type=TypeActe.RACCORDEMENT, objet__startswith=f"Fiche n° {fiche.pk} ("
        ).order_by("-pk"),
    }
