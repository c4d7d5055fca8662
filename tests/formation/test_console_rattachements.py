"""The trainer answers a request in the place of a gestionnaire."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.profils import Profil
from sandbox.cohorts.models import Trace
from structures.enums import StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Rattachement
from structures.services import rattachements
from tests import factories


@pytest.fixture
def demande(cohort, structure):
    """Seat 2 asks for the company of seat 1."""
    compte = factories.compte(cohort, 2, prenom="Camille", nom="<b>Loriot</b>")
    service = factories.service(structure, "CHANTIERS")
    with cohort.monde():
        return rattachements.demander(compte, structure, services=[service.pk], commentaire="Pour déposer")


@pytest.fixture
def repondre(formateur_client, console, demande):
    def envoyer(decision, cle="k", **champs):
        url = console("repondre_rattachement", demande.pk)
        return formateur_client.post(url, {"decision": decision, "cle": cle, **champs}, follow=True)

    return envoyer


def statut(cohort, demande):
    with cohort.monde():
        return Rattachement.objects.get(pk=demande.pk).statut


def test_la_liste_dit_qui_demande_et_qui_doit_repondre(demande, formateur_client, console):
    page = formateur_client.get(console("rattachements")).content.decode()
    assert "Camille &lt;b&gt;Loriot&lt;/b&gt; → ARBELIN MENUISERIE 01" in page
    assert "Nadia Poste01 (poste 01)" in page
    assert "CHANTIERS" in page
    assert "« Pour déposer »" in page


def test_rien_n_attend(cohort, formateur_client, console):
    assert "Aucune demande n'attend" in formateur_client.get(console("rattachements")).content.decode()


def test_accepter_donne_les_droits_par_defaut_sur_les_services_demandes(cohort, demande, repondre):
    assert "accepté" in repondre("accepter").content.decode()
    assert statut(cohort, demande) == StatutRattachement.VALIDEE
    with cohort.monde():
        tenus = set(Habilitation.objects.filter(rattachement=demande).values_list("profil", "service__code"))
        assert tenus == {(Profil.FACTURES_EMISES, "CHANTIERS"), (Profil.SOLLICITATIONS_EMISES, "CHANTIERS")}
        assert ActeGestion.objects.get(type=TypeActe.RATTACHEMENT_VALIDE).acteur_nom == "Le formateur"
        assert Trace.objects.filter(verbe="accepte le rattachement", place=2).count() == 1


def test_refuser_demande_un_motif_et_garde_la_page(cohort, demande, repondre):
    reponse = repondre("refuser", motif="  ")
    assert reponse.status_code == 422
    assert "Indiquez le motif du refus" in reponse.content.decode()
    assert statut(cohort, demande) == StatutRattachement.EN_COURS_DE_VALIDATION
    repondre("refuser", cle="k2", motif="Pas chez nous")
    assert statut(cohort, demande) == StatutRattachement.REFUSEE


def test_un_double_envoi_ne_fait_rien_de_plus(cohort, demande, repondre):
    repondre("accepter")
    assert repondre("accepter").status_code == 200
    with cohort.monde():
        assert Trace.objects.filter(verbe="accepte le rattachement").count() == 1


def test_trop_tard_le_formateur_apprend_qui_a_repondu(cohort, demande, compte, repondre):
    with cohort.monde():
        rattachements.refuser(demande, par=compte, motif="Inconnu")
    assert "(Nadia Poste01)" in repondre("accepter").content.decode()
    assert statut(cohort, demande) == StatutRattachement.REFUSEE


def test_une_structure_sans_gestionnaire(cohort, demande, formateur_client, console):
    with cohort.monde():
        Rattachement.objects.filter(role="GP", structure=demande.structure).delete()
    assert "pas de gestionnaire principal" in formateur_client.get(console("rattachements")).content.decode()


def test_le_prix_ne_depend_pas_du_nombre(cohort, structure, formateur_client, console, django_assert_max_num_queries):
    def demandes(premier, nombre):
        for n in range(premier, premier + nombre):
            compte = factories.compte(cohort, 2, login_email=f"c{n}@session.example")
            with cohort.monde():
                rattachements.demander(compte, structure)

    demandes(0, 2)
    url = console("rattachements")
    formateur_client.get(url)
    with CaptureQueriesContext(connection) as peu:
        formateur_client.get(url)
    demandes(2, 20)
    with django_assert_max_num_queries(len(peu)):
        formateur_client.get(url)
