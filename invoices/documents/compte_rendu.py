"""Compte rendu of a flow as a PDF (flux-edi.md §17 n° 17)."""

from django.utils import timezone

from invoices.documents.rendu import pdf
from invoices.models import Flux
from invoices.services import compte_rendu
from sandbox.web.dates import timestamp

TITRE = "Compte rendu d'intégration"


def rendre(flux: Flux) -> bytes:
    """The same bytes each time; the flow is in its final state."""
    instant = timezone.localtime(flux.traite_le or flux.depose_le, flux.cohort.zone)
    contexte = {
        "titre": TITRE,
        "flux": flux,
        "facture": flux,
        "lignes": [
            ("Numéro de flux", flux.numero),
            ("Nom du fichier", flux.nom_officiel),
            ("Fichier déposé", flux.nom_fichier),
            ("Syntaxe", f"{flux.forme.label} – {flux.syntaxe}"),
            ("Déposé le", timestamp(timezone.localtime(flux.depose_le, flux.cohort.zone))),
            ("Traité le", timestamp(instant)),
            ("État", flux.get_etat_display()),
        ],
        "detail": compte_rendu.detaille(flux),
    }
    return pdf("invoices/documents/compte_rendu.html", contexte, instant=instant)
