"""Requests: what clients send, read with the tolerance of the service (api.md §4).

Missing, null, empty text, empty object and empty list all mean « not given »; unknown fields are ignored; a number may
come as text. A wrong JSON type or a value outside an enumeration is malformed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, cast

from django.utils import timezone
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

_VIDES: tuple[Any, ...] = (None, "")
_ENTIER_MAX = 2**63 - 1
_MONTANT_MAX = Decimal(10) ** 15
_DECIMALES = Decimal("0.000001")
_NOMBRE = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


def _absent(valeur: Any) -> bool:
    return any(valeur is vide or valeur == vide for vide in _VIDES) or (isinstance(valeur, dict | list) and not valeur)


class Entree(BaseModel):
    """Body of an operation, or an object inside it."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _sans_les_vides(cls, recu: Any) -> Any:
        if _absent(recu):
            return {}
        if isinstance(recu, Mapping):
            return {nom: valeur for nom, valeur in recu.items() if not _absent(valeur)}
        return recu


class SansArgument(Entree):
    """Body of an operation without argument: ``{}``, ``[]``, ``null`` or nothing."""


def _nombre(valeur: Any) -> Decimal:
    if isinstance(valeur, str) and _NOMBRE.fullmatch(valeur.strip()):
        valeur = Decimal(valeur.strip())
    if isinstance(valeur, bool) or not isinstance(valeur, int | Decimal):
        raise ValueError("un nombre était attendu")
    return Decimal(valeur)


def _entier(valeur: Any) -> int:
    if isinstance(valeur, int) and not isinstance(valeur, bool):
        entier = valeur
    else:
        nombre = _nombre(valeur)
        if abs(nombre) > _ENTIER_MAX or nombre != nombre.to_integral_value():
            raise ValueError("un nombre entier était attendu")
        entier = int(nombre)
    if abs(entier) > _ENTIER_MAX:
        raise ValueError("ce nombre dépasse 64 bits")
    return entier


def _montant(valeur: Any) -> Decimal:
    try:
        nombre = _nombre(valeur)
    except InvalidOperation as impossible:
        raise ValueError("un nombre était attendu") from impossible
    if not nombre.is_finite() or abs(nombre) >= _MONTANT_MAX:
        raise ValueError("ce montant dépasse 15 chiffres avant la virgule")
    exposant = nombre.as_tuple().exponent
    # A client that counts in binary sends 130.27200000000002.
    return nombre.quantize(_DECIMALES) if isinstance(exposant, int) and exposant < -6 else nombre


def _booleen(valeur: Any) -> bool:
    if isinstance(valeur, bool):
        return valeur
    if isinstance(valeur, str) and valeur.lower() in ("true", "false"):
        return valeur.lower() == "true"
    raise ValueError("vrai ou faux était attendu")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of a request: a day, or an instant of a day; without an offset, that of the session."""

    instant: datetime
    est_un_jour: bool

    @property
    def jour(self) -> date:
        return timezone.localtime(self.instant).date()

    @property
    def debut(self) -> datetime:
        """First instant that « … Du » keeps."""
        return self.instant

    @property
    def fin(self) -> datetime:
        """First instant that « … Au » leaves out: a day is kept to its end, an instant to its minute."""
        return self.instant + (timedelta(days=1) if self.est_un_jour else timedelta(minutes=1))


def _moment(valeur: Any) -> Moment:
    trouve = _INSTANT.fullmatch(valeur.strip()) if isinstance(valeur, str) else None
    if trouve is None:
        raise ValueError("une date AAAA-MM-JJ était attendue")
    annee, mois, jour, heure, minute, seconde, decalage = trouve.groups()
    if not 1900 <= int(annee) <= 2200:
        raise ValueError("une année entre 1900 et 2200 était attendue")
    le = date(int(annee), int(mois), int(jour))
    if heure is None:
        return Moment(datetime.combine(le, time.min, tzinfo=timezone.get_current_timezone()), est_un_jour=True)
    instant = datetime.combine(le, time(int(heure), int(minute), int(seconde or 0)))
    if decalage is None:
        return Moment(instant.replace(tzinfo=timezone.get_current_timezone()), est_un_jour=False)
    texte = "+00:00" if decalage == "Z" else decalage
    return Moment(datetime.fromisoformat(instant.isoformat() + texte), est_un_jour=False)


def _liste(valeur: Any) -> Any:
    """A lone element where a list is expected, and empty elements of a list, are the habits of some clients."""
    if isinstance(valeur, list | tuple):
        return [element for element in valeur if not _absent(element)]
    return [valeur]


Entier = Annotated[int, BeforeValidator(_entier), WithJsonSchema({"type": "integer"})]
Montant = Annotated[Decimal, BeforeValidator(_montant), WithJsonSchema({"type": "number"})]
Booleen = Annotated[bool, BeforeValidator(_booleen), WithJsonSchema({"type": "boolean"})]
Date = Annotated[Moment, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date"})]
Texte = Annotated[str, Field(strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Parmi:
    """Metadata of a text: one of these."""

    valeurs: Collection[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.valeurs))


@dataclass(frozen=True, slots=True, eq=False)
class AuPlus:
    """Metadata of a list: at most ``maximum`` elements, a lone one is a list; absent: its default, ``()``."""

    maximum: int = 1000

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        bornee = {**handler(source), "max_length": self.maximum}
        return core_schema.no_info_before_validator_function(_liste, cast(CoreSchema, bornee))


class Pagination(Entree):
    """Paging object, whose name changes with the operation (api.md §4.1)."""

    pageResultatDemandee: Entier = 1
    nbResultatsParPage: Entier = 10
    nbResultatsMaximum: Entier | None = None
    triSens: Annotated[str, Parmi(("Ascendant", "Descendant"))] = "Descendant"
    triColonne: Texte = ""
