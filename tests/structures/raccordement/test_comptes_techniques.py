"""Technical accounts: created, reset, expired, warned of, authenticated (§9.2, §2.3, api.md A-19)."""

from datetime import timedelta

import pytest

from accounts import rules
from accounts.enums import EtatCompte
from accounts.models import Compte
from sandbox import clock
from sandbox.events.models import DueEvent
from sandbox.events.registry import kind
from sandbox.mail.models import Message
from structures.enums import EtatStructure, Role, StatutRattachement, TypeActe
from structures.models import ActeGestion, CompteTechnique, Habilitation, Rattachement, Structure
from structures.services import comptes_techniques as services
from structures.services import gestion, rattachements
from tests import factories

LOGIN = "TECH_1_00010101400017@cpro.fr"


def alertes(etat=DueEvent.Etat.PREVU):
    return DueEvent.objects.filter(kind=services.ALERTE, etat=etat)


def jouer(evenement):
    with clock.at(evenement.du_le):
        return kind(services.ALERTE).play(evenement)


class TestCreer:
    def test_login_password_and_validity(self, technique, monde):
        fait, mot_de_passe = technique
        compte = Compte.objects.get(login_email=LOGIN)
        assert compte.etat == EtatCompte.TECHNIQUE
        assert compte.check_password(mot_de_passe)
        assert mot_de_passe not in compte.mot_de_passe
        assert rules.regles_non_respectees(mot_de_passe, LOGIN) == []
        assert fait.expire_le - clock.now() == timedelta(days=424)
        assert str(fait) == LOGIN

    def test_attached_as_technical_with_all_but_two_profiles(self, technique, monde):
        lien = Rattachement.objects.get(compte__login_email=LOGIN)
        assert (lien.role, lien.statut) == (Role.TECHNIQUE, StatutRattachement.VALIDEE)
        tenus = set(Habilitation.objects.filter(rattachement=lien).values_list("profil", "niveau"))
        assert ("FACTURES_EMISES", "MODIFICATION") in tenus
        assert {p for p, _ in tenus} & {"ORGANISATION", "RACCORDEMENT", "FACTURES_RECUES"} == set()
        assert {n for _, n in tenus} == {"MODIFICATION"}

    def test_written_down_and_told_to_the_manager(self, technique, monde, compte):
        _, mot_de_passe = technique
        acte = ActeGestion.objects.get(type=TypeActe.COMPTE_TECHNIQUE_CREE)
        assert (acte.objet, acte.acteur_id) == (LOGIN, compte.pk)
        courriel = Message.objects.get(type="raccordement")
        assert courriel.adresse == compte.contact_email
        assert LOGIN in courriel.corps
        assert mot_de_passe not in courriel.corps

    def test_several_accounts_are_numbered(self, technique, structure, compte, monde):
        second, _ = services.creer(structure, par=compte, numero=2)
        assert second.compte.login_email == "TECH_2_00010101400017@cpro.fr"

    def test_the_same_form_twice_makes_one(self, technique, structure, compte, monde):
        with pytest.raises(services.CompteTechniqueRefuse, match="existe déjà") as refus:
            services.creer(structure, par=compte, numero=1)
        assert refus.value.champ == "structure"
        assert structure.comptes_techniques.count() == 1

    def test_an_inactive_structure_has_none(self, structure, compte, monde):
        Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        with pytest.raises(services.CompteTechniqueRefuse, match="n'est pas active"):
            services.creer(structure, par=compte)

    def test_passwords_differ_and_begin_with_a_letter(self):
        tires = {services.generer_mot_de_passe(LOGIN) for _ in range(50)}
        assert len(tires) == 50
        assert all(len(m) == services.LONGUEUR and m[0].isalpha() and ":" not in m for m in tires)

    def test_without_a_manager_nobody_is_written_to(self, structure, compte, monde):
        Rattachement.objects.all().delete()
        services.creer(structure, par=compte)
        assert not Message.objects.exists()

    def test_nobody_detaches_it_as_a_user(self, technique, monde, compte):
        lien = Rattachement.objects.select_related("structure", "compte").get(compte__login_email=LOGIN)
        with pytest.raises(rattachements.RattachementRefuse, match="Raccordements"):
            gestion.desactiver(lien, par=compte)


class TestReinitialiser:
    def test_new_password_validity_starts_again(self, technique, compte, monde):
        fait, ancien = technique
        Compte.objects.filter(login_email=LOGIN).update(echecs=3, bloque_jusqua=clock.real_now() + timedelta(hours=1))
        with clock.at(clock.now() + timedelta(days=100)):
            relu, neuf = services.reinitialiser(fait, par=compte)
            assert relu.expire_le - clock.now() == timedelta(days=424)
            assert services.authentifier(LOGIN, neuf).pk == fait.pk
            with pytest.raises(services.MotDePasseFaux):
                services.authentifier(LOGIN, ancien)
        acte = ActeGestion.objects.get(type=TypeActe.COMPTE_TECHNIQUE_REINITIALISE)
        assert acte.avant != acte.apres
        assert neuf not in Message.objects.order_by("-pk").first().corps

    def test_the_warning_moves(self, technique, compte, monde):
        fait, _ = technique
        premiere = alertes().get()
        assert premiere.du_le == fait.expire_le - timedelta(days=30)
        for jours in (0, 0, 50):
            with clock.at(clock.now() + timedelta(days=jours)):
                fait, _ = services.reinitialiser(fait, par=compte)
        assert [a.du_le for a in alertes()] == [fait.expire_le - timedelta(days=30)]
        assert alertes(DueEvent.Etat.ANNULE).count() == 3


class TestExpirer:
    def test_the_trainer_s_button(self, technique, monde, compte):
        fait, mot_de_passe = technique
        assert services.faire_expirer(fait, nom="AIFE (simulée)")
        assert not services.faire_expirer(fait, nom="AIFE (simulée)")
        with pytest.raises(services.MotDePasseExpire):
            services.authentifier(LOGIN, mot_de_passe)
        acte = ActeGestion.objects.get(type=TypeActe.COMPTE_TECHNIQUE_EXPIRE)
        assert acte.acteur_nom == "AIFE (simulée)"
        assert "a expiré" in Message.objects.order_by("-pk").first().corps
        assert not alertes().exists()

    def test_a_reset_brings_it_back(self, technique, monde, compte):
        fait, _ = technique
        services.faire_expirer(fait, nom="x")
        fait, neuf = services.reinitialiser(fait, par=compte)
        assert services.authentifier(LOGIN, neuf) == fait
        assert alertes().count() == 1


class TestAlerte:
    def test_thirty_days_before(self, technique, monde, compte):
        Message.objects.all().delete()
        assert jouer(alertes().get()) == "Expiration prochaine d'un compte technique"
        courriel = Message.objects.get()
        assert courriel.adresse == compte.contact_email
        assert "expire le" in courriel.corps

    def test_not_after_a_renewal_nor_the_end(self, technique, monde):
        evenement = alertes().get()
        for expire_le in (evenement.du_le + timedelta(days=31), evenement.du_le):
            CompteTechnique.objects.update(expire_le=expire_le)
            assert jouer(evenement) is None

    def test_of_an_account_that_has_gone(self, technique, monde):
        evenement = alertes().get()
        evenement.cible = 0
        assert jouer(evenement) is None


class TestAuthentifier:
    def test_good(self, technique, monde):
        fait, mot_de_passe = technique
        assert services.authentifier(f" {LOGIN} ", mot_de_passe) == fait

    def test_unknown(self, technique, compte, monde):
        with pytest.raises(services.CompteInconnu):
            services.authentifier("TECH_9_00010101400017@cpro.fr", "x")
        with pytest.raises(services.CompteInconnu):  # an account of the portal is not one of the API
            services.authentifier(compte.login_email, factories.MOT_DE_PASSE)

    def test_of_another_session(self, technique, autre_cohort):
        _, mot_de_passe = technique
        with autre_cohort.monde(), pytest.raises(services.CompteInconnu):
            services.authentifier(LOGIN, mot_de_passe)

    def test_wrong_then_locked_fifteen_real_minutes(self, technique, monde):
        _, mot_de_passe = technique
        for _ in range(services.ECHECS_MAXIMUM):
            with pytest.raises(services.MotDePasseFaux):
                services.authentifier(LOGIN, "faux")
        with pytest.raises(services.CompteBloque):
            services.authentifier(LOGIN, mot_de_passe)
        reste = Compte.objects.get(login_email=LOGIN).bloque_jusqua - clock.real_now()
        assert timedelta(minutes=14) < reste <= timedelta(minutes=15)

    def test_a_good_one_forgets_the_wrong_ones(self, technique, monde):
        _, mot_de_passe = technique
        with pytest.raises(services.MotDePasseFaux):
            services.authentifier(LOGIN, "faux")
        services.authentifier(LOGIN, mot_de_passe)
        assert Compte.objects.get(login_email=LOGIN).echecs == 0

    def test_too_old(self, technique, monde):
        fait, mot_de_passe = technique
        with clock.at(fait.expire_le), pytest.raises(services.MotDePasseExpire):
            services.authentifier(LOGIN, mot_de_passe)
        with clock.at(fait.expire_le), pytest.raises(services.MotDePasseFaux):
            services.authentifier(LOGIN, "faux")


def test_days_left(technique, monde):
    fait, _ = technique
    assert services.jours_restants(fait, fait.expire_le - timedelta(days=12, hours=1)) == 12
    assert services.jours_restants(fait, fait.expire_le + timedelta(days=1)) == 0


def test_it_does_not_open_the_portal(technique, poste):
    from django.urls import reverse

    _, mot_de_passe = technique
    reponse = poste.post(reverse("accounts:connexion"), {"login_email": LOGIN, "mot_de_passe": mot_de_passe})
    assert reponse.status_code != 302
    assert "compte" not in poste.session
