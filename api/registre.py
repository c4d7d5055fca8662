"""Every operation, written once: gateway, documentation and tests read this table (api.md §6 to §9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.models import Compte
from accounts.profils import Profil
from api import contrat
from api.entree import Entree, SansArgument
from sandbox.cohorts.models import Cohort
from structures import queries as structures
from structures.models import ApplicationPiste, CompteTechnique

MO = 1024 * 1024
CORPS_MAX = 45 * MO
"""30 Mo in base64, and some margin (api.md A-18)."""
TRA, GCU = "TRA_MSG_00.000", "GCU_MSG_01_000"
"""``libelle`` of a success (api.md §3)."""


@dataclass(frozen=True)
class Appel:
    """Who calls: an application of a session, under a technical account of it. Its world is open."""

    cohort: Cohort
    application: ApplicationPiste
    technique: CompteTechnique

    @property
    def compte(self) -> Compte:
        self.technique.compte.cohort = self.cohort
        return self.technique.compte

    @property
    def place(self) -> int | None:
        return self.technique.place

    @cached_property
    def droits(self) -> structures.Droits:
        return structures.droits(self.technique.compte)


Contenu = dict[str, Any]
Executer = Callable[[Appel, Any], Contenu]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation. ``executer`` None: named, not simulated yet (403)."""

    code: str
    """Name in the published contract: soumettreFacture."""
    api: str
    chemin: str
    """After ``/cpro/<api>/v1/``."""
    resume: str
    executer: Executer | None
    entree: type[Entree] = SansArgument
    sortie: str = ""
    """Model of the answer; empty: that of the contract for this path."""
    methode: str = "POST"
    libelle: str = TRA
    exige: Profil | None = None
    """The account must hold this profile in modification on a structure at least, else 403 with an echo."""
    ecrit: bool = False
    corps_max: int = CORPS_MAX
    exemple: Mapping[str, Any] = field(default_factory=dict)
    """A request that a reader can copy."""
    depreciee: bool = False

    @property
    def adresse(self) -> str:
        return f"/cpro/{self.api}/v1/{self.chemin}"

    @property
    def cle(self) -> str:
        return f"{self.api}/v1/{self.chemin}"

    @property
    def modele(self) -> str:
        return self.sortie or contrat.operations()[self.adresse]


OPERATIONS: dict[str, Operation] = {}


def operation(
    code: str, api: str, chemin: str, resume: str, entree: type[Entree] = SansArgument, **reste: Any
) -> Callable[[Executer], Executer]:
    """Register the function that answers this operation."""

    def decorer(executer: Executer) -> Executer:
        inscrire(Operation(code=code, api=api, chemin=chemin, resume=resume, entree=entree, executer=executer, **reste))
        return executer

    return decorer


def inscrire(operation: Operation) -> None:
    if operation.cle in OPERATIONS:
        raise ValueError(f"{operation.cle} est inscrite deux fois.")
    OPERATIONS[operation.cle] = operation


def pas_encore(code: str, api: str, chemin: str, resume: str, **reste: Any) -> None:
    """« Non encore simulé »: listed in the documentation, answered by 403 (api.md A-02, A-22)."""
    inscrire(Operation(code=code, api=api, chemin=chemin, resume=resume, executer=None, **reste))
