"""Drafts: the text of the form is kept as typed, the columns hold what could be read of it (factures.md §2.15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Compte
from invoices import rules
from invoices.depot import Depot, Fichier
from invoices.enums import Acteur, Action, Statut, TypePieceJointe
from invoices.formats.signalements import signaler
from invoices.models import Facture, PieceJointe
from invoices.services import ecriture
from invoices.services.deposer import DejaEnvoyee, verrouiller
from invoices.services.transitions import Auteur, apply
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.documents import store

LIGNES_MAXIMUM = 200
"""Lines of one form; longer invoices come as files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """A form as sent: what was read of it, its text, and the page it comes from.

    ``cle`` names that page: its own saves never conflict with each other, and it makes one draft however many
    times it is sent. ``version`` is that of the draft when the page was drawn.
    """

    depot: Depot
    champs: Mapping[str, str] = field(default_factory=dict)
    cle: str = ""
    version: int = 0


DISQUE_PLEIN = (
    "Le serveur n'a plus de place pour enregistrer vos fichiers : aucun n'a été ajouté. Prévenez votre formateur, "
    "puis recommencez."
)


class ConflitDeVersion(Exception):
    """Somebody saved the same draft from another page meanwhile; ``facture`` is what he left."""

    def __init__(self, facture: Facture) -> None:
        par = facture.saisie.get("par") or "quelqu'un"
        super().__init__(f"Ce brouillon a été enregistré entre-temps par {par}, depuis une autre fenêtre.")
        self.facture = facture


def du_formulaire(cle: str) -> Facture | None:
    """What this page has already created, sent or not."""
    return Facture.objects.filter(cle_envoi=cle).first() if cle else None


def _creer(demande: Demande, cohort: Cohort, compte: Compte, place: int | None, statut: Statut) -> Facture:
    with transaction.atomic():
        return Facture.objects.create(
            cohort=cohort,
            place=place,
            statut=statut,
            mode_depot=demande.depot.mode,
            fournisseur_id=demande.depot.fournisseur_id,
            cree_par=compte,
            cle_envoi=demande.cle,
        )


def _ouvrir(
    demande: Demande, cohort: Cohort, compte: Compte, place: int | None, facture_id: int | None
) -> tuple[Facture, bool]:
    """The draft to write, locked, and whether this call has made it."""
    deja = facture_id or getattr(du_formulaire(demande.cle), "pk", None)
    if deja is None:
        try:
            return _creer(demande, cohort, compte, place, Statut.BROUILLON), True
        except IntegrityError:  # the other of two clicks made it first
            deja = getattr(du_formulaire(demande.cle), "pk", None)
            if deja is None:
                raise
    facture = verrouiller(deja)
    if facture.version != demande.version and facture.saisie.get("cle") != demande.cle:
        raise ConflitDeVersion(facture)
    return facture, False


def _ecrire(facture: Facture, demande: Demande, compte: Compte) -> None:
    ecriture.ecrire_entete(facture, demande.depot)
    facture.modifie_le = clock.real_now()
    facture.saisie = {"champs": dict(demande.champs), "cle": demande.cle, "par": str(compte)}
    facture.version += 1
    facture.save()


def _ecrire_lignes(facture: Facture, depot: Depot) -> None:
    """A line that cannot be read is left out: the others take its number."""
    lignes = tuple(replace(ligne, numero=rang) for rang, ligne in enumerate(depot.lignes, 1))
    ecriture.ecrire_lignes(facture, depot.remplacer(lignes=lignes))


@transaction.atomic
def enregistrer(
    demande: Demande, *, cohort: Cohort, compte: Compte, place: int | None, facture_id: int | None = None
) -> Facture:
    """« Enregistrer »: no conditional control, whatever is typed is kept.

    Raises ``ConflitDeVersion`` (nothing written) or ``DejaEnvoyee``.
    """
    facture, _ = _ouvrir(demande, cohort, compte, place, facture_id)
    facture.cohort = cohort
    if facture.statut == Statut.INTERPRETEE_OCR:
        apply(facture, Action.ENREGISTRER, acteur=Acteur.FOURNISSEUR, auteur=Auteur(nom=str(compte), compte=compte))
    _ecrire(facture, demande, compte)
    _ecrire_lignes(facture, demande.depot)
    return facture


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file to attach."""

    nom: str
    contenu: bytes
    type: str = TypePieceJointe.DIVERS
    designation: str = ""
    ligne: int | None = None


@transaction.atomic
def importer(
    demande: Demande,
    *,
    cohort: Cohort,
    compte: Compte,
    place: int | None,
    document: Piece,
    extraction: Mapping[str, Any],
) -> Facture:
    """« Déposer facture », step 1: a PDF that was read becomes a draft to check (T02)."""
    try:
        facture = _creer(demande, cohort, compte, place, Statut.INTERPRETEE_OCR)
    except IntegrityError:
        deja = du_formulaire(demande.cle)
        if deja is None:
            raise
        return deja
    facture.cohort = cohort
    facture.extraction = dict(extraction)
    _ecrire(facture, demande, compte)
    PieceJointe.objects.create(
        cohort=cohort,
        place=place,
        facture=facture,
        principale=True,
        designation="Facture",
        nom=document.nom[-200:],
        empreinte=store.store(document.contenu),
        taille=len(document.contenu),
        signalement=signaler(document.nom, document.contenu),
    )
    return facture


@transaction.atomic
def joindre(facture_id: int, pieces: Sequence[Piece]) -> list[rules.Manquement]:
    """Attach these files to a draft; all of them or, when one is refused, none. The same file twice counts once."""
    return joindre_a(verrouiller(facture_id), pieces)


def joindre_a(facture: Facture, pieces: Sequence[Piece], *, compte: Compte | None = None) -> list[rules.Manquement]:
    """The same, on an invoice locked already: a draft, or one that is being completed."""
    nouvelles = {(p.nom, p.contenu): p for p in pieces}
    if manquements := ecriture.refus_des_pieces(facture, [_fichier(piece) for piece in nouvelles.values()]):
        return manquements
    try:
        ecrites = [
            replace(
                _fichier(piece),
                empreinte=store.store(piece.contenu),
                signalement=signaler(piece.nom, piece.contenu),
            )
            for piece in nouvelles.values()
        ]
    except OSError as erreur:
        if not store.est_plein(erreur):
            raise
        return [rules.Manquement("IRR_EXTRAC", "pieces_jointes", DISQUE_PLEIN)]
    ecriture.attacher(facture, ecrites, compte=compte)
    return []


def _fichier(piece: Piece) -> Fichier:
    return Fichier(
        nom=piece.nom,
        taille=len(piece.contenu),
        type=piece.type if piece.type in TypePieceJointe.values else TypePieceJointe.DIVERS,
        designation=piece.designation[: rules.pieces.DESIGNATION_MAXIMUM],
        ligne=piece.ligne,
    )


@transaction.atomic
def retirer(facture_id: int, piece_id: int) -> bool:
    """Remove an attachment of a draft; False when it is already gone."""
    facture = verrouiller(facture_id)
    return bool(PieceJointe.objects.filter(facture=facture, principale=False, pk=piece_id).delete()[0])


__all__ = [
    "LIGNES_MAXIMUM",
    "ConflitDeVersion",
    "DejaEnvoyee",
    "Demande",
    "Piece",
    "du_formulaire",
    "enregistrer",
    "importer",
    "joindre",
    "retirer",
]
