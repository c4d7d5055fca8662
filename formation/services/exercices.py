"""Exercises of the pack: what is asked, what is handed out, and the state from which each starts (exercices.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from formation.models import OuvertureExercice
from formation.services import mises_en_place, packs, sessions
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant
from structures.enums import EtatStructure
from structures.models import Structure


class ExerciceIndisponible(Exception):
    """The exercise cannot be opened now; the message says what to do first, in French."""


@dataclass(frozen=True, slots=True)
class Exercice:
    """An exercise as the pack describes it; ``lignes`` are the invoice lines that its documents name."""

    contenu: Mapping[str, Any]
    lignes: Mapping[str, Sequence[Sequence[str]]]

    @property
    def cle(self) -> str:
        return str(self.contenu["cle"])

    @property
    def a_preparer(self) -> bool:
        """Does opening it write something for the seat's company, which must then be on the portal?"""
        return any(self.contenu.get(cle) for cle in ("factures", "fournisseurs", "facture_api"))

    @property
    def documents(self) -> Sequence[Mapping[str, Any]]:
        documents: Sequence[Mapping[str, Any]] = self.contenu.get("documents", ())
        return documents

    def document(self, cle: str) -> Mapping[str, Any] | None:
        return next((d for d in self.documents if d["cle"] == cle), None)


def tous(cohort: Cohort) -> list[Exercice]:
    """Exercises of the session's pack, in its order; none when it cannot be read any more."""
    try:
        decrits = packs.lire(cohort.pack).exercices
    except packs.PackInvalide:
        return []
    return [Exercice(contenu, decrits.get("lignes", {})) for contenu in decrits.get("exercices", [])]


def trouver(cohort: Cohort, cle: str) -> Exercice | None:
    return next((exercice for exercice in tous(cohort) if exercice.cle == cle), None)


def ouvertures(place: int) -> dict[str, OuvertureExercice]:
    """What this seat has opened, by key."""
    return {o.cle: o for o in OuvertureExercice.objects.filter(place=place)}


def entreprise(participant: Participant) -> Structure | None:
    """Company of the seat, once it is on the portal."""
    siret = sessions.siret_du_poste(packs.lire(participant.cohort.pack), participant.numero)
    return Structure.objects.filter(identifiant=siret, etat=EtatStructure.ACTIF).first()


def empechement(participant: Participant, exercice: Exercice) -> str:
    """Why this exercise cannot be opened now, and what to do first; empty when it can."""
    regime = exercice.contenu.get("regime")
    if regime and regime != participant.cohort.regime:
        return (
            f"Cet exercice suit les « {Regime(regime).label} » ; cette session suit les "
            f"« {Regime(participant.cohort.regime).label} »."
        )
    if exercice.a_preparer and entreprise(participant) is None:
        return "Créez d'abord votre compte et votre entreprise sur le portail : l'exercice a besoin d'elle."
    return ""


def ouvrir(participant: Participant, exercice: Exercice) -> bool:
    """Build the initial state for this seat, once: False when it was open already. Raises ``ExerciceIndisponible``."""
    if motif := empechement(participant, exercice):
        raise ExerciceIndisponible(motif)
    cohort = participant.cohort
    try:
        with transaction.atomic():
            _, neuve = OuvertureExercice.objects.get_or_create(
                cohort=cohort, place=participant.numero, cle=exercice.cle
            )
            if not neuve:
                return False
            mises_en_place.preparer(participant, exercice.contenu, exercice.lignes, entreprise(participant))
    except mises_en_place.MiseEnPlaceImpossible as impossible:
        raise ExerciceIndisponible(str(impossible)) from impossible
    noter(
        cohort,
        "ouvre l'exercice",
        f"{exercice.contenu['numero']} – {exercice.contenu['titre']}",
        participant=participant,
    )
    return True
