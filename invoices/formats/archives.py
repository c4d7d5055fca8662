"""Open a zip or a tar.gz within limits: everything is read from the table of members first, nothing goes to disk."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.limites import (
    ARCHIVE_MAX,
    ARCHIVE_MEMBRES_MAX,
    FICHIER_MAX,
    MO,
    RATIO_A_PARTIR_DE,
    RATIO_MAX,
    XML_MAX,
)

EXTENSIONS_ARCHIVE = (".zip", ".tar.gz", ".tgz", ".tar", ".gz", ".bz2", ".xz", ".7z", ".rar")
SIGNATURES_ARCHIVE = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!")


@dataclass(frozen=True)
class Membre:
    nom: str
    donnees: bytes


def est_archive(donnees: bytes) -> bool:
    return donnees.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"))


def ouvrir_archive(donnees: bytes) -> tuple[Membre, ...]:
    """The members, in the order of the archive; FichierIllisible when it does not open or is not safe."""
    if not donnees:
        raise FichierIllisible("ARCHIVE_VIDE", "L'archive est vide.")
    if len(donnees) > FICHIER_MAX:
        raise FichierIllisible("ARCHIVE_TROP_GROSSE", f"L'archive dépasse {FICHIER_MAX // MO} Mo.")
    membres = _ouvrir_tar(donnees) if donnees.startswith(b"\x1f\x8b") else _ouvrir_zip(donnees)
    if not membres:
        raise FichierIllisible("ARCHIVE_VIDE", "L'archive ne contient aucun fichier.")
    for membre in membres:
        if membre.nom.lower().endswith(EXTENSIONS_ARCHIVE) or membre.donnees.startswith(SIGNATURES_ARCHIVE):
            raise FichierIllisible("ARCHIVE_IMBRIQUEE", f"L'archive en contient une autre : {_court(membre.nom)}.")
    return membres


def _ouvrir_zip(donnees: bytes) -> tuple[Membre, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(donnees)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _verifier_nombre(len(infos))
            for info in infos:
                _verifier_nom(info.filename)
                if (info.external_attr >> 16) & 0o170000 == 0o120000:
                    raise _lien(info.filename)
                if info.flag_bits & 1:
                    raise FichierIllisible("ARCHIVE_CHIFFREE", "L'archive est protégée par un mot de passe.")
                _verifier_membre(info.filename, info.file_size)
            _verifier_total(sum(info.file_size for info in infos), len(donnees))
            return tuple(Membre(info.filename, _lire_membre(archive, info)) for info in infos)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as erreur:
        raise _abimee(erreur) from None


def _lire_membre(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What the table announces and no more: a lying table is an unsafe archive."""
    with archive.open(info) as flux:
        contenu = flux.read(info.file_size + 1)
    if len(contenu) > info.file_size:
        raise _bombe()
    return contenu


def _ouvrir_tar(donnees: bytes) -> tuple[Membre, ...]:
    brut = _decompresser_gzip(donnees)
    try:
        with tarfile.open(fileobj=io.BytesIO(brut), mode="r:") as archive:
            membres = []
            nombre = 0
            for info in archive:
                _verifier_nom(info.name)
                if info.issym() or info.islnk():
                    raise _lien(info.name)
                if info.isdir():
                    continue
                if not info.isfile():
                    raise FichierIllisible("ARCHIVE_SPECIAL", f"Le membre {_court(info.name)} n'est pas un fichier.")
                nombre += 1
                _verifier_nombre(nombre)
                _verifier_membre(info.name, info.size)
                flux = archive.extractfile(info)
                membres.append(Membre(info.name, flux.read() if flux else b""))
            return tuple(membres)
    except (tarfile.TarError, EOFError, OSError, ValueError) as erreur:
        raise _abimee(erreur) from None


def _decompresser_gzip(donnees: bytes) -> bytes:
    """The inflated tar, stopped as soon as it grows out of proportion."""
    maximum = min(ARCHIVE_MAX, max(RATIO_A_PARTIR_DE, RATIO_MAX * len(donnees)))
    sortie = bytearray()
    reste = donnees
    try:
        while reste:
            inflateur = zlib.decompressobj(wbits=31)
            while reste and not inflateur.eof:
                sortie += inflateur.decompress(reste, MO)
                reste = inflateur.unconsumed_tail
                if len(sortie) > maximum:
                    raise _bombe()
            if not inflateur.eof:
                raise FichierIllisible("ARCHIVE_ABIMEE", "L'archive est abîmée ou incomplète.")
            reste = inflateur.unused_data.lstrip(b"\x00")
    except zlib.error as erreur:
        raise _abimee(erreur) from None
    return bytes(sortie)


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
        raise FichierIllisible("ARCHIVE_CHEMIN", f"Le nom d'un membre sort de l'archive : {_court(nom)}.")


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
    return FichierIllisible("ARCHIVE_LIEN", f"Le membre {_court(nom)} est un lien.")


def _abimee(erreur: Exception) -> FichierIllisible:
    return FichierIllisible("ARCHIVE_ABIMEE", "L'archive est abîmée ou incomplète.", detail=str(erreur))


def _court(nom: str) -> str:
    return nom if len(nom) <= 60 else nom[:57] + "…"
