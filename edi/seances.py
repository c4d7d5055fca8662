"""Who comes in, and what a connection may ask: SFTP alone, no shell, no command, no forwarding."""

import asyncio
import logging
from typing import Any

import asyncssh
from asyncssh.sftp import (
    FXP_CLOSE,
    FXP_FSETSTAT,
    FXP_FSTAT,
    FXP_LSTAT,
    FXP_MKDIR,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_READDIR,
    FXP_REALPATH,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_RMDIR,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_WRITE,
    SFTPServerHandler,
)
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter
from django.db import DatabaseError

from edi.base import en_base
from edi.boite import Boite, Recus
from edi.services import acces

logger = logging.getLogger(__name__)

CONNEXIONS_MAXIMUM = 120
"""For a class of sixty seats that open two each."""
PAR_ACCES = 6
ESSAIS = 6
"""Wrong passwords on one connection before it is closed."""
ATTENTE = 1.0
"""Seconds before the answer to a wrong password, doubled each time, up to eight."""
VERSION = 3
"""Of the protocol: the one that every client speaks."""


class Gestionnaire(SFTPServerHandler):
    """The protocol, without what has no meaning here; a connection that is cut leaves no file behind."""

    _extensions = [
        paire
        for paire in SFTPServerHandler._extensions
        if paire[0]
        in (b"posix-rename@openssh.com", b"fsync@openssh.com", b"limits@openssh.com", b"lsetstat@openssh.com")
    ]
    _packet_handlers = {
        cle: fonction
        for cle, fonction in SFTPServerHandler._packet_handlers.items()
        if cle
        in (
            *(FXP_OPEN, FXP_CLOSE, FXP_READ, FXP_WRITE, FXP_LSTAT, FXP_FSTAT, FXP_SETSTAT, FXP_FSETSTAT),
            *(FXP_OPENDIR, FXP_READDIR, FXP_REMOVE, FXP_MKDIR, FXP_RMDIR, FXP_REALPATH, FXP_STAT, FXP_RENAME),
            *(b"posix-rename@openssh.com", b"fsync@openssh.com", b"limits@openssh.com", b"lsetstat@openssh.com"),
        )
    }

    async def _cleanup(self, exc: Exception | None) -> None:
        # The library closes here, as if their client had, the files that it left open.
        self._server.interrompue = True  # type: ignore[attr-defined]
        await super()._cleanup(exc)


class Seance(SSHServerStreamSession):
    """A channel: the SFTP subsystem or nothing."""

    def __init__(self, porte: "Porte") -> None:
        super().__init__(None)
        self.porte = porte

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp"

    def session_started(self) -> None:
        canal: Any = self._chan
        connexion: Any = self._conn
        lecteur: Any = SSHReader(self, canal)
        redacteur: Any = SSHWriter(self, canal)
        connexion.create_task(Gestionnaire(self.porte.ouvrir(canal), lecteur, redacteur, VERSION).run())


class Etat:
    """What the connections of a server share."""

    def __init__(self) -> None:
        self.portes: set[Porte] = set()
        self.recus = Recus()


class Porte(asyncssh.SSHServer):
    """A connection, from its first byte."""

    def __init__(self, etat: Etat) -> None:
        self.etat = etat
        self.acces_id: int | None = None
        self.essais = 0
        self.boites: list[Boite] = []
        self.arrivee = asyncio.get_running_loop().time()
        self.conn: asyncssh.SSHServerConnection | None = None

    @property
    def vue(self) -> float:
        """Last time that something was asked."""
        return max((boite.vue for boite in self.boites), default=self.arrivee)

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.conn = conn
        if len(self.etat.portes) >= CONNEXIONS_MAXIMUM:
            logger.warning("SFTP : %d connexions, la suivante est refusée", CONNEXIONS_MAXIMUM)
            conn.abort()
            return
        self.etat.portes.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.etat.portes.discard(self)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        self.acces_id = await self._verifier(acces.par_mot_de_passe, username[:80], password[:200])
        if self.acces_id is None:
            self.essais += 1
            await asyncio.sleep(min(ATTENTE * 2 ** (self.essais - 1), 8 * ATTENTE))
            if self.essais >= ESSAIS and self.conn is not None:
                self.conn.abort()
            return False
        return self._place()

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self.acces_id = await self._verifier(acces.par_cle, username[:80], key.get_fingerprint())
        return self.acces_id is not None and self._place()

    async def _verifier(self, fonction: Any, *args: str) -> int | None:
        try:
            trouve: int | None = await en_base(fonction, *args)
        except DatabaseError:
            logger.exception("SFTP : connexion non vérifiée")
            return None
        return trouve

    def _place(self) -> bool:
        """Not too many of the same access at once."""
        return sum(p.acces_id == self.acces_id for p in self.etat.portes) <= PAR_ACCES

    def session_requested(self) -> Any:
        if self.conn is None or self.acces_id is None or len(self.boites) >= PAR_ACCES:
            return False
        return self.conn.create_server_channel(encoding=None), Seance(self)

    def ouvrir(self, chan: Any) -> Boite:
        assert self.acces_id is not None  # noqa: S101 -- no channel opens before the login
        boite = Boite(chan, self.acces_id, self.etat.recus)
        self.boites.append(boite)
        return boite
