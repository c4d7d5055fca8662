"""Recognition of a plain PDF: key words, amounts, places."""

from __future__ import annotations

import html
import time
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
import weasyprint

from invoices.formats.cii import FactureAEcrire, PartieAEcrire
from invoices.formats.exemples import pdf_chiffre, pdf_scan, pdf_texte
from invoices.formats.extraction import Champ, Extraction, extraire
from invoices.formats.texte_pdf import aplatir


def _page(*lignes: str, brut: str = "") -> Extraction:
    corps = "".join(f"<p>{html.escape(ligne)}</p>" for ligne in lignes) + brut
    style = "body{font:10pt sans-serif}p{margin:0 0 2mm}td,th{padding:1mm 6mm;text-align:right}"
    return extraire(weasyprint.HTML(string=f"<style>{style}</style>{corps}").write_pdf())


def _valeur(champ: Champ | None) -> object:  # type: ignore[type-arg]
    return None if champ is None else champ.valeur


def test_every_field_of_a_generated_invoice_is_found(facture: FactureAEcrire, page_texte: bytes) -> None:
    x = extraire(page_texte)
    assert {
        "destinataire": _valeur(x.siret_destinataire),
        "fournisseur": _valeur(x.siret_fournisseur),
        "service": _valeur(x.code_service),
        "engagement": _valeur(x.numero_engagement),
        "numero": _valeur(x.numero_facture),
        "date": _valeur(x.date_facture),
        "ht": _valeur(x.montant_ht),
        "tva": _valeur(x.montant_tva),
        "ttc": _valeur(x.montant_ttc),
        "net": _valeur(x.montant_a_payer),
        "type": _valeur(x.type_facture),
        "devise": _valeur(x.devise),
    } == {
        "destinataire": facture.destinataire.siret,
        "fournisseur": facture.fournisseur.siret,
        "service": facture.code_service,
        "engagement": facture.numero_engagement,
        "numero": facture.numero,
        "date": facture.date_facture,
        "ht": facture.montant_ht,
        "tva": facture.montant_tva,
        "ttc": facture.montant_ttc,
        "net": facture.montant_a_payer,
        "type": "FACTURE",
        "devise": "EUR",
    }


def test_each_value_says_where_it_was_read(page_texte: bytes) -> None:
    x = extraire(page_texte)
    assert x.montant_ttc is not None
    assert x.montant_ttc.texte == "Total TTC : 4 208,36"
    for champ in (getattr(x, f.name) for f in fields(x)):
        if isinstance(champ, Champ) and champ.boite is not None:
            boite = champ.boite
            assert champ.page == 1
            assert 0 < boite.x < boite.x + boite.w <= 100
            assert 0 < boite.y < boite.y + boite.h <= 100
    assert x.montant_ht is not None
    assert x.montant_ht.boite is not None
    assert x.montant_ttc.boite is not None
    # Totals are written one under the other, aligned on the right.
    assert x.montant_ht.boite.y < x.montant_ttc.boite.y
    assert abs(x.montant_ht.boite.x - x.montant_ttc.boite.x) < 1


def test_a_credit_note(facture: FactureAEcrire) -> None:
    avoir = replace(facture, numero="AV-7", type_document="381", facture_origine="F2026-00042")
    x = extraire(pdf_texte(avoir))
    assert (_valeur(x.type_facture), _valeur(x.numero_facture)) == ("AVOIR", "AV-7")


def test_another_currency(facture: FactureAEcrire) -> None:
    assert _valeur(extraire(pdf_texte(replace(facture, devise="XPF"))).devise) == "XPF"


def test_a_page_turned_by_a_quarter_gives_the_same_places_for_its_reader(page_texte: bytes) -> None:
    import io

    sortie = io.BytesIO()
    with pikepdf.open(io.BytesIO(page_texte)) as document:
        document.pages[0].Rotate = 90
        document.save(sortie)
    assert extraire(sortie.getvalue()).texte is True


@pytest.mark.parametrize(
    ("ligne", "attendu"),
    [
        ("SIRET client : 00096585500018", "00096585500018"),
        ("SIRET du client 000 965 855 00018", "00096585500018"),
        ("Siret destinataire : 000\u202f965\u202f855\u202f00018", "00096585500018"),
        ("N° SIRET (dest.) 000\u00a0965\u00a0855\u00a000018", "00096585500018"),
        ("Ministère de l'Exercice - SIRET 00096585500018", "00096585500018"),
        ("SIRET : 00096585500018", None),
        ("SIRET client : 0009658550001", None),
        ("SIRET client : 000965855000189", None),
    ],
)
def test_siret_of_the_recipient(ligne: str, attendu: str | None) -> None:
    assert _valeur(_page(ligne).siret_destinataire) == attendu


def test_siret_of_the_supplier_excludes_the_client_and_keeps_every_candidate() -> None:
    x = _page("SIRET 00088357900013   SIRET client 00096585500018", "Siège : SIRET 99999999800010")
    assert _valeur(x.siret_destinataire) == "00096585500018"
    assert _valeur(x.siret_fournisseur) == "00088357900013"
    assert [c.valeur for c in x.sirets_fournisseur] == ["00088357900013", "99999999800010"]


def test_the_ministry_is_told() -> None:
    assert _valeur(_page("Ministère des Exercices").ministere) == "MINISTERE"
    assert _page("Mairie").ministere is None


@pytest.mark.parametrize(
    ("ligne", "attendu"),
    [
        ("Code service : SERV-ACHATS", "SERV-ACHATS"),
        ("Code service SERV_01", "SERV_01"),
        ("Service : DSI/2", "DSI/2"),
        ("Service exécutant : D0042", "D0042"),
        ("SE : FAC0000075", "FAC0000075"),
        ("Service Clients", None),
        ("Le service se trouve au 2e étage", None),
        ("prestation de service du 05/11/2026", None),
    ],
)
def test_service_code(ligne: str, attendu: str | None) -> None:
    assert _valeur(_page(ligne).code_service) == attendu


@pytest.mark.parametrize(
    ("ligne", "attendu"),
    [
        ("N° d'engagement : 1501966748", "1501966748"),
        ("Engagement juridique (EJ) n° 1501966748", "1501966748"),
        ("EJ 1501966748", "1501966748"),
        ("Bon de commande n° BC-2026/17", "BC-2026/17"),
        ("BDC : BC17", "BC17"),
        ("Votre commande : 4500012", "4500012"),
        ("Total commande 300,00 €", None),
        ("Commande du 12/03/2026", None),
        ("Date de commande 12/03/2026", None),
    ],
)
def test_engagement(ligne: str, attendu: str | None) -> None:
    assert _valeur(_page(ligne).numero_engagement) == attendu


def test_engagement_is_preferred_to_the_order() -> None:
    assert _valeur(_page("Commande : 4500012", "Engagement : 1501966748").numero_engagement) == "1501966748"


@pytest.mark.parametrize(
    ("ligne", "attendu"),
    [
        ("Facture n° F2026-00042", "F2026-00042"),
        ("FACTURE N°F2026/42 du 05/11/2026", "F2026/42"),
        ("Facture no 2026_42", "2026_42"),
        ("N° de facture : F-42", "F-42"),
        ("Numéro de facture F-42", "F-42"),
        ("Avoir n° AV42", "AV42"),
        ("Facture F2026-00042", "F2026-00042"),
        ("Facture n° ABCDEFGH-2026-00/01234", None),
        ("Facture du 05/11/2026", None),
        ("Facture n° à venir", None),
    ],
)
def test_number(ligne: str, attendu: str | None) -> None:
    assert _valeur(_page(ligne).numero_facture) == attendu


@pytest.mark.parametrize(
    ("lignes", "attendu"),
    [
        (["Date de facture : 05/11/2026"], date(2026, 11, 5)),
        (["Date : 2026-11-05"], date(2026, 11, 5)),
        (["Date d'émission 5/11/2026"], date(2026, 11, 5)),
        (["Facture n° F42 du 05/11/2026"], date(2026, 11, 5)),
        (["Date d'échéance : 05/12/2026", "Date de facture : 05/11/2026"], date(2026, 11, 5)),
        (["Date d'échéance : 05/12/2026"], None),
        (["Date limite de paiement 05/12/2026"], None),
        (["Date : 31/02/2026"], None),
    ],
)
def test_date(lignes: list[str], attendu: date | None) -> None:
    assert _valeur(_page(*lignes).date_facture) == attendu


@pytest.mark.parametrize(
    ("lignes", "ht", "tva", "ttc"),
    [
        (["Total HT : 3 474,00 €", "TVA 20 % : 694,80 €", "Total TTC : 4 168,80 €"], "3474.00", "694.80", "4168.80"),
        (["Total HT 3474.00 TVA 20% 694.80 Total TTC 4168.80"], "3474.00", "694.80", "4168.80"),
        (["TOTAL H.T. 3,474.00", "T.V.A. 694.80", "TOTAL T.T.C. 4,168.80"], "3474.00", "694.80", "4168.80"),
        (["Total HT : 3\u202f474,00", "TVA : 694,80", "Total TTC : 4\u00a0168,80"], "3474.00", "694.80", "4168.80"),
        (["Montant HT 100 €", "Montant TVA 20 €", "Montant TTC 120 €"], "100", "20", "120"),
        (["TVA 20 % sur 3 474,00 : 694,80", "Total HT 3 474,00", "Total TTC 4 168,80"], "3474.00", "694.80", "4168.80"),
        (["TVA 20 694,80", "Total HT 3 474,00", "Total TTC 4 168,80"], "3474.00", "694.80", "4168.80"),
        (
            ["Total HT 200,00", "TVA 20 % 20,00", "TVA 5,5 % 5,50", "Total TVA 25,50", "Total TTC 225,50"],
            "200.00",
            "25.50",
            "225.50",
        ),
        (["Total HT 200,00", "TVA 20 % 20,00", "TVA 5,5 % 5,50", "Total TTC 225,50"], "200.00", "25.50", "225.50"),
        (["N° TVA : FR30000883579", "TVA intracommunautaire FR30000883579"], None, None, None),
        (["Taux TVA 20,00 %"], None, None, None),
        (["Total HT -100,00", "TVA -20,00", "Total TTC -120,00"], "-100.00", "-20.00", "-120.00"),
    ],
)
def test_amounts(lignes: list[str], ht: str | None, tva: str | None, ttc: str | None) -> None:
    x = _page(*lignes)
    attendu = tuple(None if v is None else Decimal(v) for v in (ht, tva, ttc))
    assert (_valeur(x.montant_ht), _valeur(x.montant_tva), _valeur(x.montant_ttc)) == attendu


def test_amounts_under_their_headings() -> None:
    tableau = (
        "<table><tr><th>Taux</th><th>Total HT</th><th>TVA</th><th>Total TTC</th><th>Net à payer</th></tr>"
        "<tr><td>20 %</td><td>3 474,00</td><td>694,80</td><td>4 168,80</td><td>4 000,00</td></tr></table>"
    )
    x = _page(brut=tableau)
    assert [_valeur(c) for c in (x.montant_ht, x.montant_tva, x.montant_ttc, x.montant_a_payer)] == [
        Decimal("3474.00"),
        Decimal("694.80"),
        Decimal("4168.80"),
        Decimal("4000.00"),
    ]


def test_the_row_of_totals_is_preferred_to_the_rows_above() -> None:
    tableau = (
        "<table><tr><th>Rubrique</th><th>Montant HT</th><th>Montant TVA</th><th>Montant TTC</th></tr>"
        "<tr><td>Abonnement</td><td>10,00</td><td>2,00</td><td>12,00</td></tr>"
        "<tr><td>Appels</td><td>5,00</td><td>1,00</td><td>6,00</td></tr>"
        "<tr><td>Total facture</td><td>15,00</td><td>3,00</td><td>18,00</td></tr></table>"
    )
    x = _page(brut=tableau)
    assert [_valeur(c) for c in (x.montant_ht, x.montant_tva, x.montant_ttc)] == [Decimal(15), Decimal(3), Decimal(18)]


def test_references_under_their_headings() -> None:
    tableau = (
        "<table><tr><th>N° de facture</th><th>Date de facture</th><th>N° d'engagement</th></tr>"
        "<tr><td>F2026-42</td><td>05/11/2026</td><td>1501966748</td></tr></table>"
    )
    x = _page(brut=tableau)
    assert (_valeur(x.numero_facture), _valeur(x.date_facture), _valeur(x.numero_engagement)) == (
        "F2026-42",
        date(2026, 11, 5),
        "1501966748",
    )


def test_siret_under_its_heading() -> None:
    tableau = (
        "<table><tr><th>SIRET</th><th>SIRET client</th></tr>"
        "<tr><td>000 883 579 00013</td><td>00096585500018</td></tr></table>"
    )
    x = _page(brut=tableau)
    assert (_valeur(x.siret_fournisseur), _valeur(x.siret_destinataire)) == ("00088357900013", "00096585500018")


def test_avoir_counts_only_at_the_top_and_as_a_noun() -> None:
    assert _valeur(_page("Avoir n° 12").type_facture) == "AVOIR"
    assert _valeur(_page("Merci de nous contacter pour avoir un devis").type_facture) == "FACTURE"
    bas = '<p style="margin-top:200mm">Un avoir sera établi</p>'
    assert _valeur(_page("Facture n° 12", brut=bas).type_facture) == "FACTURE"


def test_a_scan_an_encrypted_file_and_junk_give_nothing(page_texte: bytes) -> None:
    for donnees in (pdf_scan(page_texte), pdf_chiffre(page_texte), b"", b"%PDF-1.4", b"\xff" * 3000):
        assert extraire(donnees) == Extraction(texte=False)


def test_damage_never_raises(page_texte: bytes) -> None:
    for debut in range(0, len(page_texte), len(page_texte) // 30):
        abime = bytearray(page_texte)
        abime[debut : debut + 40] = b"\x00" * len(abime[debut : debut + 40])
        extraire(bytes(abime))
        extraire(page_texte[:debut])


def test_a_long_document_is_read_within_bounds() -> None:
    ligne = "<p>Prestation de nettoyage des locaux, Total TTC 12,00, engagement 123</p>" * 40
    pages = f"<h1>Facture n° F-1</h1>{ligne}" + f'<div style="break-before:page">{ligne}</div>' * 14
    pdf = weasyprint.HTML(string=pages).write_pdf()
    debut = time.perf_counter()
    x = extraire(pdf)
    assert time.perf_counter() - debut < 3
    assert _valeur(x.numero_facture) == "F-1"


def test_plain_pdfs_of_the_corpus(corpus: Path) -> None:
    x = extraire((corpus / "plain-pdf/oca__invoice_free_fiber_201507.pdf").read_bytes())
    assert _valeur(x.numero_facture) == "562044387"
    assert [_valeur(c) for c in (x.montant_ht, x.montant_tva, x.montant_ttc)] == [
        Decimal("24.99"),
        Decimal("5.00"),
        Decimal("29.99"),
    ]
    x = extraire((corpus / "facturx-pdf/zugferd-corpus__Avoir_FR_type381_BASIC.pdf").read_bytes())
    assert (_valeur(x.type_facture), _valeur(x.numero_facture), _valeur(x.date_facture)) == (
        "AVOIR",
        "AV-2017-0005",
        date(2017, 11, 16),
    )
    assert (_valeur(x.siret_fournisseur), _valeur(x.montant_ttc)) == ("99999999800010", Decimal("-233.47"))


def test_every_pdf_of_the_corpus_can_be_tried(corpus: Path) -> None:
    for pdf in sorted(corpus.glob("*/*.pdf")):
        x = extraire(pdf.read_bytes())
        assert x.texte or x == Extraction(texte=False)


def test_flattening_keeps_the_length() -> None:
    texte = "Éléments n° 12\u00a0345,00\u202f€ – İ ß ﬁ № Œ ’"
    assert len(aplatir(texte)) == len(texte)
    assert aplatir("À PAYER").startswith("a payer")


def test_parties_can_have_markup_in_their_names(facture: FactureAEcrire) -> None:
    partie = PartieAEcrire("00096585500018", "<b>Ville & Cie</b>")
    assert extraire(pdf_texte(replace(facture, destinataire=partie))).texte
