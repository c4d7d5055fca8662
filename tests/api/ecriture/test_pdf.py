"""deposer/pdf: what is read of a PDF, what is refused (api.md §6.2, A-21; factures.md §2.4)."""

import pytest

from api.familles import factures_pdf
from api.models import FichierApi
from invoices.enums import ModeDepot, Statut
from invoices.models import Facture, PieceJointe
from sandbox.documents import menage
from tests.api.appels import CORVAN, VALMORAN, VOLTAIGNE, client_api
from tests.api.ecriture.demandes import PDF, SOUMETTRE, depot_pdf, nombre, saisie


@pytest.fixture
def programme(cohort):
    return client_api(cohort)


def test_rend_ce_qui_est_reconnu(programme, cohort, pdf):
    statut, recu = programme.post(PDF, depot_pdf(pdf))
    assert (statut, recu["codeRetour"], recu["libelle"]) == (200, 0, "GCU_MSG_01_000")
    piece = recu.pop("pieceJointeId")
    assert recu == {
        "codeRetour": 0,
        "libelle": "GCU_MSG_01_000",
        "numeroFacture": "V-2026-001",
        "dateFacture": recu["dateFacture"],
        "codeDestinataire": VALMORAN,
        "codeFournisseur": VOLTAIGNE,
        "codeDeviseFacture": "EUR",
        "typeFacture": "FACTURE",
        "numeroBonCommande": recu["numeroBonCommande"],
        "montantHtTotal": recu["montantHtTotal"],
        "montantTVA": recu["montantTVA"],
        "montantTtcAvantRemiseGlobalTTC": recu["montantTtcAvantRemiseGlobalTTC"],
        "montantAPayer": recu["montantAPayer"],
    }
    with cohort.monde():
        garde = FichierApi.objects.get(pk=piece)
        brouillon = Facture.objects.get()
        assert (garde.facture, garde.nom, garde.place) == (brouillon, "facture.pdf", None)
        assert (brouillon.statut, brouillon.mode_depot) == (Statut.INTERPRETEE_OCR, ModeDepot.DEPOT_PDF_API)
        assert (brouillon.fournisseur.identifiant, brouillon.destinataire.identifiant) == (VOLTAIGNE, VALMORAN)
        assert float(brouillon.montant_ttc) == recu["montantTtcAvantRemiseGlobalTTC"]
        assert brouillon.extraction["champs"]["numero"]["valeur"] == "V-2026-001"


def test_ce_qui_n_est_pas_reconnu_manque_sauf_le_type(programme, cohort, pdf):
    from invoices.formats.exemples import pdf_scan

    recu = programme.post(PDF, depot_pdf(pdf_scan(pdf)))[1]
    del recu["pieceJointeId"]
    assert recu == {"codeRetour": 0, "libelle": "GCU_MSG_01_000", "typeFacture": "FACTURE"}
    with cohort.monde():
        assert Facture.objects.get().fournisseur.identifiant == VOLTAIGNE


def test_un_facturx_est_lu_comme_un_pdf(programme, cohort, facturx):
    corps = depot_pdf(facturx, format_depot="PDF_SIGNE_PADES")
    assert programme.post(PDF, corps)[1]["numeroFacture"] == "V-2026-001"
    with cohort.monde():
        assert Facture.objects.get().mode_depot == ModeDepot.DEPOT_PDF_SIGNE_API


def test_le_meme_fichier_retrouve_son_brouillon(programme, cohort, pdf):
    premier, second = (programme.post(PDF, depot_pdf(pdf))[1]["pieceJointeId"] for _ in range(2))
    assert premier == second
    assert nombre(cohort) == 1


def test_une_fois_parti_le_meme_fichier_en_fait_un_autre(programme, cohort, pdf):
    premier = programme.post(PDF, depot_pdf(pdf))[1]["pieceJointeId"]
    corps = saisie(cohort, modeDepot="DEPOT_PDF_API", pieceJointePrincipale=[{"pieceJointePrincipaleId": premier}])
    assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == 0
    assert programme.post(PDF, depot_pdf(pdf))[1]["pieceJointeId"] != premier
    assert nombre(cohort) == 2


def test_la_purge_garde_le_fichier(programme, cohort, pdf):
    piece = programme.post(PDF, depot_pdf(pdf))[1]["pieceJointeId"]
    with cohort.monde():
        PieceJointe.objects.all().delete()
        empreinte = FichierApi.objects.get(pk=piece).empreinte
    assert empreinte in menage.referenced()


@pytest.mark.parametrize(
    ("champs", "code"),
    [
        pytest.param({"fichierFacture": None}, 29013, id="sans-fichier"),
        pytest.param({"nomFichier": ""}, 29013, id="sans-nom"),
        pytest.param({"formatDepot": None}, 29013, id="sans-format"),
        pytest.param({"nomFichier": "a" * 197 + ".pdf"}, 29013, id="nom-long"),
        pytest.param({"nomFichier": "facture"}, 29041, id="sans-extension"),
        pytest.param({"nomFichier": "facture.png"}, 29040, id="extension"),
        pytest.param({"fichierFacture": "data:,é"}, 29014, id="pas-du-base64"),
        pytest.param({"fichierFacture": "===="}, 29014, id="base64-vide"),
        pytest.param({"fichierFacture": "bm9u"}, 29050, id="pas-un-pdf"),
    ],
)
def test_refuse_en_200(programme, cohort, pdf, champs, code):
    statut, recu = programme.post(PDF, depot_pdf(pdf) | champs)
    assert (statut, recu["codeRetour"]) == (200, code), recu
    assert nombre(cohort) == 0


def test_un_pdf_protege_n_est_pas_analysable(programme, chiffre):
    assert programme.post(PDF, depot_pdf(chiffre))[1]["libelle"] == "SBX_050 - La facture n'a pas pu être analysée."


def test_un_fichier_sans_octet_est_vide(programme, pdf, monkeypatch):
    monkeypatch.setattr(factures_pdf, "decoder", lambda texte: b"")
    assert programme.post(PDF, depot_pdf(pdf))[1]["codeRetour"] == 29044


def test_un_format_inconnu_est_mal_forme(programme, pdf):
    assert programme.post(PDF, depot_pdf(pdf, format_depot="PDF"))[0] == 400


def test_trop_gros(programme, cohort, pdf, monkeypatch):
    monkeypatch.setattr(factures_pdf, "TAILLE_MAXIMUM", len(pdf) - 1)
    assert programme.post(PDF, depot_pdf(pdf)) == (413, {})
    monkeypatch.setattr(factures_pdf, "TAILLE_MAXIMUM", len(pdf))
    assert programme.post(PDF, depot_pdf(pdf))[1]["codeRetour"] == 0


def test_sans_l_habilitation(cohort, pdf):
    from structures.models import Habilitation

    with cohort.monde():
        Habilitation.objects.filter(
            rattachement__compte__login_email=f"TECH_1_{CORVAN}@cpro.fr", profil="FACTURES_EMISES"
        ).delete()
    assert client_api(cohort, siret=CORVAN).post(PDF, depot_pdf(pdf))[1]["codeRetour"] == 20001
