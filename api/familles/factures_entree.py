"""What several operations of Factures receive: attachments, identifiers of structures."""

from collections.abc import Iterable

from api.entree import Entier, Entree, Texte
from api.erreurs import refus
from api.models import FichierApi
from api.services import fichiers
from invoices.depot import Fichier
from structures.enums import TypeIdentifiant
from structures.models import CompteTechnique, Structure

PIECES_MAX = 200
INTROUVABLE = -1
"""Id of what was named and does not exist: the rules say which field is wrong."""


class PieceComplementaire(Entree):
    """An attachment that ajouter/fichier has received."""

    pieceJointeComplementaireDesignation: Texte = ""
    pieceJointeComplementaireType: Texte = ""
    pieceJointeComplementaireNumeroLigneFacture: Entier = 0
    pieceJointeComplementaireId: Entier = 0
    pieceJointeComplementaireIdLiaison: Entier | None = None


def fichier_nomme(technique: CompteTechnique, pk: int) -> FichierApi:
    """Raises ``Refus`` SBX_045."""
    try:
        return fichiers.trouver(technique, pk)
    except fichiers.FichierInconnu as inconnu:
        raise refus(
            "SBX_045",
            "La pièce jointe est inconnue.",
            f"Aucun fichier n° {pk} n'a été déposé par un compte technique de cette structure : ajouter/fichier et "
            "deposer/pdf en donnent le numéro (pieceJointeId).",
        ) from inconnu


def pieces(technique: CompteTechnique, nommees: Iterable[PieceComplementaire]) -> tuple[Fichier, ...]:
    """Files of a demand; an id of 0 names none. Raises ``Refus`` SBX_045."""
    return tuple(
        fichiers.a_joindre(
            fichier_nomme(technique, piece.pieceJointeComplementaireId),
            type=piece.pieceJointeComplementaireType,
            designation=piece.pieceJointeComplementaireDesignation,
            ligne=piece.pieceJointeComplementaireNumeroLigneFacture or None,
        )
        for piece in nommees
        if piece.pieceJointeComplementaireId
    )


def structure_de(identifiant: str, type_identifiant: str = TypeIdentifiant.SIRET) -> int | None:
    """Id of the structure that has this identifier, ``INTROUVABLE``; None when no identifier is given."""
    compact = "".join(identifiant.split())
    if not compact:
        return None
    trouvee = Structure.objects.filter(type_identifiant=type_identifiant, identifiant=compact)
    return trouvee.values_list("pk", flat=True).first() or INTROUVABLE
