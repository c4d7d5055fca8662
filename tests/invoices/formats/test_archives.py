from __future__ import annotations

import gzip
import io
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from invoices.formats.archives import ouvrir_archive
from invoices.formats.controle import controler
from invoices.formats.erreurs import FichierIllisible


def _zip(**membres: bytes) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


def _tar(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for info, contenu in infos:
            info.size = len(contenu)
            archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


def _info(nom: str, sorte: bytes = tarfile.REGTYPE, cible: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(nom)
    info.type, info.linkname = sorte, cible
    return info


def _lien_zip() -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        info = zipfile.ZipInfo("1.xml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return sortie.getvalue()


def _zip_qui_ment() -> bytes:
    """A member announced as 10 bytes that holds a million."""
    donnees = _zip(**{"a.xml": b" " * 1_000_000})
    return donnees.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


CAS = {
    "vide": (b"", "ARCHIVE_VIDE"),
    "zip sans membre": (_zip(), "ARCHIVE_VIDE"),
    "tar sans membre": (_tar(), "ARCHIVE_VIDE"),
    "zip abîmé": (_zip(a=b"x")[:-10], "ARCHIVE_ABIMEE"),
    "tar coupé": (_tar((_info("a.xml"), b"x" * 5000))[:40], "ARCHIVE_ABIMEE"),
    "gzip sans tar": (gzip.compress(b"bonjour" * 200), "ARCHIVE_ABIMEE"),
    "zip remontant": (_zip(**{"../../etc/x.xml": b"x"}), "ARCHIVE_CHEMIN"),
    "zip absolu": (_zip(**{"/etc/x.xml": b"x"}), "ARCHIVE_CHEMIN"),
    "zip de Windows": (_zip(**{"C:\\x.xml": b"x"}), "ARCHIVE_CHEMIN"),
    "tar remontant": (_tar((_info("a/../../x.xml"), b"x")), "ARCHIVE_CHEMIN"),
    "lien zip": (_lien_zip(), "ARCHIVE_LIEN"),
    "lien symbolique": (_tar((_info("1.xml", tarfile.SYMTYPE, "/etc/passwd"), b"")), "ARCHIVE_LIEN"),
    "lien dur": (_tar((_info("1.xml", tarfile.LNKTYPE, "2.xml"), b"")), "ARCHIVE_LIEN"),
    "tube": (_tar((_info("1.xml", tarfile.FIFOTYPE), b"")), "ARCHIVE_SPECIAL"),
    "zip dans zip": (_zip(**{"lot.zip": _zip(a=b"x")}), "ARCHIVE_IMBRIQUEE"),
    "zip déguisé": (_zip(**{"facture.xml": _zip(a=b"x")}), "ARCHIVE_IMBRIQUEE"),
    "501 membres": (_zip(**{f"{n}.xml": b"x" for n in range(501)}), "ARCHIVE_NOMBRE"),
    "bombe zip": (_zip(**{"a.xml": b" " * 15_000_000}), "ARCHIVE_BOMBE"),
    "bombe tar": (_tar((_info("a.xml"), b" " * 15_000_000)), "ARCHIVE_BOMBE"),
    "membre trop gros": (_zip(**{"a.xml": b"x" * 20_000_001}), "ARCHIVE_BOMBE"),
    "table menteuse": (_zip_qui_ment(), "ARCHIVE_ABIMEE"),
}


@pytest.mark.parametrize("nom", CAS)
def test_an_unsafe_archive_is_refused_by_name_and_at_once(nom: str) -> None:
    donnees, code = CAS[nom]
    debut = time.perf_counter()
    with pytest.raises(FichierIllisible) as refus:
        ouvrir_archive(donnees)
    assert refus.value.code == code
    assert time.perf_counter() - debut < 1
    assert controler(donnees, "lot.zip").readable is False


def test_a_lot_says_what_is_wrong_in_it(page_texte: bytes, page_facturx: bytes, corpus: Path) -> None:
    cii = (corpus / "cii/own__cii-a1-nominal.xml").read_bytes()

    def codes(**membres: bytes) -> list[str]:
        controle = controler(_zip(**membres))
        assert controle.readable
        return [constat.code for constat in controle.chorus]

    assert codes(**{"1.pdf": page_facturx, "2.pdf": page_facturx}) == []
    assert codes(**{"1.pdf": page_texte}) == ["IRR_TYPE_F"]
    assert codes(**{"1.pdf": page_facturx, "2.xml": cii}) == ["IRR_TYPE"]
    assert codes(**{"1.xml": cii, "2.xml": b"<a>"}) == ["IRR_SYNTAX"]
    assert codes(**{"1.xml": cii, "lisez-moi.txt": b"x"}) == ["IRR_TYPE_F"]


def test_members_come_in_order_and_folders_do_not_count() -> None:
    attendus = {"b.xml": b"<b/>", "a/é.xml": b"<a/>"}
    assert {m.nom: m.donnees for m in ouvrir_archive(_zip(**attendus))} == attendus
    dossier = (_info("a", tarfile.DIRTYPE), b"")
    membres = ouvrir_archive(_tar(dossier, (_info("a/2.xml"), b"2"), (_info("a/1.xml"), b"1")))
    assert [(m.nom, m.donnees) for m in membres] == [("a/2.xml", b"2"), ("a/1.xml", b"1")]
