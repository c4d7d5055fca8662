"""The two folders that a partner sees: ``in`` takes new files, ``out`` gives those that wait. Nothing else exists.

No path reaches the disk: names are looked up in the database, uploads go to a file without a name. What is checked is
the three versions of the world (sftp, database, disk) at once; the services below say what it means.
"""

import asyncio
import logging
import posixpath
import stat
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import asyncssh
from asyncssh import SFTPAttrs, SFTPName
from django.conf import settings

from edi import queries, rules
from edi.base import en_base
from edi.models import AccesSftp
from edi.services import acces, comptes_rendus, reception, sortants
from sandbox import clock
from sandbox.documents import store

logger = logging.getLogger(__name__)
R = TypeVar("R")
ENTREE, SORTIE = "in", "out"
SEANCE_MAXIMUM = 2 * reception.TAILLE_MAXIMUM
"""Bytes under way for one connection, files not renamed yet included."""
OUVERTS_MAXIMUM = 16
_DOSSIER, _DEPOT, _RELEVE = stat.S_IFDIR | 0o550, stat.S_IFREG | 0o200, stat.S_IFREG | 0o440
FERME = "Accès fermé : la session a été remise à zéro, ou le raccordement n'est plus actif."


@dataclass(slots=True, eq=False)
class Envoi:
    """A file on its way in."""

    nom: str
    fichier: IO[bytes]
    taille: int = 0
    refuse: str = ""
    """Why nothing will be kept of it."""

    def jeter(self) -> None:
        self.fichier.close()


@dataclass(slots=True, eq=False)
class Lecture:
    """A file on its way out."""

    fichier: IO[bytes]
    taille: int


@dataclass(slots=True, eq=False)
class Recus:
    """What the connections of one access are sending now: its ``in`` shows it to each of them."""

    par_acces: dict[int, dict[int, Envoi]] = field(default_factory=dict)

    def ajouter(self, acces_id: int, envoi: Envoi) -> None:
        self.par_acces.setdefault(acces_id, {})[id(envoi)] = envoi

    def retirer(self, acces_id: int, envoi: Envoi) -> None:
        envois = self.par_acces.get(acces_id, {})
        envois.pop(id(envoi), None)
        if not envois:
            self.par_acces.pop(acces_id, None)

    def de(self, acces_id: int) -> list[Envoi]:
        return list(self.par_acces.get(acces_id, {}).values())


def lire_chemin(chemin: bytes) -> tuple[str, str]:
    """(folder, name) of a path, both empty for the root. Raises ``SFTPNoSuchFile``."""
    propre = posixpath.normpath(posixpath.join("/", chemin.decode("utf-8", "replace"))).strip("/")
    dossier, _, nom = propre.partition("/")
    if propre and (dossier not in (ENTREE, SORTIE) or "/" in nom or "\x00" in nom):
        raise asyncssh.SFTPNoSuchFile(f"Il n'y a ici que /{ENTREE} et /{SORTIE}.")
    return dossier, nom


def _attributs(mode: int, taille: int = 0, instant: float = 0) -> SFTPAttrs:
    moment = int(instant or clock.real_now().timestamp())
    return SFTPAttrs(size=taille, permissions=mode, uid=0, gid=0, nlink=1, atime=moment, mtime=moment)


class Boite(asyncssh.SFTPServer):
    """The files of one connection."""

    def __init__(self, chan: asyncssh.SSHServerChannel, acces_id: int, recus: Recus) -> None:
        super().__init__(chan)
        self.acces_id, self.recus = acces_id, recus
        self.vue = asyncio.get_running_loop().time()
        """Last request, for the connection that sleeps."""
        self.envois: set[Envoi] = set()
        self.lectures: set[Lecture] = set()
        self.provisoires: dict[str, Envoi] = {}
        self.deposes: dict[str, int] = {}
        """Complete files of this connection and their size: clients look back at what they sent."""
        self.interrompue = False

    # --- the database

    async def _monde(self, fonction: Callable[[AccesSftp], R]) -> R:
        def faire() -> R:
            with acces.monde(self.acces_id) as ouvert:
                return fonction(ouvert)

        self.vue = asyncio.get_running_loop().time()
        try:
            return await en_base(faire)
        except acces.AccesFerme:
            raise asyncssh.SFTPPermissionDenied(FERME) from None
        except (reception.DepotImpossible, asyncssh.SFTPError):
            raise
        except Exception as erreur:  # told to the journal, never to the partner
            logger.exception("SFTP : incident")
            raise asyncssh.SFTPFailure("Le serveur n'a pas pu répondre : prévenez votre formateur.") from erreur

    async def _attendus(self) -> dict[str, SFTPAttrs]:
        """Files of ``out``."""

        def lire(ouvert: AccesSftp) -> dict[str, SFTPAttrs]:
            comptes_rendus.rattraper(ouvert.fiche)
            lignes = queries.en_attente(ouvert.fiche).values_list("nom", "taille", "cree_le")
            return {
                nom: _attributs(_RELEVE, taille, cree_le.timestamp())
                for nom, taille, cree_le in lignes[: sortants.LISTE_MAXIMUM]
            }

        return await self._monde(lire)

    async def _arrives(self) -> dict[str, SFTPAttrs]:
        """Files of ``in``: on their way, then received and not treated yet."""
        traites = await self._monde(lambda ouvert: queries.recus(ouvert.fiche, en_cours=True))
        tailles = {recu.nom: recu.taille for recu in traites}
        tailles |= {envoi.nom: envoi.taille for envoi in self.recus.de(self.acces_id)}
        return {nom: _attributs(_DEPOT, taille) for nom, taille in tailles.items()}

    # --- looking

    def realpath(self, path: bytes) -> bytes:
        return posixpath.normpath(posixpath.join(b"/", path))

    async def stat(self, path: bytes) -> SFTPAttrs:
        dossier, nom = lire_chemin(path)
        if not nom:
            return _attributs(_DOSSIER)
        if dossier == ENTREE and nom in self.deposes:
            return _attributs(_DEPOT, self.deposes[nom])
        trouves = await (self._arrives() if dossier == ENTREE else self._attendus())
        if nom not in trouves:
            raise asyncssh.SFTPNoSuchFile(f"Pas de fichier {nom} dans /{dossier}.")
        return trouves[nom]

    lstat = stat

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        assert isinstance(file_obj, Envoi | Lecture)  # noqa: S101 -- the only handles given
        return _attributs(_DEPOT if isinstance(file_obj, Envoi) else _RELEVE, file_obj.taille)

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        dossier, nom = lire_chemin(path)
        if nom:
            raise asyncssh.SFTPNoSuchFile(f"/{dossier}/{nom} n'est pas un dossier.")
        for point in (b".", b".."):
            yield SFTPName(point, attrs=_attributs(_DOSSIER))
        if not dossier:
            contenu = dict.fromkeys((ENTREE, SORTIE), _attributs(_DOSSIER))
        else:
            contenu = await (self._arrives() if dossier == ENTREE else self._attendus())
        for nom, attributs in contenu.items():
            yield SFTPName(nom.encode(), attrs=attributs)

    # --- opening, reading, writing

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        dossier, nom = lire_chemin(path)
        if not nom:
            raise asyncssh.SFTPPermissionDenied("Un dossier ne s'ouvre pas comme un fichier.")
        if len(self.envois) + len(self.lectures) >= OUVERTS_MAXIMUM:
            raise asyncssh.SFTPFailure(f"{OUVERTS_MAXIMUM} fichiers ouverts à la fois au plus.")
        ecrit = bool(pflags & asyncssh.FXF_WRITE)
        if dossier == SORTIE:
            if ecrit or pflags & asyncssh.FXF_CREAT:
                raise asyncssh.SFTPPermissionDenied(f"/{SORTIE} se lit et se relève ; déposez dans /{ENTREE}.")
            return await self._ouvrir_sortant(nom)
        if not ecrit:
            raise asyncssh.SFTPPermissionDenied(f"/{ENTREE} ne se relit pas : ce qui y est complet est déjà reçu.")
        if pflags & asyncssh.FXF_APPEND or not pflags & asyncssh.FXF_CREAT:
            raise asyncssh.SFTPPermissionDenied("Un envoi ne se reprend pas : déposez le fichier entier.")
        await self._monde(lambda ouvert: None)  # closed, or reset: said before the bytes are sent
        return self._commencer(nom)

    async def _ouvrir_sortant(self, nom: str) -> Lecture:
        def ouvrir(ouvert: AccesSftp) -> Lecture:
            fichier = queries.en_attente(ouvert.fiche).filter(nom=nom).first()
            if fichier is None:
                raise asyncssh.SFTPNoSuchFile(f"Pas de fichier {nom} dans /{SORTIE}.")
            return Lecture(store.open_file(fichier.empreinte), fichier.taille)

        lecture = await self._monde(ouvrir)
        self.lectures.add(lecture)
        return lecture

    def _commencer(self, nom: str) -> Envoi:
        dossier = Path(settings.DATA_DIR) / "sftp"
        dossier.mkdir(mode=0o700, exist_ok=True)
        # Without a name: the system takes it back whatever happens to us.
        envoi = Envoi(nom, tempfile.TemporaryFile(dir=dossier))  # noqa: SIM115 -- closed with the upload
        self._oublier(nom)
        self.envois.add(envoi)
        self.recus.ajouter(self.acces_id, envoi)
        return envoi

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if not isinstance(file_obj, Lecture):
            raise asyncssh.SFTPPermissionDenied(f"/{ENTREE} ne se relit pas.")
        self.vue = asyncio.get_running_loop().time()
        file_obj.fichier.seek(offset)
        return file_obj.fichier.read(size)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if not isinstance(file_obj, Envoi):
            raise asyncssh.SFTPPermissionDenied(f"/{SORTIE} ne s'écrit pas.")
        self.vue = asyncio.get_running_loop().time()
        fin = max(file_obj.taille, offset + len(data))
        if fin > reception.TAILLE_MAXIMUM:
            file_obj.refuse = f"Un flux pèse au plus {reception.TAILLE_MAXIMUM // 1_000_000} Mo : partagez-le en lots."
        elif self._poids() - file_obj.taille + fin > SEANCE_MAXIMUM:
            file_obj.refuse = "Trop de fichiers en cours d'envoi : terminez-en un d'abord."
        if file_obj.refuse:
            raise asyncssh.SFTPFailure(file_obj.refuse)
        file_obj.fichier.seek(offset)
        try:
            file_obj.fichier.write(data)
        except OSError as erreur:
            file_obj.refuse = "Le serveur n'a plus de place : prévenez votre formateur."
            raise asyncssh.SFTPFailure(file_obj.refuse) from erreur
        file_obj.taille = fin
        return len(data)

    def _poids(self) -> int:
        return sum(e.taille for e in (*self.envois, *self.provisoires.values()))

    async def close(self, file_obj: object) -> None:
        if isinstance(file_obj, Lecture):
            self.lectures.discard(file_obj)
            file_obj.fichier.close()
            return
        assert isinstance(file_obj, Envoi)  # noqa: S101 -- the only other handle given
        self.envois.discard(file_obj)
        if self.interrompue or file_obj.refuse:
            self._jeter(file_obj)
            if file_obj.refuse and not self.interrompue:
                raise asyncssh.SFTPFailure(file_obj.refuse)
        elif rules.est_provisoire(file_obj.nom):
            self._oublier(file_obj.nom)
            self.provisoires[file_obj.nom] = file_obj
        else:
            await self._deposer(file_obj, file_obj.nom)

    async def _deposer(self, envoi: Envoi, nom: str) -> None:
        """Complete: from now on it is a flow, or the client knows why not."""

        def recevoir(ouvert: AccesSftp) -> None:
            envoi.fichier.seek(0)
            reception.recevoir(ouvert, nom, envoi.fichier.read())

        try:
            await self._monde(recevoir)
        except reception.DepotImpossible as impossible:
            raise asyncssh.SFTPFailure(str(impossible)) from impossible
        finally:
            self._jeter(envoi)
        self.deposes[nom] = envoi.taille

    def _jeter(self, envoi: Envoi) -> None:
        envoi.jeter()
        self.recus.retirer(self.acces_id, envoi)

    def _oublier(self, nom: str) -> bool:
        """Drop a complete upload that waits for its name; False when there is none."""
        envoi = self.provisoires.pop(nom, None)
        if envoi is not None:
            self._jeter(envoi)
        return envoi is not None

    # --- names

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        (avant, nom), (apres, nouveau) = lire_chemin(oldpath), lire_chemin(newpath)
        if avant != ENTREE or apres != ENTREE or not nouveau:
            raise asyncssh.SFTPPermissionDenied(f"Seul un envoi de /{ENTREE} se renomme.")
        envoi = self.provisoires.pop(nom, None)
        if envoi is None:
            raise asyncssh.SFTPNoSuchFile(f"{nom} n'est pas un envoi en attente de son nom.")
        if rules.est_provisoire(nouveau):
            self._oublier(nouveau)
            envoi.nom = nouveau
            self.provisoires[nouveau] = envoi
        else:
            await self._deposer(envoi, nouveau)

    posix_rename = rename

    async def remove(self, path: bytes) -> None:
        dossier, nom = lire_chemin(path)
        if dossier == SORTIE and nom:
            if not await self._monde(lambda ouvert: sortants.relever(ouvert.fiche, nom)):
                raise asyncssh.SFTPNoSuchFile(f"Pas de fichier {nom} dans /{SORTIE}.")
        elif dossier == ENTREE and self._oublier(nom):
            return
        elif dossier == ENTREE and nom not in await self._arrives():
            raise asyncssh.SFTPNoSuchFile(f"Pas de fichier {nom} dans /{ENTREE}.")
        else:
            raise asyncssh.SFTPPermissionDenied("Ce qui est reçu ne se supprime pas.")

    # --- what clients ask, and what does not exist here

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Dates and rights are the portal's: a client that sets them is not stopped."""
        await self.stat(path)

    lsetstat = setstat

    async def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        if isinstance(file_obj, Envoi) and attrs.size is not None and attrs.size < file_obj.taille:
            file_obj.fichier.truncate(attrs.size)
            file_obj.taille = attrs.size

    async def fsync(self, file_obj: object) -> None:
        """A file is kept when it is closed."""

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        raise asyncssh.SFTPPermissionDenied(f"Il n'y a ici que /{ENTREE} et /{SORTIE}.")

    def rmdir(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied(f"/{ENTREE} et /{SORTIE} restent.")

    def exit(self) -> None:
        for envoi in (*self.envois, *self.provisoires.values()):
            self._jeter(envoi)
        for lecture in self.lectures:
            lecture.fichier.close()
        self.envois.clear()
        self.provisoires.clear()
        self.lectures.clear()
