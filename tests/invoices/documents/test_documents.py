"""Documents drawn up by the portal: complete, marked, the same bytes each time."""

import io
from datetime import timedelta
from hashlib import sha256

import pypdf
import pytest

from invoices.documents import certificat, facture_pdf
from invoices.enums import ModeDepot
from invoices.models import Facture, PieceJointe
from invoices.services import deposer, documents
from invoices.tasks import produire_documents
from sandbox.documents import store
from structures.queries import droits
from tests import factories

pytestmark = pytest.mark.django_db


def texte(octets):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(octets)).pages)


@pytest.fixture
def envoyee(facture_deposee, cohort):
    with cohort.monde():
        yield documents.charger(facture_deposee.pk)


def test_la_facture_du_portail(envoyee):
    octets = facture_pdf.rendre(envoyee)
    lu = texte(octets)
    for attendu in ("Facture n° F-2026-001", "ARBELIN MENUISERIE 01", "COMMUNE DE VALMORAN", "120,00", "page 1/1"):
        assert attendu in lu.replace("\u202f", "")
    assert " ".join(lu.split()).count("SANS VALEUR") >= 2


def test_memes_octets(envoyee):
    assert facture_pdf.rendre(envoyee) == facture_pdf.rendre(envoyee)
    assert certificat.rendre(envoyee) == certificat.rendre(envoyee)


def test_le_certificat_porte_les_empreintes(envoyee):
    lignes = certificat.mentions(envoyee)
    principale = PieceJointe.objects.get(principale=True)
    assert dict(lignes)["SHA-256 du fichier principal"] == principale.empreinte
    assert sha256(store.open_bytes(principale.empreinte)).hexdigest() == principale.empreinte
    lu = texte(certificat.rendre(envoyee)).replace("\n", "")
    assert certificat.empreinte(lignes) in lu
    assert "07/12/2026" in lu
    assert certificat.empreinte([*lignes[:-1], ("Identifiant de la facture", "0")]) != certificat.empreinte(lignes)


def test_le_certificat_dit_tout_dans_l_ordre(envoyee):
    assert [nom for nom, _ in certificat.mentions(envoyee)] == [
        "Structure émettrice",
        "SIRET",
        "Numéro",
        "Type",
        "Cadre de facturation",
        "Destinataire",
        "Service",
        "Date et heure de dépôt",
        "Montant HT",
        "Montant TVA",
        "Montant TTC",
        "Montant à payer",
        "Pièces jointes",
        "SHA-256 du fichier principal",
        "Identifiant de la facture",
    ]


def test_l_empreinte_du_certificat_est_celle_de_ses_lignes_et_reste(envoyee, cohort):
    attendue = certificat.empreinte(certificat.mentions(envoyee))
    assert certificat.empreinte_certificat(envoyee) == attendue
    envoyee.destinataire = factories.publique(cohort, factories.HOPITAL)
    envoyee.save()
    assert certificat.empreinte(certificat.mentions(envoyee)) != attendue
    assert certificat.empreinte_certificat(documents.charger(envoyee.pk)) == attendue


def test_le_certificat_ne_compte_que_les_pieces_du_depot(envoyee):
    commun = {"cohort": envoyee.cohort, "place": 1, "facture": envoyee, "empreinte": "a" * 64, "taille": 2048}
    PieceJointe.objects.create(**commun, nom="devis.pdf", ajoutee_le=envoyee.date_depot)
    PieceJointe.objects.create(**commun, nom="apres.pdf", ajoutee_le=envoyee.date_depot + timedelta(days=1))
    pieces = dict(certificat.mentions(documents.charger(envoyee.pk)))["Pièces jointes"]
    assert pieces.startswith("devis.pdf (")
    assert "apres.pdf" not in pieces


def test_deux_ensemble_ne_font_qu_un_document(envoyee):
    def rendre_pendant_qu_un_autre_rend(facture):
        documents.facture_en_pdf(facture, lambda _: b"%PDF-premier")
        return b"%PDF-second"

    piece = documents.facture_en_pdf(envoyee, rendre_pendant_qu_un_autre_rend)
    assert store.open_bytes(piece.empreinte) == b"%PDF-premier"
    assert PieceJointe.objects.count() == 1


def test_le_contenu_dit_si_c_est_un_pdf(db):
    assert documents.est_pdf(store.store(b"\n%PDF-1.7"))
    assert not documents.est_pdf(store.store(b"<?xml version='1.0'?>"))
    with pytest.raises(store.FichierAbsent):
        documents.est_pdf("0" * 64)


def test_la_tache_se_rejoue_sans_rien_refaire(facture_deposee, cohort):
    produire_documents(cohort.pk, facture_deposee.pk)
    with cohort.monde():
        avant = (Facture.objects.get().certificat, list(PieceJointe.objects.values_list("pk", "empreinte")))
    produire_documents(cohort.pk, facture_deposee.pk)
    with cohort.monde():
        assert (Facture.objects.get().certificat, list(PieceJointe.objects.values_list("pk", "empreinte"))) == avant
        assert len(avant[0]) == 64


def test_la_tache_ignore_ce_qui_a_disparu(cohort, brouillon):
    produire_documents(cohort.pk, 999_999)
    produire_documents(999_999, 1)
    produire_documents(cohort.pk, brouillon.pk)
    with cohort.monde():
        assert not PieceJointe.objects.exists()


def test_un_depot_garde_son_document(envoyee):
    envoyee.mode_depot = ModeDepot.DEPOT_PDF_PORTAIL
    assert documents.facture_en_pdf(envoyee, facture_pdf.rendre) is None
    assert dict(certificat.mentions(envoyee))["SHA-256 du fichier principal"] == "–"


def test_un_envoi_prepare_les_documents_sans_qu_on_les_demande(
    brouillon, compte, cohort, django_capture_on_commit_callbacks
):
    with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
        deposer.envoyer(brouillon.pk, compte=compte, droits=droits(compte))
    with cohort.monde():
        brouillon.refresh_from_db()
        assert brouillon.certificat
        assert PieceJointe.objects.get(facture=brouillon).principale
