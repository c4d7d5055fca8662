"""Sample invoices of a seat: what the demonstration and the tests deposit."""

import pytest
from django.urls import reverse

from formation.services import documents_exercice
from invoices.formats.extraction import extraire
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine
from sandbox.cohorts.models import Participant
from structures.models import EntrepriseInsee

pytestmark = pytest.mark.django_db


def _pdf(cohort, cle, numero=1):
    with cohort.monde():
        participant = Participant.objects.select_related("cohort").get(numero=numero)
        return documents_exercice.composer(participant, documents_exercice.document(cle))


def test_le_pdf_texte_porte_les_donnees_de_l_exercice(cohort):
    lu = extraire(_pdf(cohort, "texte"))
    assert lu.numero_facture.valeur == "ARB-2026-118"
    assert lu.siret_fournisseur.valeur == "00010101400017"
    assert lu.siret_destinataire.valeur == documents_exercice.CLIENT
    assert str(lu.montant_ttc.valeur) == "4168.80"
    assert lu.date_facture.valeur == cohort.ancrage


def test_le_scan_n_a_pas_de_texte_et_le_protege_ne_s_ouvre_pas(cohort):
    assert not extraire(_pdf(cohort, "scan")).texte
    assert examine(_pdf(cohort, "protegee")).chiffre


@pytest.mark.parametrize("cle", ["facturx", "facturx-reel"])
def test_les_factur_x_nomment_le_poste_et_son_client(cohort, cle):
    lue = lire(examine(_pdf(cohort, cle, numero=2)).exiger().xml)
    assert lue.fournisseur.identifiant == "00010102200010"
    assert lue.destinataire.identifiant == documents_exercice.CLIENT
    assert lue.date_facture == cohort.ancrage
    assert lue.mode_paiement == "VIREMENT"


def test_le_meme_jour_donne_les_memes_octets(cohort):
    assert _pdf(cohort, "facturx") == _pdf(cohort, "facturx")


def test_la_page_les_propose_et_l_inconnu_est_absent(poste):
    page = poste.get(reverse("formation:documents"))
    for document in documents_exercice.DOCUMENTS:
        assert reverse("formation:document", args=[document.cle]) in page.content.decode()
    reponse = poste.get(reverse("formation:document", args=["texte"]))
    assert reponse.content.startswith(b"%PDF-")
    assert "facture-ARB-2026-118.pdf" in reponse["Content-Disposition"]
    assert poste.get(reverse("formation:document", args=["rien"])).status_code == 404


def test_sans_place_on_rejoint_d_abord(client):
    assert client.get(reverse("formation:documents")).url == reverse("formation:rejoindre")


def test_sans_l_entreprise_du_poste_il_n_y_a_pas_de_document(poste, cohort):
    with cohort.monde():
        EntrepriseInsee.objects.filter(place=1).delete()
    assert poste.get(reverse("formation:document", args=["texte"])).status_code == 404
