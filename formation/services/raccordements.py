"""The trainer plays AIFE: instructs fiches de raccordement, makes a technical password expire (§13.11, §13.12)."""

from django.db import transaction

from formation.services.gestes import verrouiller
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort
from structures.models import CompteTechnique, FicheRaccordement
from structures.raccordement import TRANSITIONS, Action
from structures.services import comptes_techniques, raccordement

AIFE = "AIFE (simulée)"
"""Who the structure's « Historique » names: trainees do not deal with their trainer, but with whom he plays."""


@transaction.atomic
def avancer(
    cohort: Cohort, fiche: FicheRaccordement, action: Action, *, motif: str = "", formateur: object, cle: str
) -> None:
    """Play a row of the table. Raises ``DejaFait``, ``raccordement.FicheRefusee``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        fiche.cohort = fiche.structure.cohort = verrou
        raccordement.avancer(fiche, action, nom=AIFE, motif=motif)
        noter(
            verrou,
            f"{TRANSITIONS[action].libelle.lower()} (raccordement)",
            f"{raccordement.nom_de(fiche)} – {fiche.structure}",
            formateur=formateur,
            place=fiche.place,
            cle=cle,
        )


@transaction.atomic
def faire_expirer(cohort: Cohort, technique: CompteTechnique, *, formateur: object, cle: str) -> bool:
    """« Faire expirer »; False when it was already. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        technique.cohort = technique.structure.cohort = verrou
        fait = comptes_techniques.faire_expirer(technique, nom=AIFE)
        if fait:
            login = technique.compte.login_email
            noter(verrou, "fait expirer le compte", login, formateur=formateur, place=technique.place, cle=cle)
    return fait
