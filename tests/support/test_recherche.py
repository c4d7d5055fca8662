"""Search box of the portal: old and new words, what opens, what is missing and why."""

import pytest
from django.urls import reverse

from accounts.profils import Profil
from structures.enums import Role
from support.recherche import LONGUEUR_MAXIMUM, adresse, chercher, fiches, mots, plier
from support.vocabulaire import APPLICATIONS, ESPACES, NOTIONS
from tests import factories
from tests.conftest import connecter

pytestmark = pytest.mark.django_db
URL = "/portail/recherche/"


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def titres(demande):
    return [fiche.titre for fiche in chercher(demande)]


@pytest.mark.parametrize(
    ("demande", "attendu"),
    [
        ("Activités du gestionnaire", "Utilisateurs"),
        ("activites gestionnaire", "Structures"),
        ("Mes abonnements aux espaces", "Mes habilitations"),
        ("abonnement", "Mes habilitations"),
        ("Sollicitations émises", "Tickets"),
        ("RACCORDEMENT EDI/API", "Raccordement"),
        ("annuaire des structures publiques", "Annuaire de la facturation électronique"),
        ("Service DUME", "Dume"),
        ("Factures reçues", "Factures reçues"),
        ("remboursement tic", "Remboursement de taxes"),
        ("rejets de flux", "Suivi des flux"),
        ("cotraitant", "Factures à valider"),
        ("ordonnateur", "Ordonnateur"),
        ("j+n", "J+n"),
    ],
)
def test_les_anciens_mots_menent_a_leur_nouvelle_place(demande, attendu):
    assert attendu in titres(demande)[:3]


def test_tout_ancien_espace_se_trouve_sous_son_nom():
    for espace in ESPACES:
        for cle in espace.applications:
            if espace.ancien != "–":
                assert APPLICATIONS[cle].nom in titres(espace.ancien), espace.ancien


def test_toute_application_est_la_premiere_sous_son_nom():
    for application in APPLICATIONS.values():
        assert titres(application.nom)[0] == application.nom


@pytest.mark.parametrize("demande", ["", "   ", "!!!", "\x00", "…"])
def test_rien_n_est_demande(demande):
    assert chercher(demande) == []


def test_les_petits_mots_ne_comptent_que_seuls():
    assert mots("les abonnements à l'espace") == ["abonnement", "espace"]
    assert mots("l'") == ["l"]
    assert plier("L'Œuvre É/à") == "l oeuvre e a"


def test_une_demande_sans_fin_est_coupee(poste):
    demande = "facture " * 4000
    assert len(mots(demande)) <= 8
    page = poste.get(URL, {"q": demande})
    assert page.status_code == 200
    assert len(page.context["demande"]) <= LONGUEUR_MAXIMUM


def test_le_vocabulaire_se_tient():
    assert {cle for e in (*ESPACES, *NOTIONS) for cle in e.applications} <= set(APPLICATIONS)
    assert len({f.titre for f in fiches() if f.application}) == len(APPLICATIONS)
    for application in APPLICATIONS.values():
        assert not (application.acte and application.profil)
        assert application.simulee or adresse(application)


class TestPage:
    def test_il_faut_une_place(self, client):
        assert client.get(URL)["Location"] == reverse("formation:rejoindre")
        assert client.get("/portail/marche/").status_code == 302

    def test_sans_compte_elle_dit_de_se_connecter(self, poste):
        page = texte(poste.get(URL, {"q": "factures émises"}))
        assert "Connectez-vous" in page
        assert f'href="{reverse("invoices:synthese")}"' not in page

    def test_sans_compte_ce_qui_est_ouvert_a_tous_l_est(self, poste):
        assert f'href="{reverse("support:marche")}"' in texte(poste.get(URL, {"q": "dume"}))

    def test_le_gestionnaire_a_un_lien(self, gestionnaire):
        page = texte(gestionnaire.get(URL, {"q": "mandat"}))
        assert f'href="{reverse("invoices:mandat")}"' in page
        assert "Il vous manque un droit" not in page

    def test_l_utilisateur_sait_quel_profil_lui_manque(self, au_poste, cohort, structure):
        autre = factories.compte(cohort, 2)
        factories.rattachement(
            autre, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES], niveau="CONSULTATION"
        )
        navigateur = connecter(au_poste(2), autre)
        page = texte(navigateur.get(URL, {"q": "saisir facture"}))
        assert "Il vous manque un droit : « Factures émises modification »" in page
        assert f'href="{reverse("invoices:saisir")}"' not in page
        assert f'href="{reverse("invoices:synthese")}"' in texte(navigateur.get(URL, {"q": "factures émises"}))
        assert "« Factures émises modification »" in texte(navigateur.get(URL, {"q": "souscrire un mandat"}))

    def test_ce_qui_n_est_pas_simule_le_dit(self, gestionnaire):
        page = texte(gestionnaire.get(URL, {"q": "Mémoires de frais de justice"}))
        assert "n'est pas simulée" in page
        assert "Expliquée ici, pas simulée" in texte(gestionnaire.get(URL, {"q": "engagements"}))

    def test_les_trois_applications_des_factures_menent_a_leur_ecran(self, gestionnaire):
        for cherche, nom in (("Factures à valider", "a_valider_synthese"), ("traiter le rejet", "synthese")):
            assert f'href="{reverse(f"invoices:{nom}")}"' in texte(gestionnaire.get(URL, {"q": cherche}))
        # A company has no received invoices: the entry says which right opens them.
        assert "« Factures reçues consultation »" in texte(gestionnaire.get(URL, {"q": "Factures reçues"}))

    def test_aucun_resultat_dit_quoi_faire(self, poste):
        page = texte(poste.get(URL, {"q": "<b>xyzzy"}))
        assert "Aucun résultat pour « &lt;b&gt;xyzzy »" in page
        assert reverse("support:ancien_nouveau") in page

    def test_sans_demande_elle_invite(self, poste):
        page = texte(poste.get(URL))
        assert "Aucun résultat" not in page
        assert 'name="q"' in page

    def test_htmx_recoit_les_premieres_suggestions_et_le_compte(self, gestionnaire):
        page = texte(gestionnaire.get(URL, {"q": "facture"}, headers={"HX-Request": "true"}))
        assert "<html" not in page
        assert page.count("<li>") == 6
        assert "Tous les résultats" in page
        assert 'id="annonces" hx-swap-oob' in page
        assert "<li>" not in texte(gestionnaire.get(URL, {"q": ""}, headers={"HX-Request": "true"}))
        assert "Aucune application" in texte(gestionnaire.get(URL, {"q": "xyzzy"}, headers={"HX-Request": "true"}))

    def test_elle_ne_lit_que_les_droits(self, gestionnaire, django_assert_max_num_queries):
        gestionnaire.get(URL, {"q": "facture"})
        with django_assert_max_num_queries(8):
            gestionnaire.get(URL, {"q": "facture"})

    def test_l_en_tete_du_portail_la_porte(self, gestionnaire):
        assert 'id="recherche-entete"' in texte(gestionnaire.get("/portail/"))


@pytest.mark.parametrize(
    ("mot", "nom"),
    [
        ("pigp", "accounts:pigp"),
        ("mes comptes", "accounts:mes_comptes"),
        ("matelas de données", "formation:jeu_de_donnees"),
        ("jeu de données", "formation:jeu_de_donnees"),
        ("nous contacter", "support:nous_contacter"),
        ("sollicitations reçues", "support:nous_contacter"),
    ],
)
def test_chaque_ecran_se_cherche_par_son_mot(gestionnaire, mot, nom):
    assert f'href="{reverse(nom)}"' in texte(gestionnaire.get(URL, {"q": mot}))


def test_support_nous_contacter_dit_ce_qui_n_est_pas_simule(gestionnaire, client):
    url = reverse("support:nous_contacter")
    assert f'href="{url}"' in texte(gestionnaire.get(reverse("support:aide")))
    page = texte(gestionnaire.get(url))
    assert "Aucun ticket ne part d'ici" in page
    assert "votre formateur tient lieu de support" in page
    assert client.get(url).status_code == 302


class TestDomaines:
    def test_les_domaines_expliques(self, gestionnaire):
        tuiles = [t.titre for t in gestionnaire.get("/portail/").context["tuiles"]]
        assert tuiles[:4] == ["Facturation", "Commande", "Marché", "Organisation"]
        for url in ("/portail/commande/", "/portail/marche/"):
            assert "simulée" in texte(gestionnaire.get(url))

    def test_commande_suppose_le_profil(self, poste, compte):
        page = connecter(poste, compte).get("/portail/")
        assert "Commande" not in [t.titre for t in page.context["tuiles"]]

    def test_facturation_ne_montre_que_ce_qui_s_ouvre(self, au_poste, cohort, structure):
        autre = factories.compte(cohort, 2)
        factories.rattachement(autre, structure, role=Role.UTILISATEUR, profils=[Profil.SOLLICITATIONS_EMISES])
        navigateur = connecter(au_poste(2), autre)
        page = texte(navigateur.get(reverse("invoices:domaine")))
        ouverts = page.split("Ce que vos droits n'ouvrent pas")[0]
        assert f'href="{reverse("invoices:synthese")}"' not in page
        assert f'href="{reverse("travaux:cadres")}"' in ouverts
        assert "Il faut « Factures émises modification »" in page

    def test_facturation_ouvre_tout_au_gestionnaire(self, gestionnaire):
        page = texte(gestionnaire.get(reverse("invoices:domaine")))
        assert "n'ouvrent pas" not in page
        for nom in ("invoices:synthese", "invoices:flux", "invoices:mandat", "travaux:cadres"):
            assert f'href="{reverse(nom)}"' in page
