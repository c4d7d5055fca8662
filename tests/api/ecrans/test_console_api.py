"""« API » in the console: who calls, who is stuck, faults, the delay of the flows (formation.md SIM-10)."""

import re
from base64 import b64decode

import pytest
from django.urls import reverse

from api.enums import TypePanne
from api.models import Panne
from api.services import pannes
from formation import queries_api
from formation.services import gestes, reglages
from formation.services import pannes as services
from sandbox.cohorts.models import Cohort, Participant, Trace
from structures.enums import Role
from structures.models import ApplicationPiste, Rattachement

LECTURES = 17
"""Session, clock, seats, calls, accesses, faults: whatever their number."""


@pytest.fixture
def console(cohort):
    return lambda nom="api", *args: reverse(f"formation:{nom}", args=[cohort.code, *args])


def actives(cohort):
    with cohort.monde():
        return list(pannes.actives())


def traces(cohort, debut):
    with cohort.monde():
        return list(Trace.objects.filter(verbe__startswith=debut).values_list("objet", flat=True))


def panne(**champs):
    return {"cle": "c1", "type": "ERREUR", "place": "", "api": "", "minutes": "15", "fois": ""} | champs


class TestPage:
    def test_it_is_in_the_navigation(self, formateur_client, console):
        assert f'href="{console()}"' in formateur_client.get(console("session")).content.decode()

    def test_empty(self, formateur_client, console):
        page = formateur_client.get(console()).content.decode()
        for texte in ("Aucun appel", "Aucune : l'API répond normalement", "poste 01, poste 02, poste 03"):
            assert texte in page, texte

    def test_the_accesses_that_came_with_the_session(self, cohort, formateur_client, console):
        page = formateur_client.get(console()).content.decode()
        with cohort.monde():
            fournis = queries_api.acces_fournis()
        assert fournis
        for fourni in fournis:
            assert fourni.cpro_account in page
            assert fourni.secret in page

    def test_calls_of_the_class_and_of_one_seat(self, formateur_client, console, appel):
        un, deux, commun = appel(place=1), appel(place=2, statut=403), appel(place=None)
        vus = {
            filtre: re.findall(r'id="appel-(\d+)"', formateur_client.get(console(), filtre_de(filtre)).content.decode())
            for filtre in ("", "2", "commun", "99", "x")
        }
        tous = [str(a.pk) for a in (commun, deux, un)]
        assert vus == {"": tous, "2": [str(deux.pk)], "commun": [str(commun.pk)], "99": tous, "x": tous}

    def test_the_filters_go_together(self, formateur_client, console, appel):
        appel(place=2)
        refuse = appel(place=2, statut=403)
        page = formateur_client.get(console(), {"poste": "2", "refuses": "1"}).content.decode()
        assert re.findall(r'id="appel-(\d+)"', page) == [str(refuse.pk)]
        assert f'href="{console()}?poste=2&amp;refuses=1"' in page

    def test_it_follows_the_calls_and_the_faults(self, cohort, formateur_client, console, appel):
        page = formateur_client.get(console(), {"poste": "1"}).content.decode()

        def encore(page):
            adresse = re.search(r'id="appels" hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
            return formateur_client.get(adresse, headers={"HX-Request": "true"})

        assert encore(page).status_code == 204
        neuf = appel()
        page = encore(page).content.decode()
        assert f'id="appel-{neuf.pk}"' in page
        assert "csrfmiddlewaretoken" not in page
        assert encore(page).status_code == 204
        with cohort.monde():
            pannes.poser(cohort, TypePanne.DEBIT, minutes=5, par="")
        assert "Trop de requêtes" in encore(page).content.decode()

    def test_the_page_of_a_call(self, formateur_client, console, appel):
        page = formateur_client.get(console("api_appel", appel(place=2, reponse="{}").pk)).content.decode()
        assert "APP_SANDBOX" in page
        assert formateur_client.get(console("api_appel", 10**9)).status_code == 404

    def test_as_many_queries_for_many(self, formateur_client, console, appel, django_assert_num_queries):
        for place in (1, 2):
            appel(place=place)
        with django_assert_num_queries(LECTURES):
            formateur_client.get(console())
        for place in (1, 2, 3, None) * 6:
            appel(place=place, statut=401)
        with django_assert_num_queries(LECTURES):
            formateur_client.get(console())


def filtre_de(poste):
    return {"poste": poste} if poste else {}


class TestSuivi:
    def suivi(self, cohort):
        with cohort.monde():
            return queries_api.suivi()

    def test_nobody_has_called(self, cohort):
        suivi = self.suivi(cohort)
        assert suivi.postes == []
        assert [p.numero for p in suivi.muets] == [1, 2, 3]

    def test_the_stuck_ones_first_then_by_seat_then_the_shared(self, cohort, appel):
        appel(place=None)
        appel(place=1)
        for _ in range(queries_api.SERIE):
            appel(place=3, statut=401, raison="Jeton expiré")
        suivi = self.suivi(cohort)
        assert [(s.place, s.bloque, s.serie) for s in suivi.postes] == [(3, True, 3), (1, False, 0), (None, False, 0)]
        assert [p.numero for p in suivi.muets] == [2]
        assert suivi.postes[0].dernier.raison == "Jeton expiré"
        assert suivi.postes[0].verdict.famille == "refus"

    def test_a_success_ends_the_series(self, cohort, appel):
        for _ in range(5):
            appel(statut=401)
        appel()
        appel(statut=403)
        ligne = self.suivi(cohort).postes[0]
        assert (ligne.appels, ligne.refuses, ligne.serie, ligne.bloque) == (7, 6, 1, False)

    def test_a_token_is_no_progress(self, cohort, appel):
        for _ in range(queries_api.SERIE):
            appel(operation=queries_api.JETON, code_retour=None)
            appel(statut=401)
        assert self.suivi(cohort).postes[0].bloque

    def test_an_empty_search_is_no_refusal(self, cohort, appel):
        for _ in range(queries_api.SERIE):
            appel(operation="rechercherFactureParFournisseur", code_retour=20000)
        ligne = self.suivi(cohort).postes[0]
        assert (ligne.refuses, ligne.bloque) == (0, False)

    def test_on_screen(self, formateur_client, console, appel):
        for _ in range(3):
            appel(place=2, statut=401, raison="Compte technique inconnu")
        page = formateur_client.get(console()).content.decode()
        assert "3 refus de suite" in page
        assert 'href="?poste=2"' in page


class TestAccesFournis:
    def test_each_goes_with_the_application_of_its_gestionnaire(self, cohort):
        with cohort.monde():
            fournis = queries_api.acces_fournis()
            for fourni in fournis:
                gestion = Rattachement.objects.get(
                    structure=fourni.technique.structure, role=Role.GESTIONNAIRE_PRINCIPAL
                )
                assert fourni.application.compte_id == gestion.compte_id
                login, mot_de_passe = b64decode(fourni.cpro_account).decode().split(":")
                assert (login, mot_de_passe) == (fourni.technique.compte.login_email, fourni.mot_de_passe)
        assert [f.technique.place for f in fournis][-3:] == [1, 2, 3]

    def test_without_an_application_that_works(self, cohort):
        with cohort.monde():
            ApplicationPiste.objects.update(active=False)
            fourni = queries_api.acces_fournis()[0]
        assert (fourni.application, fourni.secret) == (None, "")

    def test_those_that_trainees_made_are_not_there(self, cohort, technique):
        with cohort.monde():
            assert technique.pk not in [f.technique.pk for f in queries_api.acces_fournis()]

    def test_on_screen_without_application(self, cohort, formateur_client, console):
        with cohort.monde():
            ApplicationPiste.objects.update(active=False)
        assert "aucune" in formateur_client.get(console()).content.decode()


class TestPannes:
    def test_one_is_switched_on_for_a_seat(self, cohort, formateur_client, console):
        envoi = panne(type="LENTEUR", place="2", api="factures", fois="3")
        assert formateur_client.post(console(), envoi).url == console()
        (posee,) = actives(cohort)
        assert (posee.type, posee.place, posee.api, posee.restants) == ("LENTEUR", 2, "factures", 3)
        assert posee.posee_par
        assert traces(cohort, "pose une panne") == ["Réponses lentes, poste 02, Factures, 15 minutes"]
        page = formateur_client.get(console()).content.decode()
        for texte in ("Réponses lentes", "poste 02", "API factures", "encore 3 appels"):
            assert texte in page, texte

    def test_it_is_told_on_the_main_page_of_the_session(self, formateur_client, console):
        assert "pannes de l'API en cours" not in formateur_client.get(console("session")).content.decode()
        formateur_client.post(console(), panne())
        formateur_client.post(console(), panne(cle="c2", type="DEBIT", place="1"))
        page = formateur_client.get(console("session")).content.decode()
        for texte in ("2 pannes de l'API en cours", "toute la session", "poste 01", f'href="{console()}"'):
            assert texte in page, texte

    def test_sent_twice_it_acts_once(self, cohort, formateur_client, console):
        for _ in range(2):
            assert formateur_client.post(console(), panne()).status_code == 302
        assert len(actives(cohort)) == len(traces(cohort, "pose une panne")) == 1

    @pytest.mark.parametrize(
        ("champs", "phrase"),
        [
            pytest.param({"type": "FOUDRE"}, "FOUDRE", id="type"),
            pytest.param({"place": "9"}, "9", id="poste"),
            pytest.param({"place": "\x00"}, "", id="nul"),
            pytest.param({"api": "meteo"}, "meteo", id="api"),
            pytest.param({"minutes": "7"}, "7", id="duree"),
            pytest.param({"fois": "0"}, "De 1 à 1000 appels", id="zero"),
            pytest.param({"fois": "9" * 40}, "De 1 à 1000 appels", id="trop"),
            pytest.param({"fois": "deux"}, "nombre entier", id="mot"),
            pytest.param({"cle": ""}, "", id="sans-cle"),
            pytest.param({"type": "LENTEUR", "api": "oauth"}, "ne connaît que", id="jeton-lent"),
            pytest.param({"type": "FLUX_PARTIEL", "api": "structures"}, "touche le dépôt", id="flux-ailleurs"),
        ],
    )
    def test_refused_it_says_why_and_keeps_what_was_chosen(self, cohort, formateur_client, console, champs, phrase):
        reponse = formateur_client.post(console(), panne(minutes="60") | champs)
        assert reponse.status_code == 422
        page = reponse.content.decode()
        assert phrase in page
        assert "resume-erreurs" in page
        assert actives(cohort) == []

    def test_switched_off_once(self, cohort, formateur_client, console):
        formateur_client.post(console(), panne())
        (posee,) = actives(cohort)
        for cle in ("l1", "l1", "l2"):
            assert formateur_client.post(console("lever_panne", posee.pk), {"cle": cle}).url == console()
        assert actives(cohort) == []
        assert traces(cohort, "lève une panne") == ["Erreur interne (500), toute la session"]

    def test_one_that_is_over(self, cohort, formateur_client, console):
        formateur_client.post(console(), panne(fois="1"))
        (posee,) = actives(cohort)
        with cohort.monde():
            Panne.objects.update(restants=0)
        assert "déjà terminée" in suivre(formateur_client, console("lever_panne", posee.pk))
        assert traces(cohort, "lève une panne") == []

    def test_the_same_key_does_nothing_more(self, cohort, formateur):
        with cohort.monde():
            posee = pannes.poser(cohort, TypePanne.ERREUR, minutes=5, par="")
            autre = pannes.poser(cohort, TypePanne.DEBIT, minutes=5, par="")
        assert services.lever(cohort, posee, formateur=formateur, cle="k") is True
        with pytest.raises(gestes.DejaFait):
            services.lever(cohort, autre, formateur=formateur, cle="k")
        assert actives(cohort) == [autre]

    def test_another_session_s_fault(self, cohort, autre_cohort, formateur_client, console):
        with autre_cohort.monde():
            voisine = pannes.poser(autre_cohort, TypePanne.ERREUR, minutes=5, par="")
        assert formateur_client.post(console("lever_panne", voisine.pk), {"cle": "k"}).status_code == 404
        assert actives(autre_cohort) == [voisine]


def suivre(client, adresse):
    return client.post(adresse, {"cle": "suivre"}, follow=True).content.decode()


class TestDelai:
    def delai(self, cohort):
        return Cohort.objects.get(pk=cohort.pk).delai_flux

    def test_set_and_told_in_the_journal(self, cohort, formateur_client, console):
        for secondes in ("0", "600"):
            assert formateur_client.post(console(), {"cle": secondes, "secondes": secondes}).url == console()
            assert self.delai(cohort) == int(secondes)
        assert traces(cohort, "règle le délai des flux à") == ["0 s", "600 s"]
        assert "Délai des flux : 600 s" in formateur_client.get(console()).content.decode()

    def test_sent_twice_or_unchanged_it_is_told_once(self, cohort, formateur, formateur_client, console):
        for cle in ("a", "a", "b"):
            formateur_client.post(console(), {"cle": cle, "secondes": "60"})
        assert traces(cohort, "règle le délai") == ["60 s"]
        with pytest.raises(gestes.DejaFait):
            reglages.regler_delai_flux(cohort, 10, formateur=formateur, cle="a")
        assert self.delai(cohort) == 60

    @pytest.mark.parametrize("secondes", ["-1", "601", "", "1,5", "9" * 40, "\x00", "dix"])
    def test_refused(self, cohort, formateur_client, console, secondes):
        reponse = formateur_client.post(console(), {"cle": "k", "secondes": secondes})
        assert reponse.status_code == 422
        assert "resume-erreurs" in reponse.content.decode()
        assert self.delai(cohort) == 5


def test_a_seat_without_name_is_told_by_its_number(cohort, formateur_client, console):
    with cohort.monde():
        Participant.objects.filter(numero=2).update(prenom="Inès")
    page = formateur_client.get(console()).content.decode()
    assert "poste 02 Inès" in page
    assert '<option value="2">Poste 02 Inès</option>' in page
