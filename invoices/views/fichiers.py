"""Downloads of an invoice: its document, its certificate, one attachment. The first two leave a trace (T34)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices.documents import certificat as certificat_pdf
from invoices.documents import echange as formats
from invoices.documents import lots
from invoices.enums import Espace
from invoices.models import Facture
from invoices.services import documents, telechargements
from invoices.views.commun import adresse, conflit, facture_visible
from sandbox.documents import store
from sandbox.web.telechargements import file_response


def _servir(empreinte: str, nom: str) -> HttpResponse:
    try:
        return file_response(store.open_bytes(empreinte), nom)
    except store.FichierAbsent as absent:
        raise Http404 from absent


def complete(vue: Facture) -> Facture:
    """A sent invoice with all that its documents say, as seen by this account (``quittee_le`` kept)."""
    facture = documents.charger(vue.pk)
    if facture is None:
        raise Http404
    facture.cohort, facture.quittee_le = vue.cohort, vue.quittee_le
    return facture


@require_safe
def pdf(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """The invoice itself, as a PDF: what was deposited, what the portal drew up, or a readable copy of an XML."""
    facture = facture_visible(request, pk, espace)
    if facture.est_brouillon:
        piece = documents.principale(facture)
        if piece is None:
            return conflit(
                request,
                "Le portail établit le PDF d'une facture saisie à son envoi : ce brouillon n'en a pas encore.",
                adresse(espace, "facture", pk),
            )
        return _servir(piece.empreinte, piece.nom)
    try:
        nom, contenu = lots.document(complete(facture))
    except store.FichierAbsent as absent:
        raise Http404 from absent
    telechargements.tracer([facture], compte=request.compte, espace=espace)
    return file_response(contenu, nom)


@require_safe
def echange(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """The invoice as other software reads it: ``format`` is cii, ubl or factur-x (flux-edi.md §9)."""
    facture = complete(facture_visible(request, pk, espace))
    if request.GET.get("format", "cii") not in formats.FORMATS:
        raise Http404
    fin, ecrire = formats.FORMATS[request.GET.get("format", "cii")]
    try:
        contenu = ecrire(facture)
    except store.FichierAbsent as absent:
        raise Http404 from absent
    telechargements.tracer([facture], compte=request.compte, espace=espace)
    return file_response(contenu, f"{documents.nom_du_pdf(facture).removesuffix('.pdf')} {fin}")


@require_safe
def certificat(request: Requete, pk: int) -> HttpResponse:
    """Certificat de dépôt (factures.md §2.15)."""
    facture = facture_visible(request, pk)
    if facture.est_brouillon:
        return conflit(
            request,
            "Un certificat de dépôt atteste un envoi : ce brouillon n'est pas encore envoyé.",
            adresse(Espace.EMISES, "facture", pk),
        )
    empreinte = documents.certificat(complete(facture), certificat_pdf.rendre)
    telechargements.tracer_certificat(facture, compte=request.compte)
    return _servir(empreinte, f"Certificat de dépôt {facture.numero.replace('/', '-')}.pdf")


@require_safe
def piece(request: Requete, pk: int, piece: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """An attachment, always as a download."""
    facture = facture_visible(request, pk, espace)
    jointe = get_object_or_404(facture.pieces.all(), pk=piece)
    return _servir(jointe.empreinte, jointe.nom)
