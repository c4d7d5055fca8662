"""Answers that carry a file: a safe name, a declared type, and no guessing by the browser."""

import re
import unicodedata
from typing import BinaryIO

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "gz": "application/gzip",
    "ics": "text/calendar; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}
# Types a browser may show in place without running anything.
AFFICHABLES = {"pdf", "png", "txt"}
_NOM_MAX = 150
_INTERDITS = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


def safe_filename(nom: str, defaut: str = "fichier") -> str:
    """Name that every system accepts: no path, control or direction character, bounded length."""
    nom = _INTERDITS.sub("_", unicodedata.normalize("NFC", nom)).strip(" ._")
    if len(nom) > _NOM_MAX:
        souche, point, extension = nom.rpartition(".")
        garde = f".{extension}" if point and len(extension) <= 8 else ""
        nom = (souche or nom)[: _NOM_MAX - len(garde)] + garde
    return nom or defaut


def extension(nom: str) -> str:
    return nom.rpartition(".")[2].lower() if "." in nom else ""


def stream_response(fichier: BinaryIO, nom: str, taille: int) -> FileResponse:
    """Answer with an open file, sent piece by piece as a download, then closed."""
    nom = safe_filename(nom)
    response = FileResponse(fichier, content_type=TYPES.get(extension(nom), "application/octet-stream"))
    response.headers["Content-Disposition"] = content_disposition_header(True, nom) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Length"] = str(taille)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_response(data: bytes, nom: str, *, inline: bool = False) -> HttpResponse:
    """Answer with these bytes under this name; ``inline`` is honoured for types that are safe to show."""
    nom = safe_filename(nom)
    genre = extension(nom)
    affiche = inline and genre in AFFICHABLES
    response = HttpResponse(data, content_type=TYPES.get(genre, "application/octet-stream"))
    response.headers["Content-Disposition"] = content_disposition_header(not affiche, nom) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Length"] = str(len(data))
    response.headers["Cache-Control"] = "private, no-store"
    return response
