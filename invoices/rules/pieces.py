"""Attachments: extension, name, size (factures.md §2.8)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from invoices.depot import Depot, Fichier
from invoices.enums import TYPES_PIECES_MUETS, TypePieceJointe
from invoices.rules.registre import Contexte, Manquement, regle

MO = 1_048_576
TAILLE_MAXIMUM = 10 * MO
DOSSIER_MAXIMUM = 120 * MO
NOM_MAXIMUM = 50
DESIGNATION_MAXIMUM = 100
LIGNE_MAXIMUM = 999_999
EXTENSIONS = frozenset(
    {
        "bmp",
        "bz2",
        "csv",
        "doc",
        "docx",
        "fax",
        "gif",
        "gz",
        "gzip",
        "htm",
        "html",
        "jpeg",
        "jpg",
        "odp",
        "ods",
        "odt",
        "p7s",
        "pdf",
        "png",
        "pps",
        "ppt",
        "pptx",
        "rtf",
        "svg",
        "tgz",
        "tif",
        "tiff",
        "txt",
        "xhtml",
        "xlc",
        "xlm",
        "xls",
        "xlsx",
        "xml",
        "zip",
    }
)
_INTERDITS = re.compile(r"[/\\:\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def manquements(piece: Fichier) -> Iterator[Manquement]:
    """What the rules say of one file by itself."""
    extension = PurePosixPath(piece.nom).suffix.lstrip(".").lower()
    if not extension or len(piece.nom) > NOM_MAXIMUM or _INTERDITS.search(piece.nom):
        yield Manquement(
            "SBX_041",
            "pieces_jointes",
            f"Le nom de la pièce jointe est invalide : « {piece.nom[:60]} ». "
            f"{NOM_MAXIMUM} caractères au plus, avec une extension, sans / \\ ni :.",
        )
    elif extension not in EXTENSIONS:
        yield Manquement(
            "SBX_040",
            "pieces_jointes",
            f"Le type de la pièce jointe n'est pas autorisé : « .{extension} » ({piece.nom}). "
            "Convertissez-la en PDF, par exemple.",
        )
    if piece.taille == 0:
        yield Manquement("SBX_044", "pieces_jointes", f"Le fichier est vide : {piece.nom}.")
    elif piece.taille > TAILLE_MAXIMUM:
        yield Manquement(
            "SBX_042",
            "pieces_jointes",
            f"La pièce jointe dépasse 10 Mo : {piece.nom}. Compressez-la ou scindez-la.",
        )


def _chacune(fichiers: Sequence[Fichier]) -> Iterator[Manquement]:
    for piece in fichiers:
        yield from manquements(piece)


def _decrites(fichiers: Sequence[Fichier]) -> Iterator[Manquement]:
    for piece in fichiers:
        if len(piece.designation) > DESIGNATION_MAXIMUM:
            yield Manquement(
                "SBX_013",
                "pieces_jointes",
                f"La désignation de {piece.nom} dépasse {DESIGNATION_MAXIMUM} caractères "
                f"({len(piece.designation)} saisis).",
            )
        if piece.ligne is not None and not 1 <= piece.ligne <= LIGNE_MAXIMUM:
            yield Manquement(
                "SBX_013",
                "pieces_jointes",
                f"Le numéro de ligne de {piece.nom} va de 1 à 999 999 ({piece.ligne} saisi).",
            )


def _types(fichiers: Sequence[Fichier]) -> Iterator[Manquement]:
    for piece in fichiers:
        if piece.type not in TypePieceJointe.values and piece.type not in TYPES_PIECES_MUETS:
            yield Manquement(
                "SBX_014",
                "pieces_jointes",
                f"La valeur du champ « Type de la pièce jointe » n'est pas reconnue : « {piece.type[:30]} » "
                f"({piece.nom}). Types : {', '.join(TypePieceJointe.values)}.",
            )


def _ensemble(fichiers: Sequence[Fichier]) -> Iterator[Manquement]:
    if sum(piece.taille for piece in fichiers) > DOSSIER_MAXIMUM:
        yield Manquement("SBX_043", "pieces_jointes", "Le dossier dépasse 120 Mo : retirez des pièces jointes.")


def controler(nouvelles: Sequence[Fichier], toutes: Sequence[Fichier]) -> list[Manquement]:
    """What the rules say of files added to an invoice: each new one, and the weight of all."""
    return [*_chacune(nouvelles), *_decrites(nouvelles), *_types(nouvelles), *_ensemble(toutes)]


@regle("SBX_040", "SBX_041", "SBX_042", "SBX_044", resume="Chaque pièce jointe : extension, nom, 10 Mo, non vide.")
def chacune(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    yield from _chacune(depot.pieces_jointes)


@regle("SBX_013", resume="Désignation d'une pièce jointe : 100 caractères au plus ; ligne de 1 à 999 999.")
def decrites(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    yield from _decrites(depot.pieces_jointes)


@regle("SBX_014", resume="Le type d'une pièce jointe est l'un de ceux du portail.")
def types(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    yield from _types(depot.pieces_jointes)


@regle("SBX_043", resume="Le dossier de pièces jointes ne dépasse pas 120 Mo.")
def ensemble(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    yield from _ensemble(depot.pieces_jointes)
