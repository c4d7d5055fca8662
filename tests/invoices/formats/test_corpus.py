"""Verdicts on the public corpus: those of an independent validator."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invoices.formats.controle import controler
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
FICHIERS = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))["files"]
SURS = [f for f in FICHIERS if "ambiguous" not in f["tags"]]
JOUR = date(2026, 11, 21)


@pytest.mark.parametrize("fichier", SURS, ids=lambda f: f["file"])
def test_the_verdicts_are_those_of_the_independent_validator(fichier: dict[str, Any]) -> None:
    attendu = fichier["expected"]
    obtenu = controler(CORPUS / fichier["file"], aujourd_hui=JOUR)
    assert {
        "readable": obtenu.readable,
        "xsd_valid": obtenu.xsd_valid,
        "en16931_valid": obtenu.en16931_valid,
        "failing_rules": list(obtenu.failing_rules),
    } == {cle: attendu[cle] for cle in ("readable", "xsd_valid", "en16931_valid", "failing_rules")}
    assert bool(obtenu.erreur) is not obtenu.readable
    json.dumps(obtenu.en_dict())


@pytest.mark.parametrize("fichier", [f for f in FICHIERS if "chorus" in f["expected"]], ids=lambda f: f["file"])
def test_a_file_made_for_a_chorus_rule_gives_that_rule_alone(fichier: dict[str, Any]) -> None:
    attendu = fichier["expected"]["chorus"]
    obtenu = controler(CORPUS / fichier["file"], aujourd_hui=JOUR)
    assert [(c.code, c.champ) for c in obtenu.chorus] == [(attendu["rule"], attendu["field"])]


@pytest.mark.parametrize("fichier", [f for f in FICHIERS if "own-valid" in f["tags"]], ids=lambda f: f["file"])
def test_a_good_file_gives_no_finding(fichier: dict[str, Any]) -> None:
    assert controler(CORPUS / fichier["file"], aujourd_hui=JOUR).chorus == ()


def test_the_antivirus_sees_the_decoded_attachment() -> None:
    (fichier,) = [f for f in FICHIERS if "eicar" in f["tags"]]
    assert "IRR_ANTIVIRUS" in {c.code for c in controler(CORPUS / fichier["file"], aujourd_hui=JOUR).chorus}


@pytest.mark.parametrize(
    "fichier",
    [f for f in FICHIERS if f["expected"]["en16931_valid"] and f["expected"]["xsd_valid"]],
    ids=lambda f: f["file"],
)
def test_a_valid_invoice_is_read_whole(fichier: dict[str, Any]) -> None:
    if "cen-unit" in fichier["tags"]:
        pytest.skip("fragments of invoices")
    donnees = (CORPUS / fichier["file"]).read_bytes()
    facture = lire(examine(donnees).xml or b"" if fichier["file"].endswith(".pdf") else donnees)
    assert facture.anomalies == ()
    assert facture.numero
    assert facture.date_facture is not None
    assert facture.fournisseur.nom
    assert facture.destinataire.nom
    assert facture.montant_ht is not None
    assert facture.montant_ttc is not None
    assert facture.montant_a_payer is not None
    assert facture.lignes
    assert facture.lignes_tva
    assert facture.montant_ht + (facture.montant_tva or 0) == facture.montant_ttc
    assert all(ligne.montant_ht is not None and ligne.designation for ligne in facture.lignes)


@pytest.mark.parametrize("fichier", FICHIERS, ids=lambda f: f["file"])
def test_reading_never_fails_otherwise_than_by_name(fichier: dict[str, Any]) -> None:
    donnees = (CORPUS / fichier["file"]).read_bytes()
    with contextlib.suppress(FichierIllisible):
        assert lire(donnees).syntaxe
