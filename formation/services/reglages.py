"""What a trainer changes of a session while it runs."""

from django.db import transaction

from formation.services.gestes import verrouiller
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort


@transaction.atomic
def regler_second_facteur(cohort: Cohort, actif: bool, *, formateur: object, cle: str) -> None:
    """Ask a code after the password, or no longer (comptes-structures.md §13.4). Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    if verrou.second_facteur == actif:
        return
    verrou.second_facteur = actif
    verrou.save(update_fields=["second_facteur"])
    with verrou.monde():
        verbe = "active le second facteur" if actif else "coupe le second facteur"
        noter(verrou, verbe, formateur=formateur, cle=cle)


@transaction.atomic
def regler_controle_strict(cohort: Cohort, actif: bool, *, formateur: object, cle: str) -> None:
    """EN 16931, profile and schema findings refuse a file, or only warn (api.md A-09). Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    if verrou.controle_strict == actif:
        return
    verrou.controle_strict = actif
    verrou.save(update_fields=["controle_strict"])
    with verrou.monde():
        verbe = "active le contrôle strict" if actif else "coupe le contrôle strict"
        noter(verrou, verbe, formateur=formateur, cle=cle)


@transaction.atomic
def regler_delai_flux(cohort: Cohort, secondes: int, *, formateur: object, cle: str) -> None:
    """Real seconds between the deposit of a flow and its end, 0 to 600 (api.md A-07). Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    if verrou.delai_flux == secondes:
        return
    verrou.delai_flux = secondes
    verrou.save(update_fields=["delai_flux"])
    with verrou.monde():
        noter(verrou, "règle le délai des flux à", f"{secondes} s", formateur=formateur, cle=cle)
