"""deposer/pdf: a PDF is read, kept, and waits for soumettre (api.md §6.2, A-21; factures.md §2.4)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from accounts.profils import Profil
from api.models import FichierApi
from api.registre import Appel
from api.services import fichiers
from invoices.depot import Depot
from invoices.enums import AVANT_ENVOI, ModeDepot, Statut
from invoices.services import brouillons, importation
from structures import queries as structures

_TEXTES = ("numero", "code_service", "numero_engagement", "type_facture", "devise")
_MONTANTS = ("montant_ht", "montant_tva", "montant_ttc", "montant_a_payer")


@dataclass(frozen=True, slots=True)
class Lu:
    """The kept file, and what was recognised in it: ``importation.Lecture.valeurs``."""

    fichier: FichierApi
    valeurs: dict[str, Any]


def deposer(appel: Appel, *, nom: str, contenu: bytes, signe: bool) -> Lu:
    """A draft « INTERPRETEE_OCR » and its file; the same file sent again finds the draft that waits.

    A Factur-X is read as any PDF: its data go by deposer/flux. Raises ``importation.FichierRefuse``.
    """
    examen = importation.examiner_pdf(contenu)
    miennes = list(structures.structures_pour(appel.droits, Profil.FACTURES_EMISES))
    lecture = importation.lire_pdf(contenu, examen, miennes)
    deja = FichierApi.objects.filter(technique=appel.technique, empreinte=sha256(contenu).hexdigest())
    en_attente = deja.filter(facture__statut=Statut.INTERPRETEE_OCR).first()
    if en_attente is not None:
        return Lu(en_attente, lecture.valeurs)
    sont_partis = deja.exclude(facture=None).exclude(facture__statut__in=AVANT_ENVOI - {Statut.SUPPRIMEE}).count()
    facture = brouillons.importer(
        brouillons.Demande(
            depot=_depot(lecture.valeurs, appel, ModeDepot.DEPOT_PDF_SIGNE_API if signe else ModeDepot.DEPOT_PDF_API),
            # Two calls at once make one draft; the key changes once it has left.
            cle=sha256(f"pdf {appel.technique.pk} {sont_partis} ".encode() + contenu).hexdigest()[:40],
        ),
        cohort=appel.cohort,
        compte=appel.compte,
        place=appel.place,
        document=brouillons.Piece(nom=nom, contenu=contenu),
        extraction=lecture.extraction,
    )
    fichier = fichiers.deposer(
        appel.technique, nom=nom, contenu=contenu, type_mime="application/pdf", extension="pdf", facture=facture
    )
    return Lu(fichier, lecture.valeurs)


def _depot(valeurs: dict[str, Any], appel: Appel, mode: ModeDepot) -> Depot:
    """The draft of what was read; whatever was not recognised stays empty."""
    lus: dict[str, Any] = {nom: valeurs[nom] for nom in (*_TEXTES, *_MONTANTS, "date_facture") if nom in valeurs}
    fournisseur = valeurs.get("fournisseur", appel.technique.structure)
    destinataire = valeurs.get("destinataire")
    return Depot(
        mode=mode, fournisseur_id=fournisseur.pk, destinataire_id=destinataire.pk if destinataire else None, **lus
    )
