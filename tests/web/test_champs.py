from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from sandbox.web.forms import DateField, FichierField, FichiersField, MontantField, SiretField


def message(champ: forms.Field, valeur: Any) -> str:
    with pytest.raises(ValidationError) as erreur:
        champ.clean(valeur)
    return " ".join(erreur.value.messages)


def test_amount() -> None:
    assert MontantField().clean("4 168,80 €") == Decimal("4168.80")
    assert MontantField(required=False).clean(" ") is None
    assert "n'est pas un montant" in message(MontantField(), "beaucoup")
    assert "2 au plus" in message(MontantField(), "1,234")
    assert MontantField(decimal_places=6).clean("1,234567") == Decimal("1.234567")


def test_amount_is_edited_without_spaces_and_given_back_as_typed() -> None:
    assert MontantField().prepare_value(Decimal("4168.8")) == "4168,80"
    assert MontantField().prepare_value(Decimal("-4168.8")) == "-4168,80"
    assert MontantField().prepare_value("4 168 euros") == "4 168 euros"


@pytest.mark.parametrize(
    "saisie", ["73282932000074", "732 829 320 00074", "732.829.320.00074", "732\u00a0829\u202f320 00074"]
)
def test_siret_is_normalised(saisie: str) -> None:
    assert SiretField().clean(saisie) == "73282932000074"


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        ("7328293200007", "vous en avez saisi 13"),
        ("7328293200007X", "ne contient que des chiffres"),
        ("732829320000٧٤", "ne contient que des chiffres"),
        ("73282932000079", "La clé de ce SIRET est fausse"),
        ("35600000000002", "La clé de ce SIRET est fausse"),
        ("", "obligatoire"),
    ],
)
def test_siret_refusals_say_what_is_wrong(saisie: str, attendu: str) -> None:
    assert attendu in message(SiretField(), saisie)


def test_siret_of_la_poste_follows_its_own_key() -> None:
    assert SiretField().clean("356 000 000 49837") == "35600000049837"


@pytest.mark.parametrize("saisie", ["07/12/2026", "7.12.2026", "7-12-2026", "7 12 2026", "2026-12-07", " 07/12/2026 "])
def test_date(saisie: str) -> None:
    assert DateField().clean(saisie) == date(2026, 12, 7)


def test_date_refusals() -> None:
    assert "n'existe pas dans le calendrier" in message(DateField(), "31/02/2026")
    assert "JJ/MM/AAAA" in message(DateField(), "hier")
    assert "JJ/MM/AAAA" in message(DateField(), "07/12/26")
    assert DateField(required=False).clean("") is None
    assert DateField().widget.format_value(date(2026, 12, 7)) == "07/12/2026"


class FichierSansLecture(SimpleUploadedFile):
    """Weighs a lot, and must not be read to be refused."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("lu avant d'être pesé")


def test_upload() -> None:
    champ = FichierField(extensions=[".pdf", ".tar.gz"], taille_max=1000)
    assert champ.clean(SimpleUploadedFile("a.PDF", b"%PDF-1.7")).name == "a.PDF"
    assert champ.clean(SimpleUploadedFile("lot.tar.gz", b"x")).name == "lot.tar.gz"
    assert "Types acceptés : .pdf, .tar.gz" in message(champ, SimpleUploadedFile("a.exe", b"MZ"))
    assert "est vide" in message(champ, SimpleUploadedFile("a.pdf", b""))
    assert "Choisissez un fichier" in message(champ, None)
    gros = FichierSansLecture("a.pdf", b"x" * 2000)
    assert "pèse 2\u00a0Ko ; le maximum est de 1\u00a0Ko" in message(champ, gros)


def test_several_uploads() -> None:
    champ = FichiersField(extensions=[".pdf"], nombre_max=2)
    pdf = SimpleUploadedFile("a.pdf", b"%PDF")
    assert champ.clean([pdf, pdf]) == [pdf, pdf]
    assert champ.clean(pdf) == [pdf]
    assert "le maximum est de 2" in message(champ, [pdf, pdf, pdf])
    assert "Choisissez un fichier" in message(champ, [])
    assert FichiersField(required=False).clean(None) == []
