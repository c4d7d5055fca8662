"""Faults on demand: the trainer breaks the API for a seat, or for the class (formation.md SIM-10)."""

from django.db import transaction

from api.models import Panne
from api.services import pannes
from formation.services.gestes import verrouiller
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort


def decrire(panne: Panne) -> str:
    """« Erreur interne (500), poste 02, Factures »."""
    qui = f"poste {panne.place:02d}" if panne.place is not None else "toute la session"
    return ", ".join(filter(None, (str(panne), qui, pannes.API_VISEES[panne.api] if panne.api else "")))


@transaction.atomic
def poser(
    cohort: Cohort,
    type_: str,
    *,
    minutes: int,
    place: int | None,
    api: str,
    fois: int | None,
    formateur: object,
    cle: str,
) -> Panne:
    """Switch a fault on. Raises ``DejaFait``, ``api.services.pannes.PanneRefusee``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        panne = pannes.poser(verrou, type_, minutes=minutes, par=str(formateur), place=place, api=api, fois=fois)
        objet = f"{decrire(panne)}, {pannes.DUREES[minutes]}"
        noter(verrou, "pose une panne de l'API :", objet, formateur=formateur, cle=cle)
    return panne


@transaction.atomic
def lever(cohort: Cohort, panne: Panne, *, formateur: object, cle: str) -> bool:
    """Switch it off; False when it was over already. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        levee = pannes.lever(panne.pk)
        if levee:
            noter(verrou, "lève une panne de l'API :", decrire(panne), formateur=formateur, cle=cle)
    return levee
