"""The seat's home, the strip and the mailbox: the sandbox's own pages."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from formation.views import etat as vue_etat
from sandbox.cohorts.models import Cohort, Participant
from sandbox.mail.models import Message
from sandbox.mail.services import send
from tests.conftest import client_au_poste

pytestmark = pytest.mark.django_db
BOITE = reverse("formation:messagerie")
ETAT = reverse("formation:etat")


def ecrire(cohort, n=1, place=1, adresse="stagiaire01@session.example", **champs):
    with cohort.monde():
        return [
            send(cohort, adresse, champs.get("objet", f"Objet {i}"), champs.get("corps", "Bonjour"), type="essai",
                 place=place, lien=champs.get("lien", ""), lien_libelle=champs.get("lien_libelle", ""))
            for i in range(n)
        ]  # fmt: skip


def texte(reponse):
    return reponse.content.decode()


@pytest.mark.parametrize("nom", ["place", "quitter", "messagerie"])
def test_sans_poste_on_est_mene_a_l_entree(nom):
    reponse = Client().get(reverse(f"formation:{nom}"))
    assert (reponse.status_code, reponse.url) == (302, reverse("formation:rejoindre"))


def test_un_poste_libere_n_ouvre_plus_rien(cohort, poste):
    with cohort.monde():
        Participant.objects.filter(numero=1).update(version=2)
    assert poste.get(reverse("formation:place")).status_code == 302


def test_quitter_demande_puis_oublie_le_poste(gestionnaire):
    page = gestionnaire.get(reverse("formation:quitter"))
    assert "Quitter le poste 01" in texte(page)
    assert gestionnaire.get(reverse("formation:place")).status_code == 200
    reponse = gestionnaire.post(reverse("formation:quitter"))
    assert (reponse.status_code, reponse.url) == (302, "/")
    assert gestionnaire.get(reverse("formation:place")).status_code == 302
    assert "compte" not in gestionnaire.session


class TestEtat:
    def test_sans_poste(self):
        reponse = Client().get(ETAT)
        assert reponse.status_code == 204
        assert "HX-Refresh" not in reponse

    def test_poste_perdu_la_page_se_recharge(self, cohort, poste):
        with cohort.monde():
            Participant.objects.filter(numero=1).update(version=2)
        assert poste.get(ETAT)["HX-Refresh"] == "true"

    def test_le_bandeau_puis_rien_tant_que_rien_ne_change(self, cohort, poste):
        premiere = poste.get(ETAT)
        assert premiere.status_code == 200
        assert premiere["HX-Trigger"] == "monde-change"
        jeton = premiere.context["bandeau"].jeton
        assert poste.get(ETAT, {"jeton": jeton}).status_code == 204
        ecrire(cohort)
        suivante = poste.get(ETAT, {"jeton": jeton})
        assert suivante.status_code == 200
        assert suivante.context["bandeau"].non_lus == 1

    def test_la_date_simulee_change_le_bandeau(self, cohort, poste):
        jeton = poste.get(ETAT).context["bandeau"].jeton
        Cohort.objects.filter(pk=cohort.pk).update(sim_reference=cohort.sim_reference + timedelta(days=1))
        assert poste.get(ETAT, {"jeton": jeton}).status_code == 200

    def test_la_presence_est_ecrite_toutes_les_vingt_secondes_au_plus(self, cohort, poste, django_assert_num_queries):
        poste.get(ETAT)
        with cohort.monde():
            vu = Participant.objects.get(numero=1).vu_le
        assert vu is not None
        jeton = poste.get(ETAT).context["bandeau"].jeton
        with django_assert_num_queries(2):  # the seat, the unread messages
            poste.get(ETAT, {"jeton": jeton})
        with cohort.monde():
            Participant.objects.filter(numero=1).update(vu_le=vu - timedelta(seconds=21))
            poste.get(ETAT)
            assert Participant.objects.get(numero=1).vu_le > vu - timedelta(seconds=1)

    def test_une_base_occupee_ne_coute_pas_le_bandeau(self, poste, monkeypatch):
        def occupee(*_, **__):
            raise OperationalError("database is locked")

        monkeypatch.setattr(vue_etat, "Participant", SimpleNamespace(objects=SimpleNamespace(filter=occupee)))
        assert poste.get(ETAT).status_code == 200

    def test_autre_methode(self, poste):
        assert poste.post(ETAT).status_code == 405

    @pytest.mark.parametrize("jeton", ["\x00", "é" * 10_000, "🧾"])
    def test_jeton_hostile(self, poste, jeton):
        assert poste.get(ETAT, {"jeton": jeton}).status_code == 200


class TestMessagerie:
    def test_vide(self, poste):
        page = texte(poste.get(BOITE))
        assert "Aucun message" in page
        assert "stagiaire01@session.example" in page

    def test_vingt_cinq_par_page_les_derniers_d_abord(self, cohort, poste):
        ecrire(cohort, 26)
        page = poste.get(BOITE).context["page"]
        assert len(page.object_list) == 25
        assert page.object_list[0].objet == "Objet 25"
        assert len(poste.get(BOITE, {"page": "2"}).context["page"].object_list) == 1

    def test_nombre_de_requetes_constant(self, cohort, poste, django_assert_num_queries):
        ecrire(cohort, 2)
        with django_assert_num_queries(5):
            poste.get(BOITE)
        ecrire(cohort, 20)
        with django_assert_num_queries(5):
            poste.get(BOITE)

    def test_region_seule_pour_htmx(self, cohort, poste):
        ecrire(cohort)
        page = texte(poste.get(BOITE, headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="messages"')

    def test_les_messages_des_autres_postes_sont_invisibles(self, cohort, autre_cohort, poste):
        (voisin,) = ecrire(cohort, place=2)
        (commun,) = ecrire(cohort, place=None)
        (ailleurs,) = ecrire(autre_cohort)
        assert poste.get(BOITE).context["total"] == 0
        for message in (voisin, commun, ailleurs):
            assert poste.get(reverse("formation:message", args=[message.pk])).status_code == 404
        assert client_au_poste(cohort, 2).get(reverse("formation:message", args=[voisin.pk])).status_code == 200

    def test_filtre_par_adresse_des_qu_il_y_en_a_deux(self, cohort, poste):
        ecrire(cohort, 2)
        assert "Toutes" not in texte(poste.get(BOITE))
        ecrire(cohort, adresse="archi@session.example", objet="Pour l'architecte")
        page = poste.get(BOITE, {"adresse": "archi@session.example"})
        assert [m.objet for m in page.context["page"]] == ["Pour l'architecte"]
        assert page.context["total"] == 3

    @pytest.mark.parametrize("adresse", ["\x00", "x" * 10_000, "🧾@x", "inconnue@session.example"])
    def test_filtre_hostile(self, cohort, poste, adresse):
        ecrire(cohort)
        assert len(poste.get(BOITE, {"adresse": adresse, "page": adresse}).context["page"].object_list) == 1

    def test_ouvrir_marque_lu_une_fois_et_decompte(self, cohort, poste):
        (message,) = ecrire(cohort)
        assert 'class="non-lu"' in texte(poste.get(BOITE))
        page = poste.get(reverse("formation:message", args=[message.pk]))
        assert page.context["bandeau"].non_lus == 0
        with cohort.monde():
            lu = Message.objects.get(pk=message.pk).lu_le
        assert lu is not None
        poste.get(reverse("formation:message", args=[message.pk]))
        with cohort.monde():
            assert Message.objects.get(pk=message.pk).lu_le == lu
        assert 'class="non-lu"' not in texte(poste.get(BOITE))

    def test_corps_en_texte_et_lien_en_bouton(self, cohort, poste):
        (message,) = ecrire(
            cohort, corps="<script>alert(1)</script>\nSuite", lien="/portail/activer/abc/", lien_libelle="Activer"
        )
        page = texte(poste.get(reverse("formation:message", args=[message.pk])))
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
        assert 'href="/portail/activer/abc/"' in page
        assert "http://testserver/portail/activer/abc/" in page

    def test_un_lien_vers_ailleurs_n_est_pas_montre(self, cohort, poste):
        (message,) = ecrire(cohort, lien="https://ailleurs.example/", lien_libelle="Sortir")
        assert "ailleurs.example" not in texte(poste.get(reverse("formation:message", args=[message.pk])))

    def test_autre_methode(self, cohort, poste):
        (message,) = ecrire(cohort)
        assert poste.post(BOITE).status_code == 405
        assert poste.post(reverse("formation:message", args=[message.pk])).status_code == 405
