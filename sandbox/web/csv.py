"""CSV for a French spreadsheet: semicolons, UTF-8 with a mark, decimal commas, no formula and no mangled identifier."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone

# First characters that make a spreadsheet compute instead of show (OWASP « CSV injection »).
_DANGEREUX = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Identifiant(str):
    """SIRET, number of an invoice…: digits to show, never a number to round or to strip of its zeros."""

    __slots__ = ()


def cell(valeur: Any) -> str:
    """Text of one cell."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, Decimal):
        return f"{valeur:f}".replace(".", ",")
    if isinstance(valeur, (int, float)):
        return str(valeur).replace(".", ",")
    if isinstance(valeur, datetime):
        return f"{timezone.localtime(valeur) if timezone.is_aware(valeur) else valeur:%d/%m/%Y %H:%M}"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    texte = str(valeur)
    if isinstance(valeur, Identifiant) and texte.isdigit():
        return "\t" + texte  # a leading tab keeps the cell a text, and is stripped by any import
    if texte.startswith(_DANGEREUX) or texte.lstrip().startswith(_DANGEREUX):
        return "'" + texte
    return texte


def write_csv(entetes: Sequence[str], lignes: Iterable[Sequence[Any]]) -> bytes:
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow([cell(entete) for entete in entetes])
    ecrivain.writerows([cell(valeur) for valeur in ligne] for ligne in lignes)
    return sortie.getvalue().encode("utf-8-sig")


def stream_csv(sortie: IO[bytes], entetes: Sequence[str], lignes: Iterable[Sequence[Any]]) -> None:
    """The same file, written as the rows are read: it may have any number of them."""
    texte = io.TextIOWrapper(sortie, encoding="utf-8-sig", newline="", write_through=False)
    ecrivain = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow([cell(entete) for entete in entetes])
    ecrivain.writerows([cell(valeur) for valeur in ligne] for ligne in lignes)
    texte.flush()
    texte.detach()
