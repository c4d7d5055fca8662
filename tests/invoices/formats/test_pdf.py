from __future__ import annotations

import io
import time
import zlib
from pathlib import Path

import pikepdf
import pytest

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.exemples import pdf_chiffre
from invoices.formats.pdf import examine, lire_pieces
from invoices.formats.pdfium import png_de_page


def _avec(pdf: bytes, modifier) -> bytes:  # type: ignore[no-untyped-def]
    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        modifier(document)
        document.save(sortie)
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("donnees", "code"),
    [
        (b"", "PDF_VIDE"),
        (b"%PDF-1.7\n", "PDF_ABIME"),
        (b"GIF89a" * 100, "PDF_INCONNU"),
        (b"\x00" * 5000, "PDF_INCONNU"),
    ],
)
def test_what_is_no_pdf_is_named(donnees: bytes, code: str) -> None:
    examen = examine(donnees)
    assert not examen.lisible
    assert examen.erreur is not None
    assert examen.erreur.code == code
    with pytest.raises(FichierIllisible):
        examen.exiger()


def test_a_plain_pdf(page_texte: bytes) -> None:
    examen = examine(page_texte)
    assert (examen.lisible, examen.pages, examen.nom_facturx, examen.xml) == (True, 1, None, None)
    assert examen.anomalies == ()


def test_a_password_is_told_apart_from_damage(page_texte: bytes) -> None:
    examen = examine(pdf_chiffre(page_texte))
    assert (examen.lisible, examen.chiffre) == (False, True)
    assert examen.erreur is not None
    assert examen.erreur.code == "PDF_MOT_DE_PASSE"


def test_an_owner_password_opens_and_is_reported(page_texte: bytes) -> None:
    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(page_texte)) as document:
        document.save(sortie, encryption=pikepdf.Encryption(owner="x", user=""))
    examen = examine(sortie.getvalue())
    assert (examen.lisible, examen.chiffre, examen.mot_de_passe_proprietaire) == (True, False, True)
    assert [a.code for a in examen.anomalies] == ["PDF_CHIFFRE"]


def test_no_page_is_not_readable(page_texte: bytes) -> None:
    def vider(document: pikepdf.Pdf) -> None:
        del document.pages[0]

    examen = examine(_avec(page_texte, vider))
    assert examen.erreur is not None
    assert examen.erreur.code == "PDF_SANS_PAGE"


def test_a_factur_x_gives_its_xml(page_facturx: bytes) -> None:
    examen = examine(page_facturx)
    assert (examen.nom_facturx, examen.relation, examen.pdfa, examen.niveau_xmp) == (
        "factur-x.xml",
        "Data",
        "3B",
        "EN 16931",
    )
    assert examen.anomalies == ()
    assert examen.xml is not None
    assert b"CrossIndustryInvoice" in examen.xml


@pytest.mark.parametrize(
    ("action", "champ"),
    [
        ({"/S": pikepdf.Name.JavaScript, "/JS": "app.alert(1)"}, "javascript"),
        ({"/S": pikepdf.Name.Launch, "/F": "x.exe"}, "lancement"),
    ],
)
def test_actions_are_seen_behind_another_one(page_texte: bytes, action: dict[str, object], champ: str) -> None:
    def agir(document: pikepdf.Pdf) -> None:
        document.pages[0].obj["/AA"] = pikepdf.Dictionary(
            {"/O": {"/S": pikepdf.Name.GoTo, "/Next": pikepdf.Array([pikepdf.Dictionary(action)])}}
        )

    assert getattr(examine(_avec(page_texte, agir)), champ) is True


def test_an_executable_attachment_is_seen(page_texte: bytes) -> None:
    def joindre(document: pikepdf.Pdf) -> None:
        document.attachments["notes.txt"] = b"bonjour"
        document.attachments["facture.EXE"] = b"MZ"

    pdf = _avec(page_texte, joindre)
    assert examine(pdf).pieces_executables == ("facture.EXE",)
    assert lire_pieces(pdf) == {"notes.txt": b"bonjour", "facture.EXE": b"MZ"}


def test_a_signed_form_is_seen(page_texte: bytes) -> None:
    def signer(document: pikepdf.Pdf) -> None:
        document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())

    assert examine(_avec(page_texte, signer)).signe
    assert not examine(page_texte).signe


@pytest.mark.parametrize("tours", [1, 2, 3])
def test_an_attachment_that_inflates_too_much_is_not_inflated(page_facturx: bytes, tours: int) -> None:
    def gonfler(document: pikepdf.Pdf) -> None:
        contenu = b" " * 60_000_000
        for _ in range(tours):
            contenu = zlib.compress(contenu)
        flux = document.attachments["factur-x.xml"].get_file().obj
        flux.write(contenu, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * tours))

    pdf = _avec(page_facturx, gonfler)
    debut = time.perf_counter()
    examen = examine(pdf)
    assert time.perf_counter() - debut < 1
    assert examen.xml is None
    assert examen.erreur_xml is not None
    assert examen.erreur_xml.code == "PDF_FLUX_TROP_GROS"


@pytest.mark.parametrize("filtre", ["ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "LZWDecode"])
def test_other_filters_are_bounded_by_what_they_can_give(page_facturx: bytes, filtre: str) -> None:
    """A small stream is read, one that could grow out of reach after a first inflation is not."""

    def remplacer(document: pikepdf.Pdf) -> None:
        flux = document.attachments["factur-x.xml"].get_file().obj
        flux.write(
            zlib.compress(b"0" * 19_000_000),
            filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name("/" + filtre)]),
        )

    examen = examine(_avec(page_facturx, remplacer))
    assert examen.erreur_xml is not None or len(examen.xml or b"") <= 20_000_000


def test_a_hexadecimal_attachment_is_read(page_facturx: bytes) -> None:
    def remplacer(document: pikepdf.Pdf) -> None:
        flux = document.attachments["factur-x.xml"].get_file().obj
        flux.write(b"<a/>".hex().encode() + b">", filter=pikepdf.Name.ASCIIHexDecode)

    assert examine(_avec(page_facturx, remplacer)).xml == b"<a/>"


def test_object_streams_that_inflate_too_much_are_refused_before_opening() -> None:
    contenu = zlib.compress(b" " * 80_000_000)
    bombe = b"%%PDF-1.5\n1 0 obj << /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(
        contenu
    )
    examen = examine(bombe + contenu + b"\nendstream endobj\ntrailer << /Root 2 0 R >>\n%%EOF")
    assert examen.erreur is not None
    assert examen.erreur.code == "PDF_BOMBE"


def test_truncated_at_any_place_never_raises(page_facturx: bytes) -> None:
    for part in range(1, 20):
        examen = examine(page_facturx[: len(page_facturx) * part // 20])
        assert examen.lisible is (examen.erreur is None)


def test_bytes_overwritten_never_raise(page_facturx: bytes) -> None:
    for debut in range(0, len(page_facturx), len(page_facturx) // 25):
        abime = bytearray(page_facturx)
        abime[debut : debut + 60] = b"\xff" * len(abime[debut : debut + 60])
        examen = examine(bytes(abime))
        assert examen.lisible is (examen.erreur is None)


def test_a_page_can_be_shown(page_texte: bytes, corpus: Path) -> None:
    assert png_de_page(page_texte, 1, 300).startswith(b"\x89PNG")
    with pytest.raises(FichierIllisible):
        png_de_page(page_texte, 2)
    with pytest.raises(FichierIllisible):
        png_de_page((corpus / "plain-pdf/own__header-only.pdf").read_bytes())
