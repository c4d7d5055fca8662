"""« Télécharger »: what may be asked for, the trace it leaves, the archive built apart (factures.md §4.1, T34)."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet, Sum

from accounts.models import Compte
from invoices.enums import AVANT_ENVOI, Espace
from invoices.models import ActionUtilisateur, EvenementComplementaire, Facture, PieceJointe, Telechargement
from invoices.rules.pieces import DOSSIER_MAXIMUM
from sandbox import clock
from sandbox.documents import store
from sandbox.events.registry import publish
from sandbox.web.champs import megabytes

MAXIMUM = 50
RECOMMANDE = 10
"""factures.md §4.1."""
POIDS_MAXIMUM = DOSSIER_MAXIMUM
IMMEDIAT = 5_000_000
"""Bytes below which one invoice is answered at once."""
PDF_ESTIME = 100_000
"""Of an invoice whose document is not drawn up yet."""
GARDE = timedelta(days=1)
SANS_PROGRES = timedelta(minutes=2)
DISQUE_PLEIN = (
    "Le serveur n'a plus de place pour préparer ce téléchargement. Prévenez votre formateur, puis relancez-le."
)
TELECHARGEE = "Téléchargée par le destinataire"

Etat = Telechargement.Etat
Format = Telechargement.Format


class TelechargementRefuse(Exception):
    """The message says why and what to do, in French; ``trop_lourd``: the answer is 413."""

    def __init__(self, message: str, *, trop_lourd: bool = False) -> None:
        super().__init__(message)
        self.trop_lourd = trop_lourd


@dataclass(frozen=True, slots=True, kw_only=True)
class Choix:
    """The form: a PIVOT always holds the attachments."""

    format: str = Format.PDF
    avec_pieces: bool = False

    @property
    def toutes_les_pieces(self) -> bool:
        return self.avec_pieces or self.format == Format.PIVOT


@dataclass(frozen=True, slots=True)
class Fabrication:
    """What a builder is given: the invoices, the choice, where to write, whom to tell of each invoice done."""

    factures: Sequence[int]
    choix: Choix
    identifiant: str
    sortie: BinaryIO
    avancer: Callable[[int], None]


Fabrique = Callable[[Fabrication], str]
"""Writes the file and returns its name."""


def poids(factures: Iterable[int], choix: Choix) -> int:
    """Bytes that will be read; an invoice whose PDF is not drawn up yet counts for a page."""
    ids = list(factures)
    pieces = PieceJointe.objects.filter(facture__in=ids)
    if not choix.toutes_les_pieces:
        pieces = pieces.filter(principale=True)
    sans_document = len(ids) - PieceJointe.objects.filter(facture__in=ids, principale=True).count()
    return (pieces.aggregate(total=Sum("taille"))["total"] or 0) + sans_document * PDF_ESTIME


def verifier(factures: Sequence[int], choix: Choix) -> int:
    """The weight, once nothing forbids the download. Raises ``TelechargementRefuse``."""
    if not factures:
        raise TelechargementRefuse("Choisissez au moins une facture envoyée.")
    if len(factures) > MAXIMUM:
        raise TelechargementRefuse(
            f"Un téléchargement comprend {MAXIMUM} factures au plus, et {len(factures)} sont choisies : "
            "décochez-en, ou procédez en plusieurs fois."
        )
    total = poids(factures, choix)
    if total > POIDS_MAXIMUM:
        remede = "décochez des factures" if len(factures) > 1 else "demandez la facture sans ses pièces jointes"
        raise TelechargementRefuse(
            f"Les fichiers demandés pèsent {megabytes(total)} ; le maximum est de {megabytes(POIDS_MAXIMUM)}. "
            f"Rien n'a été préparé : {remede}.",
            trop_lourd=True,
        )
    return total


def envoyees(factures: Iterable[Facture]) -> list[Facture]:
    """A draft is not downloaded: it has no document yet."""
    return [facture for facture in factures if facture.statut not in AVANT_ENVOI]


def _agir(facture: Facture, code: ActionUtilisateur.Code, compte: Compte) -> None:
    ActionUtilisateur.objects.create(
        cohort_id=facture.cohort_id, place=facture.place, facture=facture, code=code, compte=compte
    )


def tracer_certificat(facture: Facture, *, compte: Compte) -> None:
    """The issuer took the certificat de dépôt: an action of the user (factures.md §6.4)."""
    _agir(facture, ActionUtilisateur.Code.CERTIFICAT, compte)


@transaction.atomic
def tracer(factures: Iterable[Facture], *, compte: Compte, espace: Espace) -> None:
    """T34: an action of the user on each; by the recipient, the flag and its event, once.

    A former recipient (``quittee_le``) reads without being the one who downloads it.
    """
    for facture in sorted(factures, key=lambda lue: lue.pk):  # everybody in the same order: no deadlock
        _agir(facture, ActionUtilisateur.Code.TELECHARGEMENT, compte)
        if espace != Espace.RECUES or facture.quittee_le is not None:
            continue
        premiere = Facture.objects.filter(pk=facture.pk, telechargee=False).update(telechargee=True)
        facture.telechargee = True
        if premiere:
            EvenementComplementaire.objects.create(
                cohort_id=facture.cohort_id,
                place=facture.place,
                facture=facture,
                libelle=TELECHARGEE,
                compte=compte,
                auteur=str(compte),
            )


@transaction.atomic
def demander(factures: Sequence[Facture], choix: Choix, *, compte: Compte, espace: Espace, cle: str) -> Telechargement:
    """Ask for the archive: the second click of a form finds the one already asked for.

    Raises ``TelechargementRefuse``. Those of this account that are older than a day go: their files follow.
    """
    ids = [facture.pk for facture in factures]
    verifier(ids, choix)
    ancien = clock.real_now() - GARDE
    Telechargement.objects.filter(compte=compte, avance_le__lt=ancien).delete()
    demande, neuve = Telechargement.objects.get_or_create(
        cohort_id=compte.cohort_id,
        compte=compte,
        cle=cle,
        defaults={
            "place": compte.place,
            "espace": espace,
            "format": choix.format,
            "avec_pieces": choix.toutes_les_pieces,
            "factures": ids,
        },
    )
    if neuve:
        tracer(factures, compte=compte, espace=espace)
        annoncer(demande)
    return demande


def annoncer(demande: Telechargement) -> None:
    """A worker takes it once the demand is committed."""
    publish("telechargement.demande", cohort_id=demande.cohort_id, telechargement_id=demande.pk)


def relancable(demande: Telechargement) -> bool:
    """Nothing moved for a while: the worker was stopped."""
    return demande.etat == Etat.ECHEC or (not demande.fini and demande.avance_le < clock.real_now() - SANS_PROGRES)


@transaction.atomic
def relancer(demande: Telechargement) -> bool:
    """Build it again; False when it is done, or still under way."""
    if not relancable(demande):
        return False
    demande.etat, demande.faites, demande.message, demande.avance_le = Etat.EN_ATTENTE, 0, "", clock.real_now()
    demande.save(update_fields=["etat", "faites", "message", "avance_le"])
    annoncer(demande)
    return True


def _echouer(rangee: QuerySet[Telechargement], message: str) -> bool:
    rangee.update(etat=Etat.ECHEC, message=message[:255], avance_le=clock.real_now())
    return True


def produire(telechargement_id: int, fabriquer: Fabrique) -> bool:
    """Build and keep the file; safe to run twice. False when it is gone, or done already."""
    rangee = Telechargement.objects.filter(pk=telechargement_id)
    demande = rangee.first()
    if demande is None or demande.etat == Etat.PRET:
        return False
    rangee.update(etat=Etat.EN_COURS, faites=0, avance_le=clock.real_now())

    def avancer(faites: int) -> None:
        rangee.update(faites=faites, avance_le=clock.real_now())

    choix = Choix(format=demande.format, avec_pieces=demande.avec_pieces)
    with tempfile.TemporaryFile() as sortie:
        try:
            nom = fabriquer(Fabrication(demande.factures, choix, str(demande.pk), sortie, avancer))
            taille = sortie.seek(0, 2)
            empreinte = store.store_file(sortie)
        except TelechargementRefuse as refus:
            return _echouer(rangee, str(refus))
        except store.FichierAbsent:
            return _echouer(rangee, "Un des fichiers demandés n'est plus sur le serveur : prévenez votre formateur.")
        except OSError as erreur:
            if not store.est_plein(erreur):
                raise
            return _echouer(rangee, DISQUE_PLEIN)
    rangee.update(
        etat=Etat.PRET,
        nom=nom[:200],
        empreinte=empreinte,
        taille=taille,
        faites=demande.total,
        avance_le=clock.real_now(),
    )
    return True
