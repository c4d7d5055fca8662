"""Controls 1 to 17 of flux-edi.md §7 through deposer/flux: their level, their code, their wording."""

import base64
import io
import re
import tarfile
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
from invoices.formats.signalements import EICAR
from invoices.formats.ubl import ecrire_ubl
from invoices.models import ElementFlux, Facture
from invoices.syntaxes import NON_PRISES
from sandbox.events import engine
from tests.api.appels import VOLTAIGNE
from tests.factories import ETAT, HOPITAL, INACTIVE, MOA, VALMORAN

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
CII, UBL, FACTURX = "IN_DP_E1_CII_16B", "IN_DP_E1_UBL_INVOICE", "IN_DP_E2_CII_FACTURX"
FACTURE = FactureAEcrire(
    numero="F-1",
    date_facture=date(2026, 12, 1),
    fournisseur=PartieAEcrire(VOLTAIGNE, "VOLTAIGNE"),
    destinataire=PartieAEcrire(VALMORAN, "COMMUNE DE VALMORAN"),
    lignes=(LigneAEcrire("Étude", D(2), D(50)),),
)


def cii(editer=None, **champs):
    xml = ecrire_cii(replace(FACTURE, **champs))
    if editer is None:
        return xml
    edite = editer(xml)
    assert edite != xml, "l'essai n'a rien changé"
    return edite


def ubl(**champs):
    return ecrire_ubl(replace(FACTURE, **champs))


def zip_de(**membres):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


def tar_de(*infos):
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for info, contenu in infos:
            info.size = len(contenu)
            archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


def lien():
    info = tarfile.TarInfo("1.xml")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


def corpus(nom):
    return (CORPUS / nom).read_bytes()


def avec_piece(nom, contenu):
    piece = (
        "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>PJ</ram:IssuerAssignedID>"
        "<ram:TypeCode>916</ram:TypeCode>"
        f'<ram:AttachmentBinaryObject mimeCode="application/pdf" filename="{nom}">'
        f"{base64.b64encode(contenu).decode()}</ram:AttachmentBinaryObject></ram:AdditionalReferencedDocument>"
    ).encode()
    fin = b"</ram:ApplicableHeaderTradeAgreement>"
    return lambda xml: xml.replace(fin, piece + fin)


# --- F: the whole flow


TECHNIQUES = {
    "vide": (b"\n", CII, "IRR_VIDE_F"),
    "ubl dit cii": (ubl(), CII, "IRR_TYPE"),
    "cii dit ubl": (cii(), UBL, "IRR_TYPE"),
    "xml dit factur-x": (cii(), FACTURX, "IRR_TYPE_F"),
    "pdf dit cii": (corpus("plain-pdf/own__plain-text-layer.pdf"), CII, "IRR_TYPE_F"),
    "pdf sans facture": (corpus("plain-pdf/own__plain-text-layer.pdf"), FACTURX, "IRR_TYPE_F"),
    "texte": (b"bonjour", CII, "IRR_SYNTAX"),
    "coupé": (cii()[:900], CII, "IRR_SYNTAX"),
    "doctype": (corpus("cii/own__external-dtd.xml"), CII, "IRR_SYNTAX"),
    "bombe d'entités": (corpus("cii/own__xml-bomb-billion-laughs.xml"), CII, "IRR_SYNTAX"),
    "entité externe": (corpus("cii/own__xxe-http-loopback.xml"), CII, "IRR_SYNTAX"),
    "bombe ubl": (corpus("ubl/own__ubl-bomb-billion-laughs.xml"), UBL, "IRR_SYNTAX"),
    "bombe dans un pdf": (corpus("facturx-pdf/own__facturx-stream-bomb.pdf"), FACTURX, None),
    "eicar en pièce": (cii(avec_piece("note.txt", b"X5O!P%" + EICAR)), CII, "IRR_ANTIVIRUS"),
    "chemin": (zip_de(**{"../1.xml": cii()}), CII, "IRR_NOM_F"),
    "chemin absolu": (zip_de(**{"/etc/1.xml": cii()}), CII, "IRR_NOM_F"),
    "lien": (tar_de((lien(), b"")), CII, "IRR_EXTRAC"),
    "archive dans l'archive": (zip_de(**{"1.zip": zip_de(**{"1.xml": cii()})}), CII, "IRR_EXTRAC"),
    "501 fichiers": (zip_de(**{f"{n}.xml": b"<a/>" for n in range(501)}), CII, "IRR_EXTRAC"),
    "ratio": (zip_de(**{"1.xml": b"<a>" + b" " * 15_000_000}), CII, "IRR_EXTRAC"),
    "archive coupée": (zip_de(**{"1.xml": cii()})[:-30], CII, "IRR_EXTRAC"),
    "gzip coupé": (tar_de((tarfile.TarInfo("1.xml"), cii()))[:-40], CII, "IRR_EXTRAC"),
    "programme dans le lot": (zip_de(**{"1.xml": cii(), "2.exe": b"MZ"}), CII, "IRR_TYPE_F"),
    "deux syntaxes": (zip_de(**{"1.xml": cii(), "2.xml": ubl(numero="F-2")}), CII, "IRR_TYPE"),
    "schéma, E1": (
        cii(lambda x: x.replace(b"<ram:TypeCode>380<", b"<ram:Inconnu/><ram:TypeCode>380<")),
        CII,
        "ERR_XSD_001",
    ),
}


@pytest.mark.parametrize("cas", list(TECHNIQUES))
def test_une_erreur_technique_condamne_le_flux(chez_voltaigne, cas):
    contenu, syntaxe, code = TECHNIQUES[cas]
    resultat = chez_voltaigne.deposer(contenu, "envoi.xml", syntaxe)
    assert (resultat.etat, resultat.refus) == ("IN_REJETE", ())
    codes = {c for c, _ in resultat.techniques}
    assert codes == ({code} if code else codes)
    assert all(c.startswith(("IRR_", "ERR_XSD")) and libelle.isascii() for c, libelle in resultat.techniques)


@pytest.mark.parametrize("syntaxe", sorted(NON_PRISES))
def test_une_syntaxe_non_simulee_est_prise_puis_rejetee(chez_voltaigne, syntaxe):
    resultat = chez_voltaigne.deposer(cii(), "facture.xml", syntaxe)
    assert resultat.etat == "IN_REJETE"
    ((code, libelle),) = resultat.techniques
    assert code == "IRR_TYPE"
    assert libelle.endswith("Syntaxe non prise en charge par le bac a sable.")


def test_le_montant_illisible_a_le_libelle_du_vrai_compte_rendu(chez_voltaigne):
    resultat = chez_voltaigne.deposer(cii(lambda x: x.replace(b">120.00<", b">-1 324,60<")))
    _, libelle = resultat.techniques[0]
    motif = (
        r"IRRECEVABILITE: cvc-datatype-valid\.1\.2\.1: '-1 324,60' is not a valid value for 'decimal'\. "
        r"- ligne: \d+ - position: \d+"
    )
    assert re.fullmatch(motif, libelle)


# --- read whatever the encoding


@pytest.mark.parametrize("codage", ["ISO-8859-1", "UTF-16", "windows-1252", "UTF-8-sig"])
def test_l_encodage_declare_est_lu(chez_voltaigne, codage):
    declare = "UTF-8" if codage == "UTF-8-sig" else codage
    texte = cii(code_service="").decode().replace("encoding='UTF-8'", f"encoding='{declare}'")
    assert declare in texte
    assert chez_voltaigne.deposer(texte.encode(codage)).etat == "IN_INTEGRE"
    with chez_voltaigne.cohort.monde():
        assert Facture.objects.get().lignes.get().denomination == "Étude"


# --- I: one invoice


FONCTIONNELS = {
    "sans ligne": (
        lambda x: re.sub(rb"<ram:Included.*</ram:IncludedSupplyChainTradeLineItem>", b"", x, flags=re.DOTALL),
        {},
        "IncludedSupplyChainTradeLineItem.AssociatedDocumentLineDocument.LineID.value est obligatoire.",
    ),
    "21 caractères": (
        None,
        {"numero": "N" * 21},
        "Le champ identifiant de la facture (FichierXml.ExchangedDocument.ID.value) ne doit pas depasser 20 caracteres",
    ),
    "fournisseur inconnu": (
        None,
        {"fournisseur": PartieAEcrire("00029999900019", "X")},
        "L'identifiant fournisseur de la demande de paiement (balise : FichierXml.SupplyChainTradeTransaction."
        "ApplicableHeaderTradeAgreement.SellerTradeParty.SpecifiedLegalOrganization.ID.value) n'est pas reference "
        "dans notre systeme. ",
    ),
    "destinataire inactif": (None, {"destinataire": PartieAEcrire(INACTIVE, "X")}, "Le destinataire"),
    "destinataire MOA": (None, {"destinataire": PartieAEcrire(MOA, "X")}, "factures de travaux"),
    "service absent": (
        None,
        {"destinataire": PartieAEcrire(HOPITAL, "X")},
        "ApplicableHeaderTradeAgreement.BuyerReference.value est obligatoire.",
    ),
    "service inconnu": (None, {"code_service": "INCONNU"}, "INCONNU"),
    "engagement inconnu de l'État": (
        None,
        {"destinataire": PartieAEcrire(ETAT, "X"), "numero_engagement": "9999999999"},
        "engagement",
    ),
    "cadre de travaux": (None, {"cadre": "A4"}, "A4"),
    "cadre de la réforme": (None, {"cadre": "B1"}, "B1"),
    "valideur absent": (None, {"cadre": "A9"}, "InvoiceeTradeParty.SpecifiedLegalOrganization.ID.value"),
    "valideur inconnu": (
        None,
        {"cadre": "A9", "valideur": PartieAEcrire("00029999900019", "X")},
        "InvoiceeTradeParty.SpecifiedLegalOrganization.ID.value",
    ),
    "catégorie absente en E1": (
        lambda x: x.replace(b"<ram:CategoryCode>S</ram:CategoryCode>", b""),
        {},
        "ApplicableTradeTax.CategoryCode.value est obligatoire.",
    ),
    "catégorie inconnue": (
        lambda x: x.replace(b"<ram:CategoryCode>S<", b"<ram:CategoryCode>Q<"),
        {},
        "Q",
    ),
    "totaux": (lambda x: x.replace(b">120.00<", b">120.02<"), {}, "GrandTotalAmount"),
    "A2 à payer": (
        lambda x: x.replace(b"DuePayableAmount>0.00<", b"DuePayableAmount>120.00<"),
        {"cadre": "A2"},
        "DuePayableAmount",
    ),
    "date future": (None, {"date_facture": date(2026, 12, 9)}, "IssueDateTime"),
    "paiement hors liste": (lambda x: x.replace(b">30</ram:TypeCode>", b">57</ram:TypeCode>"), {}, "57"),
    "paiement absent": (
        lambda x: re.sub(
            rb"<ram:SpecifiedTradeSettlementPaymentMeans>.*</ram:SpecifiedTradeSettlementPaymentMeans>",
            b"",
            x,
            flags=re.DOTALL,
        ),
        {},
        "L'element FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement."
        "SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire.",
    ),
    "deux devises": (
        lambda x: x.replace(b"<ram:GrandTotalAmount>", b'<ram:GrandTotalAmount currencyID="USD">'),
        {},
        "USD",
    ),
    "iban": (lambda x: x.replace(b"FR7630004008230001234567819", b"FR7630004008230001234567810"), {}, "IBAN"),
    "type 389": (lambda x: x.replace(b">380<", b">389<"), {}, "389"),
    "pièce vide": (avec_piece("note.pdf", b""), {}, "vide"),
    "pièce d'un type refusé": (avec_piece("note.exe", b"MZ"), {}, "note.exe"),
}


@pytest.mark.parametrize("cas", list(FONCTIONNELS))
def test_une_erreur_fonctionnelle_refuse_la_facture(chez_voltaigne, cas):
    editer, champs, dit = FONCTIONNELS[cas]
    resultat = chez_voltaigne.deposer(cii(editer, **champs))
    assert (resultat.etat, resultat.techniques) == ("IN_REJETE", ())
    ((numero, libelle),) = resultat.refus
    assert numero == champs.get("numero", "F-1")
    assert dit in libelle
    assert libelle.isascii()
    assert len(libelle) <= 255


def test_l_arithmetique_d_un_flux_mixte_s_arrete_a_l_en_tete(chez_voltaigne):
    """A-10: an E1 is held to the sums of its breakdown, an E2 to HT + TVA = TTC."""
    fausse = cii(lambda x: x.replace(b"<ram:BasisAmount>100.00<", b"<ram:BasisAmount>80.00<"))
    assert chez_voltaigne.deposer(fausse).etat == "IN_REJETE"
    assert chez_voltaigne.deposer(fausse, "f.xml", "IN_DP_E2_CII_MIN_16B").etat == "IN_INTEGRE"


def test_le_fournisseur_inconnu_d_un_ubl(chez_voltaigne):
    resultat = chez_voltaigne.deposer(ubl(fournisseur=PartieAEcrire("00029999900019", "X")), "f.xml", UBL)
    ((_, libelle),) = resultat.refus
    assert libelle.startswith(
        "L'identifiant fournisseur de la demande de paiement (balise : "
        "AccountingSupplierParty.Party.PartyIdentification.ID.value) n'est pas reference dans notre systeme. "
    )


def test_les_raisons_sont_jointes_et_coupees(chez_voltaigne):
    resultat = chez_voltaigne.deposer(
        cii(numero="N" * 21, fournisseur=PartieAEcrire("00029999900019", "X"), code_service="INCONNU")
    )
    ((_, libelle),) = resultat.refus
    assert "|" in libelle
    assert len(libelle) == 255


# --- lots, duplicates


def test_un_lot_garde_ses_factures_justes(chez_voltaigne):
    lot = zip_de(**{"1.xml": cii(), "2.xml": cii(numero="F-2", code_service="INCONNU"), "3.xml": cii(numero="F-3")})
    resultat = chez_voltaigne.deposer(lot, "lot.zip")
    assert (resultat.etat, [n for n, _ in resultat.refus]) == ("IN_INTEGRE_PARTIEL", ["F-2"])
    with chez_voltaigne.cohort.monde():
        assert set(Facture.objects.values_list("numero", flat=True)) == {"F-1", "F-3"}
    assert chez_voltaigne.deposer(cii(numero="F-2")).etat == "IN_INTEGRE", "a refused number may serve again"


def test_le_premier_des_doubles_d_un_lot_gagne(chez_voltaigne):
    lot = zip_de(**{"1.xml": cii(), "2.xml": cii(commentaire="La même")})
    resultat = chez_voltaigne.deposer(lot, "lot.zip")
    assert (resultat.etat, [n for n, _ in resultat.refus]) == ("IN_INTEGRE_PARTIEL", ["F-1"])
    with chez_voltaigne.cohort.monde():
        assert Facture.objects.get().commentaire == ""


def test_le_meme_flux_deux_fois_a_la_fois_est_un_seul(chez_voltaigne):
    un, deux = (chez_voltaigne.envoyer(cii(), "f.xml", CII) for _ in range(2))
    assert un == deux
    engine.play_due(chez_voltaigne.cohort)
    assert chez_voltaigne.deposer(cii()).refus[0][0] == "F-1", "once treated, it is a duplicate"
    with chez_voltaigne.cohort.monde():
        assert Facture.objects.count() == 1


def test_un_nom_long_ou_sans_rapport_ne_change_rien(chez_voltaigne):
    assert chez_voltaigne.deposer(cii(), "n" * 196 + ".xml").etat == "IN_INTEGRE"
    assert chez_voltaigne.deposer(cii(numero="F-2"), "export.2026").etat == "IN_INTEGRE"
    lot = zip_de(**{"n" * 150 + ".xml": cii(numero="F-3")})
    assert chez_voltaigne.deposer(lot, "lot.zip").etat == "IN_INTEGRE"


@pytest.mark.lent
def test_une_facture_de_dix_mille_lignes(chez_voltaigne):
    lignes = tuple(LigneAEcrire(f"Article {n}", D(1), D("1.01")) for n in range(10_000))
    resultat = chez_voltaigne.deposer(cii(lignes=lignes))
    assert (resultat.etat, resultat.refus) == ("IN_INTEGRE", ())
    with chez_voltaigne.cohort.monde():
        facture = Facture.objects.get()
        assert (facture.lignes.count(), facture.montant_ht) == (10_000, D("10100.00"))


def test_d_un_pdf_a_deux_factures_le_nom_officiel_gagne(chez_voltaigne):
    """Two files that disagree: factur-x.xml is the invoice, the other a warning (flux-edi.md §12)."""
    contenu = chez_voltaigne.adapter(corpus("facturx-pdf/own__facturx-two-xml.pdf"), "DEUX-1")
    resultat = chez_voltaigne.deposer(contenu, "facture.pdf", FACTURX)
    assert resultat.etat == "IN_INTEGRE"
    with chez_voltaigne.cohort.monde():
        (element,) = ElementFlux.objects.all()
        assert element.facture.numero == "DEUX-1"
    assert "FX_PLUSIEURS_XML" in {c["code"] for c in element.avertissements}
