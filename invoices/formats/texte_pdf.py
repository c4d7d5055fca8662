"""The native text of the first pages of a PDF, as lines whose place on the page is known."""

from __future__ import annotations

import ctypes
import io
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.flux_pdf import lire_flux
from invoices.formats.limites import MO
from invoices.formats.pdf import ouvrir_pdf
from invoices.formats.pdfium import document_pdfium

PAGES_MAX = 10
TEXTE_MAX = 200_000
CONTENU_PAGE_MAX = 4 * MO
DUREE_MAX = 5.0
"""Seconds; what was read until then is kept."""

COLONNE = "   "
"""Put between two pieces of text that stand apart on the same line."""


@dataclass(frozen=True)
class Boite:
    """Place on the page, in percent, from the top left corner."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Lettre:
    """One character, in points from the top left corner of the page as it is shown."""

    signe: str
    gauche: float
    droite: float
    haut: float
    bas: float
    base: float

    @property
    def corps(self) -> float:
        return max(self.bas - self.haut, 1.0)


class Ligne:
    """Characters on one baseline. `plat` is `texte` without case, accent or odd space, and of the same length."""

    def __init__(self, page: PageTexte, lettres: list[Lettre]) -> None:
        self.page = page
        self._places: list[Lettre | None] = []
        self.texte = self._assembler(sorted(lettres, key=lambda lettre: lettre.gauche))
        self.plat = aplatir(self.texte)

    def _assembler(self, lettres: list[Lettre]) -> str:
        texte = ""
        avant: Lettre | None = None
        for lettre in lettres:
            if avant is not None:
                if lettre.signe == avant.signe and abs(lettre.gauche - avant.gauche) < 0.1 * lettre.corps:
                    continue  # a bold made by writing twice
                ecart = (lettre.gauche - avant.droite) / lettre.corps
                blanc = COLONNE if ecart > 0.9 else " " if ecart > 0.14 and not texte.endswith(" ") else ""
                if not (blanc == " " and lettre.signe == " "):
                    texte += blanc
                    self._places += [None] * len(blanc)
            texte += lettre.signe
            self._places.append(lettre)
            avant = lettre
        return texte

    @property
    def y(self) -> float:
        return next((place.base for place in self._places if place), 0.0)

    def etendue(self, debut: int, fin: int) -> tuple[float, float]:
        """Left and right of a piece of the text."""
        places = [place for place in self._places[debut:fin] if place]
        if not places:
            return 0.0, 0.0
        return min(p.gauche for p in places), max(p.droite for p in places)

    def boite(self, debut: int, fin: int) -> Boite | None:
        places = [place for place in self._places[debut:fin] if place and place.signe != " "]
        if not places:
            return None
        gauche, droite = min(p.gauche for p in places), max(p.droite for p in places)
        haut, bas = min(p.haut for p in places), max(p.bas for p in places)
        largeur, hauteur = self.page.largeur, self.page.hauteur
        return Boite(
            x=_pourcent(gauche, largeur),
            y=_pourcent(haut, hauteur),
            w=_pourcent(droite - gauche, largeur),
            h=_pourcent(bas - haut, hauteur),
        )


class PageTexte:
    def __init__(self, numero: int, largeur: float, hauteur: float) -> None:
        self.numero = numero
        self.largeur = largeur
        self.hauteur = hauteur
        self.lignes: list[Ligne] = []

    def ranger(self, lettres: list[Lettre]) -> None:
        """Group the characters by baseline, top first."""
        groupe: list[Lettre] = []
        for lettre in sorted(lettres, key=lambda lettre: lettre.base):
            if groupe and lettre.base - groupe[0].base > 0.35 * max(lettre.corps, groupe[0].corps):
                self.lignes.append(Ligne(self, groupe))
                groupe = []
            groupe.append(lettre)
        if groupe:
            self.lignes.append(Ligne(self, groupe))


def lire_texte(data: bytes) -> list[PageTexte]:
    """Pages with their text; a page that cannot be read is left out. FichierIllisible if the PDF does not open."""
    with ouvrir_pdf(data) as pdf:
        lisibles = [n for n, page in enumerate(list(pdf.pages)[:PAGES_MAX]) if _contenu_raisonnable(page)]
        if pdf.get_warnings():  # repaired by qpdf: PDFium is stricter, so it gets the repaired copy
            tampon = io.BytesIO()
            pdf.save(tampon)
            data = tampon.getvalue()
    fin = time.monotonic() + DUREE_MAX
    reste = TEXTE_MAX
    pages = []
    with document_pdfium(data) as document:
        for numero in lisibles:
            if reste <= 0 or time.monotonic() > fin or numero >= len(document):
                break
            page = _lire_page(document, numero, reste, fin)
            if page is not None:
                reste -= sum(len(ligne.texte) for ligne in page.lignes)
                pages.append(page)
    return pages


def aplatir(texte: str) -> str:
    """Lower case, no accent, plain spaces and apostrophes; same length, so that places can be carried over."""
    return "".join(_caractere_plat(c) for c in texte)


def _caractere_plat(caractere: str) -> str:
    if caractere in "’‘`´":
        return "'"
    if caractere in "–—−‐‑":
        return "-"
    if caractere in "º˚":
        return "°"
    base = unicodedata.normalize("NFD", caractere)[:1]
    return base.lower()[:1] or " "


def _contenu_raisonnable(page: Any) -> bool:
    """False when the content streams of a page would inflate beyond reason."""
    import pikepdf  # noqa: PLC0415

    try:
        contenu = page.obj.get("/Contents")
        if contenu is None:
            return False
        reste = CONTENU_PAGE_MAX
        for flux in list(contenu)[:200] if isinstance(contenu, pikepdf.Array) else [contenu]:
            reste -= len(lire_flux(flux, reste))
            if reste <= 0:
                return False
    except FichierIllisible:
        return False
    except Exception:  # an odd page is simply not read
        return False
    return True


def _lire_page(document: Any, numero: int, reste: int, fin: float) -> PageTexte | None:
    import pypdfium2  # noqa: PLC0415

    try:
        page = document[numero]
        resultat = PageTexte(numero + 1, max(page.get_width(), 1.0), max(page.get_height(), 1.0))
        texte = page.get_textpage()
        lettres = _lettres(texte, _Repere(page.get_bbox(), page.get_rotation()), reste, fin)
    except (pypdfium2.PdfiumError, ValueError):
        return None
    resultat.ranger(lettres)
    return resultat


class _Repere:
    """From the space of the PDF (origin at the bottom left, not rotated) to the page as it is shown."""

    def __init__(self, boite: tuple[float, float, float, float], rotation: int) -> None:
        self.gauche, self.bas, self.droite, self.haut = boite
        self.rotation = rotation

    def point(self, x: float, y: float) -> tuple[float, float]:
        match self.rotation:
            case 90:
                return y - self.bas, x - self.gauche
            case 180:
                return self.droite - x, y - self.bas
            case 270:
                return self.haut - y, self.droite - x
        return x - self.gauche, self.haut - y


def _lettres(texte: Any, repere: _Repere, reste: int, fin: float) -> list[Lettre]:
    import pypdfium2.raw as brut  # noqa: PLC0415

    lettres = []
    x, y = ctypes.c_double(), ctypes.c_double()
    for rang in range(min(texte.count_chars(), reste)):
        if rang % 1000 == 0 and time.monotonic() > fin:
            break
        code = brut.FPDFText_GetUnicode(texte, rang)
        if code < 32 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF or brut.FPDFText_IsGenerated(texte, rang) == 1:
            continue
        gauche, bas, droite, haut = texte.get_charbox(rang, loose=True)
        brut.FPDFText_GetCharOrigin(texte, rang, x, y)
        coin_a, coin_b = repere.point(gauche, haut), repere.point(droite, bas)
        base = repere.point(x.value, y.value)[1]
        signe = " " if chr(code).isspace() else chr(code)
        lettres.append(
            Lettre(
                signe,
                min(coin_a[0], coin_b[0]),
                max(coin_a[0], coin_b[0]),
                min(coin_a[1], coin_b[1]),
                max(coin_a[1], coin_b[1]),
                base,
            )
        )
    return lettres


def _pourcent(valeur: float, total: float) -> float:
    return round(min(max(100 * valeur / total, 0.0), 100.0), 2)
