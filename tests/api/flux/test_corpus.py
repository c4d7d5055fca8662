"""The public corpus through deposer/flux: each file ends in the state that its verdict implies (api.md A-08, A-09).

E1: a file that cannot be read, or that deviates from the schema, is a technical error. Factur-X: only what cannot be
read is. What is readable is integrated, or refused by the very rules of Chorus Pro, invoice by invoice.
"""

import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from invoices.formats import archives
from invoices.formats.chorus import controler_chorus, controler_structuree
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine
from tests.api.flux.conftest import JOUR

pytestmark = pytest.mark.lent

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
AIFE = os.environ.get("CORPUS_AIFE", "")
"""Folder of AIFE's sample flows FSO1116A and FSO1117A: no licence is stated, so they are not kept here."""
FICHIERS = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))["files"]
SYNTAXES = {
    "cii": "IN_DP_E1_CII_16B",
    "ubl": "IN_DP_E1_UBL_INVOICE",
    "facturx-pdf": "IN_DP_E2_CII_FACTURX",
    "plain-pdf": "IN_DP_E2_CII_FACTURX",
}
VIDES = {"cii/own__empty.xml", "plain-pdf/own__empty.pdf"}
CADRES_TRAVAUX = {"P57", "P58", "P74", "P75", "P76", "P77"}
"""A13, A14, A4, A7, A10, A22: left E1 and E2 in 2024 (flux-edi.md §7 n° 14)."""


def attendu(fichier, contenu):
    """IN_REJETE for a technical reason, IN_REJETE by the rules of Chorus Pro, or IN_INTEGRE."""
    verdict, sorte = fichier["expected"], fichier["kind"]
    structuree = sorte in ("cii", "ubl")
    technique = (
        not verdict["readable"]
        or sorte == "plain-pdf"
        or "eicar" in fichier["tags"]
        or (structuree and verdict["xsd_valid"] is False)
        or "Order-X" in (fichier["profile"] or "")
    )
    if technique:
        return "technique"
    en_pdf = not structuree
    lue = lire(examine(contenu).xml if en_pdf else contenu)
    constats = [c for c in controler_chorus(lue, aujourd_hui=JOUR, en_pdf=en_pdf) if structuree or c.code != "vat"]
    return "refusée" if [*constats, *(controler_structuree(lue) if structuree else ())] else "intégrée"


def obtenu(resultat):
    if resultat.etat == "IN_INTEGRE":
        assert resultat.techniques == resultat.refus == ()
        return "intégrée"
    assert resultat.etat == "IN_REJETE"
    assert bool(resultat.techniques) is not bool(resultat.refus)
    return "technique" if resultat.techniques else "refusée"


@pytest.mark.parametrize("sorte", list(SYNTAXES))
def test_chaque_fichier_finit_dans_l_etat_de_son_verdict(chez_voltaigne, sorte):
    ecarts = {}
    siens = [f for f in FICHIERS if f["kind"] == sorte and f["file"] not in VIDES]
    assert len(siens) > 10
    for rang, fichier in enumerate(siens):
        chemin = CORPUS / fichier["file"]
        contenu = chez_voltaigne.adapter(chemin.read_bytes(), f"N{sorte[:3]}{rang}")
        resultat = chez_voltaigne.deposer(contenu, chemin.name, SYNTAXES[sorte])
        if "ambiguous" in fichier["tags"]:
            continue
        if obtenu(resultat) != attendu(fichier, contenu):
            ecarts[fichier["file"]] = (attendu(fichier, contenu), resultat)
    assert ecarts == {}


@pytest.mark.parametrize("fichier", [f for f in FICHIERS if f["kind"] == "archive"], ids=lambda f: f["file"])
def test_chaque_lot_finit_dans_l_etat_de_son_verdict(chez_voltaigne, fichier):
    chemin = CORPUS / fichier["file"]
    contenu = chemin.read_bytes()
    facturx = "facturx" in chemin.name
    if fichier["expected"]["readable"]:
        contenu = _lot_adapte(chez_voltaigne, contenu)
    resultat = chez_voltaigne.deposer(contenu, chemin.name, SYNTAXES["facturx-pdf" if facturx else "cii"])
    sain = fichier["expected"]["readable"] and not any(mot in chemin.name for mot in ("mixed", "exe"))
    assert (resultat.etat, bool(resultat.techniques)) == ("IN_INTEGRE" if sain else "IN_REJETE", not sain)


def _lot_adapte(chez_voltaigne, contenu):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for rang, membre in enumerate(archives.parcourir(contenu)):
            archive.writestr(membre.nom, chez_voltaigne.adapter(membre.donnees, f"LOT-{rang}"))
    return sortie.getvalue()


@pytest.mark.skipif(not AIFE, reason="CORPUS_AIFE ne désigne pas le dossier des flux d'exemple de l'AIFE")
def test_les_exemples_de_l_aife_sont_acceptes(chez_voltaigne):
    """36 CII (E2 minimal), 24 Factur-X, the tar.gz P100; works cadres apart."""
    chemins = sorted(Path(AIFE).glob("*FSO111[67]A*"))
    assert chemins
    refuses = {}
    for rang, chemin in enumerate(chemins):
        facturx = chemin.suffix == ".pdf"
        contenu = chemin.read_bytes()
        if chemin.suffix == ".gz":
            contenu = _tar_adapte(chez_voltaigne, contenu, rang)
        else:
            contenu = chez_voltaigne.adapter(contenu, f"AIFE-{rang}")
        syntaxe = SYNTAXES["facturx-pdf"] if facturx else "IN_DP_E2_CII_MIN_16B"
        resultat = chez_voltaigne.deposer(contenu, chemin.name, syntaxe)
        if resultat.etat != "IN_INTEGRE":
            refuses[chemin.stem.rpartition("_")[2]] = resultat.techniques or resultat.refus[0][1]
    assert set(refuses) <= CADRES_TRAVAUX, refuses
    assert all("BusinessProcessSpecifiedDocumentContextParameter" in raison for raison in refuses.values())


def _tar_adapte(chez_voltaigne, contenu, rang):
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as lot:
        for numero, membre in enumerate(archives.parcourir(contenu)):
            adapte = chez_voltaigne.adapter(membre.donnees, f"AIFE-{rang}-{numero}")
            info = tarfile.TarInfo(membre.nom)
            info.size = len(adapte)
            lot.addfile(info, io.BytesIO(adapte))
    return sortie.getvalue()
