"""Signature of a PDF: present, intact or changed, of a kind that is not compared (factures.md D-16)."""

import random
from functools import partial
from io import BytesIO

import pikepdf
import pytest

from invoices.formats.pdf import examine
from invoices.formats.signature import EtatSignature, lire_signature
from tests.invoices.formats.signatures import HORODATAGE, cms, horodatage, noeud, oid, signer

INTACT, MODIFIE, ILLISIBLE = EtatSignature.INTACT, EtatSignature.MODIFIE, EtatSignature.ILLISIBLE


def lue(pdf):
    examen = examine(pdf)
    assert examen.lisible
    return examen.signature


@pytest.mark.parametrize("enveloppe", [cms, horodatage])
@pytest.mark.parametrize("enfant", [False, True])
def test_un_document_signe_et_intact(page_texte, enveloppe, enfant):
    signe = signer(page_texte, enveloppe, enfant=enfant)
    assert examine(signe).signe
    assert (lue(signe).etat, lue(signe).nombre) == (INTACT, 1)


def test_un_octet_change_ou_ajoute_se_voit(page_texte):
    signe = signer(page_texte)
    octets = bytearray(signe)
    octets[9] ^= 1  # in the comment that follows the header
    assert lue(bytes(octets)).etat == MODIFIE
    assert lue(signe + b"\n").etat == INTACT
    assert lue(signe + b"% un ajout\n").etat == MODIFIE


@pytest.mark.parametrize(
    "enveloppe",
    [
        partial(cms, attributs=False),
        partial(cms, algorithme="1.2.3.4"),
        partial(cms, sorte="1.2.840.113549.1.7.3"),
        partial(cms, contenu=noeud(0x30, oid("1.2.840.113549.1.7.1"), noeud(0xA0, noeud(0x04, b"x")))),
        partial(cms, contenu=noeud(0x30, oid(HORODATAGE))),
        lambda _: b"",
        lambda _: b"\x30",
        lambda _: b"\x30\x80\x00\x00",
        lambda _: b"\x30\x84\xff\xff\xff\xff",
        lambda _: b"\x1f\x01\x00",
        lambda _: noeud(0x31, oid("1.2.3")),
        lambda _: noeud(0x30, noeud(0x06), noeud(0xA0)),
        lambda _: noeud(0x30, noeud(0x06, b"\x80"), noeud(0xA0)),
    ],
)
def test_une_signature_d_un_autre_genre_se_dit_telle(page_texte, enveloppe):
    assert lue(signer(page_texte, enveloppe)).etat == ILLISIBLE


def test_un_condense_d_un_autre_document(page_texte):
    assert lue(signer(page_texte, lambda _: cms(b"\x00" * 32))).etat == MODIFIE


def test_une_plage_fausse(page_texte):
    for plage in ([0, 10, 5, 1], [1, 2, 3, 4], [0, 10], [0, 10, 20, 10**9], [0, 10, 20, 5]):

        def ajouter(document, plage=plage):
            valeur = pikepdf.Dictionary(ByteRange=pikepdf.Array(plage))
            champ = pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=document.make_indirect(valeur))
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[champ])

        with pikepdf.new() as document:
            ajouter(document)
            assert lire_signature(page_texte, document).etat == MODIFIE


def test_sans_signature(page_texte):
    assert lue(page_texte) is None
    with pikepdf.new() as document:
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[pikepdf.Dictionary(FT=pikepdf.Name.Tx), 3])
        assert lire_signature(page_texte, document) is None


def test_un_fichier_quelconque_ne_fait_jamais_d_erreur(page_texte):
    signe = signer(page_texte)
    hasard = random.Random(16)
    ici = signe.index(b"<3") + 1
    for _ in range(300):
        octets = bytearray(signe)
        octets[ici + hasard.randrange(600)] = hasard.choice(b"0123456789abcdef")
        with pikepdf.open(BytesIO(signe)) as document:
            assert lire_signature(bytes(octets), document).etat in EtatSignature
