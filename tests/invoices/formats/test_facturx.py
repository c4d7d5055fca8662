from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from invoices.formats.cii import FactureAEcrire, LigneAEcrire, ecrire_cii
from invoices.formats.controle import controler
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.exemples import facture_exemple, pdf_facturx, pdf_texte
from invoices.formats.facturx import adapter, remplacer_xml
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine

JOUR = date(2026, 11, 21)
COHORTE = {
    "siret_fournisseur": "00088357900013",
    "nom_fournisseur": "Papeterie & Fils",
    "siret_destinataire": "00096585500018",
    "nom_destinataire": "Commune de Bac-à-Sable",
}


def _variantes() -> dict[str, FactureAEcrire]:
    nominale = facture_exemple()
    simple = LigneAEcrire("Conseil", Decimal("1.5"), Decimal("333.333333"))
    return {
        "nominale": nominale,
        "avoir": replace(nominale, type_document="381", facture_origine="F2026-00001"),
        "déjà payée": replace(nominale, cadre="A2", code_paiement="48", iban=""),
        "acompte": replace(nominale, acompte=Decimal("100")),
        "arrondis": replace(nominale, lignes=(simple,)),
        "sans références": replace(nominale, code_service="", numero_engagement=""),
        "avec marché": replace(nominale, numero_marche="M2026-1", commentaire="Lot n° 1 & suite"),
        "franchise": replace(
            nominale, lignes=(replace(simple, taux_tva=Decimal(0), categorie_tva="E"),), sur_encaissement=True
        ),
        "autoliquidation": replace(nominale, lignes=(replace(simple, taux_tva=Decimal(0), categorie_tva="AE"),)),
        "négative": replace(nominale, lignes=(replace(simple, quantite=Decimal("-2")),)),
    }


@pytest.mark.parametrize("nom", list(_variantes()))
def test_what_we_write_is_valid_and_accepted(nom: str) -> None:
    facture = _variantes()[nom]
    controle = controler(ecrire_cii(facture), aujourd_hui=JOUR)
    assert (controle.erreurs_xsd, controle.erreurs_en16931, controle.chorus) == ((), (), ())
    lue = lire(ecrire_cii(facture))
    assert lue.montant_a_payer == facture.montant_a_payer
    assert lue.cadre == facture.cadre


def test_a_composed_factur_x_is_valid_and_the_same_each_time(facture: FactureAEcrire) -> None:
    instant = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
    premier = pdf_facturx(facture, instant=instant)
    assert premier == pdf_facturx(facture, instant=instant)
    controle = controler(premier, aujourd_hui=JOUR)
    assert (controle.nature, controle.profil) == ("Factur-X", "EN 16931")
    assert (controle.xsd_valid, controle.en16931_valid, controle.chorus, controle.remarques) == (True, True, (), ())
    assert b"2026-11-05T09:30:00" in b"".join(_metadonnees(premier))


def _metadonnees(pdf: bytes) -> list[bytes]:
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [document.Root.Metadata.read_bytes()]


SOURCES = [
    "facturx-pdf/zugferd-corpus__EN16931_AbweichenderZahlungsempf.pdf",
    "facturx-pdf/zugferd-corpus__zugferd_2p0_EN16931_Physiotherapeut.pdf",
    "facturx-pdf/zugferd-corpus__sample_inofficial_20190125_atgp_factur-x_v_1_0.pdf",
    "facturx-pdf/mustang__EXTENDED_Fremdwaehrung_wdis_fx-pdfa4.pdf",
    "facturx-pdf/own__encrypted-owner-only.pdf",
    "facturx-pdf/own__facturx-truncated-tail.pdf",
]


@pytest.mark.parametrize("source", SOURCES)
def test_an_adapted_file_is_valid_and_accepted(corpus: Path, source: str) -> None:
    adaptee = adapter(
        (corpus / source).read_bytes(),
        **COHORTE,
        numero="T-1",
        date=date(2026, 11, 5),
        code_service="SERV",
        numero_engagement="150",
        cadre="A9",
    )
    controle = controler(adaptee, aujourd_hui=JOUR)
    assert (controle.xsd_valid, controle.en16931_valid, controle.chorus) == (True, True, ())
    lue = lire(examine(adaptee).xml or b"")
    assert (lue.numero, lue.date_facture, lue.cadre) == ("T-1", date(2026, 11, 5), "A9")
    assert (lue.code_service, lue.numero_engagement) == ("SERV", "150")
    assert (lue.fournisseur.identifiant, lue.fournisseur.nom) == ("00088357900013", "Papeterie & Fils")
    assert (lue.destinataire.identifiant, lue.destinataire.nom) == ("00096585500018", "Commune de Bac-à-Sable")


def test_adapting_keeps_amounts_and_is_repeatable(corpus: Path) -> None:
    source = (corpus / "facturx-pdf/zugferd-corpus__Facture_DOM_EN16931.pdf").read_bytes()
    avant = lire(examine(source).xml or b"")
    adaptee = adapter(source, **COHORTE)
    assert adaptee == adapter(source, **COHORTE)
    apres = lire(examine(adaptee).xml or b"")
    assert (apres.numero, apres.date_facture) == (avant.numero, avant.date_facture)
    assert (apres.montant_ttc, apres.lignes, apres.lignes_tva) == (avant.montant_ttc, avant.lignes, avant.lignes_tva)
    assert (apres.code_service, apres.numero_engagement) == ("", "")
    assert examine(adaptee).niveau_xmp == examine(source).niveau_xmp


def test_the_due_date_moves_with_the_date(page_facturx: bytes) -> None:
    lue = lire(examine(adapter(page_facturx, **COHORTE, date=date(2026, 12, 1))).xml or b"")
    assert lue.date_echeance == date(2026, 12, 31)


def test_what_cannot_be_adapted_is_named(facture: FactureAEcrire, corpus: Path) -> None:
    with pytest.raises(FichierIllisible) as refus:
        adapter(pdf_texte(facture), **COHORTE)
    assert refus.value.code == "PDF_SANS_XML"
    with pytest.raises(FichierIllisible) as refus:
        adapter((corpus / "facturx-pdf/mustang__zugferd_invoice.pdf").read_bytes(), **COHORTE)
    assert refus.value.code == "XML_NON_ADAPTABLE"


def test_any_xml_can_be_put_in_to_make_a_bad_file(page_facturx: bytes) -> None:
    assert controler(remplacer_xml(page_facturx, b"<a>")).readable is False
    assert examine(remplacer_xml(page_facturx, b"<a>")).xml == b"<a>"
