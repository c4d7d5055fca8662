"""PDFs signed for tests: a CMS written by hand (nobody checks its certificate), or any other envelope."""

import hashlib
import re
from io import BytesIO

import pikepdf

PLACE = 4000
SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGNEES, _DONNEES, _DIGEST = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.4"
HORODATAGE = "1.2.840.113549.1.9.16.1.4"


def noeud(etiquette, *contenus):
    contenu = b"".join(contenus)
    taille = len(contenu)
    if taille < 128:
        return bytes([etiquette, taille]) + contenu
    octets = taille.to_bytes((taille.bit_length() + 7) // 8, "big")
    return bytes([etiquette, 0x80 | len(octets)]) + octets + contenu


def oid(texte):
    premier, second, *suite = map(int, texte.split("."))
    octets = b""
    for nombre in (premier * 40 + second, *suite):
        morceau = [nombre & 0x7F]
        while nombre := nombre >> 7:
            morceau.append(nombre & 0x7F | 0x80)
        octets += bytes(reversed(morceau))
    return noeud(0x06, octets)


def entier(n):
    return noeud(0x02, bytes([n]))


def cms(condense, *, algorithme=SHA256, attributs=True, contenu=b"", sorte=_SIGNEES):
    """SignedData whose only signer attributes the digest; ``contenu`` is put in the envelope as it is."""
    alg = noeud(0x30, oid(algorithme))
    signes = noeud(0xA0, noeud(0x30, oid(_DIGEST), noeud(0x31, noeud(0x04, condense)))) if attributs else b""
    signataire = noeud(0x30, entier(1), noeud(0x30), alg, signes, alg, noeud(0x04, b"rien"))
    encapsule = contenu or noeud(0x30, oid(_DONNEES))
    signees = noeud(0x30, entier(1), noeud(0x31, alg), encapsule, noeud(0x31, signataire))
    return noeud(0x30, oid(sorte), noeud(0xA0, signees))


def horodatage(condense):
    """What a timestamp of the document holds: its imprint instead of an attribute."""
    imprint = noeud(0x30, noeud(0x30, oid(SHA256)), noeud(0x04, condense))
    jeton = noeud(0x30, entier(1), oid("1.2.3"), imprint)
    return cms(condense, contenu=noeud(0x30, oid(HORODATAGE), noeud(0xA0, noeud(0x04, jeton))))


def signer(pdf, enveloppe=cms, *, enfant=False):
    """The same PDF with a signature field; ``enveloppe`` makes the CMS from the SHA-256 of the signed bytes."""
    sortie = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        valeur = pikepdf.Dictionary(
            Type=pikepdf.Name.Sig,
            Filter=pikepdf.Name("/Adobe.PPKLite"),
            SubFilter=pikepdf.Name("/ETSI.CAdES.detached"),
            ByteRange=pikepdf.Array([0, 1111111111, 1111111111, 1111111111]),
            Contents=pikepdf.String(b"\xff" * PLACE),
        )
        champ = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Signature", V=document.make_indirect(valeur))
        if enfant:
            champ = pikepdf.Dictionary(FT=pikepdf.Name.Sig, Kids=[pikepdf.Dictionary(V=document.make_indirect(valeur))])
        document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=[document.make_indirect(champ)])
        document.save(sortie, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    brut = sortie.getvalue()
    creux = re.search(rb"<(?:ff){%d}>" % PLACE, brut)
    plage = re.search(rb"\[ ?0 1111111111 1111111111 1111111111 ?\]", brut)
    debut, fin = creux.span()
    ecrite = f"[0 {debut} {fin} {len(brut) - fin}]".encode()
    brut = brut[: plage.start()] + ecrite.ljust(plage.end() - plage.start()) + brut[plage.end() :]
    signature = enveloppe(hashlib.sha256(brut[:debut] + brut[fin:]).digest()).hex().encode()
    assert len(signature) <= 2 * PLACE
    return brut[: debut + 1] + signature.ljust(2 * PLACE, b"0") + brut[fin - 1 :]
