"""Files that a program deposits before an invoice names them (api.md §7)."""

from accounts.profils import Profil
from api import annuaire
from api.entree import Entier, Entree, Texte
from api.erreurs import Refus, refus, refus_des_regles
from api.fichiers import PasDuBase64, decoder, taille
from api.registre import GCU, Appel, Contenu, operation
from api.services import fichiers
from invoices.depot import Fichier
from invoices.models import Facture, PieceJointe
from invoices.rules.pieces import TAILLE_MAXIMUM, manquements
from invoices.services import brouillons

TROP_GROS = 20_003
"""Its text is not known: ours goes with it (api.md §3.1)."""
INCONNUE = ("SBX_045", "La pièce jointe est inconnue.")


class AjouterFichier(Entree):
    """``pieceJointeExtension`` and ``pieceJointeTypeMime`` are kept; the name decides."""

    idUtilisateurCourant: Entier | None = None
    pieceJointeFichier: Texte = ""
    pieceJointeNom: Texte = ""
    pieceJointeTypeMime: Texte = ""
    pieceJointeExtension: Texte = ""


def _trop_gros(nom: str) -> Refus:
    raison = f"{nom[:60]} dépasse {TAILLE_MAXIMUM // 1_048_576} Mo une fois décodé : compressez-le ou scindez-le."
    return Refus(TROP_GROS, "SBX_042 - La pièce jointe dépasse 10 Mo.", raison)


@operation(
    "ajouterFichierDansSysteme",
    "transverses",
    "ajouter/fichier",
    "Déposer un fichier, à joindre ensuite à une facture",
    AjouterFichier,
    libelle=GCU,
    ecrit=True,
    exemple={
        "pieceJointeFichier": "JVBERi0xLjcK…",
        "pieceJointeNom": "devis.pdf",
        "pieceJointeTypeMime": "application/pdf",
        "pieceJointeExtension": "PDF",
    },
)
def ajouter_fichier(appel: Appel, entree: AjouterFichier) -> Contenu:
    """Weighed before it is decoded; the rules are those of the attachments of the screen."""
    nom = entree.pieceJointeNom
    if not nom:
        raise annuaire.manquant("pieceJointeNom")
    if taille(entree.pieceJointeFichier) > TAILLE_MAXIMUM * 2:  # even with a line break at each character
        raise _trop_gros(nom)
    try:
        contenu = decoder(entree.pieceJointeFichier)
    except PasDuBase64 as illisible:
        raise refus(
            "SBX_014", "La valeur du champ « pieceJointeFichier » n'est pas reconnue.", str(illisible)
        ) from illisible
    if len(contenu) > TAILLE_MAXIMUM:
        raise _trop_gros(nom)
    trouves = list(manquements(Fichier(nom=nom, taille=len(contenu))))
    if trouves:
        raise refus_des_regles(trouves)
    depose = fichiers.deposer(
        appel.technique,
        nom=nom,
        contenu=contenu,
        type_mime=entree.pieceJointeTypeMime,
        extension=entree.pieceJointeExtension,
    )
    return {"pieceJointeId": depose.pk}


class Detacher(Entree):
    idPieceJointeObjet: Entier | None = None


@operation(
    "detacherPieceJointe",
    "transverses",
    "detacherPieceJointe",
    "Retirer un fichier de votre compte, ou d'une facture qui n'est pas envoyée",
    Detacher,
    ecrit=True,
    exemple={"idPieceJointeObjet": 1},
    depreciee=True,
)
def detacher(appel: Appel, entree: Detacher) -> Contenu:
    pk = entree.idPieceJointeObjet
    if not pk:
        raise annuaire.manquant("idPieceJointeObjet")
    try:
        fichiers.retirer(appel.technique, pk)
    except fichiers.FichierInconnu:
        _detacher_d_une_facture(appel, pk)
    return {}


def _detacher_d_une_facture(appel: Appel, pk: int) -> None:
    """A complementary file of a draft of the account; a sent invoice keeps its files."""
    miennes = Facture.objects.filter(fournisseur__in=appel.droits.structures(Profil.FACTURES_EMISES, modification=True))
    piece = PieceJointe.objects.select_related("facture").filter(pk=pk, principale=False, facture__in=miennes).first()
    if piece is None:
        raise refus(*INCONNUE)
    if not piece.facture.est_brouillon:
        raise refus(
            "SBX_071",
            "Le statut actuel de la facture ne permet pas cette action.",
            "Une facture envoyée garde ses pièces jointes.",
        )
    brouillons.retirer(piece.facture_id, piece.pk)
