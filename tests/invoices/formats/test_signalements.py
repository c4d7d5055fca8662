"""What is seen in an attachment without opening it, and that nothing else than words comes out."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.formats.exemples import pdf_chiffre
from invoices.formats.signalements import EICAR, LONGUEUR, signaler


def _zip(**membres: bytes) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


def _pdf_piege(page: bytes) -> bytes:
    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(page)) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.AA = pikepdf.Dictionary(WC=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))
        pdf.attachments["outil.EXE"] = b"MZ"
        pdf.save(sortie)
    return sortie.getvalue()


@pytest.mark.parametrize(
    ("nom", "contenu", "dit"),
    [
        ("virus.txt", b"X5O!" + EICAR, "Signature du fichier d'essai antivirus"),
        ("bon.pdf", b"MZ\x90", "Contient un programme Windows"),
        ("bon.pdf", b"MZ\x90", "Le contenu n'est pas celui d'un fichier .pdf"),
        ("outil.exe", b"", "Fichier exécutable (.exe)"),
        ("a", b"\x7fELF", "Contient un programme Linux"),
        ("a.sh", b"#!/bin/sh", "Contient un script"),
        ("lot.zip", _zip(**{"x/y/outil.exe": b"MZ"}), "Programme dans l'archive : outil.exe"),
        ("note.docx", _zip(**{"word/vbaProject.bin": b"x"}), "Macros dans le document"),
        ("note.zip", b"PK\x03\x04abime", "Archive abîmée"),
        ("note.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "Macros"),
        ("dessin.svg", b"<svg onload='x()'/>", "Script dans la page"),
        ("page.html", b"<SCRIPT>", "Script dans la page"),
        ("donnees.xml", b"<!DOCTYPE x>", "Déclaration DOCTYPE"),
        ("casse.pdf", b"%PDF-1.7", "PDF abîmé"),
    ],
)
def test_ce_qui_est_vu(nom: str, contenu: bytes, dit: str) -> None:
    assert dit in signaler(nom, contenu)


@pytest.mark.parametrize(
    ("nom", "contenu"),
    [
        ("bon.txt", b"bon de livraison"),
        ("note.zip", _zip(**{"note.txt": b"x"})),
        ("note.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("dessin.svg", b"<svg/>"),
        ("sans-extension", b""),
        ("image.png", b"\x89PNG\r\n"),
    ],
)
def test_ce_qui_n_a_rien(nom: str, contenu: bytes) -> None:
    assert signaler(nom, contenu) == ""


def test_un_pdf(page_texte: bytes) -> None:
    assert signaler("facture.pdf", page_texte) == ""
    assert signaler("facture.pdf", pdf_chiffre(page_texte)) == "PDF protégé par un mot de passe"
    dit = signaler("facture.pdf", _pdf_piege(page_texte))
    assert "JavaScript dans le PDF" in dit
    assert "lancer un programme" in dit
    assert "outil.EXE" in dit


def test_une_archive_chiffree_se_voit_a_sa_table() -> None:
    donnees = bytearray(_zip(a=b"x"))
    table = donnees.rfind(b"PK\x01\x02")
    donnees[table + 8] |= 1
    assert "mot de passe" in signaler("a.zip", bytes(donnees))


@settings(deadline=None, max_examples=150)
@given(
    nom=st.text(max_size=60),
    debut=st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"MZ", b"<svg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    suite=st.binary(max_size=400),
)
def test_jamais_d_exception_ni_de_texte_trop_long(nom: str, debut: bytes, suite: bytes) -> None:
    assert len(signaler(nom, debut + suite)) <= LONGUEUR
