"""Numbers as French readers write and read them."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

FINE = "\u202f"  # narrow no-break space
INSECABLE = "\u00a0"
MOINS = "\u2212"
SYMBOLES = {"EUR": "€"}
# Any white space a keyboard, a PDF or a spreadsheet may leave inside a number.
_ESPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff']+")
_MILLIERS_POINT = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")
_MILLIERS_VIRGULE = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+")
_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")


def to_decimal(valeur: Any) -> Decimal | None:
    """Decimal of a value met in a template; None when it is not a number."""
    if valeur is None or valeur == "" or isinstance(valeur, bool):
        return None
    try:
        nombre = valeur if isinstance(valeur, Decimal) else Decimal(str(valeur))
    except (InvalidOperation, ValueError):
        return None
    return nombre if nombre.is_finite() else None


def parse_decimal(texte: str) -> Decimal | None:
    """Read « 4 168,80 € », « 4168.80 », « 1.234,50 », « -12 »; None when it is not a number."""
    texte = _ESPACES.sub("", texte.replace("\u2019", "")).replace(MOINS, "-").replace("\u2013", "-")
    for symbole in ("€", "EUR", "eur"):
        texte = texte.removesuffix(symbole)
    if _MILLIERS_POINT.fullmatch(texte):
        texte = texte.replace(".", "")
    elif _MILLIERS_VIRGULE.fullmatch(texte):
        texte = texte.replace(",", "")
    if len(texte) > 40 or not texte.isascii() or not _DECIMAL.fullmatch(texte):
        return None
    return Decimal(texte.replace(",", "."))


def format_decimal(nombre: Decimal, decimales: int = 2, decimales_max: int | None = None) -> str:
    """« 4 168,80 » ; between ``decimales`` and ``decimales_max`` digits after the comma."""
    maximum = max(decimales, decimales_max or decimales)
    arrondi = nombre.quantize(Decimal(1).scaleb(-maximum), ROUND_HALF_UP)
    entier, _, suite = f"{abs(arrondi):f}".partition(".")
    if maximum > decimales:
        suite = suite.rstrip("0").ljust(decimales, "0")
    groupes = f"{int(entier):,}".replace(",", FINE)
    signe = MOINS if arrondi < 0 else ""
    return f"{signe}{groupes},{suite}" if suite else f"{signe}{groupes}"


def format_amount(nombre: Decimal, devise: str = "EUR") -> str:
    return f"{format_decimal(nombre)}{FINE}{SYMBOLES.get(devise, devise)}"
