"""What a flow is told invoice by invoice: strict session or not, warnings, structured syntaxes, attachments."""

import base64
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from invoices.enums import EtatFlux, Statut
from invoices.formats.cii import PartieAEcrire, ecrire_cii
from invoices.formats.signalements import EICAR
from invoices.models import Facture, PieceJointe
from invoices.services import constats as mots
from invoices.services import documents
from invoices.services import flux as services
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from structures.models import Structure
from tests import factories
from tests.invoices.core.conftest import FACTURE

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
UBL = (CORPUS / "ubl/own__ubl-a1-nominal.xml").read_bytes()


@pytest.fixture
def integrer(compte, structure, cohort):
    def faire(contenu, nom="facture.xml", **champs):
        with cohort.monde():
            flux = services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom=nom, contenu=contenu, place=1, **champs
            )
            services.integrer(flux.pk)
            flux.refresh_from_db()
            flux.recus = list(flux.elements.all())
        return flux

    return faire


@pytest.fixture
def strict(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(controle_strict=True)


def cii(editer=None, **champs):
    xml = ecrire_cii(replace(FACTURE, **champs))
    return editer(xml) if editer else xml


def refus(flux):
    return [c["code"] for c in [*flux.compte_rendu, *(c for e in flux.recus for c in e.refus)]]


def avertis(flux):
    return [c["code"] for e in flux.recus for c in e.avertissements]


def sans_adresse(xml):
    """Valid against the schema, not for the norm: the parties have no address (BR-08…11)."""
    sans = re.sub(rb"<ram:PostalTradeAddress>.*?</ram:PostalTradeAddress>", b"", xml, flags=re.DOTALL)
    assert sans != xml
    return sans


# --- EN 16931


def test_un_ecart_a_la_norme_avertit(integrer):
    flux = integrer(cii(sans_adresse))
    assert (flux.etat, refus(flux)) == (EtatFlux.INTEGRE, [])
    assert {"BR-08", "BR-10"} <= set(avertis(flux))
    (constat,) = [c for c in flux.recus[0].avertissements if c["code"] == "BR-08"]
    assert constat["libelle"].startswith("BR-08 : ")
    assert constat["conseil"] == "Règle EN 16931 : donnée manquante ou incohérente."


@pytest.mark.usefixtures("strict")
def test_un_ecart_a_la_norme_refuse_en_controle_strict(integrer, cohort):
    flux = integrer(cii(sans_adresse))
    assert flux.etat == EtatFlux.REJETE
    assert {"BR-08", "BR-10"} <= set(refus(flux))
    with cohort.monde():
        assert not Facture.objects.exists()
    assert integrer(cii()).etat == EtatFlux.INTEGRE


def test_un_ecart_au_schema_avertit_en_factur_x_et_refuse_en_strict(integrer, facturx, cohort):
    """An unknown element, that changes no value."""

    def gonfler(xml):
        return xml.replace(b"</rsm:ExchangedDocument>", b"<ram:Inconnu>x</ram:Inconnu></rsm:ExchangedDocument>")

    contenu = facturx(editer=gonfler)
    flux = integrer(contenu, "f.pdf")
    assert (flux.etat, avertis(flux)[:1]) == (EtatFlux.INTEGRE, ["ERR_XSD_001"])
    Cohort.objects.filter(pk=cohort.pk).update(controle_strict=True)
    cohort.refresh_from_db()
    flux = integrer(facturx(editer=gonfler, numero="FX-2"), "f.pdf")
    assert (flux.etat, [c["code"] for c in flux.compte_rendu]) == (EtatFlux.REJETE, ["ERR_XSD_001"])


def test_le_profil_minimum_est_pris_sans_les_regles_de_la_norme(integrer, cohort):
    minimum = cii(lambda xml: xml.replace(b"urn:cen.eu:en16931:2017", b"urn:factur-x.eu:1p0:minimum"))
    flux = integrer(minimum)
    assert flux.syntaxe == "IN_DP_E2_CII_MIN_16B"
    assert flux.etat == EtatFlux.INTEGRE
    assert avertis(flux) == ["profile", "E2"]


def test_un_zugferd_1_est_refuse_par_son_profil(integrer):
    fichiers = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))["files"]
    nom = next(f["file"] for f in fichiers if f["file"].endswith(".pdf") and "ZUGFeRD 1" in controle_nature(f["file"]))
    flux = integrer((CORPUS / nom).read_bytes(), "facture.pdf")
    assert flux.etat == EtatFlux.REJETE
    assert "profile" in refus(flux)


def controle_nature(fichier):
    from invoices.formats.controle import controler

    return controler(CORPUS / fichier).profil


# --- warnings


def test_un_taux_hors_liste_avertit(integrer, cohort):
    lignes = tuple(replace(ligne, taux_tva=D(15)) for ligne in FACTURE.lignes)
    flux = integrer(cii(lignes=lignes))
    assert (flux.etat, refus(flux)) == (EtatFlux.INTEGRE, [])
    assert avertis(flux) == ["G1.24", "G1.24"]
    assert "15 %" in flux.recus[0].avertissements[0]["message"]


def test_un_avoir_negatif_avertit(integrer, cohort):
    lignes = tuple(replace(ligne, quantite=-ligne.quantite) for ligne in FACTURE.lignes)
    flux = integrer(cii(lignes=lignes, type_document="381", facture_origine="F-1"))
    assert (flux.etat, refus(flux)) == (EtatFlux.INTEGRE, [])
    assert "SBX_022" in avertis(flux)
    with cohort.monde():
        assert Facture.objects.get().montant_ttc < 0


def test_un_avoir_sans_origine_et_un_paiement_58_sont_remarques(integrer):
    flux = integrer(cii(lambda xml: xml.replace(b">30</ram:TypeCode>", b">58</ram:TypeCode>"), type_document="381"))
    assert flux.etat == EtatFlux.INTEGRE
    assert {"G1.31", "S2.05"} <= set(avertis(flux))


# --- structured (E1)


@pytest.mark.parametrize(
    ("editer", "code", "champ"),
    [
        (
            lambda x: re.sub(
                rb"<ram:IncludedSupplyChainTradeLineItem>.*</ram:IncludedSupplyChainTradeLineItem>",
                b"",
                x,
                flags=re.DOTALL,
            ),
            "mandatory",
            "BT-126",
        ),
        (lambda x: re.sub(rb"<ram:CategoryCode>S</ram:CategoryCode>", b"", x), "mandatory", "BT-118"),
        (lambda x: x.replace(b"<ram:BasisAmount>2475.00<", b"<ram:BasisAmount>2470.00<"), "amount", "BT-109"),
        (lambda x: x.replace(b"<ram:CalculatedAmount>495.00<", b"<ram:CalculatedAmount>490.00<"), "amount", "BT-110"),
    ],
)
def test_une_structuree_est_tenue_a_plus(integrer, editer, code, champ):
    contenu = cii(editer)
    assert contenu != cii()
    flux = integrer(contenu)
    assert flux.etat == EtatFlux.REJETE
    assert (code, champ) in {(c["code"], c["champ"]) for c in flux.recus[0].refus}


def test_une_structuree_sans_ligne_ni_total_de_tva():
    from invoices.formats.chorus import controler_structuree
    from invoices.formats.lecture import lire

    lue = replace(lire(cii()), lignes=(), montant_tva_declare=False, montant_ttc=D(1))
    assert [(c.code, c.champ) for c in controler_structuree(lue)] == [("mandatory", "BT-126"), ("amount", "BT-112")]
    vide = replace(lue, montant_ht=None, montant_tva=None, lignes_tva=())
    assert [c.champ for c in controler_structuree(vide)] == ["BT-126"]


def test_un_ubl_devient_une_facture(integrer, cohort, compte):
    from invoices.formats.lecture import lire

    lue = lire(UBL)
    xml = UBL
    for avant, apres in (
        (lue.fournisseur.identifiant, factories.siret_du_poste(1)),
        (lue.destinataire.identifiant, factories.VALMORAN),
        ("<cbc:BuyerReference>SERV-ACHATS</cbc:BuyerReference>", ""),
    ):
        xml = xml.replace(avant.encode(), apres.encode())
    flux = integrer(xml)
    assert (flux.syntaxe, flux.etat, refus(flux)) == ("IN_DP_E1_UBL_INVOICE", EtatFlux.INTEGRE, [])
    with cohort.monde():
        facture = Facture.objects.get()
        assert (facture.numero, facture.montant_ttc, facture.cree_par) == (lue.numero, D(300), compte)
        assert not PieceJointe.objects.filter(principale=True).exists()
        cree = documents.facture_en_pdf(facture, lambda _: b"%PDF-portail")
    assert (cree.principale, cree.nom) == (True, f"Facture {lue.numero}.pdf")


def test_le_fournisseur_inconnu_d_un_ubl_a_le_libelle_du_vrai_compte_rendu(integrer):
    flux = integrer(UBL)
    (constat,) = [c for c in flux.recus[0].refus if c["code"] == "DP"]
    assert constat["libelle"] == (
        "L'identifiant fournisseur de la demande de paiement (balise : "
        "AccountingSupplierParty.Party.PartyIdentification.ID.value) n'est pas reference dans notre systeme. "
    )


@pytest.mark.parametrize(
    ("champs", "code", "libelle"),
    [
        (
            {"numero": "N" * 21},
            "G1.05",
            "Le champ identifiant de la facture (FichierXml.ExchangedDocument.ID.value) ne doit pas depasser 20 "
            "caracteres",
        ),
        (
            {"destinataire": PartieAEcrire(factories.HOPITAL, "CHM")},
            "SBX_001",
            "L'element FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeAgreement.BuyerReference.value "
            "est obligatoire.",
        ),
    ],
)
def test_les_libelles_attestes(integrer, champs, code, libelle):
    flux = integrer(cii(**champs))
    assert (code, libelle) in {(c["code"], c["libelle"]) for c in flux.recus[0].refus}


def test_le_mode_de_paiement_manquant_a_le_libelle_atteste(integrer):
    sans = cii(
        lambda x: re.sub(
            rb"<ram:SpecifiedTradeSettlementPaymentMeans>.*?</ram:SpecifiedTradeSettlementPaymentMeans>",
            b"",
            x,
            flags=re.DOTALL,
        )
    )
    flux = integrer(sans)
    assert flux.recus[0].refus[0]["libelle"] == (
        "L'element FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement."
        "SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire."
    )


def test_une_date_d_avant_2000_et_un_cadre_inconnu(integrer):
    flux = integrer(cii(lambda x: x.replace(b"20261207", b"19991231")))
    assert ("date", "BT-2") in {(c["code"], c["champ"]) for c in flux.recus[0].refus}
    flux = integrer(cii(lambda x: x.replace(b">A1</ram:ID>", b">Z9</ram:ID>")))
    assert refus(flux) == ["G1.02"]


def test_une_structure_inactive_ne_depose_pas(integrer, cohort, structure):
    with cohort.monde():
        Structure.objects.filter(pk=structure.pk).update(etat="INACTIF")
    flux = integrer(cii())
    assert [c["message"] for c in flux.recus[0].refus if c["code"] == "DP"]


# --- valideur


def avec_valideur(siret):
    def editer(xml):
        tiers = (
            "<ram:InvoiceeTradeParty><ram:Name>TITULAIRE</ram:Name><ram:SpecifiedLegalOrganization>"
            f'<ram:ID schemeID="0002">{siret}</ram:ID></ram:SpecifiedLegalOrganization></ram:InvoiceeTradeParty>'
        ).encode()
        xml = xml.replace(b">A1</ram:ID>", b">A9</ram:ID>")
        return re.sub(rb"(</ram:InvoiceCurrencyCode>)", lambda m: m[1] + tiers, xml, count=1)

    return editer


def test_un_sous_traitant_depose_pour_son_titulaire(integrer, cohort):
    titulaire = factories.structure(cohort, 2)
    flux = integrer(cii(avec_valideur(titulaire.identifiant)))
    assert refus(flux) == []
    with cohort.monde():
        facture = Facture.objects.get()
    assert (facture.valideur_id, facture.statut) == (titulaire.pk, Statut.DEPOSEE)


def test_un_valideur_inconnu_est_dit_une_fois(integrer):
    flux = integrer(cii(avec_valideur("00029999900019")))
    assert [(c["code"], c["champ"]) for c in flux.recus[0].refus] == [("SBX_030", "BG-X-36")]


# --- attachments


def avec_piece(nom, contenu, type_piece="02"):
    def editer(xml):
        piece = (
            "<ram:AdditionalReferencedDocument>"
            f"<ram:IssuerAssignedID>{nom}</ram:IssuerAssignedID><ram:TypeCode>916</ram:TypeCode>"
            f"<ram:Name>{type_piece}</ram:Name>"
            f'<ram:AttachmentBinaryObject mimeCode="application/pdf" filename="{nom}">'
            f"{base64.b64encode(contenu).decode()}</ram:AttachmentBinaryObject></ram:AdditionalReferencedDocument>"
        ).encode()
        return xml.replace(b"</ram:ApplicableHeaderTradeAgreement>", piece + b"</ram:ApplicableHeaderTradeAgreement>")

    return editer


def test_les_pieces_d_un_xml_sont_gardees(integrer, cohort, page_pdfa):
    flux = integrer(cii(avec_piece("bon.pdf", page_pdfa)))
    assert refus(flux) == []
    with cohort.monde():
        pieces = {p.nom: p for p in PieceJointe.objects.all()}
    assert set(pieces) == {"bon.pdf", "facture.xml"}
    assert not any(p.principale for p in pieces.values())
    assert store.open_bytes(pieces["bon.pdf"].empreinte) == page_pdfa


def test_un_disque_plein_a_l_ecriture_d_une_piece_ne_laisse_pas_de_facture(integrer, cohort, page_pdfa, monkeypatch):
    vrai = store.store

    def plein(contenu):
        if contenu == page_pdfa:
            raise OSError(28, "No space left on device")
        return vrai(contenu)

    monkeypatch.setattr(store, "store", plein)
    flux = integrer(cii(avec_piece("bon.pdf", page_pdfa)))
    assert (flux.etat, refus(flux)) == (EtatFlux.REJETE, ["IRR_EXTRAC"])
    with cohort.monde():
        assert not Facture.objects.exists()


def test_la_piece_principale_d_un_flux_mixte_est_la_facture(integrer, cohort, page_pdfa):
    flux = integrer(cii(avec_piece("facture.pdf", page_pdfa, "01")), syntaxe="IN_DP_E2_CII_MIN_16B")
    assert (flux.etat, avertis(flux)) == (EtatFlux.INTEGRE, [])
    with cohort.monde():
        (principale,) = PieceJointe.objects.filter(principale=True)
    assert (principale.nom, principale.designation) == ("facture.pdf", "Facture")


def test_l_antivirus_voit_la_piece_decodee(integrer):
    flux = integrer(cii(avec_piece("virus.txt", b"X5O!P%" + EICAR)))
    assert refus(flux) == ["IRR_ANTIVIRUS"]


def test_un_pdf_a_script_et_a_programme_est_garde_signale_jamais_ouvert(integrer, cohort, facturx):
    sortie = BytesIO()
    with pikepdf.open(BytesIO(facturx())) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.attachments["outil.exe"] = b"MZ programme"
        pdf.attachments["bon.txt"] = b"bon de livraison"
        pdf.save(sortie)
    flux = integrer(sortie.getvalue(), "facture.pdf")
    assert flux.etat == EtatFlux.INTEGRE
    assert {"PDF_JAVASCRIPT", "PDF_EXECUTABLE"} <= set(avertis(flux))
    with cohort.monde():
        pieces = {p.nom: p for p in PieceJointe.objects.all()}
    assert set(pieces) == {"facture.pdf", "bon.txt"}
    assert "JavaScript" in pieces["facture.pdf"].signalement
    assert "outil.exe" in pieces["facture.pdf"].signalement


# --- words


def test_chaque_constat_dit_quoi_faire():
    assert mots.conseil("SBX_010").startswith("Donnez")
    assert mots.conseil("G1.05", "BT-1") == "Corrigez le numéro de la facture dans votre logiciel."
    assert mots.conseil("inconnu") == mots._DEFAUT


def test_la_date_de_la_session_est_la_limite(integrer):
    flux = integrer(cii(date_facture=date(2026, 12, 8)))
    assert ("date", "BT-2") in {(c["code"], c["champ"]) for c in flux.recus[0].refus}
