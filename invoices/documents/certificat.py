"""Certificat de dépôt: what was deposited, when, and its fingerprint (factures.md §2.15)."""

from decimal import Decimal
from hashlib import sha256

from django.utils import timezone

from invoices.documents import facture_pdf
from invoices.documents.rendu import pdf
from invoices.formats.pdf import ouvrir_pdf
from invoices.models import Facture
from invoices.services import documents
from sandbox.documents import store
from sandbox.web.champs import megabytes
from sandbox.web.dates import timestamp
from sandbox.web.nombres import format_amount

TITRE = "Certificat de dépôt"


def mentions(facture: Facture) -> list[tuple[str, str]]:
    """The lines of the certificate, in order: they are what the empreinte is taken of."""
    assert facture.date_depot is not None and facture.fournisseur and facture.destinataire  # noqa: S101, PT018
    principale = documents.facture_en_pdf(facture, facture_pdf.rendre)
    pieces = [p for p in facture.pieces.all() if not p.principale and p.ajoutee_le <= facture.date_depot]
    service = " – ".join(t for t in (facture.code_service, facture.libelle_service) if t)

    def montant(valeur: Decimal | None) -> str:
        return format_amount(valeur, facture.devise) if valeur is not None else "–"

    return [
        ("Structure émettrice", facture.fournisseur.raison_sociale),
        ("SIRET", facture.fournisseur.identifiant),
        ("Numéro", facture.numero),
        ("Type", facture.get_type_facture_display()),
        ("Cadre de facturation", facture.get_cadre_display()),
        ("Destinataire", f"{facture.destinataire.raison_sociale} – {facture.destinataire.identifiant}"),
        ("Service", service or "Aucun"),
        ("Date et heure de dépôt", timestamp(timezone.localtime(facture.date_depot, facture.cohort.zone))),
        ("Montant HT", montant(facture.montant_ht)),
        ("Montant TVA", montant(facture.montant_tva)),
        ("Montant TTC", montant(facture.montant_ttc)),
        ("Montant à payer", montant(facture.montant_a_payer)),
        ("Pièces jointes", " ; ".join(f"{p.nom} ({megabytes(p.taille)})" for p in pieces) or "Aucune"),
        ("SHA-256 du fichier principal", principale.empreinte if principale else "–"),
        ("Identifiant de la facture", str(facture.pk)),
    ]


def empreinte(lignes: list[tuple[str, str]]) -> str:
    """``empreinteCertificatDepot``: SHA-256 of the lines in UTF-8."""
    return sha256("\n".join(f"{nom} : {valeur}" for nom, valeur in [("", TITRE), *lignes]).encode()).hexdigest()


def empreinte_certificat(facture: Facture) -> str:
    """``empreinteCertificatDepot`` of a sent invoice: that of the certificate kept, whatever happened to it since."""
    with ouvrir_pdf(store.open_bytes(documents.certificat(facture, rendre))) as document:
        return str(document.docinfo["/Keywords"])


def empreinte_au_depot(facture: Facture) -> str:
    """The same, said at once: the certificate itself is drawn up in the background, from the same lines."""
    return empreinte_certificat(facture) if facture.certificat else empreinte(mentions(facture))


def rendre(facture: Facture) -> bytes:
    """One page, the same bytes each time. Its fingerprint is also in the properties of the PDF."""
    assert facture.date_depot is not None  # noqa: S101
    lignes = mentions(facture)
    instant = timezone.localtime(facture.date_depot, facture.cohort.zone)
    contexte = {"titre": TITRE, "lignes": lignes, "empreinte": empreinte(lignes), "facture": facture}
    return pdf("invoices/documents/certificat.html", contexte, instant=instant)
