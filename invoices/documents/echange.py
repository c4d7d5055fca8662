"""A sent invoice as the files that other software exchange: CII, UBL, Factur-X (flux-edi.md §9)."""

from collections.abc import Callable
from datetime import UTC

from invoices.documents import facture_pdf
from invoices.documents.donnees import a_ecrire
from invoices.formats.a_ecrire import PieceAEcrire
from invoices.formats.cii import ecrire_cii
from invoices.formats.facturx import composer_facturx
from invoices.formats.ubl import ecrire_ubl
from invoices.models import Facture
from sandbox.documents import store


def pieces(facture: Facture) -> tuple[PieceAEcrire, ...]:
    """Its supporting documents, the invoice itself left out."""
    jointes = facture.pieces.filter(principale=False).order_by("pk")
    return tuple(PieceAEcrire(p.nom, store.open_bytes(p.empreinte), p.designation) for p in jointes)


def cii(facture: Facture) -> bytes:
    return ecrire_cii(a_ecrire(facture, pieces(facture)))


def ubl(facture: Facture) -> bytes:
    return ecrire_ubl(a_ecrire(facture, pieces(facture)))


def facturx(facture: Facture) -> bytes:
    """Pages as PDF/A-3b, data as CII; the supporting documents are files of the PDF, whatever their type."""
    assert facture.date_depot is not None  # noqa: S101 -- only sent ones are exported
    pages = facture_pdf.lisible(facture, archive=True)
    instant = facture.date_depot.astimezone(UTC)
    return composer_facturx(pages, ecrire_cii(a_ecrire(facture)), instant=instant, pieces=pieces(facture))


FORMATS: dict[str, tuple[str, Callable[[Facture], bytes]]] = {
    "cii": ("CII.xml", cii),
    "ubl": ("UBL.xml", ubl),
    "factur-x": ("Factur-X.pdf", facturx),
}
"""End of the name of the file, and what makes it."""
