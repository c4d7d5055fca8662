"""Keep the documents that the portal draws up: invoice of a saisie, certificat de dépôt. Made once, found again."""

from collections.abc import Callable

from django.db import IntegrityError, transaction

from invoices.enums import ModeDepot
from invoices.models import Facture, PieceJointe
from sandbox.documents import store

Rendu = Callable[[Facture], bytes]
PARTIES = (
    *("fournisseur", "destinataire", "coordonnees_bancaires", "valideur", "valideur_2"),
    *("service_fournisseur", "service_valideur"),
)
"""What the documents of an invoice name."""


def charger(facture_id: int) -> Facture | None:
    """An invoice with all that its documents say, None when it is gone (a reset) or still a draft."""
    facture = (
        Facture.objects.select_related(*PARTIES, "cohort")
        .prefetch_related("lignes", "lignes_tva", "pieces")
        .filter(pk=facture_id)
        .first()
    )
    return None if facture is None or facture.date_depot is None else facture


def principale(facture: Facture) -> PieceJointe | None:
    """The invoice itself: what was deposited, or what the portal drew up."""
    return PieceJointe.objects.filter(facture=facture, principale=True).first()


def est_pdf(empreinte: str) -> bool:
    """Can this file be read as it is, by a person? Decided on the content, never on the name."""
    with store.open_file(empreinte) as fichier:
        return b"%PDF-" in fichier.read(1024)


def nom_du_pdf(facture: Facture) -> str:
    genre = "Avoir" if facture.type_facture == "AVOIR" else "Facture"
    return f"{genre} {facture.numero.replace('/', '-')}.pdf"


SANS_DOCUMENT = (
    *(ModeDepot.SAISIE_PORTAIL, ModeDepot.SAISIE_API),
    *(ModeDepot.UPLOAD_PORTAIL, ModeDepot.UPLOAD_API, ModeDepot.EDI),
)
"""No readable document came with the invoice: typed, or sent as XML (flux-edi.md §14)."""


def facture_en_pdf(facture: Facture, rendre: Rendu) -> PieceJointe | None:
    """The document of a sent invoice; that of a saisie or of an XML is drawn up the first time it is asked for."""
    piece = principale(facture)
    if piece is not None or facture.mode_depot not in SANS_DOCUMENT or facture.date_depot is None:
        return piece
    contenu = rendre(facture)
    try:
        with transaction.atomic():
            return PieceJointe.objects.create(
                cohort=facture.cohort,
                place=facture.place,
                facture=facture,
                principale=True,
                designation="Facture établie par le portail",
                nom=nom_du_pdf(facture),
                empreinte=store.store(contenu),
                taille=len(contenu),
                ajoutee_le=facture.date_depot,
            )
    except IntegrityError:  # drawn up by somebody else at the same instant: the bytes are the same
        return principale(facture)


def certificat(facture: Facture, rendre: Rendu) -> str:
    """SHA-256 of the certificat de dépôt of a sent invoice."""
    if not facture.certificat:
        facture.certificat = store.store(rendre(facture))
        Facture.objects.filter(pk=facture.pk, certificat="").update(certificat=facture.certificat)
    return facture.certificat
