"""Files of an account and of its structures: searched, then downloaded with those of invoices (api.md §7)."""

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, BinaryIO

from api import annuaire
from api.entree import Entier, Entree, Pagination, Parmi, Texte
from api.erreurs import TropGrosse, refus
from api.familles.factures_telechargement import TelechargerGroupe, telecharger_groupe
from api.familles.structures_droits import StructureDe
from api.familles.transverses_fichiers import INCONNUE
from api.familles.transverses_referentiels import TYPES_PJ, AvecLangue
from api.fichiers import encoder
from api.listes import rechercher as rechercher_parmi
from api.listes import rien
from api.models import FichierApi
from api.registre import GCU, Appel, Contenu, operation
from api.sortie import rechercher, trier
from invoices.enums import TypePieceJointe
from invoices.rules.pieces import DOSSIER_MAXIMUM
from sandbox.documents import store
from sandbox.web.telechargements import safe_filename
from structures.models import CoordonneesBancaires, FicheRaccordement, Structure

# --- searches


class RechercherPieces(AvecLangue):
    pieceJointeTypeId: Entier | None = None
    pieceJointeDesignation: Texte = ""
    parametresRecherche: Pagination | None = None

    @property
    def type_voulu(self) -> str | None:
        """Code of the type asked for; None: any, empty: one that does not exist."""
        if not self.pieceJointeTypeId:
            return None
        genre = TYPES_PJ.get(self.pieceJointeTypeId)
        return genre.value if genre else ""


class RechercherPiecesStructure(RechercherPieces):
    idStructureCPP: Entier | None = None


def _extension(nom: str) -> str:
    return PurePosixPath(nom).suffix.lstrip(".").upper()


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a structure: a RIB, the certificate of a fiche de raccordement."""

    pk: int
    objet_id: int
    designation: str
    nom: str
    type: TypePieceJointe
    empreinte: str


_RIB, _CERTIFICAT = 1_000_000_000_000, 2_000_000_000_000
"""Added to the id of what holds the file: no deposited file has the same id."""


def ribs(structure: Structure) -> list[Piece]:
    comptes = CoordonneesBancaires.objects.filter(structure=structure).exclude(rib="").order_by("pk")
    return [Piece(_RIB + c.pk, c.pk, c.nom, c.rib_nom or "rib.pdf", TypePieceJointe.RIB, c.rib) for c in comptes]


def certificats(structure: Structure) -> list[Piece]:
    fiches = FicheRaccordement.objects.filter(structure=structure).exclude(certificat="").order_by("pk")
    return [
        Piece(
            _CERTIFICAT + f.pk,
            f.pk,
            "Certificat du raccordement",
            f.certificat_nom or "certificat.pem",
            TypePieceJointe.AUTRE,
            f.certificat,
        )
        for f in fiches
    ]


COLONNES_PIECES = (
    *("pieceJointeDesignation", "pieceJointeId", "pieceJointeObjetId"),
    *("pieceJointeExtension", "pieceJointeTypeCode", "pieceJointeTypeLibelle"),
)


@operation(
    "rechercherPiecesJointesStructure",
    "transverses",
    "rechercher/pj/structure",
    "Rechercher les fichiers d'une de vos structures",
    RechercherPiecesStructure,
    exemple={"idStructureCPP": 1},
)
def pieces_structure(appel: Appel, entree: RechercherPiecesStructure) -> Contenu:
    demande = entree.parametresRecherche
    vide = rien("listePiecesJointes", demande)
    structure = annuaire.structure(entree.idStructureCPP, champ="idStructureCPP", vide=vide)
    annuaire.la_sienne(appel, structure, **vide)
    lignes = (
        {
            "pieceJointeId": piece.pk,
            "pieceJointeObjetId": piece.objet_id,
            "pieceJointeDesignation": piece.designation,
            "pieceJointeExtension": _extension(piece.nom),
            "pieceJointeTypeCode": piece.type.value,
            "pieceJointeTypeLibelle": piece.type.label,
            "pieceJointeStructureId": structure.pk,
            "pieceJointeStructureCode": structure.identifiant,
            "pieceJointeStructureRaisonSociale": structure.raison_sociale,
        }
        for piece in (*ribs(structure), *certificats(structure))
        if entree.type_voulu in (None, piece.type)
        and entree.pieceJointeDesignation.lower() in piece.designation.lower()
    )
    return rechercher_parmi("listePiecesJointes", lignes, demande, COLONNES_PIECES)


COLONNES_MON_COMPTE = {"PieceJointeDesignation": "nom", "PieceJointeId": "pk", "PieceJointeExtension": "extension"}


@operation(
    "rechercherPiecesJointesMonCompte",
    "transverses",
    "rechercher/pj/moncompte",
    "Rechercher les fichiers que le compte a déposés",
    RechercherPieces,
    exemple={"pieceJointeDesignation": "devis"},
)
def pieces_mon_compte(appel: Appel, entree: RechercherPieces) -> Contenu:
    """What ``ajouter/fichier`` and ``deposer/pdf`` left there: standard files, all of them."""
    genre = TypePieceJointe.DIVERS
    deposes = FichierApi.objects.filter(technique=appel.technique, nom__icontains=entree.pieceJointeDesignation)
    if entree.type_voulu not in (None, genre):
        deposes = deposes.none()
    demande = entree.parametresRecherche
    return rechercher(
        "listePiecesJointes",
        trier(deposes, demande, COLONNES_MON_COMPTE, "PieceJointeDesignation"),
        demande,
        lambda fichier: {
            "pieceJointeId": fichier.pk,
            "pieceJointeObjetId": fichier.pk,
            "pieceJointeDesignation": fichier.nom,
            "pieceJointeExtension": _extension(fichier.nom),
            "pieceJointeTypeCode": genre.value,
            "pieceJointeTypeLibelle": genre.label,
            "pieceJointeUtilisateurId": appel.technique.compte_id,
        },
    )


# --- download


class EngagementDe(Entree):
    numeroEngagementJuridique: Texte = ""


class SollicitationDe(Entree):
    idSollicitation: Entier | None = None


OBJETS = (
    *("DEMANDE_PAIEMENT", "ENGAGEMENT_JURIDIQUE", "SOLLICITATION", "STRUCTURE_PIECEJOINTE", "STRUCTURE_MANDAT"),
    *("STRUCTURE_COORDONNEE_BANCAIRE", "UTILISATEUR"),
)


class TelechargerPiece(Entree):
    objetPieceJointe: Annotated[str, Parmi(OBJETS)] | None = None
    demandePaiement: TelechargerGroupe = TelechargerGroupe()
    engagementJuridique: EngagementDe = EngagementDe()
    sollicitation: SollicitationDe = SollicitationDe()
    structure: StructureDe = StructureDe()


SANS_FICHIER = {
    "ENGAGEMENT_JURIDIQUE": "Le bac à sable ne garde aucun document avec un engagement.",
    "SOLLICITATION": "Les sollicitations ne sont pas encore simulées par le bac à sable.",
    "STRUCTURE_MANDAT": "Le mandat de facturation se signe sur le portail : il n'a pas de fichier.",
}


@operation(
    "telechargerPieceJointe",
    "transverses",
    "telecharger/pieceJointe",
    "Télécharger les fichiers d'une facture, d'une structure ou du compte",
    TelechargerPiece,
    libelle=GCU,
    ecrit=True,
    exemple={
        "objetPieceJointe": "DEMANDE_PAIEMENT",
        "demandePaiement": {
            "format": "PDF",
            "avecPiecesJointesComplementaires": "Oui",
            "listeFacture": [{"idFacture": 1}],
        },
    },
)
def telecharger_piece(appel: Appel, entree: TelechargerPiece) -> Contenu:
    """One file as it is, several in a ZIP; invoices as ``telecharger/groupe`` gives them, trace included."""
    objet = entree.objetPieceJointe
    if objet is None:
        raise annuaire.manquant("objetPieceJointe")
    if objet in SANS_FICHIER:
        raise refus(*INCONNUE, SANS_FICHIER[objet])
    if objet == "DEMANDE_PAIEMENT":
        return {"pieceJointe": telecharger_groupe(appel, entree.demandePaiement)["fichierResultat"]}
    if objet == "UTILISATEUR":
        deposes = FichierApi.objects.filter(technique=appel.technique).order_by("pk")
        contenu = _reunir([(fichier.nom, fichier.empreinte) for fichier in deposes])
    else:
        contenu = _de_la_structure(appel, entree.structure, objet)
    return {"pieceJointe": encoder(contenu)}


def _de_la_structure(appel: Appel, visee: StructureDe, objet: str) -> bytes:
    structure = annuaire.structure(
        visee.idStructure, visee.identifiantStructure, visee.typeIdentifiantStructure or "", champ="structure"
    )
    annuaire.la_sienne(appel, structure)
    pieces = ribs(structure)
    if objet == "STRUCTURE_PIECEJOINTE":
        pieces += certificats(structure)
    return _reunir([(piece.nom, piece.empreinte) for piece in pieces])


def _reunir(nommes: Sequence[tuple[str, str]]) -> bytes:
    """Raises ``Refus`` when there is none, ``TropGrosse`` above what a download may weigh."""
    if not nommes:
        raise refus(*INCONNUE, "Il n'y a aucun fichier à télécharger.")
    try:
        if len(nommes) == 1:
            return store.open_bytes(nommes[0][1])
        with tempfile.TemporaryFile() as sortie:
            _archiver(nommes, sortie)
            sortie.seek(0)
            return sortie.read()
    except store.FichierAbsent as absent:
        raise refus(*INCONNUE, "Un des fichiers n'est plus sur le serveur : prévenez votre formateur.") from absent


def _archiver(nommes: Sequence[tuple[str, str]], sortie: BinaryIO) -> None:
    poids = 0
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for rang, (nom, empreinte) in enumerate(nommes, start=1):
            contenu = store.open_bytes(empreinte)
            poids += len(contenu)
            if poids > DOSSIER_MAXIMUM:
                raise TropGrosse("Ces fichiers pèsent plus de 120 Mo : rien n'a été préparé.")
            archive.writestr(f"{rang:02d}_{safe_filename(nom)}", contenu)
