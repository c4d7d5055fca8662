"""Open a zip or a tar.gz within limits: checked before it is inflated, one member at a time, nothing on disk."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.limites import (
    ARCHIVE_MAX,
    ARCHIVE_MEMBRES_MAX,
    FICHIER_MAX,
    MO,
    NOM_MEMBRE_MAX,
    RATIO_A_PARTIR_DE,
    RATIO_MAX,
    XML_MAX,
)

EXTENSIONS_ARCHIVE = (".zip", ".tar.gz", ".tgz", ".tar", ".gz", ".bz2", ".xz", ".7z", ".rar")
TABLE_MAX = 2 * MO
"""Table of members of a zip: 500 files and their folders, long names included."""
SIGNATURES_ARCHIVE = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!")


@dataclass(frozen=True)
class Membre:
    nom: str
    donnees: bytes


def est_archive(donnees: bytes) -> bool:
    return donnees.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"))


def ouvrir_archive(donnees: bytes) -> tuple[Membre, ...]:
    """The members, in the order of the archive; FichierIllisible when it does not open or is not safe."""
    return tuple(parcourir(donnees))


def parcourir(donnees: bytes) -> Iterator[Membre]:
    """The same, one at a time: the memory used is that of the largest member, whatever the archive says it holds."""
    if not donnees:
        raise FichierIllisible("ARCHIVE_VIDE", "L'archive est vide.")
    if len(donnees) > FICHIER_MAX:
        raise FichierIllisible("ARCHIVE_TROP_GROSSE", f"L'archive dépasse {FICHIER_MAX // MO} Mo.")
    nombre = 0
    for membre in _parcourir_tar(donnees) if donnees.startswith(b"\x1f\x8b") else _parcourir_zip(donnees):
        if membre.nom.lower().endswith(EXTENSIONS_ARCHIVE) or membre.donnees.startswith(SIGNATURES_ARCHIVE):
            raise FichierIllisible("ARCHIVE_IMBRIQUEE", f"L'archive en contient une autre : {court(membre.nom)}.")
        nombre += 1
        yield membre
    if not nombre:
        raise FichierIllisible("ARCHIVE_VIDE", "L'archive ne contient aucun fichier.")


def _parcourir_zip(donnees: bytes) -> Iterator[Membre]:
    _verifier_table(donnees)
    try:
        with zipfile.ZipFile(io.BytesIO(donnees)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _verifier_nombre(len(infos))
            for info in infos:
                _verifier_nom(info.orig_filename)
                _verifier_nom(info.filename)
                _verifier_sorte_zip(info)
                if info.flag_bits & 1:
                    raise FichierIllisible("ARCHIVE_CHIFFREE", "L'archive est protégée par un mot de passe.")
                _verifier_membre(info.filename, info.file_size)
            _verifier_total(sum(info.file_size for info in infos), len(donnees))
            for info in infos:
                yield Membre(_propre(info.filename), _lire_membre(archive, info))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as erreur:
        raise _abimee(erreur) from None
    except struct.error as erreur:  # the end of the table is cut
        raise _abimee(erreur) from None


def _verifier_table(donnees: bytes) -> None:
    """The library reads the whole table of members before we can look at it: its announced size comes first."""
    fin = donnees.rfind(b"PK\x05\x06", -65_557)
    if fin >= 0 and len(donnees) >= fin + 16 and int.from_bytes(donnees[fin + 12 : fin + 16], "little") > TABLE_MAX:
        _verifier_nombre(ARCHIVE_MEMBRES_MAX + 1)


def _verifier_sorte_zip(info: zipfile.ZipInfo) -> None:
    """Unix kind of a member: a link or a device is refused, whatever its content."""
    sorte = (info.external_attr >> 16) & 0o170000
    if sorte == 0o120000:
        raise _lien(info.filename)
    if sorte not in (0, 0o100000):
        raise _special(info.filename)


def _lire_membre(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What the table announces and no more: a lying table is an unsafe archive."""
    with archive.open(info) as flux:
        contenu = flux.read(info.file_size + 1)
    if len(contenu) > info.file_size:
        raise _bombe()
    return contenu


def _parcourir_tar(donnees: bytes) -> Iterator[Membre]:
    nombre = total = 0
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Gzip(donnees), MO), mode="r|") as archive:
            for entrees, info in enumerate(archive):
                _verifier_nombre(entrees - ARCHIVE_MEMBRES_MAX)  # as many folders as files, and no more
                _verifier_nom(info.name)
                if info.issym() or info.islnk():
                    raise _lien(info.name)
                if info.isdir():
                    continue
                if not info.isfile() or info.issparse():
                    raise _special(info.name)
                nombre += 1
                total += info.size
                _verifier_nombre(nombre)
                _verifier_membre(info.name, info.size)
                if total > ARCHIVE_MAX:
                    raise _bombe()
                flux = archive.extractfile(info)
                yield Membre(_propre(info.name), flux.read() if flux else b"")
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as erreur:
        raise _abimee(erreur) from None


class _Gzip(io.RawIOBase):
    """The inflated tar, read as it goes and stopped as soon as it grows out of proportion."""

    def __init__(self, donnees: bytes) -> None:
        super().__init__()
        self.reste = donnees
        self.maximum = min(ARCHIVE_MAX, max(RATIO_A_PARTIR_DE, RATIO_MAX * len(donnees))) + MO
        self.lu = 0
        self.inflateur = zlib.decompressobj(wbits=31)

    def readable(self) -> bool:
        return True

    def readinto(self, tampon: Any) -> int:
        morceau = self._suivant(len(tampon))
        tampon[: len(morceau)] = morceau
        self.lu += len(morceau)
        if self.lu > self.maximum:
            raise _bombe()
        return len(morceau)

    def _suivant(self, taille: int) -> bytes:
        while True:
            if self.inflateur.eof:
                self.reste = self.inflateur.unused_data.lstrip(b"\x00")
                if not self.reste:
                    return b""
                self.inflateur = zlib.decompressobj(wbits=31)
            morceau = self.inflateur.decompress(self.reste, taille)
            self.reste = self.inflateur.unconsumed_tail
            if morceau:
                return morceau
            if not self.inflateur.eof and not self.reste:
                raise EOFError("gzip")


def _propre(nom: str) -> str:
    """A name that every database can hold."""
    return nom.encode("utf-8", "replace").decode("utf-8")


def _verifier_nom(nom: str) -> None:
    propre = nom.replace("\\", "/")
    morceaux = PurePosixPath(propre).parts
    if (
        not propre
        or propre.startswith("/")
        or ".." in morceaux
        or "\x00" in nom
        or (len(propre) > 1 and propre[1] == ":")
    ):
        raise FichierIllisible("ARCHIVE_CHEMIN", f"Le nom d'un membre sort de l'archive : {court(nom)}.")
    if len(propre) > NOM_MEMBRE_MAX:
        raise FichierIllisible("ARCHIVE_NOM", f"Le nom d'un membre dépasse {NOM_MEMBRE_MAX} caractères : {court(nom)}.")


def _verifier_nombre(nombre: int) -> None:
    if nombre > ARCHIVE_MEMBRES_MAX:
        raise FichierIllisible("ARCHIVE_NOMBRE", f"L'archive contient plus de {ARCHIVE_MEMBRES_MAX} fichiers.")


def _verifier_membre(nom: str, taille: int) -> None:
    if taille > (FICHIER_MAX if nom.lower().endswith(".pdf") else XML_MAX):
        raise _bombe()


def _verifier_total(total: int, compresse: int) -> None:
    if total > ARCHIVE_MAX or (total > RATIO_A_PARTIR_DE and total > RATIO_MAX * compresse):
        raise _bombe()


def _bombe() -> FichierIllisible:
    return FichierIllisible("ARCHIVE_BOMBE", "L'archive se décompresse en une taille anormale.")


def _lien(nom: str) -> FichierIllisible:
    return FichierIllisible("ARCHIVE_LIEN", f"Le membre {court(nom)} est un lien.")


def _special(nom: str) -> FichierIllisible:
    return FichierIllisible("ARCHIVE_SPECIAL", f"Le membre {court(nom)} n'est pas un fichier.")


def _abimee(erreur: Exception) -> FichierIllisible:
    return FichierIllisible("ARCHIVE_ABIMEE", "L'archive est abîmée ou incomplète.", detail=str(erreur))


def court(nom: str) -> str:
    """A name for a message: printable, bounded."""
    nom = "".join(c if c.isprintable() else "?" for c in _propre(nom))
    return nom if len(nom) <= 60 else nom[:57] + "…"


def court_de_base(nom: str) -> str:
    """Name of a deposited file without its folder, as a column keeps it: the end, which tells its type."""
    return _propre(nom.replace("\\", "/").rpartition("/")[2].replace("\x00", ""))[-NOM_MEMBRE_MAX:]
