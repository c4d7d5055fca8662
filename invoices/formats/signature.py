"""Signature of a PDF: is there one, and do the signed bytes still give the digest that it holds (factures.md D-16).

The signer's certificate is read by nobody here: an intact document says nothing of who signed it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from invoices.formats.erreurs import FichierIllisible

_CHAMPS_MAX = 200
_PROFONDEUR = 6
_EMPREINTES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
}
_DONNEES_SIGNEES = "1.2.840.113549.1.7.2"
_JETON_D_HORODATAGE = "1.2.840.113549.1.9.16.1.4"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_OCTETS, _OID, _SEQUENCE, _ENSEMBLE, _CONTEXTE_0 = 0x04, 0x06, 0x30, 0x31, 0xA0
_HEXADECIMAL = re.compile(rb"\s*<([0-9A-Fa-f\s]*)>\s*")


class EtatSignature(StrEnum):
    """What the page says of it, beside « certificat non contrôlé »."""

    INTACT = "INTACT"
    MODIFIE = "MODIFIE"
    ILLISIBLE = "ILLISIBLE"
    """Present, but of a kind whose signed bytes cannot be compared here."""


@dataclass(frozen=True, slots=True)
class Signature:
    etat: EtatSignature
    nombre: int


def lire_signature(data: bytes, pdf: Any) -> Signature | None:
    """Every signature field of an open PDF together; None when nothing is signed. Never raises."""
    try:
        plages = list(_plages(pdf))
    except Exception:  # a damaged form holds no signature that can be shown
        return None
    if not plages:
        return None
    lues = [_verifier(data, plage) for plage in plages]
    if EtatSignature.MODIFIE in lues or not any(_couvre_tout(data, plage) for plage in plages):
        # Bytes added after the last signature change what is shown as surely as a byte changed inside it.
        etat = EtatSignature.MODIFIE
    elif EtatSignature.ILLISIBLE in lues:
        etat = EtatSignature.ILLISIBLE
    else:
        etat = EtatSignature.INTACT
    return Signature(etat, len(lues))


def _plages(pdf: Any) -> Iterator[tuple[int, ...]]:
    formulaire = pdf.Root.get("/AcroForm")
    if formulaire is not None:
        yield from _plages_des_champs(formulaire.get("/Fields", ()), "", _PROFONDEUR)


def _plages_des_champs(champs: Any, herite: str, profondeur: int) -> Iterator[tuple[int, ...]]:
    for champ in list(champs)[:_CHAMPS_MAX]:
        sorte = str(champ.get("/FT", herite))
        if sorte == "/Sig" and "/V" in champ:
            yield tuple(int(borne) for borne in list(champ["/V"].get("/ByteRange", ()))[:5])
        elif "/Kids" in champ and profondeur:
            yield from _plages_des_champs(champ["/Kids"], sorte, profondeur - 1)


def _couvre_tout(data: bytes, plage: tuple[int, ...]) -> bool:
    return len(plage) == 4 and not data[plage[2] + plage[3] :].strip(b"\x00\r\n\t ")


def _verifier(data: bytes, plage: tuple[int, ...]) -> EtatSignature:
    """One signature: the digest of its byte ranges against the one that its CMS holds, found between them."""
    if len(plage) != 4 or min(plage) < 0 or plage[0] != 0 or plage[1] > plage[2] or plage[2] + plage[3] > len(data):
        return EtatSignature.MODIFIE
    enveloppe = _HEXADECIMAL.fullmatch(data[plage[1] : plage[2]])
    if enveloppe is None:
        return EtatSignature.MODIFIE
    chiffres = b"".join(enveloppe[1].split())
    try:
        algorithme, attendue = _empreinte_signee(bytes.fromhex(chiffres[: len(chiffres) // 2 * 2].decode()))
    except FichierIllisible:
        return EtatSignature.ILLISIBLE
    calcul = hashlib.new(algorithme, usedforsecurity=False)
    calcul.update(data[: plage[1]])
    calcul.update(data[plage[2] : plage[2] + plage[3]])
    return EtatSignature.INTACT if calcul.digest() == attendue else EtatSignature.MODIFIE


# --- CMS (RFC 5652), read in DER: only what leads to the digest


@dataclass(frozen=True, slots=True)
class _Noeud:
    etiquette: int
    contenu: bytes

    def enfants(self) -> list[_Noeud]:
        noeuds, ici = [], 0
        while ici < len(self.contenu):
            noeud, ici = _noeud(self.contenu, ici)
            noeuds.append(noeud)
        return noeuds

    def exiger(self, etiquette: int) -> _Noeud:
        if self.etiquette != etiquette:
            raise _illisible()
        return self


def _illisible() -> FichierIllisible:
    return FichierIllisible("PDF_SIGNATURE", "La signature du PDF n'est pas lisible.")


def _noeud(data: bytes, ici: int) -> tuple[_Noeud, int]:
    """The node that starts there, and where the next one does. Indefinite lengths are not DER: refused."""
    if ici + 2 > len(data) or data[ici] & 0x1F == 0x1F:
        raise _illisible()
    longueur, debut = data[ici + 1], ici + 2
    if longueur & 0x80:
        octets = longueur & 0x7F
        if not 0 < octets <= 4:
            raise _illisible()
        longueur, debut = int.from_bytes(data[debut : debut + octets]), debut + octets
    if debut + longueur > len(data):
        raise _illisible()
    return _Noeud(data[ici], data[debut : debut + longueur]), debut + longueur


def _oid(noeud: _Noeud) -> str:
    octets = noeud.exiger(_OID).contenu
    if not octets:
        raise _illisible()
    nombres, courant = [], 0
    for octet in octets:
        courant = courant << 7 | octet & 0x7F
        if not octet & 0x80:
            nombres.append(courant)
            courant = 0
    premier = min(nombres[0] // 40, 2) if nombres else 0
    return ".".join(map(str, [premier, *([nombres[0] - 40 * premier, *nombres[1:]] if nombres else [])]))


def _algorithme(noeud: _Noeud) -> str:
    enfants = noeud.exiger(_SEQUENCE).enfants()
    nom = _EMPREINTES.get(_oid(enfants[0])) if enfants else None
    if nom is None:
        raise _illisible()
    return nom


def _empreinte_signee(cms: bytes) -> tuple[str, bytes]:
    """Algorithm and digest of the signed bytes: attribute « messageDigest », or imprint of a timestamp."""
    try:
        sorte, contenu = _noeud(cms, 0)[0].exiger(_SEQUENCE).enfants()[:2]
        if _oid(sorte) != _DONNEES_SIGNEES:
            raise _illisible()
        signees = contenu.exiger(_CONTEXTE_0).enfants()[0].exiger(_SEQUENCE).enfants()
        encapsule = signees[2].exiger(_SEQUENCE).enfants()
        if _oid(encapsule[0]) == _JETON_D_HORODATAGE:
            return _empreinte_horodatee(encapsule[1])
        if len(encapsule) > 1:
            raise _illisible()  # an old kind that signs a digest of the digest
        signataire = signees[-1].exiger(_ENSEMBLE).enfants()[0].exiger(_SEQUENCE).enfants()
        algorithme = _algorithme(signataire[2])
        for attribut in signataire[3].exiger(_CONTEXTE_0).enfants():
            nom, valeurs = attribut.exiger(_SEQUENCE).enfants()[:2]
            if _oid(nom) == _MESSAGE_DIGEST:
                return algorithme, valeurs.exiger(_ENSEMBLE).enfants()[0].exiger(_OCTETS).contenu
    except (IndexError, ValueError) as erreur:
        raise _illisible() from erreur
    raise _illisible()


def _empreinte_horodatee(contenu: _Noeud) -> tuple[str, bytes]:
    jeton = _noeud(contenu.exiger(_CONTEXTE_0).enfants()[0].exiger(_OCTETS).contenu, 0)[0]
    imprint = jeton.exiger(_SEQUENCE).enfants()[2].exiger(_SEQUENCE).enfants()
    return _algorithme(imprint[0]), imprint[1].exiger(_OCTETS).contenu
