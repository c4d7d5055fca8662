"""Attachments of an invoice: shown without being opened, or taken all together (factures.md §2.8)."""

import tempfile

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices.documents import lots
from invoices.documents.apercu import apercu_png, pages_montrees
from invoices.enums import Espace
from invoices.views.commun import adresse, cadre, conflit, facture_visible
from invoices.views.fichiers import complete
from sandbox.documents import store
from sandbox.web.telechargements import extension, file_response, stream_response


@require_safe
def apercu(request: Requete, pk: int, piece: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """Pages of a PDF, or a picture, drawn again by the portal; a sentence and the download for anything else."""
    facture = facture_visible(request, pk, espace)
    jointe = get_object_or_404(facture.pieces.all(), pk=piece)
    montrees, total = pages_montrees(jointe.empreinte, jointe.nom)
    parents = [(facture.numero or "Brouillon", f"{adresse(espace, 'facture', pk)}?volet=pieces")]
    contexte = cadre(jointe.nom, parents=parents, espace=espace) | {
        "facture": facture,
        "piece": jointe,
        "genre": extension(jointe.nom),
        "pages": [(numero, adresse(espace, "apercu_image", pk, piece, numero)) for numero in range(1, montrees + 1)],
        "total": total,
        "coupe": montrees < total,
        "url_retour": parents[0][1],
    }
    return render(request, "invoices/apercu.html", contexte)


@require_safe
def apercu_image(request: Requete, pk: int, piece: int, numero: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """One page of it, as PNG."""
    facture = facture_visible(request, pk, espace)
    jointe = get_object_or_404(facture.pieces.all(), pk=piece)
    image = apercu_png(jointe.empreinte, jointe.nom, numero)
    if image is None:
        raise Http404
    reponse = file_response(image, f"page-{numero}.png", inline=True)
    reponse.headers["Cache-Control"] = "private, max-age=3600"
    return reponse


@require_safe
def pieces_zip(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponseBase:
    """Every file of the invoice in one archive."""
    facture = facture_visible(request, pk, espace)
    if facture.est_brouillon:
        return conflit(
            request,
            "Les pièces d'un brouillon se téléchargent une à une : l'archive est proposée après l'envoi.",
            adresse(espace, "facture", pk),
        )
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the answer that sends it
    try:
        nom = lots.zip_des_pieces(complete(facture), sortie)
    except store.FichierAbsent as absent:
        sortie.close()
        raise Http404 from absent
    taille = sortie.tell()
    sortie.seek(0)
    return stream_response(sortie, nom, taille)
