"""Read the amounts and the dates of a file; None when the text is not one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

_DECIMAL = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_JOUR_102 = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}(?:\d{2})?)?", re.ASCII)
_JOUR_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2}|T[\d:.+Z-]{0,30})?", re.ASCII)
_ESPACES = re.compile(r"[ \u00a0\u2007\u2009\u202f\u2060'’]")
_NOMBRE_ECRIT = re.compile(r"[+-]?\d[\d.,]*", re.ASCII)


def lire_decimal(texte: str) -> Decimal | None:
    """A decimal of an XML file: point as separator, no exponent, no grouping."""
    propre = texte.strip()
    if not _DECIMAL.fullmatch(propre):
        return None
    try:
        return Decimal(propre)
    except InvalidOperation:
        return None


def lire_jour(texte: str, format_102: str = "") -> date | None:
    """A day of an XML file: AAAAMMJJ (qualifier 102, or none as in AIFE's samples) or AAAA-MM-JJ."""
    propre = texte.strip()
    if format_102 not in ("", "102", "203", "204"):
        return None
    trouve = _JOUR_102.fullmatch(propre) or _JOUR_ISO.fullmatch(propre)
    if trouve is None:
        return None
    try:
        return date(int(trouve[1]), int(trouve[2]), int(trouve[3]))
    except ValueError:
        return None


def lire_montant_ecrit(texte: str) -> Decimal | None:
    """An amount written for people: « 1 234,50 », « 1.234,50 », « 1,234.50 », « 1234.5 »; at most 2 decimals are money.

    The last separator is the decimal one unless exactly three digits follow it and it is the only kind present more
    than once, or a lone comma or point before three digits (« 1.234 » is a thousand).
    """
    propre = _ESPACES.sub("", texte.strip()).replace("−", "-")
    if not _NOMBRE_ECRIT.fullmatch(propre) or len(propre) > 24:
        return None
    signe = -1 if propre.startswith("-") else 1
    propre = propre.lstrip("+-")
    virgule, point = propre.rfind(","), propre.rfind(".")
    separateur = max(virgule, point)
    if separateur >= 0:
        entier, decimales = propre[:separateur], propre[separateur + 1 :]
        seul_genre = virgule < 0 or point < 0
        if seul_genre and (propre.count(propre[separateur]) > 1 or len(decimales) == 3):
            entier, decimales = propre, ""
        entier = entier.replace(",", "").replace(".", "")
        propre = f"{entier or '0'}.{decimales or '0'}"
        if not decimales.isdigit() and decimales:
            return None
    try:
        return signe * Decimal(propre)
    except InvalidOperation:
        return None


def siret_valide(texte: str) -> bool:
    """Fourteen digits and a right key (La Poste's exception included)."""
    if len(texte) != 14 or not (texte.isascii() and texte.isdigit()):
        return False
    if texte.startswith("356000000"):
        return sum(map(int, texte)) % 5 == 0 or _luhn(texte)
    return _luhn(texte)


def _luhn(chiffres: str) -> bool:
    total = 0
    for rang, caractere in enumerate(reversed(chiffres)):
        valeur = int(caractere) * (2 if rang % 2 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return total % 10 == 0


def iban_valide(texte: str) -> bool:
    compact = re.sub(r"\s", "", texte).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", compact, re.ASCII):
        return False
    if compact.startswith("FR") and len(compact) != 27:
        return False
    chiffres = "".join(str(int(c, 36)) for c in compact[4:] + compact[:4])
    return int(chiffres) % 97 == 1
