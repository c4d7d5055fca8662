"""Files that a download gives: one document, a zip, or the pivot (api.md §6.9). Names from outside never come raw."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils import timezone

from invoices.documents import donnees, facture_pdf
from invoices.enums import SAISIES, TypePieceJointe
from invoices.formats import pivot
from invoices.models import Facture, PieceJointe, Validation
from invoices.services import documents
from invoices.services.telechargements import Choix, Fabrication, Format, TelechargementRefuse
from sandbox import clock
from sandbox.documents import store
from sandbox.web.telechargements import extension, safe_filename

DEJA_COMPRESSES = frozenset(
    {"pdf", "zip", "png", "jpg", "jpeg", "gif", "gz", "gzip", "tgz", "bz2", "docx", "pptx", "xlsx", "odp", "ods", "odt"}
)
LISIBLE = "PJ00"
NOM_DANS_UNE_ARCHIVE = 120
_CATEGORIES: dict[str, str] = {
    TypePieceJointe.BON_COMMANDE: "Bon de commande",
    TypePieceJointe.BON_LIVRAISON: "Bon de livraison",
    TypePieceJointe.DIVERS: "Pièce jointe standard",
}
"""flux-edi.md §14; the others are « Document annexe »."""


@dataclass(frozen=True, slots=True)
class Numerotee:
    """An attachment under the number it has in every archive: the main document is PJ01."""

    code: str
    piece: PieceJointe

    @property
    def nom(self) -> str:
        """« PJ02_devis.pdf »: unique, short, without path, control or direction character."""
        return f"{self.code}_{_court(self.piece.nom)}"

    def lire(self) -> bytes:
        return store.open_bytes(self.piece.empreinte)


def _court(brut: str) -> str:
    nom = safe_filename(brut)
    souche, point, suffixe = nom.rpartition(".")
    if len(nom) <= NOM_DANS_UNE_ARCHIVE or not point:
        return nom[:NOM_DANS_UNE_ARCHIVE]
    return f"{souche[: NOM_DANS_UNE_ARCHIVE - 1 - len(suffixe)]}.{suffixe}"


def numeroter(facture: Facture) -> list[Numerotee]:
    """The files of a sent invoice, its own document first: that of a saisie is drawn up if it was not."""
    documents.facture_en_pdf(facture, facture_pdf.rendre)
    pieces = PieceJointe.objects.filter(facture=facture)
    return [Numerotee(f"PJ{rang:02d}", piece) for rang, piece in enumerate(pieces, start=1)]


def copie_lisible(facture: Facture, pieces: Sequence[Numerotee]) -> bytes | None:
    """A PDF made by us when the original cannot be read by a person (factures.md §4.4)."""
    principale = next((n.piece for n in pieces if n.piece.principale), None)
    if principale is not None and documents.est_pdf(principale.empreinte):
        return None
    return facture_pdf.lisible(facture)


def document(facture: Facture) -> tuple[str, bytes]:
    """« PDF, one invoice, one document »: its name and its bytes."""
    pieces = numeroter(facture)
    return _document(facture, pieces, copie_lisible(facture, pieces))


def _document(facture: Facture, pieces: Sequence[Numerotee], copie: bytes | None) -> tuple[str, bytes]:
    if copie is not None:
        return documents.nom_du_pdf(facture), copie
    principale = next(n for n in pieces if n.piece.principale)
    saisie = facture.mode_depot in SAISIES
    return (documents.nom_du_pdf(facture) if saisie else principale.piece.nom), principale.lire()


def fabriquer(travail: Fabrication) -> str:
    """Builder of ``services.telechargements.produire``."""
    if travail.choix.format == Format.PIVOT:
        return _pivot(travail)
    if len(travail.factures) == 1:
        return _une(travail)
    with zipfile.ZipFile(travail.sortie, "w") as archive:
        dossiers: set[str] = set()
        for faites, facture in _factures(travail):
            dossier = _unique(safe_filename(documents.nom_du_pdf(facture).removesuffix(".pdf")), dossiers)
            for nom, contenu in _fichiers(facture, travail.choix):
                _ecrire(archive, f"{dossier}/{nom}", contenu)
            travail.avancer(faites)
    return f"Factures {clock.today().isoformat()}.zip"


def zip_des_pieces(facture: Facture, sortie: BinaryIO) -> str:
    """Every file of an invoice in a zip; returns its name."""
    with zipfile.ZipFile(sortie, "w") as archive:
        for piece in numeroter(facture):
            _ecrire(archive, piece.nom, piece.lire())
    return f"Pièces jointes {facture.numero}.zip"


def _une(travail: Fabrication) -> str:
    """The document alone, or a zip when there are several."""
    for faites, facture in _factures(travail):
        fichiers = list(_fichiers(facture, travail.choix))
        travail.avancer(faites)
        if len(fichiers) == 1:
            nom, contenu = fichiers[0]
            travail.sortie.write(contenu)
            return nom
        with zipfile.ZipFile(travail.sortie, "w") as archive:
            for nom, contenu in fichiers:
                _ecrire(archive, nom, contenu)
        return documents.nom_du_pdf(facture).removesuffix(".pdf") + ".zip"
    raise AssertionError  # ``_factures`` refuses first


def _fichiers(facture: Facture, choix: Choix) -> Iterator[tuple[str, bytes]]:
    """The document, then the others when they are asked for; the original too when it is not the document."""
    pieces = numeroter(facture)
    copie = copie_lisible(facture, pieces)
    nom, contenu = _document(facture, pieces, copie)
    yield safe_filename(nom), contenu
    if not choix.toutes_les_pieces:
        return
    for piece in pieces:
        if copie is not None or not piece.piece.principale:
            yield piece.nom, piece.lire()


def _factures(travail: Fabrication) -> Iterator[tuple[int, Facture]]:
    """One after the other, numbered; those that a reset took away are passed over."""
    vues = 0
    for rang, pk in enumerate(travail.factures, start=1):
        facture = documents.charger(pk)
        if facture is not None:
            vues += 1
            yield rang, facture
    if not vues:
        raise TelechargementRefuse("Les factures demandées n'existent plus dans cette session.")


def _ecrire(archive: zipfile.ZipFile, nom: str, contenu: bytes) -> None:
    """A member dated as every other: the same files give the same archive."""
    genre = zipfile.ZIP_STORED if extension(nom) in DEJA_COMPRESSES else zipfile.ZIP_DEFLATED
    archive.writestr(zipfile.ZipInfo(nom, pivot.DEBUT_ZIP), contenu, compress_type=genre)


def _unique(nom: str, pris: set[str]) -> str:
    rang, libre = 1, nom
    while libre.casefold() in pris:
        rang += 1
        libre = f"{nom} ({rang})"
    pris.add(libre.casefold())
    return libre


def _pivot(travail: Fabrication) -> str:
    premiere = next(facture for _, facture in _factures(travail))
    numero = f"CPP0010036{int(travail.identifiant):015d}"
    enveloppe = pivot.EnveloppePivot(
        produite_le=timezone.localtime(clock.now(), premiere.cohort.zone),
        id_flux=numero,
        recepteur=premiere.destinataire.identifiant if premiere.destinataire else "",
    )
    nombre = sum(1 for pk in travail.factures if documents.charger(pk) is not None)

    def unitaires() -> Iterator[pivot.FacturePivot]:
        for faites, facture in _factures(travail):
            yield en_pivot(facture)
            travail.avancer(faites)

    pivot.ecrire_pivot(travail.sortie, unitaires(), enveloppe, nombre)
    return f"FEN0036A_CPP001_{numero}.xml"


def en_pivot(facture: Facture) -> pivot.FacturePivot:
    """The data, the attachments (a readable copy first where it is needed) and the validations."""
    assert facture.date_depot is not None  # noqa: S101 -- ``documents.charger`` only gives sent ones
    banque = facture.coordonnees_bancaires
    zone = facture.cohort.zone
    validations = Validation.objects.filter(facture=facture).select_related("structure")
    return pivot.FacturePivot(
        facture=donnees.a_ecrire(facture),
        id_cpro=str(facture.pk),
        mode_emission=facture.mode_depot,
        recue_le=timezone.localtime(facture.date_mise_a_disposition or facture.date_depot, zone),
        renvoi="Recyclée" if facture.recyclages else "Non",
        montant_ht=facture.montant_ht or donnees.ZERO,
        montant_ttc=facture.montant_ttc or donnees.ZERO,
        pieces=tuple(_pieces_du_pivot(facture)),
        validations=tuple(
            pivot.ValidationPivot(
                rang=v.rang,
                partie=donnees.partie(v.structure),
                decision=v.get_decision_display() if v.decision else "",
                instant=timezone.localtime(v.decidee_le, zone) if v.decidee_le else None,
                commentaire=v.complement,
            )
            for v in validations
        ),
        etablissement=banque.etablissement if banque else "",
    )


def _pieces_du_pivot(facture: Facture) -> Iterator[pivot.PiecePivot]:
    pieces = numeroter(facture)
    copie = copie_lisible(facture, pieces)
    if copie is not None:
        nom = documents.nom_du_pdf(facture)
        yield pivot.PiecePivot(
            nom, f"{LISIBLE}_{_court(nom)}", LISIBLE, pivot.COMPLEMENTAIRE, "Facture PDF", lambda: copie
        )
    for piece in pieces:
        principale = piece.piece.principale
        yield pivot.PiecePivot(
            nom=piece.piece.nom,
            nom_sur=_court(piece.piece.nom),
            code=piece.code,
            type_piece=pivot.PRINCIPALE if principale else pivot.COMPLEMENTAIRE,
            categorie=_categorie(piece.piece, lisible=copie is None),
            contenu=piece.lire,
        )


def _categorie(piece: PieceJointe, *, lisible: bool) -> str:
    if piece.principale:
        return "Facture PDF" if lisible else "Facture XML"
    return _CATEGORIES.get(piece.type, "Document annexe")
