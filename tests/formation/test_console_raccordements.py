"""« Raccordements » in the console: the trainer plays AIFE (§13.11, §13.12)."""

import pytest

from sandbox.cohorts.models import Trace
from structures.enums import EtatRaccordement as E
from structures.enums import TypeActe
from structures.models import ActeGestion, CompteTechnique, FicheRaccordement
from structures.raccordement import TRANSITIONS, Acteur
from structures.services import comptes_techniques
from tests import factories


@pytest.fixture
def fiche(structure, compte):
    def faire(etat=E.SOUMISE, **champs):
        with structure.cohort.monde():
            return FicheRaccordement.objects.create(
                cohort=structure.cohort,
                place=1,
                structure=structure,
                cree_par=compte,
                etat=etat,
                **({"mode": "EDI", "environnement": "QUALIFICATION", "contact_nom": "Nadia"} | champs),
            )

    return faire


@pytest.fixture
def technique(structure, compte):
    with structure.cohort.monde():
        return comptes_techniques.creer(structure, par=compte)[0]


def etat_de(cohort, fiche):
    with cohort.monde():
        return FicheRaccordement.objects.get(pk=fiche.pk).etat


class TestPage:
    def test_what_waits_comes_first_with_its_acts(self, fiche, technique, formateur_client, console):
        soumise, active, brouillon = fiche(), fiche(E.ACTIVE), fiche(E.BROUILLON)
        page = formateur_client.get(console("raccordements")).content.decode()
        assert console("raccordement_avancer", soumise.pk, "instruire") in page
        assert console("raccordement", active.pk) in page
        assert console("raccordement", brouillon.pk) not in page
        assert technique.compte.login_email in page
        assert "Compte technique créé" in page

    def test_it_is_in_the_navigation(self, formateur_client, console):
        assert console("raccordements") in formateur_client.get(console("session")).content.decode()

    def test_empty(self, cohort, formateur_client, console):
        page = formateur_client.get(console("raccordements")).content.decode()
        assert "Aucune fiche n'attend" in page
        assert "Aucun compte technique" in page

    def test_another_trainer_s_session(self, autre_client, fiche, console):
        assert autre_client.get(console("raccordements")).status_code == 404
        assert autre_client.get(console("raccordement", fiche().pk)).status_code == 404

    def test_as_many_queries_for_many(self, fiche, formateur_client, console, django_assert_max_num_queries):
        for _ in range(30):
            fiche()
        with django_assert_max_num_queries(25):
            formateur_client.get(console("raccordements"))


class TestInstruire:
    def test_from_sent_to_active(self, fiche, cohort, formateur_client, console):
        une = fiche(contact_email="n@session.example")
        page = formateur_client.get(console("raccordement", une.pk)).content.decode()
        assert "n@session.example" in page
        for action, etat in (("instruire", E.EN_INSTRUCTION), ("valider", E.VALIDEE), ("activer", E.ACTIVE)):
            for _ in range(2):
                reponse = formateur_client.post(console("raccordement_avancer", une.pk, action), {"cle": action})
                assert reponse.url == console("raccordement", une.pk)
            assert etat_de(cohort, une) == etat
        with cohort.monde():
            assert Trace.objects.filter(verbe="valider (raccordement)").count() == 1
            noms = ActeGestion.objects.filter(type=TypeActe.RACCORDEMENT).values_list("acteur_nom", flat=True)
            assert set(noms) == {"AIFE (simulée)"}

    def test_another_window_was_faster(self, fiche, cohort, formateur_client, console):
        une = fiche(E.EN_INSTRUCTION)
        formateur_client.post(console("raccordement_avancer", une.pk, "valider"), {"cle": "a"})
        reponse = formateur_client.post(console("raccordement_avancer", une.pk, "valider"), {"cle": "b"}, follow=True)
        assert "déjà au statut" in reponse.content.decode()

    def test_refused_with_a_reason(self, fiche, cohort, formateur_client, console):
        une = fiche(E.EN_INSTRUCTION)
        url = console("raccordement_avancer", une.pk, "refuser")
        assert "Motif du refus" in formateur_client.get(url).content.decode()
        assert formateur_client.post(url, {"cle": "k", "motif": "  "}).status_code == 422
        assert etat_de(cohort, une) == E.EN_INSTRUCTION
        formateur_client.post(url, {"cle": "k", "motif": "Adresse IP injoignable"})
        with cohort.monde():
            assert FicheRaccordement.objects.get().motif == "Adresse IP injoignable"
        assert "Adresse IP injoignable" in formateur_client.get(console("raccordement", une.pk)).content.decode()

    def test_closed_after_a_question(self, fiche, cohort, formateur_client, console):
        une = fiche(E.ACTIVE)
        url = console("raccordement_avancer", une.pk, "cloturer")
        assert "Clôturée" in formateur_client.get(url).content.decode()
        formateur_client.post(url, {"cle": "k"})
        assert etat_de(cohort, une) == E.CLOTUREE

    @pytest.mark.parametrize("action", [t.action for t in TRANSITIONS.values() if t.acteur != Acteur.FORMATEUR])
    def test_what_is_not_his(self, fiche, formateur_client, console, action):
        une = fiche(E.BROUILLON if action == "soumettre" else E.ACTIVE)
        assert formateur_client.post(console("raccordement_avancer", une.pk, action), {"cle": "k"}).status_code == 404

    def test_a_draft_is_not_his_business(self, fiche, formateur_client, console):
        assert formateur_client.get(console("raccordement", fiche(E.BROUILLON).pk)).status_code == 404

    def test_of_another_session(self, fiche, autre_cohort, formateur_client, console):
        une = fiche()
        with autre_cohort.monde():
            ailleurs = FicheRaccordement.objects.create(
                cohort=autre_cohort,
                structure=factories.structure(autre_cohort),
                etat=E.SOUMISE,
                mode="EDI",
                environnement="QUALIFICATION",
            )
        assert formateur_client.get(console("raccordement", ailleurs.pk)).status_code == 404
        assert formateur_client.get(console("raccordement", une.pk)).status_code == 200


class TestFaireExpirer:
    def test_once(self, technique, cohort, formateur_client, console):
        url = console("compte_technique_expirer", technique.pk)
        assert formateur_client.get(url).status_code == 405
        for cle in ("k", "k", "autre"):
            reponse = formateur_client.post(url, {"cle": cle})
            assert reponse.url == console("raccordements")
        with cohort.monde():
            assert CompteTechnique.objects.get(pk=technique.pk).est_expire
            assert Trace.objects.filter(verbe="fait expirer le compte").count() == 1
        assert "avait déjà expiré" in formateur_client.get(console("raccordements")).content.decode()

    def test_unknown(self, cohort, formateur_client, console):
        assert formateur_client.post(console("compte_technique_expirer", 999), {"cle": "k"}).status_code == 404


def test_the_journal_tells_what_trainees_did(
    django_capture_on_commit_callbacks, structure, compte, cohort, formateur_client, console
):
    from structures.services import raccordement

    with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
        technique, _ = comptes_techniques.creer(structure, par=compte)
        comptes_techniques.reinitialiser(technique, par=compte)
        une, _ = raccordement.ouvrir(structure, mode="EDI", environnement="QUALIFICATION", par=compte)
        raccordement.avancer(une, "abandonner", par=compte)
        autre = FicheRaccordement.objects.create(
            cohort=cohort, structure=structure, mode="EDI", environnement="QUALIFICATION", etat=E.ACTIVE, place=1
        )
        raccordement.avancer(autre, "signaler")
        raccordement.avancer(autre, "cloturer")
    with cohort.monde():
        lues = dict(Trace.objects.order_by("pk").values_list("verbe", "auteur"))
    assert lues["crée le compte technique"] == "stagiaire"
    assert lues["réinitialise le compte technique"] == "stagiaire"
    assert lues["raccordement : abandonner le brouillon"] == "stagiaire"
    assert lues["raccordement : signaler la fin du certificat"] == "systeme"
    assert not any("clôturer" in verbe for verbe in lues)
