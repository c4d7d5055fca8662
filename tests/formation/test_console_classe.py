"""The grid: who is where, who is stuck; and its price."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from formation import queries
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox import clock
from sandbox.cohorts.models import Participant
from sandbox.mail.models import Message
from tests import factories

HTMX = {"HX-Request": "true"}


def jalons(cohort, numero=1):
    with cohort.monde():
        ligne = queries.grille(cohort).lignes[numero - 1]
    return {jalon.libelle: (jalon.etat, jalon.texte) for jalon in ligne.jalons}


class TestJalons:
    def test_free_seat_has_everything_to_do(self, cohort):
        etats = [etat for etat, _ in jalons(cohort).values()]
        assert etats == ["suivant"] + ["afaire"] * 7

    def test_the_next_one_follows_what_is_done(self, assis, compte, structure, cohort):
        vus = jalons(cohort)
        assert vus["Rejoint"][0] == vus["Compte créé"][0] == vus["Compte actif"][0] == vus["Structure"][0] == "fait"
        assert vus["Brouillon"] == ("suivant", "à faire")
        assert vus["Déposée"][0] == "afaire"

    def test_draft_under_way(self, brouillon, cohort):
        assert jalons(cohort)["Brouillon"] == ("attente", "1 en cours")

    def test_paid_invoice(self, compte, structure, destinataire, cohort):
        factories.facture(structure, destinataire, statut=Statut.MISE_EN_PAIEMENT, compte=compte)
        vus = jalons(cohort)
        assert vus["Brouillon"] == ("fait", "fait")
        assert vus["Déposée"] == vus["Mise à disposition"] == vus["Mise en paiement"] == ("fait", "1")

    def test_totals_of_the_class(self, assis, compte, cohort):
        with cohort.monde():
            grille = queries.grille(cohort)
        assert dict(grille.entetes)["Compte actif"] == 1
        assert (grille.rejoints, grille.presents) == (1, 1)

    def test_presence_fades(self, assis, cohort):
        with cohort.monde():
            Participant.objects.filter(numero=1).update(vu_le=clock.real_now() - timedelta(minutes=3))
            assert queries.grille(cohort).presents == 0


class TestBlocages:
    def raisons(self, cohort):
        with cohort.monde():
            return [b.raison for b in queries.grille(cohort).blocages]

    def test_nobody_is_stuck(self, assis, brouillon, cohort):
        assert self.raisons(cohort) == []

    @pytest.mark.parametrize(("minutes", "duree"), [(12, "12 min"), (150, "2 h")])
    def test_sleeping_draft(self, brouillon, cohort, minutes, duree):
        with cohort.monde():
            Facture.objects.update(modifie_le=clock.real_now() - timedelta(minutes=minutes))
        assert self.raisons(cohort) == [f"Brouillon non envoyé, inchangé depuis {duree}"]


class TestJournal:
    def test_people_and_robots_newest_first(self, facture_deposee, cohort):
        with cohort.monde():
            HistoriqueStatut.objects.create(
                cohort=cohort,
                place=1,
                facture=facture_deposee,
                action=Action.METTRE_EN_PAIEMENT,
                statut=Statut.MISE_EN_PAIEMENT,
                acteur=Acteur.COMPTABLE,
                auteur="COMMUNE – comptable",
                robot=True,
                survenu_le=cohort.simulated_now() + timedelta(days=18),
            )
            fil = queries.journal()
        assert [e.icone for e in fil] == ["robot", "mortarboard"]
        assert "Mise en paiement" in fil[0].texte

    def test_thirty_lines_at_most(self, cohort):
        from sandbox.cohorts.journal import noter

        with cohort.monde():
            for rang in range(40):
                noter(cohort, "essaie", str(rang))
            assert len(queries.journal()) == 30

    def test_empty(self, cohort, formateur_client, console):
        from sandbox.cohorts.models import Trace

        with cohort.monde():
            Trace.objects.all().delete()
        assert "Rien encore" in formateur_client.get(console("session")).content.decode()


class TestRegionVive:
    def test_unchanged_answers_204(self, cohort, formateur_client, console):
        page = formateur_client.get(console("session")).content.decode()
        url = page.split('id="vif" hx-get="', 1)[1].split('"', 1)[0]
        assert formateur_client.get(url, headers=HTMX).status_code == 204
        factories.compte(cohort, 1)
        suite = formateur_client.get(url, headers=HTMX)
        assert suite.status_code == 200
        assert 'id="vif"' in suite.content.decode()
        assert "csrfmiddlewaretoken" not in suite.content.decode()

    def test_unread_mail_is_counted(self, cohort):
        with cohort.monde():
            for _ in range(2):
                Message.objects.create(
                    cohort=cohort, place=1, adresse="a@b.example", expediteur="x", objet="o", corps="", type="N"
                )
            assert queries.grille(cohort).lignes[0].non_lus == 2


def peupler(cohort):
    """A bit of everything on each seat."""
    for numero in range(1, cohort.places + 1):
        compte = factories.compte(cohort, numero)
        structure = factories.structure(cohort, numero)
        factories.rattachement(compte, structure, profils=[])
        factories.brouillon(structure, None, compte=compte, numero=f"F-{numero}")
    return cohort


def test_the_price_does_not_depend_on_the_number_of_seats(formateur, formateur_client):
    prix = []
    for places in (3, 60):
        cohort = peupler(factories.cohort(formateur=formateur, places=places))
        url = reverse("formation:session", args=[cohort.code])
        formateur_client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert formateur_client.get(url).status_code == 200
        prix.append(len(requetes))
    assert prix[0] == prix[1]
    assert prix[1] <= 20


class TestProjecteur:
    def test_code_address_date_and_nobody_s_name(self, assis, cohort, formateur_client, console):
        page = formateur_client.get(console("projecteur")).content.decode()
        assert cohort.code in page
        assert "testserver/rejoindre" in page
        assert "lundi 7 décembre 2026" in page
        assert "1 sur 3 a rejoint" in page
        assert 'class="qr"' in page
        assert "Nadia" not in page
        assert "Camille" not in page

    def test_refresh(self, cohort, formateur_client, console):
        page = formateur_client.get(console("projecteur")).content.decode()
        url = page.split('id="direct" hx-get="', 1)[1].split('"', 1)[0]
        assert formateur_client.get(url, headers=HTMX).status_code == 204
        with cohort.monde():
            Participant.objects.update(arrive_le=clock.real_now())
        suite = formateur_client.get(url, headers=HTMX)
        assert "3 sur 3 ont rejoint" in suite.content.decode()
