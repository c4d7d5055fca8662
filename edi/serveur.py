"""The SFTP server: its own process, started by ``manage.py sftp`` or by the launcher (flux-edi.md §4)."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncssh
from django.db import DatabaseError

from edi import hote
from edi.base import en_base
from edi.seances import Etat, Porte
from edi.services import presence

logger = logging.getLogger(__name__)

INACTIVITE = 600.0
"""Seconds without a request after which a connection is closed."""
ENTREE = 30
"""Seconds to log in."""
TOUR = 5.0


@asynccontextmanager
async def ouvrir(
    adresse: str, port: int, *, ecoute: socket.socket | None = None, inactivite: float = INACTIVITE
) -> AsyncIterator[int]:
    """A server that answers until the block ends; gives its port. ``ecoute``: a socket that listens already."""
    etat = Etat()
    cle = hote.charger()
    ou = {"sock": ecoute} if ecoute is not None else {"host": adresse, "port": port}
    serveur = await asyncssh.listen(
        **ou,
        server_factory=lambda: Porte(etat),
        server_host_keys=[cle],
        server_version="bac-a-sable",
        encoding=None,
        login_timeout=ENTREE,
        keepalive_interval=60,
        keepalive_count_max=3,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        allow_scp=False,
        kbdint_auth=False,
        gss_host=None,
        compression_algs=None,
        config=None,
    )
    ouvert = serveur.get_port()
    gardien = asyncio.create_task(_garder(etat, ouvert, inactivite))
    try:
        yield ouvert
    finally:
        gardien.cancel()
        with suppress(asyncio.CancelledError):
            await gardien
        serveur.close()
        for porte in list(etat.portes):
            if porte.conn is not None:
                porte.conn.abort()
        await serveur.wait_closed()
        with suppress(DatabaseError):
            await en_base(presence.cesser, ouvert)


async def _garder(etat: Etat, port: int, inactivite: float) -> None:
    """Say that the server lives; close what sleeps."""
    while True:
        try:
            await en_base(presence.battre, port)
        except DatabaseError:
            logger.warning("SFTP : signe de vie non écrit", exc_info=True)
        maintenant = asyncio.get_running_loop().time()
        for porte in list(etat.portes):
            if maintenant - porte.vue > inactivite and porte.conn is not None:
                porte.conn.abort()
        await asyncio.sleep(min(TOUR, inactivite))


async def _servir(adresse: str, port: int, ecoute: socket.socket | None, pret: Callable[[int], None]) -> None:
    arret = asyncio.Event()
    boucle = asyncio.get_running_loop()
    for signe in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(signe, arret.set)
    async with ouvrir(adresse, port, ecoute=ecoute) as ouvert:
        pret(ouvert)
        await arret.wait()


def servir(
    adresse: str, port: int, *, ecoute: socket.socket | None = None, pret: Callable[[int], None] = lambda _: None
) -> None:
    """Serve until SIGTERM or SIGINT; ``pret`` is told the port. Raises ``OSError`` when it is taken."""
    asyncssh.set_log_level(logging.WARNING)
    asyncio.run(_servir(adresse, port, ecoute, pret))
