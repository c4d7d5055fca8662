"""« Journal des appels » of a seat: which calls, how they read, how the page follows them (api.md §12)."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from api import queries
from api.models import AppelApi
from structures.enums import Role
from structures.models import ApplicationPiste, CompteTechnique, Structure
from tests import factories
from tests.conftest import client_au_poste, connecter

APPELS = reverse("api:appels")
VALMORAN = "00020001400017"
LECTURES = 8
"""Seat, account, rights, technical accounts, calls: whatever their number."""


def vus(client, **filtres):
    page = client.get(APPELS, filtres).content.decode()
    return [int(pk) for pk in re.findall(r'id="appel-(\d+)"', page)]


class TestVerdict:
    @pytest.mark.parametrize(
        ("champs", "label", "famille", "refuse"),
        [
            pytest.param({"statut": 200, "code_retour": 0}, "200 accepté", "paye", False, id="accepte"),
            pytest.param({"statut": 200}, "200 accepté", "paye", False, id="sans-enveloppe"),
            pytest.param({"statut": 200, "code_retour": 20001}, "200 refus métier", "attente", True, id="metier"),
            pytest.param(
                {"statut": 200, "code_retour": 20000, "operation": "rechercherStructure"},
                "200 rien trouvé",
                "brouillon",
                False,
                id="bredouille",
            ),
            pytest.param({"statut": 400, "code_retour": 400}, "400 refusé", "refus", True, id="malformee"),
            pytest.param({"statut": 401}, "401 refusé", "refus", True, id="jeton"),
            pytest.param({"statut": 500}, "500 erreur", "refus", True, id="erreur"),
            pytest.param({"statut": 504}, "504 erreur", "refus", True, id="delai"),
        ],
    )
    def test_each_layer_has_its_look(self, champs, label, famille, refuse):
        appel = AppelApi(**{"operation": "soumettreFacture", **champs})
        vu = queries.verdict(appel)
        assert (vu.label, vu.famille, appel.refuse) == (label, famille, refuse)

    def test_the_query_says_the_same(self, cohort, appel):
        cas = [(200, 0), (200, None), (200, 20001), (400, 400), (401, None), (500, None)]
        crees = [appel(statut=statut, code_retour=code) for statut, code in cas]
        crees += [appel(operation="rechercherFacture", code_retour=code) for code in (0, 20000, 20007, 20001)]
        with cohort.monde():
            refuses = set(AppelApi.objects.filter(queries.REFUSES).values_list("pk", flat=True))
        assert refuses == {a.pk for a in crees if a.refuse}


class TestQuiVoitQuoi:
    def test_those_of_the_seat_the_latest_first(self, gestionnaire, appel):
        premier, second = appel(), appel()
        assert vus(gestionnaire) == [second.pk, premier.pk]

    def test_never_another_seat_s_even_under_my_access(self, gestionnaire, appel, technique):
        appel(place=2, login=technique.compte.login_email)
        assert vus(gestionnaire) == []

    def test_shared_ones_made_with_my_application(self, gestionnaire, appel):
        mien = appel(place=None)
        assert vus(gestionnaire) == [mien.pk]

    @pytest.mark.parametrize(
        ("profil", "lisible"),
        [
            pytest.param(None, False, id="sans-lien"),
            pytest.param(Profil.FACTURES_RECUES, False, id="sans-droit"),
            pytest.param(Profil.RACCORDEMENT, True, id="raccordement"),
        ],
    )
    def test_shared_ones_of_a_structure_whose_connections_i_read(
        self, cohort, gestionnaire, compte, appel, profil, lisible
    ):
        with cohort.monde():
            commune = Structure.objects.get(identifiant=VALMORAN)
            fourni = CompteTechnique.objects.select_related("compte").get(structure=commune)
            autre = ApplicationPiste.objects.exclude(compte=compte).order_by("pk").first()
        commun = appel(place=None, login=fourni.compte.login_email, application=autre)
        if profil:
            utilisateur = {"role": Role.UTILISATEUR, "profils": [profil], "niveau": Niveau.CONSULTATION}
            factories.rattachement(compte, commune, **utilisateur)
        assert vus(gestionnaire) == ([commun.pk] if lisible else [])

    def test_the_page_of_a_call_opens_for_the_same(self, cohort, gestionnaire, appel):
        mien, autre = appel(), appel(place=2)
        assert gestionnaire.get(reverse("api:appel", args=[mien.pk])).status_code == 200
        assert gestionnaire.get(reverse("api:appel", args=[autre.pk])).status_code == 404
        voisin = factories.compte(cohort, 2)
        factories.rattachement(voisin, factories.structure(cohort, 2))
        du_voisin = connecter(client_au_poste(cohort, 2), voisin)
        assert du_voisin.get(reverse("api:appel", args=[autre.pk])).status_code == 200
        assert du_voisin.get(reverse("api:appel", args=[mien.pk])).status_code == 404


class TestListe:
    def test_empty_it_says_what_to_do(self, gestionnaire):
        page = gestionnaire.get(APPELS).content.decode()
        assert "Aucun appel reçu" in page
        assert reverse("api:brancher") in page
        assert "Aucun appel refusé" in gestionnaire.get(APPELS, {"refuses": "1"}).content.decode()

    def test_a_line_says_what_why_and_how_long(self, gestionnaire, appel):
        appel(statut=401, code_retour=None, raison="Le jeton a expiré.", duree=1234, chemin="/cpro/<script>")
        page = gestionnaire.get(APPELS).content.decode()
        for texte in ("401 refusé", "Le jeton a expiré.", "1\u202f234 ms", "/cpro/&lt;script&gt;"):
            assert texte in page, texte

    def test_only_the_refused(self, gestionnaire, appel):
        appel()
        refuse = appel(statut=403)
        assert vus(gestionnaire, refuses="1") == [refuse.pk]
        assert len(vus(gestionnaire, refuses="2")) == 2

    def test_by_pages_that_keep_the_filter(self, gestionnaire, appel):
        crees = [appel(statut=403).pk for _ in range(30)]
        appel()
        assert vus(gestionnaire, refuses="1", page="2") == crees[:5][::-1]
        page = gestionnaire.get(APPELS, {"refuses": "1"}).content.decode()
        assert "?refuses=1&amp;page=2" in page
        assert "jeton=" not in re.search(r'<nav class="pagination-barre".*?</nav>', page, re.S)[0]

    @pytest.mark.parametrize("page", ["0", "-1", "9" * 40, "x", "\x00"])
    def test_any_page_answers(self, gestionnaire, appel, page):
        appel()
        assert gestionnaire.get(APPELS, {"page": page, "jeton": "\x00", "lignes": "9"}).status_code == 200

    def test_as_many_queries_for_many(self, gestionnaire, appel, django_assert_num_queries):
        for _ in range(3):
            appel()
        with django_assert_num_queries(LECTURES):
            gestionnaire.get(APPELS)
        for _ in range(20):
            appel()
        with django_assert_num_queries(LECTURES):
            gestionnaire.get(APPELS)


class TestVivant:
    def region(self, client, page):
        """What the page asks for again, with HTMX."""
        adresse = re.search(r'id="appels" hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
        return client.get(adresse, headers={"HX-Request": "true"})

    @pytest.mark.parametrize("filtres", [{}, {"refuses": "1"}, {"lignes": "50"}], ids=["tous", "refuses", "lignes"])
    def test_nothing_new_nothing_sent(self, gestionnaire, appel, filtres):
        for _ in range(26):
            appel(statut=403)
        page = gestionnaire.get(APPELS, filtres).content.decode()
        assert self.region(gestionnaire, page).status_code == 204

    def test_a_new_call_comes_alone_with_its_region(self, gestionnaire, appel):
        page = gestionnaire.get(APPELS).content.decode()
        neuf = appel()
        reponse = self.region(gestionnaire, page)
        recu = reponse.content.decode()
        assert f'id="appel-{neuf.pk}"' in recu
        assert "<html" not in recu
        assert "HX-Request" in reponse["Vary"]
        assert self.region(gestionnaire, recu).status_code == 204

    def test_the_second_page_stays_still(self, gestionnaire, appel):
        for _ in range(26):
            appel()
        assert 'id="appels" hx-get' not in gestionnaire.get(APPELS, {"page": "2"}).content.decode()


class TestDetail:
    def test_request_and_answer_as_they_were_kept(self, gestionnaire, appel):
        vu = appel(
            requete='{\n  "nom": "<b>é</b>"\n}',
            reponse='{\n  "codeRetour": 20001\n}',
            code_retour=20001,
            raison="Vous n'avez pas ce droit.",
            login="TECH_1_000@cpro.fr",
            panne="LENTEUR",
        )
        page = gestionnaire.get(reverse("api:appel", args=[vu.pk])).content.decode()
        for texte in (
            "&lt;b&gt;é&lt;/b&gt;",
            "20001",
            "Vous n&#x27;avez pas ce droit.",
            "TECH_1_000@cpro.fr",
            "lentes",
        ):
            assert texte in page, texte

    def test_without_bodies(self, gestionnaire, appel):
        page = gestionnaire.get(reverse("api:appel", args=[appel(raison="").pk])).content.decode()
        assert "Aucun corps n'a été lu." in page
        assert "non reconnu" in page


def test_the_tabs_of_the_domaine_lead_there(gestionnaire):
    page = gestionnaire.get(reverse("structures:raccordements")).content.decode()
    assert page.count(f'href="{APPELS}"') == 2
    assert page.count(f'href="{reverse("api:brancher")}"') == 2
