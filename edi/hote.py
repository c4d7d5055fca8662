"""Key by which the server is recognised: drawn once for the installation, kept in its data directory, mode 600."""

import base64
import binascii
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import asyncssh

_NOM = "cle-hote-sftp"
ALGORITHME = "ssh-ed25519"


def _chemin(dossier: Path | None = None) -> Path:
    return (dossier or Path(settings.DATA_DIR)) / _NOM


def charger(dossier: Path | None = None) -> "asyncssh.SSHKey":
    """The key, drawn the first time. Two processes that start together get the same one."""
    import asyncssh  # noqa: PLC0415 -- slow import, of the server alone

    chemin = _chemin(dossier)
    if not chemin.exists():
        brouillon = chemin.with_name(f"{_NOM}.{os.getpid()}")
        descripteur = os.open(brouillon, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descripteur, "wb") as fichier:
            fichier.write(asyncssh.generate_private_key(ALGORITHME).export_private_key())
        try:
            os.link(brouillon, chemin)  # the first one wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            brouillon.unlink()
    cle = asyncssh.read_private_key(chemin)
    publique = chemin.with_suffix(".pub")
    if not publique.exists():
        publique.write_bytes(cle.export_public_key())
    return cle


def empreinte(dossier: Path | None = None) -> str:
    """``SHA256:…`` as a client shows it at its first connection; empty before the server's first start."""
    try:
        corps = _chemin(dossier).with_suffix(".pub").read_text().split()[1]
        condense = sha256(base64.b64decode(corps)).digest()
    except (OSError, IndexError, binascii.Error):
        return ""
    return "SHA256:" + base64.b64encode(condense).decode().rstrip("=")
