"""N7, weekly, and N8, daily (factures.md §3.6): promised once, sent on the simulated clock, silent without news."""

from datetime import timedelta

import pytest

from accounts.models import Compte
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.services import recapitulatifs
from invoices.services.transitions import Auteur, apply
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from tests import factories


@pytest.fixture
def facture(structure, compte, destinataire):
    return factories.facture(structure, destinataire, compte=compte, statut=Statut.MISE_A_DISPOSITION)


def jouer(facture, action, **precisions):
    cohort = Cohort.objects.get(pk=facture.cohort_id)
    with cohort.monde():
        facture = Facture.objects.select_related("cree_par", "destinataire", "fournisseur").get(pk=facture.pk)
        facture.cohort = cohort
        return apply(facture, action, acteur=Acteur.DESTINATAIRE, auteur=Auteur(nom="agent"), **precisions)


def avancer(cohort, **duree):
    cohort = Cohort.objects.get(pk=cohort.pk)
    engine.advance(cohort, cohort.simulated_now() + timedelta(**duree))


def messages(cohort, type_message):
    with cohort.monde():
        return list(Message.objects.filter(type=type_message).order_by("pk"))


@pytest.fixture
def quotidien(compte, cohort):
    with cohort.monde():
        Compte.objects.filter(pk=compte.pk).update(recap_quotidien=True)


def test_un_seul_message_pour_la_journee(facture, cohort, quotidien):
    jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    jouer(facture, Action.MANDATER)
    assert messages(cohort, "N4") == messages(cohort, "N8") == []
    avancer(cohort, hours=21)
    assert messages(cohort, "N8") == []
    avancer(cohort, hours=2)
    (message,) = messages(cohort, "N8")
    assert message.adresse == "stagiaire01@session.example"
    assert "– F-2026-001, COMMUNE DE VALMORAN : « Service fait » (07/12 à 09:00)" in message.corps
    assert "« Mandatée »" in message.corps
    assert message.lien == "/portail/facturation/factures-emises/"
    avancer(cohort, days=5)
    assert len(messages(cohort, "N8")) == 1, "rien n'a bougé depuis : pas de message vide"


def test_un_rejet_reste_immediat(facture, cohort, quotidien):
    jouer(facture, Action.REJETER, motif="MONTANT_ERR")
    assert [m.type for m in messages(cohort, "N6")] == ["N6"]


def test_qui_y_renonce_dans_la_journee_n_a_rien(facture, compte, cohort, quotidien):
    jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    with cohort.monde():
        Compte.objects.filter(pk=compte.pk).update(recap_quotidien=False)
    avancer(cohort, days=2)
    assert messages(cohort, "N8") == []


def test_un_compte_disparu_ne_fait_rien_echouer(cohort):
    with cohort.monde():
        assert recapitulatifs.envoyer_quotidien(10**9) is False
        assert recapitulatifs.envoyer_hebdomadaire(10**9) is False


def test_une_journee_sans_rien_n_ecrit_rien(compte, cohort, quotidien):
    with cohort.monde():
        assert recapitulatifs.envoyer_quotidien(compte.pk) is False
    assert messages(cohort, "N8") == []


def test_une_longue_journee_dit_combien_elle_tait(facture, compte, cohort, quotidien):
    with cohort.monde():
        HistoriqueStatut.objects.all().delete()
        HistoriqueStatut.objects.bulk_create(
            HistoriqueStatut(
                cohort=cohort,
                facture=facture,
                action=Action.REJETER,
                statut=Statut.REJETEE,
                motif="MONTANT_ERR",
                survenu_le=cohort.sim_reference - timedelta(minutes=n),
                acteur=Acteur.DESTINATAIRE,
                auteur="agent",
            )
            for n in range(1, recapitulatifs.MAXIMUM + 6)
        )
        assert recapitulatifs.envoyer_quotidien(compte.pk)
    (message,) = messages(cohort, "N8")
    assert "… et 5 autres changements." in message.corps
    assert "« Rejetée » – Montant de la facture erroné" in message.corps


def test_le_lundi_les_gestionnaires_lisent_ce_qui_attend(facture, structure, compte, destinataire, cohort):
    """J0 is a Monday at 9 h: the next message is a week later, then again as long as something waits."""
    jouer(facture, Action.SUSPENDRE, motif="JUSTIF_ABS", commentaire="bon de livraison")
    autre = factories.facture(structure, destinataire, compte=compte, numero="F-2", statut=Statut.MISE_A_DISPOSITION)
    jouer(autre, Action.REJETER, motif="MONTANT_ERR")
    avancer(cohort, days=6, hours=21)
    assert messages(cohort, "N7") == []
    avancer(cohort, hours=2)
    (message,) = messages(cohort, "N7")
    assert message.adresse == compte.contact_email
    assert "– 1 facture suspendue, à compléter" in message.corps
    assert "– 1 facture rejetée, à traiter" in message.corps
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(statut=Statut.COMPLETEE)
        Facture.objects.filter(pk=autre.pk).update(rejet_traite=True)
    avancer(cohort, days=21)
    assert len(messages(cohort, "N7")) == 1, "plus rien n'attend : le rappel s'arrête de lui-même"


def test_le_rappel_revient_chaque_semaine(facture, cohort):
    jouer(facture, Action.DEMANDER_RECYCLAGE, motif="SE_ERR", commentaire="autre service")
    jouer(facture, Action.DEMANDER_RECYCLAGE, motif="SE_ERR", commentaire="encore")
    avancer(cohort, days=22)
    assert ["1 facture à recycler" in m.corps for m in messages(cohort, "N7")] == [True, True, True]


def test_sans_fournisseur_ni_gestionnaire_personne_n_est_prevenu(destinataire, cohort):
    """Seat 3's company has no manager: nobody to tell."""
    seule = factories.facture(factories.structure(cohort, 3), destinataire, statut=Statut.SUSPENDUE)
    with cohort.monde():
        seule.cohort = cohort
        recapitulatifs.promettre_hebdomadaire(seule, cohort.sim_reference)
        assert recapitulatifs.envoyer_hebdomadaire(seule.fournisseur_id) is False
        seule.fournisseur = None
        avant = DueEvent.objects.count()
        recapitulatifs.promettre_hebdomadaire(seule, cohort.sim_reference)
        assert DueEvent.objects.count() == avant == 1


def test_avant_sept_heures_c_est_le_matin_meme(cohort):
    tot = cohort.sim_reference - timedelta(hours=3)
    assert recapitulatifs._prochain(tot, cohort.zone).isoformat() == "2026-12-07T07:00:00+01:00"
    assert recapitulatifs._prochain(tot, cohort.zone, lundi=True).isoformat() == "2026-12-07T07:00:00+01:00"
    assert recapitulatifs._prochain(cohort.sim_reference, cohort.zone).isoformat() == "2026-12-08T07:00:00+01:00"
