"""XLSX for any spreadsheet: identifiers stay texts, no text is ever a formula, dates are dates.

The same precautions as ``sandbox.web.csv``: a value read as a formula here would be one again once saved as CSV.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from sandbox.web import csv

_ILLISIBLES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, hence a workbook, cannot hold."""
_TITRE_INTERDIT = re.compile(r"[\[\]:*?/\\]")
TITRE_MAXIMUM = 31
CELLULE_MAXIMUM = 32_767
LARGEURS = (10, 60)


@dataclass(frozen=True, slots=True)
class Feuille:
    """A sheet: its name, its header, its rows (read once)."""

    titre: str
    entetes: Sequence[str]
    lignes: Iterable[Sequence[Any]]


def _texte(valeur: Any) -> str:
    texte = _ILLISIBLES.sub("", csv.cell(valeur if not isinstance(valeur, csv.Identifiant) else str(valeur)))
    return texte[:CELLULE_MAXIMUM]


def valeur_et_format(valeur: Any) -> tuple[Any, str]:
    """What the cell holds, and its number format."""
    if isinstance(valeur, bool) or valeur is None:
        return csv.cell(valeur), "@"
    if isinstance(valeur, (int, float, Decimal)):
        return valeur, "General" if isinstance(valeur, int) else "#,##0.00"
    if isinstance(valeur, datetime):
        local = timezone.localtime(valeur) if timezone.is_aware(valeur) else valeur
        return local.replace(tzinfo=None), "dd/mm/yyyy hh:mm"
    if isinstance(valeur, date):
        return valeur, "dd/mm/yyyy"
    return _texte(valeur), "@"


def nom_de_feuille(titre: str) -> str:
    """The title of a sheet without what a workbook refuses there."""
    return _TITRE_INTERDIT.sub(" ", _ILLISIBLES.sub("", titre))[:TITRE_MAXIMUM]


def _largeurs(lignes: list[list[tuple[Any, str]]]) -> list[int]:
    minimum, maximum = LARGEURS
    colonnes = zip(*lignes, strict=True)
    return [min(maximum, max(minimum, *(len(str(v)) + 2 for v, _ in colonne))) for colonne in colonnes]


def write_xlsx(feuilles: Sequence[Feuille]) -> bytes:
    """A workbook with a frozen, filterable header on each sheet."""
    from openpyxl import Workbook  # noqa: PLC0415 -- slow import
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 -- slow import
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415 -- slow import
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 -- slow import

    classeur = Workbook(write_only=True)
    gras, fond = Font(bold=True), PatternFill("solid", fgColor="E8F0FA")
    for feuille in feuilles:
        entetes = [(_texte(entete), "@") for entete in feuille.entetes]
        lignes = [[valeur_et_format(valeur) for valeur in ligne] for ligne in feuille.lignes]
        page = classeur.create_sheet(nom_de_feuille(feuille.titre))
        page.freeze_panes = "A2"
        derniere = get_column_letter(len(entetes))
        page.auto_filter.ref = f"A1:{derniere}{len(lignes) + 1}"
        for rang, largeur in enumerate(_largeurs([entetes, *lignes]), start=1):
            page.column_dimensions[get_column_letter(rang)].width = largeur
        for rang, ligne in enumerate([entetes, *lignes]):
            cellules = []
            for valeur, forme in ligne:
                cellule = WriteOnlyCell(page, value=valeur)
                if isinstance(valeur, str):
                    cellule.data_type = "s"
                cellule.number_format = forme
                if rang == 0:
                    cellule.font, cellule.fill = gras, fond
                cellules.append(cellule)
            page.append(cellules)
    sortie = io.BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()
