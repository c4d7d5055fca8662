"""Reading, field by field, on the smallest files that show it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from invoices.formats import codes
from invoices.formats.cii import FactureAEcrire, ecrire_cii
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.lecture import lire
from invoices.formats.modele import FactureLue
from invoices.formats.parties import choisir_identifiant


@pytest.fixture(scope="session")
def cii(corpus: Path) -> str:
    return (corpus / "cii/own__cii-a1-nominal.xml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def ubl(corpus: Path) -> str:
    return (corpus / "ubl/own__ubl-a1-nominal.xml").read_text(encoding="utf-8")


def _lire(xml: str, *remplacements: tuple[str, str]) -> FactureLue:
    for avant, apres in remplacements:
        assert avant in xml, avant
        xml = xml.replace(avant, apres)
    return lire(xml.encode())


def test_cii_and_ubl_of_the_same_invoice_read_the_same(cii: str, ubl: str) -> None:
    a, b = _lire(cii), _lire(ubl)
    communs = (
        "numero type_facture type_document date_facture cadre devise code_service numero_engagement mode_paiement iban"
        " type_tva date_echeance montant_ht montant_tva montant_ttc montant_a_payer lignes_tva anomalies"
    )
    for nom in communs.split():
        assert getattr(a, nom) == getattr(b, nom), nom
    assert a.destinataire.identifiant == b.destinataire.identifiant == "00096585500018"
    assert a.fournisseur.type_identifiant == b.fournisseur.type_identifiant == "SIRET"
    assert [ligne.montant_ht for ligne in a.lignes] == [ligne.montant_ht for ligne in b.lignes]


def test_values_that_cannot_be_read_are_named_with_their_place(cii: str, ubl: str) -> None:
    facture = _lire(cii, ("<ram:GrandTotalAmount>300.00", "<ram:GrandTotalAmount>-1 324,60"), ("20261105", "5/11"))
    assert facture.montant_ttc is None
    assert facture.date_facture is None
    assert [(a.champ, a.balise, a.valeur) for a in facture.anomalies] == [
        ("BT-2", "FichierXml.ExchangedDocument.IssueDateTime.DateTimeString.value", "5/11"),
        (
            "BT-112",
            "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement"
            ".SpecifiedTradeSettlementHeaderMonetarySummation.GrandTotalAmount.value",
            "-1 324,60",
        ),
    ]
    facture = _lire(ubl, ("<cbc:IssueDate>2026-11-05", "<cbc:IssueDate>hier"))
    assert [(a.balise, a.valeur) for a in facture.anomalies] == [("IssueDate.value", "hier")]


def test_a_missing_cadre_means_a1(cii: str, ubl: str) -> None:
    assert _lire(cii, ("<ram:ID>A1</ram:ID>", "<ram:ID/>")).cadre == "A1"
    sans = _lire(ubl, ("<cbc:ProfileID>A1</cbc:ProfileID>", ""))
    assert (sans.cadre, sans.cadre_declare) == ("A1", "")
    peppol = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    assert _lire(ubl, ("<cbc:ProfileID>A1", f"<cbc:ProfileID>{peppol}")).cadre == "A1"
    assert _lire(ubl, ("<cbc:ProfileID>A1", "<cbc:ProfileID>B1")).cadre == "B1"


@pytest.mark.parametrize(("code", "mode"), sorted(codes.MODES_PAIEMENT.items()))
def test_payment_codes(cii: str, code: str, mode: str) -> None:
    avant = "PaymentMeans><ram:TypeCode>30"
    assert _lire(cii, (avant, f"PaymentMeans><ram:TypeCode>{code}")).mode_paiement == mode


def test_payment_codes_out_of_the_list_or_absent(cii: str, ubl: str) -> None:
    assert _lire(cii, ("PaymentMeans><ram:TypeCode>30", "PaymentMeans><ram:TypeCode>57")).mode_paiement == ""
    assert _lire(cii, ("PaymentMeans><ram:TypeCode>30</ram:TypeCode>", "PaymentMeans>")).mode_paiement == ""
    absent = _lire(ubl, ("<cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>", ""))
    assert absent.mode_paiement == "VIREMENT"


def test_no_payment_code_can_be_given_in_the_minimum_profile(cii: str) -> None:
    minimum = ("urn:cen.eu:en16931:2017", "urn:factur-x.eu:1p0:minimum")
    facture = _lire(cii, minimum, ("PaymentMeans><ram:TypeCode>30</ram:TypeCode>", "PaymentMeans>"))
    assert (facture.profil, facture.mode_paiement) == ("MINIMUM", "VIREMENT")


@pytest.mark.parametrize(
    ("code", "type_facture"),
    [("380", "FACTURE"), ("384", "FACTURE"), ("386", "FACTURE"), ("381", "AVOIR"), ("751", ""), ("389", "")],
)
def test_document_types(cii: str, code: str, type_facture: str) -> None:
    assert _lire(cii, ("<ram:TypeCode>380", f"<ram:TypeCode>{code}")).type_facture == type_facture


@pytest.mark.parametrize(
    ("categories", "exigibilite", "attendu"),
    [
        (["S"], "", "TVA_SUR_DEBIT"),
        (["S"], "72", "TVA_SUR_ENCAISSEMENT"),
        (["S"], "432", "TVA_SUR_ENCAISSEMENT"),
        (["S"], "5", "TVA_SUR_DEBIT"),
        (["E"], "72", "EXONERATION"),
        (["E", "E"], "", "EXONERATION"),
        (["AE", "K"], "", "SANS_TVA"),
        (["E", "S"], "", "TVA_SUR_DEBIT"),
        (["E", "AE"], "", "TVA_SUR_DEBIT"),
        ([], "", "TVA_SUR_DEBIT"),
    ],
)
def test_type_de_tva(categories: list[str], exigibilite: str, attendu: str) -> None:
    assert codes.type_tva(categories, exigibilite) == attendu


@pytest.mark.parametrize(
    ("candidats", "attendu"),
    [
        ([("0088", "4012345000009"), ("0002", "00096585500018")], ("00096585500018", "SIRET", "0002")),
        ([("0009", "00096585500018"), ("0002", "000965855")], ("00096585500018", "SIRET", "0009")),
        ([("1", "000 965 855 00018")], ("00096585500018", "SIRET", "1")),
        ([("", "00096585500018")], ("00096585500018", "SIRET", "")),
        ([("0002", "000965855")], ("000965855", "SIREN", "0002")),
        ([("RIDET", "1234567890")], ("1234567890", "RIDET", "RIDET")),
        ([("2", "BE0429958042")], ("BE0429958042", "UE_HORS_FRANCE", "2")),
        ([("", "KUNDE-12"), ("0088", "4012345000009")], ("", "", "")),
        ([], ("", "", "")),
    ],
)
def test_the_identifier_is_looked_up_in_order(candidats: list[tuple[str, str]], attendu: tuple[str, str, str]) -> None:
    assert choisir_identifiant(candidats) == attendu


def test_the_service_may_stand_beside_the_buyer(cii: str, ubl: str) -> None:
    acheteur = ("<ram:BuyerTradeParty>", '<ram:BuyerTradeParty><ram:GlobalID schemeID="0224">S-224</ram:GlobalID>')
    assert _lire(cii, acheteur).code_service == "S-224"
    assert _lire(ubl, ("<cbc:BuyerReference>SERV-ACHATS</cbc:BuyerReference>", "")).code_service == ""


def test_other_places_of_old_ubl_flows(ubl: str) -> None:
    extension = (
        "<ext:UBLExtensions xmlns:ext='urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2'>"
        "<ext:UBLExtension><ext:ExtensionContent><CategoryCode xmlns=''>A9</CategoryCode></ext:ExtensionContent>"
        "</ext:UBLExtension></ext:UBLExtensions><cbc:CustomizationID>"
    )
    contact = "<cac:Contact><cbc:ID>SERV-7</cbc:ID></cac:Contact></cac:Party></cac:AccountingCustomerParty>"
    facture = _lire(
        ubl,
        ("<cbc:CustomizationID>", extension),
        ("<cbc:ProfileID>A1</cbc:ProfileID>", ""),
        ("<cbc:BuyerReference>SERV-ACHATS</cbc:BuyerReference>", ""),
        ("</cac:Party></cac:AccountingCustomerParty>", contact),
        ("<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""),
    )
    assert (facture.cadre, facture.code_service, facture.devise) == ("A9", "SERV-7", "EUR")


def test_shortcuts_of_what_was_read(cii: str) -> None:
    origine = (
        "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>F1</ram:IssuerAssignedID>"
        "</ram:InvoiceReferencedDocument></ram:ApplicableHeaderTradeSettlement>"
    )
    facture = _lire(cii, ("</ram:ApplicableHeaderTradeSettlement>", origine))
    assert (facture.facture_origine, facture.lisible) == ("F1", True)
    assert _lire(cii).facture_origine == ""


def test_vat_is_summed_when_no_total_is_given(cii: str) -> None:
    facture = _lire(cii, ('<ram:TaxTotalAmount currencyID="EUR">50.00</ram:TaxTotalAmount>', ""))
    assert (facture.montant_tva, facture.montant_tva_declare) == (Decimal("50.00"), False)


def test_two_currencies_are_told(cii: str) -> None:
    facture = _lire(cii, ("<ram:GrandTotalAmount>", '<ram:GrandTotalAmount currencyID="USD">'))
    assert facture.devises_citees == ("EUR", "USD")
    sans = _lire(cii, ("<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>", ""))
    assert sans.devise == "EUR"


def test_a_base64_attachment_may_hold_line_breaks_and_comments(cii: str) -> None:
    piece = (
        "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>bon.pdf</ram:IssuerAssignedID><ram:Name>02</ram:Name>"
        '<ram:AttachmentBinaryObject mimeCode="application/pdf">Ym9u\n  <!-- suite -->am91cg==\n'
        "</ram:AttachmentBinaryObject></ram:AdditionalReferencedDocument></ram:ApplicableHeaderTradeAgreement>"
    )
    (lue,) = _lire(cii, ("</ram:ApplicableHeaderTradeAgreement>", piece)).pieces_jointes
    assert (lue.nom, lue.type_piece, lue.contenu) == ("bon.pdf", "02", b"bonjour")
    fausse = piece.replace("Ym9u", "%%%%")
    facture = _lire(cii, ("</ram:ApplicableHeaderTradeAgreement>", fausse))
    assert [a.champ for a in facture.anomalies] == ["BT-125"]


def test_an_order_is_not_an_invoice() -> None:
    espace = "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"
    with pytest.raises(FichierIllisible) as refus:
        lire(f'<SCRDMCCBDACIOMessageStructure xmlns="{espace}"/>'.encode())
    assert refus.value.code == "XML_COMMANDE"


def test_zugferd_1_is_read_too(corpus: Path) -> None:
    facture = lire((corpus / "cii/mustang__invalidV1addition.xml").read_bytes())
    assert (facture.numero, facture.date_facture, facture.montant_a_payer) == (
        "RE-20170509/505",
        date(2017, 5, 9),
        Decimal("1571.4"),
    )
    assert [ligne.taux_tva for ligne in facture.lignes] == [Decimal("7.00"), Decimal("19.00"), Decimal("19.00")]
    assert facture.iban == "DE88200800000970375700"


def test_a_credit_note_in_ubl_is_an_avoir(corpus: Path) -> None:
    noms = [n for n in sorted(corpus.glob("ubl/*.xml")) if b"<CreditNote" in n.read_bytes()[:3000]]
    lus = [lire(n.read_bytes()) for n in noms if "cen-unit" not in n.name]
    assert lus
    assert {facture.type_facture for facture in lus} == {"AVOIR"}


def test_what_is_written_is_read_back(facture: FactureAEcrire) -> None:
    lue = lire(ecrire_cii(facture))
    assert lue.anomalies == ()
    assert (lue.numero, lue.date_facture, lue.date_echeance) == (
        facture.numero,
        facture.date_facture,
        facture.echeance,
    )
    assert (lue.code_service, lue.numero_engagement, lue.cadre) == ("SERV-ACHATS", "1501966748", "A1")
    assert (lue.montant_ht, lue.montant_tva, lue.montant_ttc, lue.montant_a_payer) == (
        facture.montant_ht,
        facture.montant_tva,
        facture.montant_ttc,
        facture.montant_a_payer,
    )
    assert [(t.taux, t.base, t.montant) for t in lue.lignes_tva] == [
        (t.taux, t.base, t.montant) for t in facture.lignes_tva
    ]
    assert [(x.designation, x.quantite, x.prix_unitaire, x.montant_ht) for x in lue.lignes] == [
        (x.designation, x.quantite, x.prix_unitaire, x.montant_ht) for x in facture.lignes
    ]
    assert lue.fournisseur.tva == "FR30000883579"
