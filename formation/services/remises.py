"""Snapshots and resets from the console: the state is kept first, everyone keeps his seat (formation.md CON-9, 10)."""

from django.db import transaction

from formation.services.gestes import verrouiller
from formation.services.sauts import AVANT_GESTE, garder_automatiquement, verifier_libre
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot


@transaction.atomic
def reinitialiser(cohort: Cohort, *, formateur: object, cle: str) -> None:
    """The whole session back to its first state.

    Raises ``DejaFait``, ``SessionOccupee``, ``InstantaneIncompatible``.
    """
    verrou = verrouiller(cohort, cle)
    verifier_libre(verrou)
    garder_automatiquement(verrou, "Avant la réinitialisation", AVANT_GESTE)
    snapshots.reset(verrou)
    with verrou.monde():
        noter(verrou, "réinitialise la session", formateur=formateur, cle=cle)
    cohort.refresh_from_db()


@transaction.atomic
def reinitialiser_poste(cohort: Cohort, numero: int, *, formateur: object, cle: str) -> None:
    """One seat back to its first state; the clock and the others stay. Raises as ``reinitialiser``."""
    verrou = verrouiller(cohort, cle)
    verifier_libre(verrou)
    garder_automatiquement(verrou, f"Avant la réinitialisation du poste {numero:02d}", AVANT_GESTE)
    snapshots.reset_place(verrou, numero)
    with verrou.monde():
        noter(verrou, "réinitialise le poste", f"{numero:02d}", formateur=formateur, place=numero, cle=cle)
    cohort.refresh_from_db()


@transaction.atomic
def garder(cohort: Cohort, nom: str, *, formateur: object, cle: str) -> Snapshot:
    """Snapshot that the trainer names. Raises ``DejaFait``, ``SessionOccupee``."""
    verrou = verrouiller(cohort, cle)
    verifier_libre(verrou)
    instantane = snapshots.take(verrou, nom, f"Créé par {formateur}"[:120])
    with verrou.monde():
        noter(verrou, "crée l'instantané", nom, formateur=formateur, cle=cle)
    return instantane


@transaction.atomic
def restaurer(cohort: Cohort, instantane: Snapshot, *, formateur: object, cle: str) -> None:
    """The whole session back to a snapshot, clock included. Raises as ``reinitialiser``."""
    verrou = verrouiller(cohort, cle)
    verifier_libre(verrou)
    garder_automatiquement(verrou, "Avant une restauration", AVANT_GESTE)
    snapshots.restore(verrou, instantane)
    with verrou.monde():
        noter(verrou, "restaure l'instantané", instantane.nom, formateur=formateur, cle=cle)
    cohort.refresh_from_db()
