"""Schemas and rules: compiled once, shared by threads, and the package stays light to import."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from invoices.formats import saxon, schemas
from invoices.formats.xml import ouvrir

RACINE = Path(__file__).parents[3]


def test_eight_threads_get_the_verdicts_of_one(corpus: Path) -> None:
    noms = [
        "cii/own__cii-a1-nominal.xml",
        "cii/own__cii-no-number.xml",
        "ubl/own__ubl-a1-nominal.xml",
        "cii/own__cii-wrong-element-order.xml",
    ]
    donnees = [(corpus / nom).read_bytes() for nom in noms]

    def verdict(brut: bytes) -> tuple[int, tuple[str, ...]]:
        document = ouvrir(brut)
        rapport = saxon.valider_en16931(document)
        assert rapport is not None
        return len(schemas.valider(document) or ()), rapport.regles

    seul = [verdict(brut) for brut in donnees]
    assert seul == [(0, ()), (1, ("BR-02",)), (0, ()), (1, ())]
    with ThreadPoolExecutor(8) as equipe:
        assert list(equipe.map(verdict, donnees * 8)) == seul * 8


def test_errors_say_where_and_what(corpus: Path) -> None:
    document = ouvrir((corpus / "cii/own__cii-no-number.xml").read_bytes())
    (erreur,) = schemas.valider(document) or ()
    assert erreur.ligne > 0
    assert "TypeCode" in erreur.message
    rapport = saxon.valider_en16931(document)
    assert rapport is not None
    (constat,) = rapport.erreurs
    assert constat.regle == "BR-02"
    assert "Invoice number" in constat.texte
    assert "CrossIndustryInvoice" in constat.lieu


def test_a_value_that_stops_the_rules_is_a_finding(corpus: Path) -> None:
    brut = (corpus / "cii/own__cii-a1-nominal.xml").read_bytes()
    document = ouvrir(brut.replace(b"<ram:BasisAmount>250.00", b"<ram:BasisAmount>-1 324,60"))
    assert schemas.valider(document)
    rapport = saxon.valider_en16931(document)
    assert rapport is not None
    assert not rapport.valide


def test_warm_checks_are_fast(corpus: Path) -> None:
    document = ouvrir((corpus / "cii/own__cii-a1-nominal.xml").read_bytes())
    saxon.valider_en16931(document)
    schemas.valider(document)
    debut = time.perf_counter()
    for _ in range(10):
        saxon.valider_en16931(document)
        schemas.valider(document)
    assert time.perf_counter() - debut < 2


def test_importing_needs_neither_django_nor_the_heavy_libraries() -> None:
    programme = (
        "import sys, pkgutil, importlib, invoices.formats as f\n"
        "[importlib.import_module('invoices.formats.' + m.name) for m in pkgutil.iter_modules(f.__path__)]\n"
        "lourds = {'django', 'saxonche', 'facturx', 'weasyprint', 'pypdfium2', 'pikepdf', 'PIL'} & set(sys.modules)\n"
        "sys.exit(repr(sorted(lourds)) if lourds else 0)"
    )
    resultat = subprocess.run(
        [sys.executable, "-c", programme], cwd=RACINE, capture_output=True, text=True, check=False
    )
    assert resultat.returncode == 0, resultat.stderr


def test_the_rules_come_with_their_licence_and_origin() -> None:
    assert (schemas.DONNEES / "LICENSE-EUPL-1.2.txt").stat().st_size > 10_000
    assert "1.3.16" in (schemas.DONNEES / "README.md").read_text(encoding="utf-8")
