"""Pictures of the pages of a deposited PDF, made once for each document (its SHA-256) and page."""

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.pdfium import png_de_page
from invoices.services.importation import PAGES_MONTREES
from sandbox.documents import store

LARGEUR = 1000


def page_png(empreinte: str, numero: int) -> bytes | None:
    """PNG of a page, None when the document has no such page."""
    if not 1 <= numero <= PAGES_MONTREES:
        return None
    rangement = storages["documents"]
    nom = store.nom_derive(empreinte, f"{numero}.png")
    if rangement.exists(nom):
        with rangement.open(nom) as fichier:
            return bytes(fichier.read())
    try:
        image = png_de_page(store.open_bytes(empreinte), numero, LARGEUR)
    except (FichierIllisible, store.FichierAbsent):
        return None
    rangement.save(nom, ContentFile(image))
    return image
