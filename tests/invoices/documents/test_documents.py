"""Documents drawn up by the portal: complete, marked, the same bytes each time."""

import io
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
