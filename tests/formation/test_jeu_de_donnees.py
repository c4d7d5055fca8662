"""The page « Jeu de données » of a seat, and what the console shows of simulated persons."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Compte
from formation.services import packs
from invoices.models import Facture
from sandbox.cohorts.models import Cohort, Participant
from structures.models import Structure
from tests import factories

PAGE = reverse("formation:jeu_de_donnees")
FICHIER = reverse("formation:jeu_de_donnees_csv")


def test_sans_poste_on_rejoint_d_abord(db):
    for url in (PAGE, FICHIER):
        assert Client().get(url).url == reverse("formation:rejoindre")


def test_du_bouton_au_tableau(poste, cohort):
    avant = poste.get(PAGE).content.decode()
    assert "Générer mon jeu de données" in avant
    assert poste.get(FICHIER).status_code == 404
    fait = poste.post(PAGE)
    assert (fait.status_code, fait.url) == (302, PAGE)
    page = poste.get(PAGE).content.decode()
    assert "Votre jeu de données est prêt." in page
    assert "Générer mon jeu de données" not in page
    for attendu in ("fournisseur.gp01@jeu.example", "JEU 01 MOA", "DES-TECH", "JEU-01-20", "À recycler"):
        assert attendu in page
    fichier = poste.get(FICHIER)
    nom = re.search(r'filename="(.+?)"', fichier["Content-Disposition"]).group(1)
    assert nom == f"jeu-de-donnees-{cohort.code}-poste-01.csv"
    assert b"fournisseur.gp01@jeu.example" in fichier.content


def test_un_double_clic_n_a_pas_d_effet_double(poste, cohort):
    poste.post(PAGE)
    with cohort.monde():
        avant = (Compte.objects.count(), Structure.objects.count(), Facture.objects.count())
    assert poste.post(PAGE).status_code == 302
    with cohort.monde():
        assert (Compte.objects.count(), Structure.objects.count(), Facture.objects.count()) == avant
    assert poste.get(PAGE).content.decode().count("Votre jeu de données est prêt.") == 1


def test_chacun_le_sien(poste, au_poste):
    poste.post(PAGE)
    voisin = au_poste(2)
    assert "Générer mon jeu de données" in voisin.get(PAGE).content.decode()
    voisin.post(PAGE)
    page = voisin.get(PAGE).content.decode()
    assert "fournisseur.gp02@jeu.example" in page
    assert "fournisseur.gp01@jeu.example" not in page


def test_on_se_connecte_avec_ce_que_la_page_affiche(poste):
    poste.post(PAGE)
    mot_de_passe = re.search(r"Jeu-\w{4}-\d{4}-\w{4}", poste.get(PAGE).content.decode()).group()
    reponse = poste.post(
        reverse("accounts:connexion"), {"login_email": "fournisseur.us01@jeu.example", "mot_de_passe": mot_de_passe}
    )
    assert reponse.status_code == 302, reponse.content.decode()[:2000]
    assert "JEU-01-14" in poste.get(reverse("invoices:rechercher")).content.decode()


def test_chaque_facture_prete_s_ouvre(poste, cohort):
    """A9 and A12 included, though the valideur's screens come later."""
    poste.post(PAGE)
    mot_de_passe = re.search(r"Jeu-\w{4}-\d{4}-\w{4}", poste.get(PAGE).content.decode()).group()
    poste.post(
        reverse("accounts:connexion"), {"login_email": "fournisseur.gp01@jeu.example", "mot_de_passe": mot_de_passe}
    )
    with cohort.monde():
        ids = list(Facture.objects.values_list("pk", flat=True))
    assert len(ids) == 20
    for pk in ids:
        assert poste.get(reverse("invoices:facture", args=[pk])).status_code == 200


def test_la_page_se_lit_en_peu_de_requetes(poste, django_assert_max_num_queries):
    poste.post(PAGE)
    poste.get(PAGE)
    with django_assert_max_num_queries(10):
        poste.get(PAGE)


def test_les_liens_du_poste_et_de_l_accueil(poste):
    for url in (reverse("formation:place"), reverse("formation:accueil_public")):
        assert PAGE in poste.get(url).content.decode()
    assert PAGE not in Client().get(reverse("formation:accueil_public")).content.decode()


def test_un_pack_sans_jeu_n_y_mene_pas(poste, cohort, monkeypatch):
    lu = packs.lire("novices-7h")
    sans = type("P", (), {"matelas": {}, "exercices": {}, "entites": lu.entites})
    monkeypatch.setattr(packs, "lire", lambda _: sans)
    assert PAGE not in poste.get(reverse("formation:place")).content.decode()
    assert [getattr(poste, m)(PAGE).status_code for m in ("get", "post")] == [404, 404]
    assert poste.get(FICHIER).status_code == 404


def test_un_pack_disparu_ne_casse_pas_l_accueil(poste, cohort):
    Cohort.objects.filter(pk=cohort.pk).update(pack="disparu")
    page = poste.get(reverse("formation:accueil_public"))
    assert page.status_code == 200
    assert PAGE not in page.content.decode()


# --- simulated persons


@pytest.fixture
def console_client(formateur_client, cohort):
    def lire(nom, *args):
        return formateur_client.get(reverse(f"formation:{nom}", args=[cohort.code, *args])).content.decode()

    return lire


def test_les_personnages_ne_sont_pas_des_comptes_du_stagiaire(console_client, compte, structure):
    page = console_client("poste", 1)
    assert "stagiaire01@session.example" in page
    assert "Camille Loriot" not in page
    assert "mirandol" not in page.lower()
    grille = console_client("session")
    assert "Loriot" not in grille


def test_la_premiere_visite_du_portail_propose_de_creer_un_compte(poste):
    page = poste.get(reverse("accounts:accueil")).content.decode()
    assert re.search(r'btn-primary"[^>]*>\s*Créer un compte', page)


def test_la_grille_d_un_poste_vierge_est_vierge(cohort):
    from formation import queries

    with cohort.monde():
        Participant.objects.filter(numero=1).update(prenom="Nadia")
        for ligne in queries.grille(cohort).lignes:
            assert {jalon.etat for jalon in ligne.jalons} == {"suivant", "afaire"}
    factories.rattachement(factories.compte(cohort), factories.structure(cohort))
    with cohort.monde():
        jalons = {j.libelle: j.texte for j in queries.grille(cohort).lignes[0].jalons}
    assert (jalons["Compte créé"], jalons["Structure"]) == ("1", "1")
