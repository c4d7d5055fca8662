"""Drafts: the text of the form is kept as typed, the columns hold what could be read of it (factures.md §2.15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Compte
from invoices import calculs, rules
from invoices.depot import Depot, Fichier
from invoices.enums import Acteur, Action, ModeDepot, Statut, TypePieceJointe
from invoices.formats.signalements import signaler
from invoices.models import Facture, LignePoste, LigneTva, PieceJointe
from invoices.rules.montants import MAXIMUM
from invoices.services.deposer import DejaEnvoyee, verrouiller
from invoices.services.transitions import Auteur, apply
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from structures.models import Service

LIGNES_MAXIMUM = 200
"""Lines of one form; longer invoices come as files."""
_TEXTES = {
    "numero": 40,
    "code_service": 120,
    "numero_engagement": 80,
    "numero_marche": 80,
    "numero_facture_origine": 40,
    "motif_exoneration": 1024,
    "motif_remise": 1024,
}
"""What the columns hold of a text that is too long: the whole of it stays in ``saisie``, the rules refuse it."""
_CHOIX = ("cadre", "type_facture", "devise", "mode_paiement", "type_tva", "commentaire", "date_facture")
_MONTANTS = ("montant_ht", "montant_tva", "montant_ttc", "montant_a_payer")


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


def _borne(montant: Decimal | None) -> Decimal | None:
    """What the column can hold; the rules refuse the rest when it is sent."""
    return montant if montant is None or abs(montant) <= MAXIMUM else None


def _ecrire(facture: Facture, demande: Demande, compte: Compte) -> None:
    depot = demande.depot
    facture.fournisseur_id = depot.fournisseur_id
    facture.destinataire_id = depot.destinataire_id
    facture.coordonnees_bancaires_id = depot.coordonnees_bancaires_id
    facture.valideur_id = depot.valideur_id
    facture.service_valideur_id = depot.service_valideur_id
    facture.service_fournisseur_id = depot.service_fournisseur_id
    for nom, longueur in _TEXTES.items():
        setattr(facture, nom, getattr(depot, nom)[:longueur])
    for nom in _CHOIX:
        setattr(facture, nom, getattr(depot, nom))
    for nom in _MONTANTS:
        setattr(facture, nom, _borne(getattr(depot, nom)))
    facture.remise_globale = _borne(depot.remise_globale) or Decimal(0)
    facture.acompte = _borne(depot.acompte) or Decimal(0)
    facture.libelle_service = _libelle_service(depot)
    facture.modifie_le = clock.real_now()
    facture.saisie = {"champs": dict(demande.champs), "cle": demande.cle, "par": str(compte)}
    facture.version += 1
    facture.save()


def _libelle_service(depot: Depot) -> str:
    if not depot.code_service or not depot.destinataire_id:
        return ""
    libelles = Service.objects.filter(structure_id=depot.destinataire_id, code__iexact=depot.code_service)
    return libelles.values_list("libelle", flat=True).first() or ""


def _ecrire_lignes(facture: Facture, depot: Depot) -> None:
    commun: dict[str, Any] = {"cohort": facture.cohort, "place": facture.place, "facture": facture}
    facture.lignes.all().delete()
    LignePoste.objects.bulk_create(
        LignePoste(
            **commun,
            numero=rang,
            reference=ligne.reference[:50],
            denomination=ligne.denomination[:1024],
            quantite=ligne.quantite,
            unite=ligne.unite[:50],
            prix_unitaire=ligne.prix_unitaire,
            remise=ligne.remise,
            taux=ligne.taux,
            code_taux=ligne.code_taux,
            montant_ht=calculs.ht(ligne),
        )
        for rang, ligne in enumerate(depot.lignes, 1)
    )
    recapitulatif = calculs.recapituler(depot.lignes) if depot.mode == ModeDepot.SAISIE_PORTAIL else depot.lignes_tva
    facture.lignes_tva.all().delete()
    LigneTva.objects.bulk_create(
        LigneTva(**commun, taux=ligne.taux, base=ligne.base, montant=ligne.montant, code_taux=ligne.code_taux)
        for ligne in {ligne.taux: ligne for ligne in recapitulatif}.values()
        if abs(ligne.base) <= MAXIMUM and abs(ligne.montant) <= MAXIMUM
    )


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


def _contexte_vide() -> rules.Contexte:
    return rules.Contexte(aujourd_hui=clock.today(), fournisseur=None, destinataire=None)


def _dossier(fichiers: Sequence[Fichier]) -> Depot:
    return Depot(
        mode=ModeDepot.SAISIE_PORTAIL, fournisseur_id=None, destinataire_id=None, pieces_jointes=tuple(fichiers)
    )


@transaction.atomic
def joindre(facture_id: int, pieces: Sequence[Piece]) -> list[rules.Manquement]:
    """Attach these files to a draft; all of them or, when one is refused, none. The same file twice counts once."""
    return joindre_a(verrouiller(facture_id), pieces)


def joindre_a(facture: Facture, pieces: Sequence[Piece], *, compte: Compte | None = None) -> list[rules.Manquement]:
    """The same, on an invoice locked already: a draft, or one that is being completed."""
    presentes = {(p.nom, p.empreinte): p.taille for p in facture.pieces.all() if not p.principale}
    nouvelles = {(p.nom, p.contenu): p for p in pieces}.values()
    fichiers = [Fichier(nom=p.nom, taille=len(p.contenu)) for p in nouvelles]
    toutes = [*fichiers, *(Fichier(nom=nom, taille=taille) for (nom, _), taille in presentes.items())]
    manquements = [
        *rules.pieces.chacune(_dossier(fichiers), _contexte_vide()),
        *rules.pieces.ensemble(_dossier(toutes), _contexte_vide()),
    ]
    if manquements:
        return manquements
    try:
        ecrites = [(piece, store.store(piece.contenu)) for piece in nouvelles]
    except OSError as erreur:
        if not store.est_plein(erreur):
            raise
        return [rules.Manquement("IRR_EXTRAC", "pieces_jointes", DISQUE_PLEIN)]
    for piece, empreinte in ecrites:
        if (piece.nom, empreinte) in presentes:
            continue
        PieceJointe.objects.create(
            cohort_id=facture.cohort_id,
            place=facture.place,
            facture=facture,
            nom=piece.nom,
            type=piece.type if piece.type in TypePieceJointe.values else TypePieceJointe.DIVERS,
            designation=piece.designation[:100],
            ligne=piece.ligne,
            ajoutee_par=compte,
            empreinte=empreinte,
            taille=len(piece.contenu),
            signalement=signaler(piece.nom, piece.contenu),
        )
    return []


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
