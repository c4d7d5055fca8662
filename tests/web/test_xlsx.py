"""Workbooks: identifiers stay texts, nothing is a formula, dates are dates."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from sandbox.web.csv import Identifiant
from sandbox.web.xlsx import CELLULE_MAXIMUM, Feuille, write_xlsx


def lire(*feuilles):
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(feuilles)))


def cellule(valeur):
    return lire(Feuille("F", ("Titre",), [[valeur]])).active["A2"]


@pytest.mark.parametrize("texte", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "  =1", "＝1+1"])
def test_un_texte_n_est_jamais_une_formule(texte):
    lue = cellule(texte)
    assert lue.data_type == "s"
    assert lue.value.startswith("'")


def test_un_entete_non_plus():
    assert lire(Feuille("F", ("=A1",), [])).active["A1"].value == "'=A1"


def test_un_identifiant_garde_ses_zeros():
    lue = cellule(Identifiant("00010101400017"))
    assert (lue.value, lue.data_type, lue.number_format) == ("00010101400017", "s", "@")


@pytest.mark.parametrize(
    ("valeur", "lu"),
    [
        (None, None),
        (True, "oui"),
        (12, 12),
        (Decimal("4168.80"), 4168.8),
        (date(2026, 12, 7), datetime(2026, 12, 7)),  # noqa: DTZ001 -- a workbook knows no zone
        (datetime(2026, 12, 7, 8, tzinfo=UTC), datetime(2026, 12, 7, 9)),  # noqa: DTZ001 -- Paris
        (datetime(2026, 12, 7, 8), datetime(2026, 12, 7, 8)),  # noqa: DTZ001 -- already local
        ("a\x00b\x1f\ud800", "ab"),
        ("x" * 40_000, "x" * CELLULE_MAXIMUM),
    ],
)
def test_chaque_valeur_dans_son_type(valeur, lu):
    assert cellule(valeur).value == lu


def test_deux_feuilles_aux_noms_difficiles():
    classeur = lire(Feuille("Qui/peut:quoi [2026]" * 3, ("A", "B"), [("x", "y")]), Feuille("Vide", ("A",), []))
    assert len(classeur.sheetnames) == 2
    assert "/" not in classeur.sheetnames[0]
    assert classeur["Vide"].freeze_panes == "A2"
    assert classeur.worksheets[0].auto_filter.ref == "A1:B2"
