"""Queue of the small installation: messages are files of the data directory, seen whole or not at all.

Kombu's filesystem transport opens a message's file, then fills it: a worker that lists the folder in between takes
an empty file, fails to decode it and stops. Here a message appears by a rename, is taken by a rename, and one that
cannot be read is set aside instead of stopping the worker (the next tick repairs what it asked for).
"""

import logging
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

ALIAS = "fichiers"
"""Scheme of the broker's address: ``fichiers://``."""
ESSAIS = 5


class Channel(filesystem.Channel):
    """The same folders and names, with atomic messages."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        dossier = Path(self.data_folder_out)
        nom = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        cache = dossier / f".{nom}"
        cache.write_text(dumps(payload), encoding="utf-8")
        cache.replace(dossier / nom)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        dossier, fin = Path(self.data_folder_in), f"{queue}.msg"
        for nom in sorted(os.listdir(dossier)):
            if nom.startswith(".") or nom.partition(".")[2] != fin:
                continue
            pris = dossier / f".pris-{nom}"
            try:
                (dossier / nom).rename(pris)
            except FileNotFoundError:
                continue  # another worker was faster
            try:
                message = loads(pris.read_text(encoding="utf-8"))
            except ValueError:
                logger.warning("Message illisible mis de côté : %s", nom)
                pris.rename(dossier / f".illisible-{nom}")
                continue
            pris.unlink()
            return message
        raise Empty

    def get_table(self, exchange: str) -> Any:
        """Kombu writes this table in place: a reading that falls in the middle is made again."""
        for essai in range(ESSAIS):
            try:
                return super().get_table(exchange)
            except ValueError:
                if essai == ESSAIS - 1:
                    raise
                time.sleep(0.02)
        return []


class Transport(filesystem.Transport):
    Channel = Channel


def enregistrer() -> None:
    """Make ``fichiers://`` known to Kombu."""
    TRANSPORT_ALIASES[ALIAS] = "sandbox.courtier:Transport"
