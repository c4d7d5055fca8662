"""Downloads of an invoice: its document, its certificate, its attachments. The first two leave a trace."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices.documents import certificat as certificat_pdf
from invoices.documents import facture_pdf
from invoices.enums import ModeDepot
from invoices.models import ActionUtilisateur, Facture
from invoices.services import documents
from invoices.views.commun import conflit, facture_visible
from sandbox.documents import store
from sandbox.web.telechargements import file_response
from structures.acces import portail_requis

lecture = portail_requis(Profil.FACTURES_EMISES)


def _servir(empreinte: str, nom: str) -> HttpResponse:
    try:
        return file_response(store.open_bytes(empreinte), nom)
    except store.FichierAbsent as absent:
        raise Http404 from absent


def _tracer(request: Requete, facture: Facture, code: str) -> None:
    """A download is an action of the user (factures.md §6.4): the one GET that writes."""
    ActionUtilisateur.objects.create(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        code=code,
        compte=request.compte,
    )


def _envoyee(request: Requete, pk: int) -> Facture:
    facture_visible(request, pk)
    facture = documents.charger(pk)
    if facture is None:
        raise Http404
    facture.cohort = request.cohort
    return facture


@require_safe
@lecture
def pdf(request: Requete, pk: int) -> HttpResponse:
    """The invoice itself."""
    facture = facture_visible(request, pk)
    if facture.est_brouillon:
        piece = documents.principale(facture)
        if piece is None:
            return conflit(
                request,
                "Le portail établit le PDF d'une facture saisie à son envoi : ce brouillon n'en a pas encore.",
                reverse("invoices:facture", args=[pk]),
            )
        return _servir(piece.empreinte, piece.nom)
    facture = _envoyee(request, pk)
    piece = documents.facture_en_pdf(facture, facture_pdf.rendre)
    if piece is None:
        raise Http404
    _tracer(request, facture, ActionUtilisateur.Code.TELECHARGEMENT)
    saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
    return _servir(piece.empreinte, documents.nom_du_pdf(facture) if saisie else piece.nom)


@require_safe
@lecture
def certificat(request: Requete, pk: int) -> HttpResponse:
    """Certificat de dépôt."""
    facture = facture_visible(request, pk)
    if facture.est_brouillon:
        return conflit(
            request,
            "Un certificat de dépôt atteste un envoi : ce brouillon n'est pas encore envoyé.",
            reverse("invoices:facture", args=[pk]),
        )
    facture = _envoyee(request, pk)
    empreinte = documents.certificat(facture, certificat_pdf.rendre)
    _tracer(request, facture, ActionUtilisateur.Code.CERTIFICAT)
    return _servir(empreinte, f"Certificat de dépôt {facture.numero.replace('/', '-')}.pdf")


@require_safe
@lecture
def piece(request: Requete, pk: int, piece: int) -> HttpResponse:
    """An attachment, always as a download."""
    facture = facture_visible(request, pk)
    jointe = get_object_or_404(facture.pieces.all(), pk=piece)
    return _servir(jointe.empreinte, jointe.nom)
