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


DECISIONS = {
    "D-01": "« À recycler »",
    "D-02": "Commentaires obligatoires",
    "D-03": "Ordre des statuts",
    "D-04": "Libellés des statuts",
    "D-05": "Synthèse du fournisseur",
    "D-06": "Motifs",
    "D-07": "Avoir",
    "D-08": "Numéro de facture",
    "D-09": "Refus d'une facture de sous-traitant (A9)",
    "D-10": "Facture de cotraitant (A12)",
    "D-11": "Quinze jours pour valider",
    "D-12": "Numéro déjà pris",
    "D-13": "Autoliquidation",
    "D-14": "Taux de TVA",
    "D-15": "Unités",
    "D-16": "PDF signé",
    "D-17": "Autre devise que l'euro",
    "D-19": "Lecture d'un PDF",
    "D-20": "Certificat de dépôt",
    "D-21": "Courriels des factures",
    "D-22": "Destinataire État",
    "D-23": "Aide au délai de paiement",
    "D-24": "Mandat de facturation",
    "D-25": "Traitement par lot",
    "D-26": "Archives",
    "D-27": "Identité visuelle",
    "D-28": "Code 17 du cycle de vie",
    "D-29": "Pièces de travaux dans « Factures reçues »",
    "D-30": "RIB",
    "D-31": "Brouillons",
    "D-32": "Brouillons",
    "D-33": "Deuxième suspension",
    "D-34": "Fenêtre des rejetées et suspendues",
    "D-35": "Affactureur",
    "D-37": "Valideur mal choisi",
}
"""factures.md §12 → line of the page; D-36 is about the API only."""


def test_chaque_choix_du_dossier_sur_les_factures_est_dit():
    sujets = [e.sujet for theme in THEMES for e in theme.ecarts]
    assert {d: sujet for d, sujet in DECISIONS.items() if sujets.count(sujet) != 1} == {}


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
