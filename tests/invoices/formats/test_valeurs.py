from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.formats.exemples import montant_francais
from invoices.formats.valeurs import (
    iban_valide,
    lire_decimal,
    lire_jour,
    lire_montant_ecrit,
    siret_valide,
)

montants = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False))
def test_a_decimal_written_plainly_is_read_back(valeur: Decimal) -> None:
    assert lire_decimal(f" {valeur:f}\n") == valeur


@pytest.mark.parametrize("texte", ["", "-1 324,60", "1,5", "1e3", "NaN", "Infinity", "--1", "1.2.3", ".", "٣", "0x10"])
def test_what_is_not_a_decimal_of_a_file(texte: str) -> None:
    assert lire_decimal(texte) is None


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_fail(texte: str) -> None:
    lire_decimal(texte)
    lire_jour(texte)
    lire_montant_ecrit(texte)
    siret_valide(texte)
    iban_valide(texte)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_read_in_both_forms(jour: date) -> None:
    assert lire_jour(f"{jour:%Y%m%d}") == jour
    assert lire_jour(jour.isoformat()) == jour
    assert lire_jour(f"{jour:%Y%m%d}", "102") == jour


@pytest.mark.parametrize("texte", ["05/11/2026", "20261301", "2026-02-30", "2026", "", "20260230", "26-11-05"])
def test_what_is_not_a_day_of_a_file(texte: str) -> None:
    assert lire_jour(texte) is None


def test_a_day_under_another_qualifier_is_not_read() -> None:
    assert lire_jour("202611", "610") is None


@given(montants)
def test_an_amount_written_for_people_is_read_back(montant: Decimal) -> None:
    francais = montant_francais(montant)
    assert lire_montant_ecrit(francais) == montant
    assert lire_montant_ecrit(francais.replace("\u00a0", "\u202f")) == montant
    assert lire_montant_ecrit(f"{montant:,.2f}") == montant


@pytest.mark.parametrize(
    ("texte", "valeur"),
    [
        ("1 234,5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("−5,00", "-5"),
        ("1'234.50", "1234.50"),
        ("20", "20"),
    ],
)
def test_amounts_of_every_habit(texte: str, valeur: str) -> None:
    assert lire_montant_ecrit(texte) == Decimal(valeur)


@pytest.mark.parametrize("texte", ["", "abc", "12€", "1-2", "1" * 40])
def test_what_is_not_an_amount(texte: str) -> None:
    assert lire_montant_ecrit(texte) is None


def test_the_key_of_a_siret() -> None:
    assert siret_valide("00088357900013")
    assert not siret_valide("00088357900014")
    assert not siret_valide("0008835790001")
    assert siret_valide("35600000000048")
    assert siret_valide("35600000049837")


def test_the_key_of_an_iban() -> None:
    assert iban_valide("FR76 3000 4008 2300 0123 4567 819")
    assert not iban_valide("FR7630004008230001234567810")
    assert not iban_valide("FR763000400823000123456781")
    assert iban_valide("DE88200800000970375700")
