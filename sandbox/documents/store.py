"""Content-addressed files: the same bytes are written once, copying a cohort copies none (DESIGN « Files »)."""

import errno
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

MORCEAU = 1 << 20


PLEIN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def est_plein(erreur: OSError) -> bool:
    """Was this raised for want of room on the disk?"""
    return erreur.errno in PLEIN


class FichierAbsent(LookupError):
    """No file is stored under this digest."""


def _storage() -> Storage:
    return storages["documents"]


def chemin(empreinte: str) -> str:
    return f"{empreinte[:2]}/{empreinte[2:4]}/{empreinte}"


def store(contenu: bytes) -> str:
    """Keep these bytes; returns their SHA-256. Storing them again writes nothing.

    Raises ``OSError``, nothing left half written, when the disk is full; a file cut by a kill is written again.
    """
    empreinte = sha256(contenu).hexdigest()
    nom = chemin(empreinte)
    if not _present(nom, len(contenu)):
        _ecrire(nom, ContentFile(contenu))
    return empreinte


def _present(nom: str, taille: int) -> bool:
    """Stored in full already; what a kill has cut goes."""
    storage = _storage()
    if not storage.exists(nom):
        return False
    if storage.size(nom) == taille:
        return True
    storage.delete(nom)
    return False


def _ecrire(nom: str, fichier: File) -> None:
    try:
        _storage().save(nom, fichier)
    except OSError:
        with suppress(OSError):
            _storage().delete(nom)
        raise


def open_bytes(empreinte: str) -> bytes:
    """Bytes stored under this digest; ``FichierAbsent`` when there are none."""
    try:
        with _storage().open(chemin(empreinte)) as fichier:
            return bytes(fichier.read())
    except FileNotFoundError as absent:
        raise FichierAbsent(empreinte) from absent


def store_file(fichier: BinaryIO) -> str:
    """Keep what this file holds, read piece by piece; returns its SHA-256. Raises ``OSError`` as ``store`` does."""
    fichier.seek(0)
    calcul = sha256()
    while morceau := fichier.read(MORCEAU):
        calcul.update(morceau)
    empreinte = calcul.hexdigest()
    nom = chemin(empreinte)
    if not _present(nom, fichier.tell()):
        fichier.seek(0)
        _ecrire(nom, File(fichier))
    return empreinte


def open_file(empreinte: str) -> BinaryIO:
    """The stored file, open for reading; ``FichierAbsent`` when there is none. The caller closes it."""
    try:
        fichier: BinaryIO = _storage().open(chemin(empreinte))  # type: ignore[assignment]
    except FileNotFoundError as absent:
        raise FichierAbsent(empreinte) from absent
    return fichier


def exists(empreinte: str) -> bool:
    return _storage().exists(chemin(empreinte))


def delete(empreintes: Iterable[str]) -> int:
    """Remove files that nothing references any more."""
    nombre = 0
    for empreinte in empreintes:
        if exists(empreinte):
            _storage().delete(chemin(empreinte))
            nombre += 1
    return nombre


DERIVES = "apercus"
"""Folder of what is drawn from a stored file and can be drawn again (images of its pages)."""


def nom_derive(empreinte: str, suffixe: str) -> str:
    """Name, in the same storage, of something drawn from this file: it goes when the file's last reference goes."""
    return f"{DERIVES}/{empreinte[:2]}/{empreinte}-{suffixe}"


def purge_derives(gardes: set[str]) -> int:
    """Remove what was drawn from files that are not in ``gardes``; returns how many."""
    storage, nombre = _storage(), 0
    if not storage.exists(DERIVES):
        return 0
    for dossier in storage.listdir(DERIVES)[0]:
        for nom in storage.listdir(f"{DERIVES}/{dossier}")[1]:
            if nom.partition("-")[0] not in gardes:
                storage.delete(f"{DERIVES}/{dossier}/{nom}")
                nombre += 1
    return nombre


def listing() -> list[str]:
    """Every digest on disk."""
    storage = _storage()
    trouves: list[str] = []
    try:
        niveaux = storage.listdir("")[0]
    except FileNotFoundError:
        return []
    for un in niveaux:
        for deux in storage.listdir(un)[0]:
            trouves.extend(storage.listdir(f"{un}/{deux}")[1])
    return [nom for nom in trouves if len(nom) == 64]
