"""The registry of rules: each is written once, with its code, its field, its message (factures.md §2.14)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from invoices.depot import Depot
from structures.rules import Parametres


@dataclass(frozen=True, slots=True)
class Manquement:
    """A rule that is not met: its code, the field it concerns (name in the form and the API), what to do."""

    code: str
    champ: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VueStructure:
    """What the rules need to know of a structure."""

    id: int
    siren: str
    publique: bool
    active: bool
    raison_sociale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VueService:
    code: str
    actif: bool
    engagement_obligatoire: bool
    reserve_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexte:
    """The world around a deposit, read beforehand (``queries.contexte``): rules themselves read nothing.

    ``fournisseur`` is None when the account may not issue in its name; ``engagements`` holds the known ones.
    """

    aujourd_hui: date
    fournisseur: VueStructure | None
    destinataire: VueStructure | None
    valideur: VueStructure | None = None
    parametres: Parametres = field(default_factory=Parametres)
    services: tuple[VueService, ...] = ()
    engagements: frozenset[str] = frozenset()
    mandat_actif: bool = False
    doublon: bool = False
    comptes_bancaires: frozenset[int] = frozenset()
    services_des_parties: frozenset[tuple[int, int]] = frozenset()
    """(structure, service) of the active services of the supplier and of the validator that the deposit may name."""

    def service(self, code: str) -> VueService | None:
        return next((s for s in self.services if s.code.casefold() == code.casefold()), None)


Regle = Callable[[Depot, Contexte], Iterator[Manquement]]


@dataclass(frozen=True, slots=True)
class Entree:
    """A registered rule: the codes it may answer, what it says in general, its function."""

    codes: tuple[str, ...]
    resume: str
    regle: Regle


REGISTRE: list[Entree] = []


def regle(*codes: str, resume: str) -> Callable[[Regle], Regle]:
    """Register a rule under its codes; ``resume`` feeds the generated documentation."""

    def decorer(fonction: Regle) -> Regle:
        REGISTRE.append(Entree(codes, resume, fonction))
        return fonction

    return decorer


def controler(depot: Depot, contexte: Contexte) -> list[Manquement]:
    """Every rule, in the order of the form. An empty list lets the deposit through."""
    return [manquement for entree in REGISTRE for manquement in entree.regle(depot, contexte)]


def codes() -> list[str]:
    return sorted({code for entree in REGISTRE for code in entree.codes})
