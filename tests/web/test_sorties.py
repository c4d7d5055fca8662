"""CSV and downloads."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sandbox.web.csv import Identifiant, cell, write_csv
from sandbox.web.telechargements import file_response, safe_filename


@pytest.mark.parametrize(
    "attaque", ["=1+1", "+33 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "\u00a0=1", "\uff1d1+1"]
)
def test_formulas_are_neutralised(attaque: str) -> None:
    assert cell(attaque) == "'" + attaque


def test_cells() -> None:
    assert cell(None) == ""
    assert cell(True) == "oui"
    assert cell(Decimal("-4168.80")) == "-4168,80"
    assert cell(1.5) == "1,5"
    assert cell(date(2026, 12, 7)) == "07/12/2026"
    assert cell(datetime(2026, 12, 7, 8, 0, tzinfo=UTC)) == "07/12/2026 09:00"
    assert cell("Commune d'Été") == "Commune d'Été"
    assert cell(Identifiant("00010101400017")) == "\t00010101400017"
    assert cell(Identifiant("=A1")) == "'=A1"


def test_csv_opens_in_a_french_spreadsheet() -> None:
    octets = write_csv(["N°", "Objet"], [[Identifiant("FA-1"), "a;b"], ["x", 'dit "oui"\nnon']])
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.reader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))
    assert lignes == [["N°", "Objet"], ["FA-1", "a;b"], ["x", 'dit "oui"\nnon']]


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b_Set-Cookie_ x.pdf"),
        ("Facture n° 12.pdf", "Facture n° 12.pdf"),
        ("facture\u202efdp.exe", "facture_fdp.exe"),
        ("...", "fichier"),
        ("", "fichier"),
    ],
)
def test_file_names_are_made_safe(nom: str, attendu: str) -> None:
    assert safe_filename(nom) == attendu


def test_a_long_name_keeps_its_extension() -> None:
    nom = safe_filename("é" * 400 + ".pdf")
    assert len(nom) == 150
    assert nom.endswith(".pdf")


def test_download_headers() -> None:
    reponse = file_response(b"%PDF", "Relevé à payer.pdf")
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["Content-Disposition"] == "attachment; filename*=utf-8''Relev%C3%A9%20%C3%A0%20payer.pdf"
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert reponse["Content-Length"] == "4"


def test_only_safe_types_are_shown_in_place() -> None:
    assert file_response(b"x", "a.pdf", inline=True)["Content-Disposition"].startswith("inline")
    for nom in ("a.xml", "a.html", "a.svg", "a"):
        assert file_response(b"x", nom, inline=True)["Content-Disposition"].startswith("attachment")
    assert file_response(b"x", "a.html")["Content-Type"] == "application/octet-stream"
