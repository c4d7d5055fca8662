"""Pictures of a deposited file, made once for each document (its SHA-256) and page: nobody's browser opens the file."""

from collections.abc import Callable

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.images import png_d_image
from invoices.formats.pdf import examine
from invoices.formats.pdfium import png_de_page
from invoices.services.importation import PAGES_MONTREES
from sandbox.documents import store
from sandbox.web.telechargements import extension

LARGEUR = 1000
IMAGES = frozenset({"png", "jpg", "jpeg", "gif"})


def _derive(empreinte: str, suffixe: str, dessiner: Callable[[bytes], bytes]) -> bytes | None:
    rangement = storages["documents"]
    nom = store.nom_derive(empreinte, suffixe)
    if rangement.exists(nom):
        with rangement.open(nom) as fichier:
            return bytes(fichier.read())
    try:
        image = dessiner(store.open_bytes(empreinte))
    except (FichierIllisible, store.FichierAbsent):
        return None
    rangement.save(nom, ContentFile(image))
    return image


def page_png(empreinte: str, numero: int) -> bytes | None:
    """PNG of a page, None when the document has no such page."""
    if not 1 <= numero <= PAGES_MONTREES:
        return None
    return _derive(empreinte, f"{numero}.png", lambda contenu: png_de_page(contenu, numero, LARGEUR))


def apercu_png(empreinte: str, nom: str, numero: int) -> bytes | None:
    """PNG of a page of a PDF, or of a picture (its only page), drawn again; None for anything else."""
    genre = extension(nom)
    if genre == "pdf":
        return page_png(empreinte, numero)
    if genre in IMAGES and numero == 1:
        return _derive(empreinte, "image.png", lambda contenu: png_d_image(contenu, LARGEUR))
    return None


def pages_montrees(empreinte: str, nom: str) -> tuple[int, int]:
    """(pages that are shown, pages there are); zero for a type that is not shown, or a file that cannot be read."""
    genre = extension(nom)
    if genre in IMAGES:
        lisible = int(apercu_png(empreinte, nom, 1) is not None)
        return lisible, lisible
    if genre != "pdf":
        return 0, 0
    try:
        examen = examine(store.open_bytes(empreinte))
    except store.FichierAbsent:
        return 0, 0
    pages = 0 if examen.erreur is not None else examen.pages
    return min(pages, PAGES_MONTREES), pages
