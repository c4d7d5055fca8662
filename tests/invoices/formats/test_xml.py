from __future__ import annotations

import time

import pytest

from invoices.formats.cii import FactureAEcrire, ecrire_cii
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.limites import XML_MAX
from invoices.formats.xml import Syntaxe, nom_profil, ouvrir

BOMBE = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><a>&j;</a>"
)


@pytest.mark.parametrize(
    ("donnees", "code"),
    [
        (b"", "XML_VIDE"),
        (b" \n\t ", "XML_VIDE"),
        (b"\xef\xbb\xbf", "XML_VIDE"),
        (b"\xff\xfe", "XML_VIDE"),
        (b"{}", "XML_MAL_FORME"),
        (b"<a>", "XML_MAL_FORME"),
        (b"<a/><b/>", "XML_MAL_FORME"),
        (b'<?xml version="1.0" encoding="x-inconnu"?><a/>', "XML_MAL_FORME"),
        (b"<a>" * 300 + b"</a>" * 300, "XML_MAL_FORME"),
        (b"<Autre/>", "XML_RACINE_INCONNUE"),
        (b'<Invoice xmlns="urn:autre"/>', "XML_RACINE_INCONNUE"),
        (b"<!DOCTYPE a><a/>", "XML_DOCTYPE"),
        (b"<!-- <a> --><!doctype a><a/>", "XML_DOCTYPE"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "XML_DOCTYPE"),
        (b"<!--" + b"x" * 100_000 + b"--><!DOCTYPE a><a/>", "XML_DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "XML_DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "XML_DOCTYPE"),
        (BOMBE, "XML_DOCTYPE"),
        (b" " * (XML_MAX + 1) + b"<a/>", "XML_TROP_GROS"),
    ],
    ids=lambda v: v if isinstance(v, str) else f"{v[:24]!r}…{len(v)}",
)
def test_a_document_that_cannot_be_used_is_refused_by_name_and_at_once(donnees: bytes, code: str) -> None:
    debut = time.perf_counter()
    with pytest.raises(FichierIllisible) as refus:
        ouvrir(donnees)
    assert refus.value.code == code
    assert time.perf_counter() - debut < 1


def test_doctype_inside_the_content_is_only_text(facture: FactureAEcrire) -> None:
    xml = ecrire_cii(facture).replace(b"Ramettes papier A4", b"<![CDATA[<!DOCTYPE html>]]>")
    assert ouvrir(xml).syntaxe is Syntaxe.CII


@pytest.mark.parametrize("encodage", ["utf-8", "utf-16", "iso-8859-1"])
def test_declared_encodings_are_read(facture: FactureAEcrire, encodage: str) -> None:
    texte = ecrire_cii(facture).decode().replace("encoding='UTF-8'", f"encoding='{encodage}'")
    document = ouvrir(texte.encode(encodage))
    noms = [noeud.text for noeud in document.racine.iter("{*}Name")]
    assert "Commune de Bac-à-Sable" in noms


@pytest.mark.parametrize(
    ("guide", "profil"),
    [
        ("urn:factur-x.eu:1p0:minimum", "MINIMUM"),
        ("urn:factur-x.eu:1p0:basicwl", "BASIC WL"),
        ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", "BASIC"),
        ("urn:cen.eu:en16931:2017", "EN 16931"),
        ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", "EXTENDED"),
        ("urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr", "EXTENDED-CTC-FR"),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "XRECHNUNG"),
        ("", ""),
        ("urn:autre", ""),
    ],
)
def test_the_profile_is_named(guide: str, profil: str) -> None:
    assert nom_profil(guide) == profil
