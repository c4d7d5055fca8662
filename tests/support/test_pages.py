"""Help and legal pages: open to all, and true."""

import pytest
from django.test import Client
from django.urls import reverse

from sandbox import __version__
from support import versions
from support.ecarts import THEMES
from support.glossaire import DU_BAC, TERMES
from support.vocabulaire import ESPACES, NOTIONS

pytestmark = pytest.mark.django_db
NOMS = ["aide", "glossaire", "ancien_nouveau", "differences", "accessibilite", "donnees", "a_propos"]


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("nom", NOMS)
def test_ouverte_sans_poste_et_avec(poste, nom):
    url = reverse(f"support:{nom}")
    assert Client().get(url).status_code == 200
    assert poste.get(url).status_code == 200
    assert poste.post(url).status_code == 405


@pytest.mark.parametrize("nom", NOMS)
def test_sans_poste_rien_n_est_lu(django_assert_num_queries, nom):
    with django_assert_num_queries(0):
        Client().get(reverse(f"support:{nom}"))


def test_le_glossaire_vient_de_ses_tables():
    page = texte(Client().get(reverse("support:glossaire")))
    assert all(t.sens in page for t in (*TERMES, *DU_BAC))


def test_l_ancien_et_le_nouveau_viennent_du_vocabulaire():
    page = texte(Client().get(reverse("support:ancien_nouveau")))
    for espace in ESPACES:
        assert all(mot in page for mot in (espace.ancien, espace.automatique, espace.nouveau, espace.pour_qui))
    for notion in NOTIONS:
        assert all(mot in page for mot in (notion.sujet, notion.ancien, notion.nouveau, notion.note))
    for nom in ("support:aide", "support:glossaire"):
        assert reverse("support:ancien_nouveau") in texte(Client().get(reverse(nom)))


def test_chaque_ecart_a_sa_source():
    page = texte(Client().get(reverse("support:differences")))
    for ecart in (e for theme in THEMES for e in theme.ecarts):
        assert ecart.source
        assert ecart.ici in page


def test_les_mots_ne_se_repetent_pas():
    mots = [t.mot for t in (*TERMES, *DU_BAC)]
    assert len(mots) == len(set(mots))
    assert [t.mot for t in TERMES] == sorted((t.mot for t in TERMES), key=str.casefold)


def test_a_propos_dit_la_version_les_licences_et_les_regles():
    page = texte(Client().get(reverse("support:a_propos")))
    assert __version__ in page
    assert "EUPL" in page
    for composant in (*versions.REGLES, *versions.HABILLAGE, *versions.bibliotheques()):
        assert composant.nom in page
        assert composant.licence


def test_une_bibliotheque_absente_n_est_pas_citee(monkeypatch):
    monkeypatch.setattr(versions, "BIBLIOTHEQUES", ("Django", "paquet-qui-n-existe-pas"))
    versions.bibliotheques.cache_clear()
    try:
        assert [c.nom for c in versions.bibliotheques()] == ["Django"]
    finally:
        versions.bibliotheques.cache_clear()
