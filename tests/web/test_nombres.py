from decimal import Decimal

import pytest

from sandbox.web.nombres import format_amount, format_decimal, parse_decimal, to_decimal


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("4 168,80 €", "4168.80"),
        ("4\u202f168,80\u00a0€", "4168.80"),
        ("4\u2009168.8", "4168.8"),
        ("4168.80", "4168.80"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("1'234,50", "1234.50"),
        ("12,", "12"),
        (",5", "0.5"),
        ("-3,10", "-3.10"),
        ("\u22123,10", "-3.10"),
        ("100 EUR", "100"),
        ("+7", "7"),
    ],
)
def test_what_people_type_or_paste_is_read(texte: str, attendu: str) -> None:
    assert parse_decimal(texte) == Decimal(attendu)


@pytest.mark.parametrize(
    "texte", ["", "€", "abc", "1,2,3", "1 euro", "--3", "1e5", "NaN", "Infinity", "0x10", "٣", "9" * 60, "1.2.3"]
)
def test_what_is_not_a_number_is_refused(texte: str) -> None:
    assert parse_decimal(texte) is None


@pytest.mark.parametrize(
    ("nombre", "attendu"),
    [
        ("4168.8", "4\u202f168,80\u202f€"),
        ("0", "0,00\u202f€"),
        ("-0.001", "0,00\u202f€"),
        ("-1234567.005", "\u22121\u202f234\u202f567,01\u202f€"),
        ("999.995", "1\u202f000,00\u202f€"),
    ],
)
def test_amounts_are_written_in_french(nombre: str, attendu: str) -> None:
    assert format_amount(Decimal(nombre)) == attendu


def test_another_currency_is_named_by_its_code() -> None:
    assert format_amount(Decimal("12.5"), "USD") == "12,50\u202fUSD"


def test_useless_decimals_are_dropped() -> None:
    assert format_decimal(Decimal("2.5000"), 0, 4) == "2,5"
    assert format_decimal(Decimal("1250"), 0, 4) == "1\u202f250"
    assert format_decimal(Decimal("0.123456"), 2, 6) == "0,123456"
    assert format_decimal(Decimal("3"), 2, 6) == "3,00"


@pytest.mark.parametrize("valeur", [None, "", "abc", True, Decimal("NaN"), object()])
def test_a_template_value_that_is_no_number_gives_none(valeur: object) -> None:
    assert to_decimal(valeur) is None
