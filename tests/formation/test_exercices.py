"""« Exercices »: list, mission, documents, « Commencer »."""

from html import unescape

import pytest
from django.urls import reverse

from formation.models import OuvertureExercice
from invoices.models import Facture
from tests import factories

LISTE = reverse("formation:exercices")


def page(cle):
    return reverse("formation:exercice", args=[cle])


def test_la_liste_dit_ce_qui_est_commence(poste, cohort, structure):
    avant = poste.get(LISTE).content.decode()
    assert "Traiter une facture « À recycler »" in avant
    assert avant.count("pas commencé") == 9
    poste.post(page("ex5"))
    apres = poste.get(LISTE).content.decode()
    assert apres.count("pas commencé") == 8
    assert "ouvert le 07/12/2026" in apres


def test_commencer_prepare_la_facture_et_le_dit_une_fois(poste, cohort, structure):
    reponse = poste.post(page("ex5"), follow=True)
    contenu = unescape(reponse.content.decode())
    assert "L'exercice est prêt." in contenu
    assert "Commencer l'exercice" not in contenu
    assert "était déjà prêt" in poste.post(page("ex5"), follow=True).content.decode()
    with cohort.monde():
        assert Facture.objects.get().statut == "A_RECYCLER"


def test_sans_entreprise_la_page_dit_quoi_faire_et_rien_n_est_ouvert(poste, cohort):
    assert "Créez d'abord votre compte" in unescape(poste.get(page("ex6")).content.decode())
    reponse = poste.post(page("ex6"))
    assert reponse.status_code == 409
    assert 'role="alert"' in reponse.content.decode()
    with cohort.monde():
        assert not OuvertureExercice.objects.exists()


def test_les_documents_se_telechargent_au_nom_du_poste(poste, cohort):
    reponse = poste.get(reverse("formation:exercice_document", args=["ex6", "bl109"]))
    assert reponse["Content-Disposition"] == 'attachment; filename="BL-109-signe.pdf"'
    assert b"".join(reponse.streaming_content if reponse.streaming else [reponse.content]).startswith(b"%PDF-")


@pytest.mark.parametrize(("cle", "piece"), [("ex99", "bl109"), ("ex6", "inconnu")])
def test_ce_qui_n_existe_pas_est_introuvable(poste, cle, piece):
    assert poste.get(reverse("formation:exercice_document", args=[cle, piece])).status_code == 404


def test_un_client_disparu_rend_le_document_introuvable(poste, cohort):
    with cohort.monde():
        factories.Structure.objects.filter(identifiant=factories.VALMORAN).update(identifiant="00020001400099")
    assert poste.get(reverse("formation:exercice_document", args=["ex3", "bc"])).status_code == 404


def test_un_pack_sans_exercice_le_dit(poste, cohort):
    cohort.pack = "disparu"
    cohort.save()
    assert "Aucun exercice" in poste.get(LISTE).content.decode()


def test_la_place_y_mene(poste):
    assert LISTE in poste.get(reverse("formation:place")).content.decode()
