"""Each rule fires on the file that breaks it, alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from invoices.formats.chorus import controler_chorus
from invoices.formats.lecture import lire

JOUR = date(2026, 11, 21)
NOMINAL = "own__cii-a1-nominal.xml"
PIECE = (
    "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>{nom}</ram:IssuerAssignedID><ram:TypeCode>916</ram:TypeCode>"
    '<ram:AttachmentBinaryObject mimeCode="text/csv" filename="{nom}">{contenu}</ram:AttachmentBinaryObject>'
    "</ram:AdditionalReferencedDocument></ram:ApplicableHeaderTradeAgreement>"
)
FIN_ACCORD = "</ram:ApplicableHeaderTradeAgreement>"
ACHETEUR = '<ram:ID schemeID="0009">00096585500018'
VENDEUR = '<ram:ID schemeID="0009">00088357900013'

CAS = {
    "cadre inconnu": ("<ram:ID>A1</ram:ID>", "<ram:ID>B1</ram:ID>", "G1.02", "BT-23"),
    "A2 à payer": ("<ram:ID>A1</ram:ID>", "<ram:ID>A2</ram:ID>", "amount", "BT-115"),
    "numéro long": ("F2026-00042", "F" * 21, "G1.05", "BT-1"),
    "numéro à dièse": ("F2026-00042", "F#1", "G1.05", "BT-1"),
    "numéro à deux espaces": ("F2026-00042", "F  1", "G1.05", "BT-1"),
    "sans numéro": ("F2026-00042", "", "mandatory", "BT-1"),
    "type refusé": ("<ram:TypeCode>380", "<ram:TypeCode>389", "type", "BT-3"),
    "type absent": ("<ram:TypeCode>380</ram:TypeCode>", "", "mandatory", "BT-3"),
    "date future": (">20261105<", ">20261122<", "date", "BT-2"),
    "date illisible": (">20261105<", ">hier<", "format", "BT-2"),
    "devise": ("<ram:InvoiceCurrencyCode>EUR", "<ram:InvoiceCurrencyCode>euro", "currency", "BT-5"),
    "deux devises": ("<ram:GrandTotalAmount>", '<ram:GrandTotalAmount currencyID="USD">', "currency", "BT-5"),
    "sans vendeur": (VENDEUR, '<ram:ID schemeID="0088">4012345000009', "mandatory", "BT-30"),
    "siren du vendeur": (VENDEUR, '<ram:ID schemeID="0002">000883579', "G2.07", "BT-30"),
    "ridet trop court": (VENDEUR, '<ram:ID schemeID="RIDET">1234', "G2.07", "BT-30"),
    "sans destinataire": (ACHETEUR, "<ram:ID>", "mandatory", "BT-47"),
    "destinataire étranger": (ACHETEUR, '<ram:ID schemeID="2">BE0429958042', "G2.04", "BT-47"),
    "siret court": (ACHETEUR, '<ram:ID schemeID="0009">0009658550001', "G2.07", "BT-47"),
    "sans paiement": ("PaymentMeans><ram:TypeCode>30</ram:TypeCode>", "PaymentMeans>", "mandatory", "BT-81"),
    "paiement hors liste": ("PaymentMeans><ram:TypeCode>30", "PaymentMeans><ram:TypeCode>57", "S2.05", "BT-81"),
    "iban faux": ("FR7630004008230001234567819", "FR7630004008230001234567818", "G1.16", "BT-84"),
    "sans TTC": ("<ram:GrandTotalAmount>300.00</ram:GrandTotalAmount>", "", "mandatory", "BT-112"),
    "TTC faux": ("<ram:GrandTotalAmount>300.00", "<ram:GrandTotalAmount>300.02", "amount", "BT-112"),
    "trop de décimales": ("<ram:DuePayableAmount>300.00", "<ram:DuePayableAmount>300.0000001", "amount", "BT-115"),
    "trop de chiffres": ("<ram:DuePayableAmount>300", "<ram:DuePayableAmount>" + "3" * 18, "amount", "BT-115"),
    "tva inconnue": ("<ram:CategoryCode>S<", "<ram:CategoryCode>X<", "vat", "BT-118"),
    "service long": ("SERV-ACHATS", "S" * 101, "length", "BT-10"),
    "engagement long": ("1501966748", "1" * 51, "length", "BT-13"),
    "nom long": ("Papeterie Fictive SARL", "P" * 100, "length", "BT-27"),
    "pièce de type refusé": (FIN_ACCORD, PIECE.format(nom="a.exe", contenu="YQ=="), "attachment", "BT-125"),
    "pièce au nom long": (FIN_ACCORD, PIECE.format(nom="a" * 50 + ".csv", contenu="YQ=="), "attachment", "BT-125"),
    "pièce vide": (FIN_ACCORD, PIECE.format(nom="a.csv", contenu=""), "attachment", "BT-125"),
}  # fmt: skip


@pytest.mark.parametrize("nom", CAS)
def test_a_broken_rule_is_found_alone(corpus: Path, nom: str) -> None:
    avant, apres, code, champ = CAS[nom]
    xml = (corpus / "cii" / NOMINAL).read_text(encoding="utf-8")
    assert avant in xml
    constats = controler_chorus(lire(xml.replace(avant, apres).encode()), aujourd_hui=JOUR)
    assert [(c.code, c.champ) for c in constats] == [(code, champ)]
    assert constats[0].message.endswith((".", "…"))


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("<ram:ID>A1</ram:ID>", "<ram:ID>A12</ram:ID>"),
        ("F2026-00042", "Fa 1+_/"),
        (">20261105<", ">20261121<"),
        ("<ram:GrandTotalAmount>300.00", "<ram:GrandTotalAmount>300.01"),
        ("<ram:DuePayableAmount>300.00", "<ram:DuePayableAmount>300.123456"),
        ('<ram:TaxTotalAmount currencyID="EUR">50.00</ram:TaxTotalAmount>', ""),
        (VENDEUR, '<ram:ID schemeID="RIDET">1234567890'),
        (FIN_ACCORD, PIECE.format(nom="bon.csv", contenu="YQ==")),
    ],
)
def test_what_is_accepted(corpus: Path, avant: str, apres: str) -> None:
    xml = (corpus / "cii" / NOMINAL).read_text(encoding="utf-8")
    assert avant in xml
    assert controler_chorus(lire(xml.replace(avant, apres).encode()), aujourd_hui=JOUR) == ()


def test_xrechnung_is_refused_in_a_pdf_only(corpus: Path) -> None:
    facture = lire((corpus / "cii" / NOMINAL).read_bytes().replace(b"2017</ram", b"2017#compliant#xrechnung</ram"))
    assert controler_chorus(facture, aujourd_hui=JOUR) == ()
    assert [c.code for c in controler_chorus(facture, aujourd_hui=JOUR, en_pdf=True)] == ["profile"]
