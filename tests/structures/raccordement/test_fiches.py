"""Fiche de raccordement: drafts, states, messages, the certificate that ends (§9.4)."""

from datetime import timedelta

import pytest

from sandbox import clock
from sandbox.documents import store
from sandbox.events.models import DueEvent
from sandbox.events.registry import kind
from sandbox.mail.models import Message
from structures.enums import EtatRaccordement as E
from structures.enums import EtatStructure, TypeActe
from structures.models import ActeGestion, FicheRaccordement, Rattachement, Structure
from structures.raccordement import TRANSITIONS, Action
from structures.services import raccordement as services

CHEMIN = {
    Action.SOUMETTRE: E.BROUILLON,
    Action.ABANDONNER: E.BROUILLON,
    Action.INSTRUIRE: E.SOUMISE,
    Action.VALIDER: E.EN_INSTRUCTION,
    Action.REFUSER: E.EN_INSTRUCTION,
    Action.REPRENDRE: E.REFUSEE,
    Action.ACTIVER: E.VALIDEE,
    Action.SIGNALER: E.ACTIVE,
    Action.RENOUVELER: E.A_RENOUVELER,
    Action.CLOTURER: E.ACTIVE,
}


def promesses(etat=DueEvent.Etat.PREVU):
    return DueEvent.objects.filter(kind=services.SIGNALEMENT, etat=etat)


def jouer(evenement, instant=None):
    with clock.at(instant or evenement.du_le):
        return kind(services.SIGNALEMENT).play(evenement)


class TestOuvrir:
    def test_one_draft_a_structure_mode_and_environment(self, structure, compte, monde):
        fiche, neuve = services.ouvrir(structure, mode="API", environnement="QUALIFICATION", par=compte)
        assert neuve
        assert (fiche.etat, fiche.contact_email, fiche.place) == (E.BROUILLON, compte.contact_email, 1)
        assert str(fiche).startswith("Raccordement API de ARBELIN")
        assert services.ouvrir(structure, mode="API", environnement="QUALIFICATION", par=compte) == (fiche, False)
        assert services.ouvrir(structure, mode="EDI", environnement="QUALIFICATION", par=compte)[1]

    def test_not_for_an_inactive_structure(self, structure, compte, monde):
        Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        with pytest.raises(services.FicheRefusee, match="n'est pas active"):
            services.ouvrir(structure, mode="API", environnement="QUALIFICATION", par=compte)


class TestEnregistrer:
    def test_an_incomplete_draft_is_kept(self, structure, compte, monde):
        fiche, _ = services.ouvrir(structure, mode="EDI", environnement="QUALIFICATION", par=compte)
        services.enregistrer(
            fiche,
            {"protocole": "", "interfaces": ["FSO1117A", "ZZZ"], "flux": ["CDV", "E4", "ZZ"]},
            certificat=("c.pem", b"certificat"),
        )
        fiche.refresh_from_db()
        assert fiche.interfaces == ["FSO1117A"]
        assert fiche.flux == ["E2", "CR", "CDV"]
        assert (store.open_bytes(fiche.certificat), fiche.certificat_nom) == (b"certificat", "c.pem")
        with pytest.raises(services.FicheIncomplete) as incomplete:
            services.soumettre(fiche, par=compte)
        assert "protocole" in dict(incomplete.value.manques)
        assert fiche.etat == E.BROUILLON

    def test_interfaces_are_for_edi(self, fiche, monde):
        api = services.enregistrer(fiche(mode="API"), {"interfaces": ["FSO1117A"], "flux": []})
        assert (api.interfaces, api.flux) == ([], [])

    def test_a_page_left_open_writes_over_nothing(self, fiche, monde):
        vieille = fiche()
        FicheRaccordement.objects.update(etat=E.SOUMISE)
        with pytest.raises(services.EtatDepasse, match="Soumise"):
            services.enregistrer(vieille, {"protocole": "AS2"})


class TestQualification:
    def test_production_follows(self, fiche, monde):
        production = fiche(environnement="PRODUCTION")
        assert dict(services.manquants(production)).keys() == {"environnement"}
        fiche(etat=E.REFUSEE)
        fiche(etat=E.ACTIVE, mode="API")
        assert not services.qualifiee(production)
        fiche(etat=E.ACTIVE)
        assert services.manquants(production) == []


class TestAvancer:
    def test_every_row_of_the_table_is_tried(self):
        assert set(CHEMIN) == set(TRANSITIONS)

    @pytest.mark.parametrize("action", CHEMIN)
    def test_each_change_is_written_and_told(self, action, fiche, compte, monde):
        une = fiche(etat=CHEMIN[action])
        services.avancer(une, action, par=compte, motif="Certificat illisible" if action == Action.REFUSER else "")
        une.refresh_from_db()
        assert une.etat == TRANSITIONS[action].vers
        acte = ActeGestion.objects.get(type=TypeActe.RACCORDEMENT)
        assert acte.objet.startswith(f"Fiche n° {une.pk} (EDI")
        assert acte.avant["etat"] == E(CHEMIN[action]).label
        assert acte.apres["etat"] == E(TRANSITIONS[action].vers).label
        courriel = Message.objects.get()
        assert (courriel.adresse, courriel.place) == (compte.contact_email, 1)
        assert E(TRANSITIONS[action].vers).label in courriel.objet

    @pytest.mark.parametrize("action", CHEMIN)
    def test_twice_is_once(self, action, fiche, compte, monde):
        une = fiche(etat=CHEMIN[action])
        services.avancer(une, action, par=compte, motif="x")
        with pytest.raises(services.EtatDepasse):
            services.avancer(une, action, par=compte, motif="x")
        assert ActeGestion.objects.count() == 1

    @pytest.mark.parametrize("action", CHEMIN)
    def test_from_elsewhere_it_is_refused(self, action, fiche, monde):
        for etat in set(E.values) - set(TRANSITIONS[action].depuis):
            with pytest.raises(services.EtatDepasse):
                services.avancer(fiche(etat=etat), action, motif="x")

    def test_a_refusal_says_why_and_the_reason_stays_until_sent_again(self, fiche, compte, monde):
        une = fiche(etat=E.EN_INSTRUCTION)
        with pytest.raises(services.FicheRefusee, match="motif"):
            services.avancer(une, Action.REFUSER, motif="  ")
        services.avancer(une, Action.REFUSER, motif="Adresse IP injoignable")
        assert "Adresse IP injoignable" in Message.objects.get().corps
        services.avancer(une, Action.REPRENDRE, par=compte)
        assert une.motif == "Adresse IP injoignable"
        services.soumettre(une, par=compte)
        assert une.motif == ""

    def test_written_to_the_manager_when_its_author_has_gone(self, fiche, compte, monde):
        services.avancer(fiche(etat=E.SOUMISE, cree_par=None), Action.INSTRUIRE)
        assert Message.objects.get().adresse == compte.contact_email
        Rattachement.objects.all().delete()
        services.avancer(fiche(etat=E.SOUMISE, cree_par=None), Action.INSTRUIRE)
        assert Message.objects.count() == 1


class TestCertificat:
    def test_signalled_thirty_days_before_its_end(self, fiche, monde):
        une = fiche(etat=E.VALIDEE)
        services.avancer(une, Action.ACTIVER)
        evenement = promesses().get()
        assert evenement.du_le.astimezone(monde.zone).date() == une.certificat_fin - timedelta(days=30)
        assert jouer(evenement) == "Raccordement à renouveler"
        une.refresh_from_db()
        assert une.etat == E.A_RENOUVELER
        assert ActeGestion.objects.order_by("-pk").first().acteur_nom == "Le portail"

    def test_at_once_when_it_ends_sooner(self, fiche, monde):
        une = fiche(etat=E.VALIDEE, certificat_fin=clock.today() + timedelta(days=3))
        services.avancer(une, Action.ACTIVER)
        assert promesses().get().du_le == clock.now()

    def test_an_api_fiche_has_none(self, fiche, monde):
        services.avancer(fiche(etat=E.VALIDEE, mode="API", certificat_fin=None), Action.ACTIVER)
        services.avancer(fiche(etat=E.VALIDEE, certificat_fin=None), Action.ACTIVER)
        assert not promesses().exists()

    def test_renewed_then_signalled_again_later(self, fiche, compte, monde):
        une = fiche(etat=E.A_RENOUVELER)
        fin = clock.today() + timedelta(days=700)
        services.renouveler(une, "neuf.pem", b"neuf", fin, par=compte)
        une.refresh_from_db()
        assert (une.etat, une.certificat_fin, store.open_bytes(une.certificat)) == (E.ACTIVE, fin, b"neuf")
        services.avancer(une, Action.CLOTURER)
        assert not promesses().exists()
        assert promesses(DueEvent.Etat.ANNULE).count() == 1

    def test_not_by_one_that_ends_as_soon(self, fiche, compte, monde):
        une = fiche(etat=E.A_RENOUVELER)
        with pytest.raises(services.FicheRefusee, match="moins de 30 jours") as refus:
            services.renouveler(une, "n.pem", b"n", clock.today() + timedelta(days=30), par=compte)
        assert refus.value.champ == "certificat_fin"

    def test_only_when_it_is_time(self, fiche, compte, monde):
        with pytest.raises(services.EtatDepasse):
            services.renouveler(fiche(etat=E.CLOTUREE), "n", b"n", clock.today() + timedelta(days=99), par=compte)

    def test_a_stale_promise_does_nothing(self, fiche, monde):
        une = fiche(etat=E.VALIDEE)
        services.avancer(une, Action.ACTIVER)
        evenement = promesses().get()
        assert jouer(evenement, clock.now()) is None
        FicheRaccordement.objects.update(certificat_fin=None)
        assert jouer(evenement) is None
        FicheRaccordement.objects.update(etat=E.CLOTUREE)
        assert jouer(evenement) is None
        evenement.cible = 0
        assert jouer(evenement) is None
