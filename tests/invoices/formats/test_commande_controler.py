from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from invoices.management.commands.controler import Command


def _lancer(*arguments: str) -> str:
    sortie = io.StringIO()
    call_command(Command(), *arguments, stdout=sortie)
    return sortie.getvalue()


def test_json_uses_the_words_of_the_corpus(corpus: Path) -> None:
    chemin = corpus / "cii/own__chorus-type-751.xml"
    (resultat,) = json.loads(_lancer(str(chemin), "--json"))
    assert resultat["file"] == str(chemin)
    assert {cle: resultat[cle] for cle in ("readable", "xsd_valid", "en16931_valid", "failing_rules")} == {
        "readable": True,
        "xsd_valid": True,
        "en16931_valid": True,
        "failing_rules": [],
    }
    assert [(c["code"], c["champ"]) for c in resultat["chorus"]] == [("type", "BT-3")]


def test_a_folder_is_walked_and_a_bad_file_is_not_a_failure(corpus: Path) -> None:
    lignes = _lancer(str(corpus / "archive")).splitlines()
    assert len(lignes) == 1 + len(list((corpus / "archive").iterdir()))
    assert any("non" in ligne and "anormale" in ligne for ligne in lignes)


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"Introuvable : /absent\.xml"):
        _lancer("/absent.xml")
