"""Export of the results of « Rechercher » (factures.md §6.2; not official, D-25)."""

import tempfile

from django.http import FileResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices import queries_export as export
from invoices.enums import Espace
from invoices.views.recherche import lire
from sandbox import clock
from sandbox.web.csv import stream_csv
from sandbox.web.telechargements import TYPES
from sandbox.web.xlsx import Feuille
from sandbox.web.xlsx_flux import stream_xlsx

EN_MEMOIRE = 1_000_000
"""Bytes; a bigger file goes to the disk, and disappears once sent."""


@require_safe
def exporter(request: Requete, espace: Espace = Espace.EMISES) -> HttpResponseBase:
    """All the results of the present criteria, in their order: CSV, or XLSX with ``?format=xlsx``."""
    genre = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    recherche = lire(request, espace)
    lignes = export.lignes(recherche.factures.order_by(*recherche.tri.ordre), espace)
    fichier = tempfile.SpooledTemporaryFile(max_size=EN_MEMOIRE)  # noqa: SIM115 -- closed by the answer, once sent
    if genre == "xlsx":
        stream_xlsx(fichier, Feuille("Export non officiel", export.entetes(espace), lignes))
    else:
        stream_csv(fichier, export.entetes(espace), lignes)
    taille = fichier.tell()
    fichier.seek(0)
    reponse = FileResponse(fichier, content_type=TYPES[genre])
    nom = f"{espace}-{clock.today():%Y-%m-%d}-non-officiel.{genre}"
    reponse.headers["Content-Disposition"] = content_disposition_header(True, nom) or "attachment"
    reponse.headers["Content-Length"] = str(taille)
    reponse.headers["X-Content-Type-Options"] = "nosniff"
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse
