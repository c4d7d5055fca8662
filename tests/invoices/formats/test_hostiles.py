"""Hostile and damaged files: whatever the bytes, the only exception is the documented refusal, and soon."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import syntaxes
from invoices.formats import libelles
from invoices.formats.archives import court_de_base, parcourir
from invoices.formats.avertissements import avertir
from invoices.formats.chorus import controler_chorus, controler_structuree
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.schemas import ErreurSchema
from invoices.services.recevabilite import Irrecevable, lire_document

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
CII = (CORPUS / "cii/own__cii-a1-nominal.xml").read_bytes()
UBL = (CORPUS / "ubl/own__ubl-a1-nominal.xml").read_bytes()
PDF = (CORPUS / "facturx-pdf/own__facturx-good-credit-note.pdf").read_bytes()
FORMES = list(syntaxes.SYNTAXES.values())


def _soumettre(contenu: bytes, nom: str, forme: syntaxes.SyntaxeFlux) -> None:
    """Everything that reads a deposited document."""
    refus = None
    try:
        lu = lire_document(contenu, nom, forme, strict=False)
    except Irrecevable as irrecevable:
        refus = irrecevable.constats
    else:
        controler_chorus(lu.facture, aujourd_hui=date(2026, 12, 7), en_pdf=forme.en_pdf)
        avertir(lu.facture)
    assert refus is None or (refus and all(c["message"] and c["libelle"] and c["conseil"] for c in refus))


def _abimer(contenu: bytes, coups: list[tuple[float, bytes]], coupe: float) -> bytes:
    abime = bytearray(contenu[: max(1, int(len(contenu) * coupe))])
    for ou, quoi in coups:
        place = int(ou * len(abime))
        abime[place : place + len(quoi)] = quoi
    return bytes(abime)


COUPS = st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), max_size=6)
MOTS = st.sampled_from(
    [b"<", b">", b"&", b"\x00", b"&#x0;", b"&lol;", b"]]>", b"<!--", b"<?x", b"\xff\xfe", b"\xed\xa0\x80", b"-1 324,60"]
)


@settings(deadline=None, max_examples=120)
@given(coups=COUPS | st.lists(st.tuples(st.floats(0, 0.999), MOTS), max_size=6), coupe=st.floats(0.01, 1))
@pytest.mark.parametrize("contenu", [CII, UBL], ids=["cii", "ubl"])
def test_un_xml_abime(contenu: bytes, coups: list[tuple[float, bytes]], coupe: float) -> None:
    for forme in FORMES:
        _soumettre(_abimer(contenu, coups, coupe), "f.xml", forme)


@settings(deadline=None, max_examples=60)
@given(coups=COUPS, coupe=st.floats(0.01, 1))
def test_un_factur_x_abime(coups: list[tuple[float, bytes]], coupe: float) -> None:
    _soumettre(_abimer(PDF, coups, coupe), "f.pdf", syntaxes.FACTURX)


@settings(deadline=None, max_examples=100)
@given(contenu=st.binary(max_size=300), nom=st.text(max_size=40), forme=st.sampled_from(FORMES))
def test_n_importe_quoi(contenu: bytes, nom: str, forme: syntaxes.SyntaxeFlux) -> None:
    _soumettre(contenu, nom, forme)
    assert len(court_de_base(nom).encode()) <= 800


def _zip(nom: str, contenu: bytes) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(nom, contenu)
    return sortie.getvalue()


def _tar(nom: str, contenu: bytes) -> bytes:
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo(nom)
        info.size = len(contenu)
        archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


ARCHIVES = [_zip("a.xml", CII), _tar("a.xml", CII)]


@settings(deadline=None, max_examples=150)
@given(coups=COUPS, coupe=st.floats(0.01, 1))
@pytest.mark.parametrize("contenu", ARCHIVES, ids=["zip", "tar"])
def test_une_archive_abimee(contenu: bytes, coups: list[tuple[float, bytes]], coupe: float) -> None:
    code = "ARCHIVE_"
    try:
        for membre in parcourir(_abimer(contenu, coups, coupe)):
            assert len(membre.donnees) <= 20_000_000
            membre.nom.encode()
    except FichierIllisible as refus:
        code = refus.code
    assert code.startswith("ARCHIVE_")


HOSTILES = [f for f in sorted(CORPUS.rglob("own__*")) if "archive" not in f.parts]


@pytest.mark.parametrize("fichier", HOSTILES, ids=lambda f: f.name)
def test_chaque_fichier_du_corpus_finit_vite_et_par_un_mot(fichier: Path) -> None:
    debut = time.perf_counter()
    for forme in FORMES:
        _soumettre(fichier.read_bytes(), fichier.name, forme)
    assert time.perf_counter() - debut < 10


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b'<!DOCTYPE lolz [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;&l;&l;&l;&l;&l;">]><x>&m;</x>',
        b'\xef\xbb\xbf<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?><x/>',
        b'<?xml version="1.0" encoding="inconnu"?><x/>',
        b"\x00\x00\xfe\xff<x/>",
        b"<x>" * 5000,
    ],
)
def test_les_attaques_connues_sont_irrecevables(xml: bytes) -> None:
    with pytest.raises(Irrecevable):
        lire_document(xml, "f.xml", syntaxes.CII, strict=False)


def test_un_bom_et_un_latin_1_declare_se_lisent() -> None:
    latin = CII.decode().replace("UTF-8", "ISO-8859-1").encode("iso-8859-1", "xmlcharrefreplace")
    attendu = lire(CII).numero
    assert lire(b"\xef\xbb\xbf" + CII).numero == lire(latin).numero == attendu
    assert lire(CII.decode().replace("UTF-8", "UTF-16").encode("utf-16")).numero == attendu


# --- archives by name


def _entree(nom: str, contenu: bytes = CII, **champs: object) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        info = zipfile.ZipInfo(nom)
        for cle, valeur in champs.items():
            setattr(info, cle, valeur)
        archive.writestr(info, contenu)
    return sortie.getvalue()


def _creux() -> bytes:
    """A tar whose header announces a hollow file."""
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.xml")
        info.type = tarfile.GNUTYPE_SPARSE
        archive.addfile(info)
    return sortie.getvalue()


def _dossiers(nombre: int) -> bytes:
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for rang in range(nombre):
            info = tarfile.TarInfo(f"d{rang}")
            info.type = tarfile.DIRTYPE
            archive.addfile(info)
    return sortie.getvalue()


def _grosse_table() -> bytes:
    donnees = bytearray(_entree("a.xml"))
    fin = donnees.rfind(b"PK\x05\x06")
    donnees[fin + 12 : fin + 16] = (50_000_000).to_bytes(4, "little")
    return bytes(donnees)


@pytest.mark.parametrize(
    ("donnees", "code"),
    [
        (_entree("a" * 250 + ".xml"), "ARCHIVE_NOM"),
        (_tar("d/" + "a" * 250 + ".xml", CII), "ARCHIVE_NOM"),
        (_entree("a.xml", external_attr=0o020666 << 16), "ARCHIVE_SPECIAL"),
        (_creux(), "ARCHIVE_SPECIAL"),
        (_dossiers(1100), "ARCHIVE_NOMBRE"),
        (_grosse_table(), "ARCHIVE_NOMBRE"),
        (_entree("..\\a.xml"), "ARCHIVE_CHEMIN"),
    ],
    ids=["nom long, zip", "nom long, tar", "spécial", "creux", "trop de dossiers", "table énorme", "chemin"],
)
def test_une_archive_piegee_a_son_code(donnees: bytes, code: str) -> None:
    with pytest.raises(FichierIllisible) as refus:
        list(parcourir(donnees))
    assert refus.value.code == code


def test_un_nom_a_zero_octet() -> None:
    donnees = _entree("a.exeX.xml").replace(b"a.exeX.xml", b"a.exe\x00.xml")
    with pytest.raises(FichierIllisible, match="sort de l'archive"):
        list(parcourir(donnees))


# --- words of the compte rendu


@pytest.mark.parametrize(
    ("message", "dit"),
    [
        (
            "Element '{urn:x}LineTotalAmount': '-1 324,60' is not a valid value of the atomic type "
            "'{urn:y}AmountType'.",
            "cvc-datatype-valid.1.2.1: '-1 324,60' is not a valid value for 'decimal'.",
        ),
        (
            "Element '{urn:x}DateTimeString': 'x' is not a valid value of the atomic type 'xs:date'.",
            "cvc-datatype-valid.1.2.1: 'x' is not a valid value for 'date'.",
        ),
        (
            "Element '{urn:x}Doc': Missing child element(s). Expected is ( {urn:x}ID ).",
            "cvc-complex-type.2.4.b: The content of element 'Doc' is not complete. One of '{ID}' is expected.",
        ),
        (
            "Element '{urn:x}Z': This element is not expected. Expected is one of ( {urn:x}A, {urn:x}B ).",
            "cvc-complex-type.2.4.a: Invalid content was found starting with element 'Z'. One of '{A, B}' is expected.",
        ),
        (
            "Element '{urn:x}Z': This element is not expected.",
            "cvc-complex-type.2.4.d: Invalid content was found starting with element 'Z'. "
            "No child element is expected at this point.",
        ),
        (
            "Element 'Z': No matching global declaration available for the validation root.",
            "cvc-elt.1: Cannot find the declaration of element 'Z'.",
        ),
        ("Element '{urn:x}Z': autre chose.", "Element 'Z': autre chose."),
    ],
)
def test_un_ecart_au_schema_est_dit_comme_xerces(message: str, dit: str) -> None:
    assert libelles.xsd(ErreurSchema(150, 60, message)) == f"IRRECEVABILITE: {dit} - ligne: 150 - position: 60"


@pytest.mark.parametrize(
    ("message", "dit"),
    [
        ("Element 'A': 'x' is not a valid value of the atomic type 'xs:date'.", "la valeur « x » de A n'est pas"),
        ("Element 'A': Missing child element(s). Expected is ( {u}B ).", "A est incomplet : il manque B."),
        ("Element 'A': This element is not expected.", "A n'est pas à sa place."),
        ("Element 'A': This element is not expected. Expected is ( B ).", "A n'est pas à sa place, où B est attendu."),
        ("autre", "l'élément ne suit pas le schéma"),
    ],
)
def test_un_ecart_au_schema_est_dit_en_francais(message: str, dit: str) -> None:
    assert libelles.en_francais(ErreurSchema(1, 1, message)).startswith(dit)


def test_un_libelle_sans_chemin_est_le_message_sans_accent() -> None:
    assert libelles.officiel("X", "", "Élément « refusé »", ubl=False) == 'Element " refuse "'
    assert libelles.officiel("G1.02", "BT-23", "Inconnu", ubl=True) == "Inconnu (balise : ProfileID.value)"


# --- syntaxes


def test_les_noms_de_flux() -> None:
    nom = syntaxes.composer_nom(syntaxes.FACTURX, "ABC123", 7)
    assert nom == "FSO1117A_ABC123_ABC1231117000000000000007"
    lu = syntaxes.lire_nom(nom + ".tar.gz")
    assert lu is not None
    assert (lu.interface, lu.application, lu.sequence) == ("1117", "ABC123", "000000000000007")
    assert syntaxes.lire_nom("facture") is None
    assert syntaxes.syntaxe("ancienne").label == "ancienne"
    assert syntaxes.FACTURX.compte_rendu == "CSO1117A"


def test_une_syntaxe_inconnue_est_dite() -> None:
    for forme, code in ((syntaxes.NON_DETERMINEE, "IRR_TYPE"), (syntaxes.syntaxe("IN_DP_E1_XCBL"), "IRR_TYPE")):
        with pytest.raises(Irrecevable) as refus:
            lire_document(CII, "f.xml", forme, strict=False)
        assert [c["code"] for c in refus.value.constats] == [code]


def test_les_avertissements_d_un_bon_fichier() -> None:
    facture = lire(CII)
    assert avertir(facture) == ()
    assert [c.code for c in avertir(facture, mixte=True)] == ["E2"]
    assert controler_structuree(facture) == ()
