"""Simulated captcha: five characters, signed, drawn here, readable by a screen reader (comptes-structures.md §2.2).

It teaches the step and stops nobody: what is drawn is also spelt out. Stateless: the characters are derived from
the signed token, so a second window or a server restart does not spoil a form being filled in.
"""

import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest

from django.core import signing
from django.utils.crypto import salted_hmac

ALPHABET = "ACDEFGHJKLMNPRTUVWXY34679"
LONGUEUR = 5
VALIDITE = 2 * 3600
_SEL = "accounts.captcha"
NOMS = {"3": "trois", "4": "quatre", "6": "six", "7": "sept", "9": "neuf"}


@dataclass(frozen=True, slots=True)
class Signe:
    """A character as drawn: its place and tilt."""

    texte: str
    x: int
    y: int
    angle: int


@dataclass(frozen=True, slots=True)
class Trait:
    x1: int
    y1: int
    x2: int
    y2: int


def _octets(jeton: str) -> bytes:
    return salted_hmac(_SEL, jeton, algorithm="sha256").digest()


def nouveau() -> str:
    """Token of a captcha, to be sent back with the answer."""
    return signing.TimestampSigner(salt=_SEL).sign(secrets.token_urlsafe(9))


def signes(jeton: str) -> str:
    """Characters that this token stands for."""
    return "".join(ALPHABET[octet % len(ALPHABET)] for octet in _octets(jeton)[:LONGUEUR])


def epelle(jeton: str) -> str:
    """« A, trois, K… » for those who do not see the drawing."""
    return ", ".join(NOMS.get(signe, signe) for signe in signes(jeton))


def dessin(jeton: str) -> list[Signe]:
    octets = _octets(jeton)[LONGUEUR : 3 * LONGUEUR]
    return [
        Signe(signe, 26 + 36 * rang, 44 + octets[2 * rang] % 9 - 4, octets[2 * rang + 1] % 31 - 15)
        for rang, signe in enumerate(signes(jeton))
    ]


def traits(jeton: str) -> list[Trait]:
    octets = hashlib.sha256(_octets(jeton)).digest()
    return [
        Trait(octets[i] % 60, octets[i + 1] % 64, 140 + octets[i + 2] % 60, octets[i + 3] % 64) for i in range(0, 12, 4)
    ]


def est_valide(jeton: str) -> bool:
    try:
        signing.TimestampSigner(salt=_SEL).unsign(jeton, max_age=VALIDITE)
    except signing.BadSignature:
        return False
    return True


def verifier(jeton: str, reponse: str) -> bool:
    """Is this the answer, whatever the case and the spaces."""
    compacte = "".join(reponse.split()).upper()
    return est_valide(jeton) and compare_digest(compacte.encode(), signes(jeton).encode())
