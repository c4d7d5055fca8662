"""« Approbations »: the list, one request, many at once, two managers at once (comptes-structures.md §5.3)."""

import time

import pytest
from django.urls import reverse

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox.mail.models import Message
from structures.enums import Role, StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Rattachement, RattachementService
from structures.services import rattachements
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.structures.vues_droits.conftest import peupler, texte

pytestmark = pytest.mark.django_db
MODIFICATION, CONSULTATION = Niveau.MODIFICATION.value, Niveau.CONSULTATION.value


def liste(structure):
    return reverse("structures:approbations", args=[structure.pk])


def fiche(structure, lien):
    return reverse("structures:approbation", args=[structure.pk, lien.pk])


def coche(form, nom):
    return form[nom].value()


@pytest.fixture
def delegue(cohort, structure):
    """Seat 3 holds « Organisation modification »: decides as the manager does."""
    compte = factories.compte(cohort, 3, prenom="Denis", nom="Delegue")
    factories.rattachement(compte, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
    return connecter(client_au_poste(cohort, 3), compte)


class TestDroits:
    def test_sans_organisation_modification_403(self, chez_camille, camille, demande, structure):
        for url in (liste(structure), fiche(structure, demande)):
            assert chez_camille.get(url).status_code == 403
            assert chez_camille.post(url, {"ids": demande.pk, "action": "valider"}).status_code == 403

    def test_la_consultation_ne_suffit_pas(self, chez_camille, camille, structure):
        factories.rattachement(
            camille,
            structure,
            role=Role.UTILISATEUR,
            profils=[Profil.ORGANISATION],
            niveau=Niveau.CONSULTATION,
        )
        assert chez_camille.get(liste(structure)).status_code == 403
        assert chez_camille.get(reverse("structures:utilisateurs", args=[structure.pk])).status_code == 200

    def test_le_titulaire_d_organisation_modification_decide(self, delegue, demande, structure, relire):
        delegue.post(liste(structure), {"ids": demande.pk, "action": "valider"})
        assert relire(demande).est_valide

    def test_page_ouverte_puis_detache(self, cohort, delegue, demande, structure, relire):
        assert delegue.get(fiche(structure, demande)).status_code == 200
        with cohort.monde():
            Rattachement.objects.filter(compte__nom="Delegue").update(statut=StatutRattachement.SUPPRIMEE)
        reponse = delegue.post(fiche(structure, demande), {"action": "valider"})
        assert reponse.status_code == 403
        assert reverse("structures:mes_rattachements") in texte(reponse)
        assert relire(demande).en_attente

    def test_la_demande_d_une_autre_structure_n_existe_pas_ici(self, cohort, gestionnaire, camille, structure):
        autre = factories.structure(cohort, 3)
        with cohort.monde():
            ailleurs = rattachements.demander(camille, autre)
        assert gestionnaire.get(fiche(structure, ailleurs)).status_code == 404
        assert gestionnaire.post(fiche(structure, ailleurs), {"action": "valider"}).status_code == 404
        gestionnaire.post(liste(structure), {"ids": ailleurs.pk, "action": "valider"})
        with cohort.monde():
            assert Rattachement.objects.get(pk=ailleurs.pk).en_attente


class TestListe:
    def test_vide(self, gestionnaire, structure):
        assert "Aucune demande en attente" in texte(gestionnaire.get(liste(structure)))

    def test_qui_quand_message_services(self, cohort, gestionnaire, camille, structure):
        service = factories.service(structure, "CHANTIERS")
        with cohort.monde():
            rattachements.demander(camille, structure, services=[service.pk], commentaire="<script>=1+1")
        page = texte(gestionnaire.get(liste(structure)))
        for mot in (
            "Camille Loriot",
            "stagiaire02@session.example",
            "CHANTIERS",
            "&lt;script&gt;=1+1",
            "23",
            "Répondre",
        ):
            assert mot in page

    def test_la_plus_ancienne_d_abord_et_tri(self, cohort, gestionnaire, structure):
        peupler(cohort, structure, 3, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        premiers = [lien.pk for lien in gestionnaire.get(liste(structure)).context["page"].object_list]
        derniers = [
            lien.pk for lien in gestionnaire.get(liste(structure), {"tri": "-date"}).context["page"].object_list
        ]
        assert premiers == derniers[::-1]

    def test_requetes_constantes_et_pages(self, cohort, gestionnaire, structure, django_assert_max_num_queries):
        peupler(cohort, structure, 3, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        with django_assert_max_num_queries(16):
            gestionnaire.get(liste(structure))
        peupler(cohort, structure, 300, statut=StatutRattachement.EN_COURS_DE_VALIDATION, prefixe="v")
        with django_assert_max_num_queries(16):
            reponse = gestionnaire.get(liste(structure))
        assert len(reponse.context["page"].object_list) == 25
        assert reponse.context["page"].paginator.count == 303

    def test_l_accueil_dit_combien_attendent_en_une_requete(
        self, cohort, gestionnaire, structure, django_assert_num_queries
    ):
        from structures.domaines_utilisateurs import demandes_a_traiter

        peupler(cohort, structure, 2, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        reponse = gestionnaire.get(reverse("accounts:accueil"))
        assert "<strong>2</strong> demandes de rattachement à traiter" in texte(reponse)
        assert liste(structure) in texte(reponse)
        with cohort.monde(), django_assert_num_queries(1):
            (tache,) = demandes_a_traiter(reponse.wsgi_request)
        assert tache.nombre == 2


class TestUneDemande:
    def test_les_cases_par_defaut_sont_cochees_et_celles_de_cette_nature(self, gestionnaire, demande, structure):
        form = gestionnaire.get(fiche(structure, demande)).context["form"]
        cochees = {nom for nom in form.fields if nom.startswith("c_") and form[nom].value()}
        assert cochees == {f"c_tout_{Profil.FACTURES_EMISES}", f"c_tout_{Profil.SOLLICITATIONS_EMISES}"}
        assert f"c_tout_{Profil.FACTURES_RECUES}" not in form.fields, "public structures only"

    def test_valider_ce_que_l_on_coche(self, gestionnaire, demande, structure, relire, droits_de):
        envoi = {
            "action": "valider",
            f"c_tout_{Profil.FACTURES_EMISES}": "on",
            f"n_tout_{Profil.FACTURES_EMISES}": MODIFICATION,
            f"c_tout_{Profil.ORGANISATION}": "on",
            f"n_tout_{Profil.ORGANISATION}": CONSULTATION,
            f"n_tout_{Profil.FACTURES_TRAVAUX}": MODIFICATION,
        }
        assert "est validée" in texte(gestionnaire.post(fiche(structure, demande), envoi, follow=True))
        assert relire(demande).est_valide
        assert droits_de(demande) == [
            (Profil.FACTURES_EMISES, MODIFICATION, None),
            (Profil.ORGANISATION, CONSULTATION, None),
        ]

    def test_par_service_et_service_decoche(self, cohort, gestionnaire, camille, structure, droits_de):
        a, b = factories.service(structure, "A"), factories.service(structure, "B")
        with cohort.monde():
            lien = rattachements.demander(camille, structure, services=[a.pk, b.pk])
        page = gestionnaire.get(fiche(structure, lien))
        form = page.context["form"]
        assert coche(form, f"c_{a.pk}_{Profil.FACTURES_EMISES}")
        assert not coche(form, f"c_tout_{Profil.FACTURES_EMISES}"), "on the services asked for, not beyond"
        envoi = {
            "action": "valider",
            "accordes": [a.pk],
            f"c_{a.pk}_{Profil.FACTURES_EMISES}": "on",
            f"n_{a.pk}_{Profil.FACTURES_EMISES}": CONSULTATION,
            f"c_{b.pk}_{Profil.FACTURES_EMISES}": "on",
        }
        gestionnaire.post(fiche(structure, lien), envoi)
        assert droits_de(lien) == [(Profil.FACTURES_EMISES, CONSULTATION, a.pk)]
        with cohort.monde():
            etats = dict(RattachementService.objects.values_list("service__code", "statut"))
        assert etats == {"A": StatutRattachement.VALIDEE, "B": StatutRattachement.REFUSEE}

    def test_ajouter_un_service_garde_ce_qui_est_coche(self, gestionnaire, demande, structure, droits_de):
        service = factories.service(structure, "CHANTIERS")
        envoi = {"ajouter": "1", "ajout": service.pk, f"c_tout_{Profil.ENGAGEMENTS}": "on", "motif": "à moitié écrit"}
        reponse = gestionnaire.post(fiche(structure, demande), envoi)
        assert reponse.status_code == 200
        form = reponse.context["form"]
        assert coche(form, f"c_tout_{Profil.ENGAGEMENTS}")
        assert "à moitié écrit" in texte(reponse)
        suite = {
            "action": "valider",
            "perimetre": service.pk,
            f"c_{service.pk}_{Profil.FACTURES_EMISES}": "on",
        }
        gestionnaire.post(fiche(structure, demande), suite)
        assert droits_de(demande) == [(Profil.FACTURES_EMISES, MODIFICATION, service.pk)]

    def test_un_service_d_une_autre_structure_ne_s_ajoute_pas(self, gestionnaire, demande, structure, destinataire):
        etranger = factories.service(destinataire, "AUTRE")
        reponse = gestionnaire.post(fiche(structure, demande), {"ajouter": "1", "ajout": etranger.pk})
        assert [bloc.service for bloc in reponse.context["form"].blocs] == [None]

    def test_refuser_demande_un_motif_et_garde_les_cases(self, gestionnaire, demande, structure, relire):
        envoi = {"action": "refuser", "motif": "  ", f"c_tout_{Profil.ENGAGEMENTS}": "on"}
        reponse = gestionnaire.post(fiche(structure, demande), envoi)
        assert reponse.status_code == 422
        assert "Indiquez le motif" in texte(reponse)
        assert coche(reponse.context["form"], f"c_tout_{Profil.ENGAGEMENTS}")
        assert relire(demande).en_attente
        gestionnaire.post(fiche(structure, demande), envoi | {"motif": "Inconnue"})
        assert relire(demande).motif == "Inconnue"

    def test_un_motif_trop_long(self, gestionnaire, demande, structure):
        reponse = gestionnaire.post(fiche(structure, demande), {"action": "refuser", "motif": "x" * 300})
        assert reponse.status_code == 422
        assert "abrégez-le" in texte(reponse)

    def test_le_second_gestionnaire_apprend_qui_a_fait_quoi(
        self, gestionnaire, delegue, demande, structure, compte, relire, droits_de
    ):
        gestionnaire.post(fiche(structure, demande), {"action": "valider"})
        envoi = {"action": "refuser", "motif": "Mon motif tapé", f"c_tout_{Profil.ENGAGEMENTS}": "on"}
        envoi[f"n_tout_{Profil.ENGAGEMENTS}"] = CONSULTATION
        reponse = delegue.post(fiche(structure, demande), envoi)
        assert reponse.status_code == 422
        page = texte(reponse)
        assert f"« Validé » ({compte})" in page
        assert "Mon motif tapé" in page
        assert coche(reponse.context["form"], f"c_tout_{Profil.ENGAGEMENTS}")
        assert 'value="valider"' not in page, "nothing left to press"
        assert relire(demande).est_valide
        assert droits_de(demande) == []

    def test_revenir_sur_une_demande_traitee(self, gestionnaire, demande, structure, compte):
        gestionnaire.post(fiche(structure, demande), {"action": "refuser", "motif": "Non"})
        page = texte(gestionnaire.get(fiche(structure, demande)))
        assert f"« Refusé » ({compte})" in page
        assert "« Non »" in page

    def test_on_ne_valide_pas_sa_propre_demande(self, cohort, delegue, structure, droits_de):
        service = factories.service(structure, "A")
        with cohort.monde():
            lien = Rattachement.objects.select_related("compte", "structure").get(compte__nom="Delegue")
            rattachements.demander_services(lien, [service.pk])
        assert "votre propre demande" in texte(delegue.get(fiche(structure, lien)))
        envoi = {"action": "valider", "accordes": [service.pk], f"c_{service.pk}_{Profil.ENGAGEMENTS}": "on"}
        reponse = delegue.post(fiche(structure, lien), envoi)
        assert reponse.status_code == 422
        assert "On ne valide pas sa propre demande" in texte(reponse)
        assert "ids" not in texte(delegue.get(liste(structure))).split("<tbody>")[1].split("</tbody>")[0]
        assert "à sa propre demande" in texte(
            delegue.post(liste(structure), {"ids": lien.pk, "action": "valider"}, follow=True)
        )

    def test_des_services_de_plus(self, cohort, gestionnaire, lien, structure, droits_de):
        a, b = factories.service(structure, "A"), factories.service(structure, "B")
        with cohort.monde():
            lien.structure, lien.cohort = structure, cohort
            rattachements.demander_services(lien, [a.pk, b.pk], commentaire="Pour le nord")
        reponse = gestionnaire.get(fiche(structure, lien))
        assert [bloc.service.code for bloc in reponse.context["form"].blocs] == ["A", "B"]
        assert "Pour le nord" in texte(reponse)
        envoi = {"action": "valider", "accordes": [a.pk], f"c_{a.pk}_{Profil.FACTURES_TRAVAUX}": "on"}
        assert gestionnaire.post(fiche(structure, lien), envoi).status_code == 422, "B needs a reason"
        gestionnaire.post(fiche(structure, lien), envoi | {"motif": "Pas le nord"})
        assert droits_de(lien) == [
            (Profil.FACTURES_EMISES, MODIFICATION, None),
            (Profil.FACTURES_TRAVAUX, MODIFICATION, a.pk),
        ]
        deja = gestionnaire.post(fiche(structure, lien), envoi)
        assert deja.status_code == 422
        assert "n'attendent plus" in texte(deja)

    def test_un_niveau_inconnu_est_dit(self, gestionnaire, demande, structure):
        envoi = {"action": "valider", f"n_tout_{Profil.ENGAGEMENTS}": "TOUT"}
        reponse = gestionnaire.post(fiche(structure, demande), envoi)
        assert reponse.status_code == 422
        assert "Choisissez « Modification » ou « Consultation »" in texte(reponse)


class TestEnMasse:
    def test_valider_avec_les_droits_par_defaut(self, cohort, gestionnaire, structure, compte, droits_de, relire):
        liens = peupler(cohort, structure, 3, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        envoi = {"ids": [lien.pk for lien in liens[:2]], "action": "valider"}
        assert "2 demandes validées" in texte(gestionnaire.post(liste(structure), envoi, follow=True))
        assert droits_de(liens[0]) == [
            (Profil.FACTURES_EMISES, MODIFICATION, None),
            (Profil.SOLLICITATIONS_EMISES, MODIFICATION, None),
        ]
        assert relire(liens[0]).traite_par == compte
        assert relire(liens[2]).en_attente
        assert "déjà au statut" in texte(gestionnaire.post(liste(structure), envoi, follow=True))
        with cohort.monde():
            assert ActeGestion.objects.filter(type=TypeActe.RATTACHEMENT_VALIDE).count() == 2
            assert Message.objects.filter(objet__contains="Validé").count() == 2

    def test_refuser_avec_un_motif(self, cohort, gestionnaire, structure, relire):
        liens = peupler(cohort, structure, 2, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        ids = [lien.pk for lien in liens]
        reponse = gestionnaire.post(liste(structure), {"ids": ids, "action": "refuser"})
        assert reponse.status_code == 422
        assert "Indiquez le motif" in texte(reponse)
        assert texte(reponse).count(" checked") == 2, "the boxes stay ticked"
        gestionnaire.post(liste(structure), {"ids": ids, "action": "refuser", "motif": "Inconnus"})
        assert {relire(lien).motif for lien in liens} == {"Inconnus"}

    def test_rien_de_coche(self, gestionnaire, demande, structure):
        reponse = gestionnaire.post(liste(structure), {"action": "valider", "ids": ["x", "²"]})
        assert reponse.status_code == 422
        assert "Cochez au moins une demande" in texte(reponse)

    def test_les_demandes_de_services_aussi(self, cohort, gestionnaire, lien, structure, droits_de):
        a = factories.service(structure, "A")
        with cohort.monde():
            lien.structure, lien.cohort = structure, cohort
            rattachements.demander_services(lien, [a.pk])
        gestionnaire.post(liste(structure), {"ids": lien.pk, "action": "valider"})
        assert droits_de(lien) == [
            (Profil.FACTURES_EMISES, MODIFICATION, a.pk),
            (Profil.FACTURES_EMISES, MODIFICATION, None),
            (Profil.SOLLICITATIONS_EMISES, MODIFICATION, a.pk),
        ]

    def test_deux_cents_d_un_coup(self, cohort, gestionnaire, structure, django_assert_max_num_queries):
        peupler(cohort, structure, 200, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        debut = time.perf_counter()
        with django_assert_max_num_queries(40):
            gestionnaire.post(liste(structure), {"toutes": "on", "action": "valider"})
        assert time.perf_counter() - debut < 5
        with cohort.monde():
            assert Rattachement.objects.filter(structure=structure, statut=StatutRattachement.VALIDEE).count() == 201
            assert Habilitation.objects.filter(rattachement__structure=structure).count() == 400 + 9
            assert Compte.objects.filter(nom__startswith="Nom").count() == 200

    def test_deux_cents_refus(self, cohort, gestionnaire, structure, django_assert_max_num_queries):
        peupler(cohort, structure, 200, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        with django_assert_max_num_queries(40):
            gestionnaire.post(liste(structure), {"toutes": "on", "action": "refuser", "motif": "Non"})
        with cohort.monde():
            assert Message.objects.filter(objet__contains="Refusé").count() == 200

    def test_beaucoup_de_demandes_deja_traitees(self, cohort, gestionnaire, structure):
        liens = peupler(cohort, structure, 8, statut=StatutRattachement.REFUSEE)
        page = texte(
            gestionnaire.post(liste(structure), {"ids": [lien.pk for lien in liens], "action": "valider"}, follow=True)
        )
        assert "Et 3 de plus" in page
