"""A workbook of one sheet written as its rows are read: any number of them, in constant memory.

The sheet is written out as text: the library that ``sandbox.web.xlsx`` calls takes five times as long a cell, which a
list of thousands of rows makes too long to wait for. Same precautions, same formats of cells.
"""

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape

from sandbox.web.xlsx import Feuille, nom_de_feuille, valeur_et_format

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FEUILLE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LIENS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PAQUET = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FORMATS = ("General", "@", "#,##0.00", "dd/mm/yyyy", "dd/mm/yyyy hh:mm")
_STYLES = {forme: rang for rang, forme in enumerate(_FORMATS)}
_ENTETE = len(_FORMATS)
_PREMIER_JOUR = datetime(1899, 12, 30)  # noqa: DTZ001 -- day 0 of a spreadsheet, which knows no time zone
_LARGEUR = 18

_PARTIES = {
    "[Content_Types].xml": f'<Types xmlns="{_PAQUET}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PAQUET}/relationships">'
    f'<Relationship Id="rId1" Type="{_LIENS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PAQUET}/relationships">'
    f'<Relationship Id="rId1" Type="{_LIENS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_LIENS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_FEUILLE}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE8F0FA"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6">'
    + "".join(
        f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for n in (0, 49, 4, 164, 165)
    )
    + '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
"""Parts that hold nothing of the list; ``cellXfs`` follow the order of ``_FORMATS``, then the header."""


def _lettres(nombre: int) -> str:
    """Name of a column: 1 is A, 27 is AA."""
    lettres = ""
    while nombre:
        nombre, reste = divmod(nombre - 1, 26)
        lettres = chr(ord("A") + reste) + lettres
    return lettres


def _jours(valeur: date) -> float:
    instant = valeur if isinstance(valeur, datetime) else datetime(valeur.year, valeur.month, valeur.day)  # noqa: DTZ001
    ecart = instant - _PREMIER_JOUR
    return ecart.days + round(ecart.seconds / 86400, 9)


def _texte(reference: str, texte: str, style: int) -> str:
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(texte)}</t></is></c>'


def _cellule(reference: str, brut: Any) -> str:
    valeur, forme = valeur_et_format(brut)
    if isinstance(valeur, date):
        if valeur.year < 1901:  # before what spreadsheets count
            return _texte(reference, f"{valeur:%d/%m/%Y}", _STYLES["@"])
        return f'<c r="{reference}" s="{_STYLES[forme]}"><v>{_jours(valeur)}</v></c>'
    if isinstance(valeur, (int, float, Decimal)):
        return f'<c r="{reference}" s="{_STYLES[forme]}"><v>{valeur}</v></c>'
    return _texte(reference, valeur, _STYLES["@"])


def _ligne(rang: int, colonnes: Sequence[str], ligne: Sequence[Any]) -> bytes:
    pleines = zip(colonnes, ligne, strict=True)
    cellules = "".join(_cellule(f"{c}{rang}", brut) for c, brut in pleines if brut is not None and brut != "")
    return f'<row r="{rang}">{cellules}</row>'.encode()


def stream_xlsx(sortie: IO[bytes], feuille: Feuille) -> None:
    """Write the sheet, its header frozen and filterable."""
    colonnes = [_lettres(rang) for rang in range(1, len(feuille.entetes) + 1)]
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in _PARTIES.items():
            archive.writestr(nom, _XML + contenu)
        titre = escape(nom_de_feuille(feuille.titre), {'"': "&quot;"})
        archive.writestr(
            "xl/workbook.xml",
            f'{_XML}<workbook xmlns="{_FEUILLE}" xmlns:r="{_LIENS}"><sheets>'
            f'<sheet name="{titre}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as page:
            page.write(
                f'{_XML}<worksheet xmlns="{_FEUILLE}"><sheetViews><sheetView workbookViewId="0">'
                '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
                f'<cols><col min="1" max="{len(colonnes)}" width="{_LARGEUR}" customWidth="1"/></cols>'
                "<sheetData>".encode()
            )
            entetes = zip(colonnes, feuille.entetes, strict=True)
            cellules = "".join(_texte(f"{c}1", valeur_et_format(texte)[0], _ENTETE) for c, texte in entetes)
            page.write(f'<row r="1">{cellules}</row>'.encode())
            rang = 1
            for rang, ligne in enumerate(feuille.lignes, start=2):
                page.write(_ligne(rang, colonnes, ligne))
            page.write(f'</sheetData><autoFilter ref="A1:{colonnes[-1]}{rang}"/></worksheet>'.encode())
