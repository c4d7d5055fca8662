"""Write the session's journal."""

from typing import Any

from sandbox import clock
from sandbox.cohorts.models import Cohort, Participant, Trace


def noter(
    cohort: Cohort,
    verbe: str,
    objet: str = "",
    *,
    participant: Participant | None = None,
    formateur: object = None,
    auteur: str = "",
    place: int | None = None,
    **details: Any,
) -> Trace:
    """Add a line. The author follows from what is given: a seat, a trainer, else the system."""
    if participant is not None:
        auteur, nom, place = Trace.Auteur.STAGIAIRE, str(participant), participant.numero
    elif formateur is not None:
        auteur, nom = Trace.Auteur.FORMATEUR, str(formateur)
    else:
        auteur, nom = auteur or Trace.Auteur.SYSTEME, ""
    return Trace.objects.create(
        cohort=cohort,
        place=place,
        simule_le=clock.now() if clock.is_set() else None,
        auteur=auteur,
        nom=nom[:150],
        verbe=verbe,
        objet=objet[:255],
        details=details,
    )
