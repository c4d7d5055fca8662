"""Files inside a request: base64, bounded before it is decoded (api.md §4, §6.3)."""

import base64
import binascii

from api.registre import MO


class PasDuBase64(ValueError):
    """Standard alphabet, maybe wrapped; anything else is refused."""


def taille(texte: str) -> int:
    """Bytes that this base64 stands for, about: known before anything is decoded."""
    return len(texte) * 3 // 4


def decoder(texte: str) -> bytes:
    """Raises ``PasDuBase64``."""
    try:
        return base64.b64decode("".join(texte.split()), validate=True)
    except (binascii.Error, ValueError) as illisible:
        raise PasDuBase64("Le contenu n'est pas du base64 : alphabet standard, sans en-tête « data: ».") from illisible


def encoder(contenu: bytes) -> str:
    return base64.b64encode(contenu).decode("ascii")


__all__ = ["MO", "PasDuBase64", "decoder", "encoder", "taille"]
