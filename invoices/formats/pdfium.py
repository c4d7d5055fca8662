"""PDFium, which is not thread-safe: everything that uses it goes through one lock."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from invoices.formats.erreurs import FichierIllisible

verrou_pdfium = threading.RLock()
LARGEUR_MAX = 2000


@contextmanager
def document_pdfium(data: bytes) -> Iterator[Any]:
    """A pypdfium2.PdfDocument, alone in the process while it is used."""
    import pypdfium2  # noqa: PLC0415

    with verrou_pdfium:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as erreur:
            raise FichierIllisible("PDF_ABIME", "Le PDF est abîmé ou incomplet.", detail=str(erreur)) from None
        try:
            yield document
        finally:
            document.close()


def image_de_page(data: bytes, numero: int = 1, largeur: int = 1000) -> Any:
    """A Pillow image of a page, `largeur` pixels wide. FichierIllisible when there is no such page."""
    import pypdfium2  # noqa: PLC0415

    with document_pdfium(data) as document:
        if not 1 <= numero <= len(document):
            raise FichierIllisible("PDF_SANS_PAGE", f"Le PDF n'a pas de page {numero}.")
        try:
            page = document[numero - 1]
            echelle = min(largeur, LARGEUR_MAX) / max(page.get_width(), 1.0)
            echelle = min(echelle, 2 * LARGEUR_MAX / max(page.get_height(), 1.0))
            return page.render(scale=echelle).to_pil()
        except pypdfium2.PdfiumError as erreur:
            raise FichierIllisible("PDF_ABIME", "La page n'est pas lisible.", detail=str(erreur)) from None


def png_de_page(data: bytes, numero: int = 1, largeur: int = 1000) -> bytes:
    """The page as PNG bytes, for a preview beside a form."""
    sortie = io.BytesIO()
    image_de_page(data, numero, largeur).save(sortie, "PNG", optimize=False)
    return sortie.getvalue()
