"""Run the EN 16931 rules of CEN (Schematron compiled to XSLT) with Saxon.

Saxon 12 on purpose: series 13 reserves more than 16 GB of addresses and aborts the process under an address limit.
Never give it bytes from outside: only documents that went through the hardened parser.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from invoices.formats.schemas import DONNEES
from invoices.formats.xml import DocumentXml, Syntaxe

VERSION_REGLES = "EN 16931 CEN 1.3.16"
REGLE_IMPOSSIBLE = "(transformation stopped)"
"""Stands for the failing rule when a value stops the rules themselves."""

_FEUILLES = {
    Syntaxe.CII: DONNEES / "EN16931-CII-validation.xslt",
    Syntaxe.UBL_FACTURE: DONNEES / "EN16931-UBL-validation.xslt",
    Syntaxe.UBL_AVOIR: DONNEES / "EN16931-UBL-validation.xslt",
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_PREFIXE = re.compile(r"^\[[^\]]+\]-?\s*")


@dataclass(frozen=True)
class Constat:
    """One rule that failed."""

    regle: str
    texte: str
    lieu: str
    """XPath of the element."""


@dataclass(frozen=True)
class RapportEn16931:
    erreurs: tuple[Constat, ...]
    avertissements: tuple[Constat, ...]

    @property
    def valide(self) -> bool:
        return not self.erreurs

    @property
    def regles(self) -> tuple[str, ...]:
        """Identifiers of the fatal rules, sorted, each once."""
        return tuple(sorted({constat.regle for constat in self.erreurs}))


class _Saxon:
    def __init__(self) -> None:
        from saxonche import PySaxonProcessor  # noqa: PLC0415

        self.processeur: Any = PySaxonProcessor(license=False)
        self.feuilles: dict[Path, Any] = {}
        self.verrou = threading.Lock()

    def compiler(self, feuille: Path) -> Any:
        with self.verrou:
            return self._compilee(feuille)

    def _compilee(self, feuille: Path) -> Any:
        executable = self.feuilles.get(feuille)
        if executable is None:
            compilateur = self.processeur.new_xslt30_processor()
            executable = self.feuilles[feuille] = compilateur.compile_stylesheet(stylesheet_file=str(feuille))
        return executable

    def executer(self, feuille: Path, xml: str) -> str:
        with self.verrou:
            executable = self._compilee(feuille)
            noeud = self.processeur.parse_xml(xml_text=xml)
            resultat: str = executable.transform_to_string(xdm_node=noeud) or ""
        return resultat


_saxon: _Saxon | None = None
_creation = threading.Lock()


def _instance() -> _Saxon:
    global _saxon
    with _creation:
        if _saxon is None:
            _saxon = _Saxon()
        return _saxon


def valider_en16931(document: DocumentXml) -> RapportEn16931 | None:
    """Report of the CEN rules, None when they do not apply to this syntax."""
    feuille = _FEUILLES.get(document.syntaxe)
    if feuille is None:
        return None
    xml = etree.tostring(document.racine, encoding="unicode")
    try:
        rapport = _instance().executer(feuille, xml)
    except Exception as erreur:  # saxonche raises PySaxonApiError, which is not importable without loading it
        constat = Constat(REGLE_IMPOSSIBLE, "Le contrôle EN 16931 n'a pas pu aller au bout.", str(erreur)[:200])
        return RapportEn16931((constat,), ())
    return _lire_rapport(rapport)


def prechauffer(*syntaxes: Syntaxe) -> None:
    """Compile these sheets now, both by default: a second that is better spent before a lock is taken."""
    for feuille in sorted({_FEUILLES[s] for s in syntaxes or _FEUILLES if s in _FEUILLES}):
        _instance().compiler(feuille)


def _lire_rapport(svrl: str) -> RapportEn16931:
    erreurs: list[Constat] = []
    avertissements: list[Constat] = []
    racine = etree.fromstring(svrl.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    for noeud in racine.iter(f"{_SVRL}failed-assert"):
        texte = " ".join("".join(noeud.find(f"{_SVRL}text").itertext()).split())
        constat = Constat(noeud.get("id", ""), _PREFIXE.sub("", texte), noeud.get("location", ""))
        (avertissements if noeud.get("flag") == "warning" else erreurs).append(constat)
    return RapportEn16931(tuple(erreurs), tuple(avertissements))
