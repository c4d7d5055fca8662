"""Archives and pivot: what they hold, under names that no file can bend."""

import base64
import io
import zipfile
from decimal import Decimal

import pytest
from lxml import etree

from invoices.documents import lots
from invoices.enums import Cadre, DecisionValidation, ModeDepot, TypePieceJointe
from invoices.formats.cii import ecrire_cii
from invoices.formats.exemples import facture_exemple
from invoices.models import PieceJointe, Validation
from invoices.services import documents
from invoices.services.telechargements import Choix, Fabrication, TelechargementRefuse
from sandbox import clock
from sandbox.documents import store
from tests import factories

pytestmark = pytest.mark.django_db
PIEGES = {
    "../../etc/passwd": "PJ02_etc_passwd",
    "rapport\u202efdp.exe": "PJ02_rapport_fdp.exe",
    "nul\x01octet.txt": "PJ02_nul_octet.txt",
    "C:\\temp\\devis.pdf": "PJ02_C_temp_devis.pdf",
    "...": "PJ02_fichier",
}


@pytest.fixture
def envoyee(facture_deposee, cohort):
    with cohort.monde():
        yield documents.charger(facture_deposee.pk)


def joindre(facture, nom, contenu=b"contenu", **champs):
    return PieceJointe.objects.create(
        cohort=facture.cohort,
        place=1,
        facture=facture,
        nom=nom,
        empreinte=store.store(contenu),
        taille=len(contenu),
        **champs,
    )


def fabriquer(factures, **choix):
    sortie, faites = io.BytesIO(), []
    nom = lots.fabriquer(Fabrication([f.pk for f in factures], Choix(**choix), "7", sortie, faites.append))
    return nom, sortie.getvalue(), faites


def membres(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.testzip() is None
        return {nom: archive.read(nom) for nom in archive.namelist()}


def test_un_seul_document_est_le_pdf(envoyee):
    joindre(envoyee, "devis.pdf")
    nom, octets, faites = fabriquer([envoyee])
    assert (nom, octets[:5], faites) == ("Facture F-2026-001.pdf", b"%PDF-", [1])


def test_plusieurs_documents_sont_un_zip(envoyee):
    joindre(envoyee, "devis.pdf", b"un")
    joindre(envoyee, "devis.pdf", b"deux")
    nom, octets, _ = fabriquer([envoyee], avec_pieces=True)
    assert nom == "Facture F-2026-001.zip"
    contenu = membres(octets)
    assert list(contenu) == ["Facture F-2026-001.pdf", "PJ02_devis.pdf", "PJ03_devis.pdf"]
    assert (contenu["PJ02_devis.pdf"], contenu["PJ03_devis.pdf"]) == (b"un", b"deux")


def test_sans_piece_le_document_reste_seul(envoyee):
    assert fabriquer([envoyee], avec_pieces=True)[0] == "Facture F-2026-001.pdf"


def test_plusieurs_factures_ont_chacune_leur_dossier(envoyee, structure, destinataire, compte):
    autre = factories.facture(structure, destinataire, compte=compte, numero="F/2", annee=2025)
    jumelle = factories.facture(structure, destinataire, compte=compte, numero="f-2", annee=2024)
    joindre(envoyee, "devis.pdf")
    nom, octets, faites = fabriquer([envoyee, autre, jumelle], avec_pieces=True)
    assert nom == f"Factures {clock.today().isoformat()}.zip"
    assert list(membres(octets)) == [
        "Facture F-2026-001/Facture F-2026-001.pdf",
        "Facture F-2026-001/PJ02_devis.pdf",
        "Facture F-2/Facture F-2.pdf",
        "Facture f-2 (2)/Facture f-2.pdf",
    ]
    assert faites == [1, 2, 3]
    assert octets == fabriquer([envoyee, autre, jumelle], avec_pieces=True)[1]


def test_une_facture_disparue_est_passee(envoyee):
    disparue = type(envoyee)(pk=999_999)
    assert membres(fabriquer([disparue, envoyee])[1]).keys() == {"Facture F-2026-001/Facture F-2026-001.pdf"}
    with pytest.raises(TelechargementRefuse):
        fabriquer([disparue])


@pytest.mark.parametrize(("brut", "sur"), PIEGES.items())
def test_aucun_nom_n_entre_tel_quel(envoyee, brut, sur):
    joindre(envoyee, brut)
    sortie = io.BytesIO()
    assert lots.zip_des_pieces(envoyee, sortie) == "Pièces jointes F-2026-001.zip"
    assert list(membres(sortie.getvalue())) == ["PJ01_Facture F-2026-001.pdf", sur]


def test_un_nom_demesure_est_raccourci(envoyee):
    joindre(envoyee, "é" * 180 + ".pdf")
    sortie = io.BytesIO()
    lots.zip_des_pieces(envoyee, sortie)
    nom = list(membres(sortie.getvalue()))[1]
    assert nom.endswith("é.pdf")
    assert len(nom) <= lots.NOM_DANS_UNE_ARCHIVE + len("PJ02_")
    assert len(lots._court("a" * 500)) == lots.NOM_DANS_UNE_ARCHIVE


def lire(octets):
    return etree.fromstring(octets, etree.XMLParser(huge_tree=True))


def texte(racine, chemin):
    return racine.findtext(f".//{chemin}")


def decoder(piece):
    return membres(base64.b64decode(piece.findtext("Contenu")))


def test_le_pivot_porte_la_facture_et_ses_pieces(envoyee):
    piege = "../../é\u202e &<devis>.pdf"
    joindre(envoyee, piege, b"le devis", type=TypePieceJointe.BON_COMMANDE)
    joindre(envoyee, "rib.txt", b"le rib", type=TypePieceJointe.RIB)
    nom, octets, faites = fabriquer([envoyee], format="PIVOT")
    racine = lire(octets)
    assert nom == "FEN0036A_CPP001_CPP0010036000000000000007.xml"
    assert racine.tag == "CPPFacturePivot"
    assert set(racine.attrib.values()) == {"CPPFacturePivot_V2_02.xsd"}
    assert faites == [1]
    parametres = {p.findtext("Code"): p.findtext("Valeurparametre") for p in racine.iter("ParametreIndiv")}
    assert parametres == {"DtPrd": "2026-12-07T09:00:00+01:00", "IdFlx": "CPP0010036000000000000007"}
    unitaire = racine.find("Enveloppe/EnveloppeUnitaire/CPPFactures[@Compteur='1']/CPPFacturePivotUnitaire")
    attendus = {
        "Fournisseur/TypeIdentifiant": "1",
        "Fournisseur/Identifiant": envoyee.fournisseur.identifiant,
        "Fournisseur/RaisonSociale": "ARBELIN MENUISERIE 01",
        "Fournisseur/CodePays": "FR",
        "Fournisseur/ModeEmission": "SAISIE_PORTAIL",
        "Debiteur/Identifiant": envoyee.destinataire.identifiant,
        "DonneesFacture/Id": "F-2026-001",
        "DonneesFacture/IdCPRO": str(envoyee.pk),
        "DonneesFacture/Renvoi": "Non",
        "DonneesFacture/Type": "FACTURE",
        "DonneesFacture/Cadre": "A1",
        "DonneesFacture/DateEmissionFacture": "2026-12-07",
        "DonneesFacture/DateReception": "2026-12-07T10:00:00+01:00",
        "DonneesFacture/ModePaiement/Libelle": "Virement",
        "DonneesFacture/Montants/MontantTTC": "120",
        "DonneesFacture/TVAs/TVA/MontantTVA": "20",
        "DonneesFacture/Lignes/Ligne/MontantHT": "100",
    }
    assert {chemin: unitaire.findtext(chemin) for chemin in attendus} == attendus
    pieces = unitaire.findall("PJ")
    lus = [
        (p.findtext("NomPJ"), p.findtext("TypePJ"), p.findtext("CategoriePJ"), p.findtext("NomPJOrigine"))
        for p in pieces
    ]
    assert lus == [
        ("PJ01.zip", "01", "Facture PDF", "Facture F-2026-001.pdf"),
        ("PJ02.zip", "02", "Bon de commande", piege),
        ("PJ03.zip", "02", "Document annexe", "rib.txt"),
    ]
    assert decoder(pieces[1]) == {"é_ &_devis_.pdf": b"le devis"}
    assert unitaire.find("CycleDeValidation") is None
    assert octets == fabriquer([envoyee], format="PIVOT")[1]


def test_le_pivot_dit_les_montants_du_portail(envoyee):
    envoyee.remise_globale, envoyee.montant_ttc = Decimal("12"), Decimal("108")
    envoyee.montant_a_payer, envoyee.recyclages = Decimal("100.5"), 1
    envoyee.mode_paiement, envoyee.type_facture = "AUTRE", "AVOIR"
    envoyee.numero_facture_origine, envoyee.numero_engagement = "F-0", "EJ-1"
    envoyee.save()
    donnees = lire(fabriquer([envoyee], format="PIVOT")[1]).find(".//DonneesFacture")
    montants = {n.tag: n.text for n in donnees.find("Montants")}
    assert montants == {"MontantHT": "100", "MontantTTC": "108", "MontantNetAPayer": "100.5"}
    assert donnees.findtext("TVAs/TVA/BaseHt") == "100"
    assert (donnees.findtext("Renvoi"), donnees.findtext("Type")) == ("Recyclée", "AVOIR")
    assert (donnees.findtext("IdFactureOrigine"), donnees.findtext("Engagement/NumeroEngagement")) == ("F-0", "EJ-1")
    assert donnees.findtext("ModePaiement/Code") == "30"


def test_le_pivot_de_plusieurs_factures(envoyee, structure, destinataire, compte):
    autre = factories.facture(structure, destinataire, compte=compte, numero="F-2")
    racine = lire(fabriquer([envoyee, autre], format="PIVOT")[1])
    assert racine.find(".//CPPFactures").get("Compteur") == "2"
    assert [n.text for n in racine.iterfind(".//DonneesFacture/Id")] == ["F-2026-001", "F-2"]


def test_le_cycle_de_validation(envoyee, cohort):
    titulaire = factories.structure(cohort, 2)
    envoyee.cadre, envoyee.valideur = Cadre.A9, titulaire
    envoyee.save()
    commun = {"cohort": cohort, "facture": envoyee, "structure": titulaire}
    Validation.objects.create(
        **commun, rang=1, decision=DecisionValidation.VALIDEE, decidee_le=clock.now(), complement="Conforme"
    )
    Validation.objects.create(**commun, rang=2)
    cycle = lire(fabriquer([envoyee], format="PIVOT")[1]).find(".//CycleDeValidation")
    premiere, seconde = cycle.findall("Validation")
    assert {n.tag: n.text for n in premiere} == {
        "Valideur": "1",
        "TypeIdentifiant": "1",
        "Identifiant": titulaire.identifiant,
        "Nom": titulaire.raison_sociale,
        "Decision": "Validée",
        "Date": "2026-12-07T09:00:00+01:00",
        "Commentaire": "Conforme",
    }
    assert seconde.find("Decision") is None


@pytest.fixture
def structuree(envoyee):
    """An invoice whose original is an XML, that nobody can read."""
    envoyee.mode_depot = ModeDepot.UPLOAD_PORTAIL
    envoyee.save()
    joindre(envoyee, "facture.xml", ecrire_cii(facture_exemple()), principale=True)
    return envoyee


def test_un_xml_a_sa_copie_lisible(structuree):
    pieces = lire(fabriquer([structuree], format="PIVOT")[1]).findall(".//PJ")
    assert [(p.findtext("NomPJ"), p.findtext("TypePJ"), p.findtext("CategoriePJ")) for p in pieces] == [
        ("PJ00.zip", "02", "Facture PDF"),
        ("PJ01.zip", "01", "Facture XML"),
    ]
    ((nom, contenu),) = decoder(pieces[0]).items()
    assert (nom, contenu[:5]) == ("PJ00_Facture F-2026-001.pdf", b"%PDF-")
    assert decoder(pieces[1]).keys() == {"facture.xml"}


def test_un_xml_se_telecharge_lisible_et_original(structuree):
    assert fabriquer([structuree])[0] == "Facture F-2026-001.pdf"
    contenu = membres(fabriquer([structuree], avec_pieces=True)[1])
    assert list(contenu) == ["Facture F-2026-001.pdf", "PJ01_facture.xml"]
    assert contenu["PJ01_facture.xml"].startswith(b"<?xml")


def test_un_depot_garde_son_nom(envoyee):
    envoyee.mode_depot = ModeDepot.DEPOT_PDF_PORTAIL
    envoyee.save()
    joindre(envoyee, "ma facture.pdf", b"%PDF-1.7 contenu", principale=True)
    assert fabriquer([envoyee])[:2] == ("ma facture.pdf", b"%PDF-1.7 contenu")
