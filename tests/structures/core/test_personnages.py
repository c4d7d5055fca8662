"""Simulated gestionnaires and colleagues, from one end to the other (formation.md Table C; exercices.md, 1 and 2)."""

from datetime import datetime, timedelta

import pytest

from accounts.enums import EtatCompte
from accounts.models import Compte
from accounts.profils import Profil, du_gestionnaire
from accounts.services import comptes
from sandbox import clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from sandbox.snapshots import services as snapshots
from structures import queries, robots
from structures.enums import EtatService, Role, RoleJoue, StatutRattachement, TypeActe
from structures.models import ActeGestion, Personnage, Rattachement, RattachementService, Service, Structure
from structures.services import habilitations, promesses, rattachements, structures, subdivisions
from tests import factories

MIRANDOL = {1: "00010201200010", 2: "00010202000013"}
VALIDEE, REFUSEE = StatutRattachement.VALIDEE, StatutRattachement.REFUSEE
ATTENTE = StatutRattachement.EN_COURS_DE_VALIDATION


def regler(cohort, mode, quand=None):
    """Set the clock to this mode, at this simulated instant."""
    instant = quand or cohort.simulated_now()
    Cohort.objects.filter(pk=cohort.pk).update(
        horloge_mode=mode, sim_reference=instant, reel_reference=clock.real_now()
    )
    cohort.refresh_from_db()


def laisser_passer(cohort, secondes):
    """As if so many real seconds had passed."""
    delta = timedelta(seconds=secondes)
    Cohort.objects.filter(pk=cohort.pk).update(reel_reference=cohort.reel_reference - delta)
    with cohort.monde():
        for event in DueEvent.objects.exclude(reel_le=None):
            DueEvent.objects.filter(pk=event.pk).update(reel_le=event.reel_le - delta)
    cohort.refresh_from_db()
    return engine.play_due(cohort)


def structure_de(cohort, siret):
    lue = Structure.objects.get(identifiant=siret)
    lue.cohort = cohort
    return lue


def demander(cohort, compte, siret, **champs):
    with cohort.monde():
        compte.cohort = cohort
        return rattachements.demander(compte, structure_de(cohort, siret), **champs)


def relire(cohort, lien):
    with cohort.monde():
        return Rattachement.objects.select_related("compte", "structure", "traite_par").get(pk=lien.pk)


def profils(cohort, lien):
    with cohort.monde():
        return {un.profil for un in habilitations.detenues(lien)}


def camille(cohort, place=1):
    with cohort.monde():
        return Compte.objects.get(login_email=f"camille.loriot{place:02d}@session.example")


def demandes_de_camille(cohort, place=1):
    with cohort.monde():
        return list(Rattachement.objects.filter(compte=camille(cohort, place)).order_by("pk"))


@pytest.fixture
def menuiserie(cohort, compte):
    """The company of seat 1, as the trainee creates it."""
    with cohort.monde():
        compte.cohort = cohort
        return structures.creer(cohort, compte=compte, siret=factories.siret_du_poste(1))


# --- the cast


def test_chaque_structure_a_un_gestionnaire_simule(cohort):
    with cohort.monde():
        for structure in Structure.objects.all():
            gestion = queries.gestionnaire_principal(structure)
            assert gestion.compte.etat == EtatCompte.ACTIF
            assert gestion.place == gestion.compte.place == structure.place
            assert gestion.compte.personnage.role == RoleJoue.GESTIONNAIRE
            assert gestion.compte.pigp == (structure.est_publique and not structure.etat_public)
            assert {un.profil for un in habilitations.detenues(gestion)} == set(
                du_gestionnaire(publique=structure.est_publique)
            )
        assert Personnage.objects.filter(role=RoleJoue.COLLEGUE).count() == cohort.places
        motifs = [p.script["motif"] for p in Personnage.objects.filter(role=RoleJoue.GESTIONNAIRE, place=None)]
        assert len(set(motifs)) == len(motifs), "each one has reasons of his own"


def test_personne_ne_se_connecte_sous_le_nom_d_un_personnage(cohort):
    with cohort.monde():
        assert not camille(cohort).check_password("!")
        with pytest.raises(comptes.ConnexionRefusee):
            comptes.connecter(cohort, "helene.vautrin@valmoran.example", "")


# --- gestionnaires


def test_la_mairie_refuse_avec_son_motif(cohort, compte):
    """exercices.md, Exercice 1: the customer's SIRET typed as one's own."""
    regler(cohort, ModeHorloge.REELLE)
    lien = demander(cohort, compte, factories.VALMORAN)
    assert laisser_passer(cohort, 110).joues == 0
    assert laisser_passer(cohort, 15).effets == {"Rattachement refusé": 1}
    lien = relire(cohort, lien)
    assert (lien.statut, lien.motif) == (REFUSEE, "Vous n'êtes pas agent de la commune.")
    assert str(lien.traite_par) == "Hélène Vautrin"
    with cohort.monde():
        assert [m.adresse for m in Message.objects.filter(type="rattachement")] == [compte.contact_email]
        acte = ActeGestion.objects.filter(structure=lien.structure).latest("pk")
        assert (acte.type, acte.acteur_nom) == (TypeActe.RATTACHEMENT_REFUSE, "Hélène Vautrin")


def test_le_cabinet_accepte_son_poste_avec_deux_profils(cohort, compte):
    """exercices.md, Exercice 2; the clock is stopped: ten real seconds, whatever the simulated hour."""
    lien = demander(cohort, compte, MIRANDOL[1])
    assert laisser_passer(cohort, 8).joues == 0
    assert laisser_passer(cohort, 3).effets == {"Rattachement validé": 1}
    assert relire(cohort, lien).statut == VALIDEE
    assert profils(cohort, lien) == {Profil.FACTURES_EMISES, Profil.FACTURES_TRAVAUX}
    assert cohort.simulated_now() == cohort.depart()


def test_le_cabinet_refuse_un_voisin(cohort, compte):
    lien = demander(cohort, compte, MIRANDOL[2])
    laisser_passer(cohort, 11)
    assert (relire(cohort, lien).statut, relire(cohort, lien).motif) == (REFUSEE, "Vous n'êtes pas connu du cabinet.")


@pytest.mark.parametrize(
    ("script", "demandeur", "structure", "attendu"),
    [
        ({"accepte": "tous", "profils": ["A"]}, 1, None, (True, ("A",), "")),
        ({"accepte": "poste"}, 1, 1, (True, (), "")),
        ({"accepte": "poste", "motif": "non"}, 1, 2, (False, (), "non")),
        ({"accepte": "poste"}, None, None, (False, (), robots.MOTIF_PAR_DEFAUT)),
        ({}, 1, 1, (False, (), robots.MOTIF_PAR_DEFAUT)),
    ],
)
def test_qui_un_gestionnaire_accepte(script, demandeur, structure, attendu):
    reponse = robots.repondre(script, place_du_demandeur=demandeur, place_de_la_structure=structure)
    assert (reponse.accepte, reponse.profils, reponse.motif) == attendu


@pytest.mark.parametrize(
    ("demande", "reponse"),
    [
        ("2026-12-11T17:59", "2026-12-14T08:00"),  # Friday evening → Monday
        ("2026-12-12T10:00", "2026-12-14T08:00"),  # Saturday
        ("2026-12-14T06:00", "2026-12-14T08:00"),  # before opening
        ("2026-12-24T18:30", "2026-12-28T08:00"),  # Christmas Eve, then a week-end
        ("2026-12-14T09:00", "2026-12-14T09:02"),
    ],
)
def test_les_gestionnaires_repondent_aux_heures_de_bureau(cohort, compte, demande, reponse):
    regler(cohort, ModeHorloge.REELLE, datetime.fromisoformat(demande).replace(tzinfo=cohort.zone))
    demander(cohort, compte, factories.VALMORAN)
    with cohort.monde():
        du = DueEvent.objects.get(kind=promesses.REPONDRE).du_le.astimezone(cohort.zone)
    assert abs(du - datetime.fromisoformat(reponse).replace(tzinfo=cohort.zone)) < timedelta(seconds=30)


def test_une_reponse_humaine_avant_le_robot(cohort, compte):
    """The trainer has answered in the gestionnaire's place: the robot finds nothing to do."""
    lien = demander(cohort, compte, factories.VALMORAN)
    with cohort.monde():
        rattachements.valider(relire(cohort, lien), [], par=None, nom="Le formateur")
    bilan = laisser_passer(cohort, 11)
    assert (bilan.joues, dict(bilan.effets)) == (1, {})
    assert relire(cohort, lien).statut == VALIDEE


def test_une_gestion_reprise_par_une_personne_n_est_plus_jouee(cohort, compte):
    """Promised to a robot, whose role goes to somebody real meanwhile; later requests promise nothing."""
    lien = demander(cohort, compte, MIRANDOL[1])
    autre = factories.compte(cohort, 2)
    with cohort.monde():
        cabinet = structure_de(cohort, MIRANDOL[1])
        ancien = queries.gestionnaire_principal(cabinet)
        Rattachement.objects.filter(pk=ancien.pk).update(role=Role.UTILISATEUR)
    laisser_passer(cohort, 11)
    assert relire(cohort, lien).statut == ATTENTE, "nobody manages it any more"
    factories.rattachement(autre, cabinet)
    troisieme = demander(cohort, factories.compte(cohort, 3), MIRANDOL[1])
    assert laisser_passer(cohort, 60).joues == 0
    assert relire(cohort, troisieme).statut == ATTENTE


def test_une_demande_disparue_ne_fait_rien(cohort, compte):
    lien = demander(cohort, compte, factories.VALMORAN)
    with cohort.monde():
        Rattachement.objects.filter(pk=lien.pk).delete()
    assert dict(laisser_passer(cohort, 11).effets) == {}


def test_un_saut_joue_la_reponse(cohort, compte):
    lien = demander(cohort, compte, MIRANDOL[1])
    apercu = engine.preview(cohort, cohort.simulated_now() + timedelta(days=1))
    assert apercu.effets == {"Rattachement validé": 1}
    assert relire(cohort, lien).statut == ATTENTE
    engine.advance(cohort, cohort.simulated_now() + timedelta(days=1))
    assert relire(cohort, lien).statut == VALIDEE


# --- services asked for afterwards


@pytest.mark.parametrize(("siret", "attendu"), [(MIRANDOL[1], VALIDEE), (factories.DEPARTEMENT, REFUSEE)])
def test_des_services_demandes_ensuite_ont_la_meme_reponse(cohort, compte, siret, attendu):
    with cohort.monde():
        structure = structure_de(cohort, siret)
        service = Service.objects.create(cohort=cohort, place=structure.place, structure=structure, code="NEUF")
    lien = factories.rattachement(compte, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
    with cohort.monde():
        rattachements.demander_services(lien, [service.pk])
    assert laisser_passer(cohort, 11).joues == 1
    with cohort.monde():
        assert RattachementService.objects.get(rattachement=lien).statut == attendu
    assert profils(cohort, lien) == {Profil.FACTURES_EMISES}, "the rights held stay"


def test_des_services_deja_traites_ne_le_sont_pas_deux_fois(cohort, compte):
    with cohort.monde():
        structure = structure_de(cohort, MIRANDOL[1])
        service = Service.objects.create(cohort=cohort, place=1, structure=structure, code="NEUF")
    lien = factories.rattachement(compte, structure, role=Role.UTILISATEUR)
    with cohort.monde():
        rattachements.demander_services(lien, [service.pk])
        rattachements.traiter_services(lien, acceptes=[], par=None, motif="non")
    assert dict(laisser_passer(cohort, 11).effets) == {}
    with cohort.monde():
        Rattachement.objects.filter(pk=lien.pk).update(statut=StatutRattachement.SUPPRIMEE)
        DueEvent.objects.filter(kind=promesses.REPONDRE_SERVICES).update(etat=DueEvent.Etat.PREVU)
    assert dict(laisser_passer(cohort, 11).effets) == {}


def test_une_personne_reelle_traite_elle_meme_les_services(cohort, structure):
    service = factories.service(structure)
    lien = factories.rattachement(factories.compte(cohort, 2), structure, role=Role.UTILISATEUR)
    with cohort.monde():
        rattachements.demander_services(lien, [service.pk])
        assert not DueEvent.objects.filter(kind=promesses.REPONDRE_SERVICES).exists()


# --- the colleague


def test_la_collegue_demande_des_que_l_entreprise_existe(cohort, compte):
    assert demandes_de_camille(cohort) == []
    with cohort.monde():
        compte.cohort = cohort
        structures.creer(cohort, compte=compte, siret=factories.siret_du_poste(1))
    assert laisser_passer(cohort, 11).effets == {"Rattachement demandé": 1}
    [lien] = demandes_de_camille(cohort)
    assert (lien.statut, lien.place) == (ATTENTE, 1)
    assert "comptable" in lien.commentaire
    assert demandes_de_camille(cohort, 2) == []
    with cohort.monde():
        avis = Message.objects.filter(type="rattachement").get()
    assert avis.adresse == compte.contact_email
    assert "Camille Loriot (camille.loriot01@session.example)" in avis.corps


def test_une_autre_entreprise_ne_l_interesse_pas(cohort, compte):
    with cohort.monde():
        compte.cohort = cohort
        structures.creer(cohort, compte=compte, siret=factories.siret_du_poste(2))
    assert laisser_passer(cohort, 11).joues == 0


def test_l_entreprise_fermee_entre_temps_n_est_pas_demandee(cohort, menuiserie):
    with cohort.monde():
        Structure.objects.filter(pk=menuiserie.pk).update(etat="INACTIF")
    assert dict(laisser_passer(cohort, 11).effets) == {}
    assert demandes_de_camille(cohort) == []


def test_deja_rattachee_elle_ne_demande_pas(cohort, menuiserie):
    factories.rattachement(camille(cohort), menuiserie, role=Role.UTILISATEUR)
    assert dict(laisser_passer(cohort, 11).effets) == {}


def test_refusee_elle_ecrit_et_redemande_une_fois(cohort, compte, menuiserie):
    laisser_passer(cohort, 11)
    for attendues in (2, 2):
        lien = demandes_de_camille(cohort)[-1]
        with cohort.monde():
            rattachements.refuser(relire(cohort, lien), par=compte, motif="Pas encore")
        laisser_passer(cohort, 11)
        assert len(demandes_de_camille(cohort)) == attendues
    with cohort.monde():
        lettre = Message.objects.get(type="collegue")
    assert (lettre.adresse, lettre.place) == (compte.contact_email, 1)
    assert lettre.corps.startswith("Bonjour")
    assert "Je ne peux toujours pas déposer" in lettre.corps
    assert lettre.expediteur == "Camille Loriot <camille.loriot01@session.example>"


def test_refusee_par_le_formateur_elle_ecrit_au_gestionnaire(cohort, compte, menuiserie):
    laisser_passer(cohort, 11)
    with cohort.monde():
        lien = relire(cohort, demandes_de_camille(cohort)[0])
        rattachements.refuser(lien, par=None, motif="Essai", nom="Le formateur")
        assert Message.objects.get(type="collegue").adresse == compte.contact_email


def test_refusee_d_une_entreprise_sans_gestionnaire_elle_redemande_sans_ecrire(cohort, menuiserie):
    laisser_passer(cohort, 11)
    with cohort.monde():
        Rattachement.objects.filter(structure=menuiserie, role=Role.GESTIONNAIRE_PRINCIPAL).delete()
        rattachements.refuser(relire(cohort, demandes_de_camille(cohort)[0]), par=None, motif="Essai")
        assert not Message.objects.filter(type="collegue").exists()
    laisser_passer(cohort, 11)
    assert len(demandes_de_camille(cohort)) == 2


@pytest.fixture
def rattachee(cohort, compte, menuiserie):
    """Camille accepted with « Organisation modification », the service CHANTIERS open; her attachment."""
    with cohort.monde():
        subdivisions.creer(menuiserie, par=compte, code="CHANTIERS", libelle="Chantiers")
    laisser_passer(cohort, 11)
    lien = relire(cohort, demandes_de_camille(cohort)[0])
    with cohort.monde():
        rattachements.valider(
            lien, habilitations.profils_seuls([Profil.FACTURES_EMISES, Profil.ORGANISATION]), par=compte
        )
    return lien


def avancer(cohort, jours):
    return engine.advance(cohort, cohort.simulated_now() + timedelta(days=jours))


def chantiers(cohort):
    with cohort.monde():
        return Service.objects.get(code="CHANTIERS").etat


def test_trop_de_droits_elle_ferme_le_service_a_j_plus_deux(cohort, rattachee):
    avancer(cohort, 1)
    assert chantiers(cohort) == EtatService.ACTIF
    assert avancer(cohort, 1).effets == {"Service désactivé": 1}
    assert chantiers(cohort) == EtatService.INACTIF
    with cohort.monde():
        acte = ActeGestion.objects.filter(type=TypeActe.SERVICE_DESACTIVE).get()
    assert acte.acteur_nom == "Camille Loriot"
    assert acte.survenu_le.astimezone(cohort.zone).hour == 8


def test_ses_droits_retires_a_temps_elle_ne_ferme_rien(cohort, compte, rattachee):
    with cohort.monde():
        rattachee.cohort = rattachee.structure.cohort = cohort
        habilitations.poser(rattachee, habilitations.profils_seuls([Profil.FACTURES_EMISES]), par=compte)
    assert dict(avancer(cohort, 3).effets) == {}
    assert chantiers(cohort) == EtatService.ACTIF


def test_des_droits_donnes_ensuite_l_egarent_aussi(cohort, compte, menuiserie):
    laisser_passer(cohort, 11)
    with cohort.monde():
        lien = relire(cohort, demandes_de_camille(cohort)[0])
        rattachements.valider(lien, habilitations.profils_seuls([Profil.FACTURES_EMISES]), par=compte)
        assert not DueEvent.objects.filter(kind=promesses.MALADRESSE).exists()
        habilitations.poser(lien, habilitations.profils_seuls([Profil.ORGANISATION]), par=compte)
        assert DueEvent.objects.filter(kind=promesses.MALADRESSE).count() == 1
    assert dict(avancer(cohort, 2).effets) == {}, "no service CHANTIERS: nothing to close"


def test_un_service_deja_ferme(cohort, rattachee, monkeypatch):
    monkeypatch.setattr(subdivisions, "desactiver", lambda service, par: False)
    assert dict(avancer(cohort, 2).effets) == {}


# --- resets, snapshots, crashes


def test_reinitialiser_le_poste_rend_la_collegue_a_son_attente(cohort, compte, rattachee):
    initial = snapshots.initial(cohort)
    snapshots.reset_place(cohort, 1)
    assert snapshots.state_hash(cohort) == initial.etat_hash
    assert demandes_de_camille(cohort) == []
    neuf = factories.compte(cohort)
    with cohort.monde():
        neuf.cohort = cohort
        structures.creer(cohort, compte=neuf, siret=factories.siret_du_poste(1))
    assert laisser_passer(cohort, 11).effets == {"Rattachement demandé": 1}


def test_reinitialiser_le_poste_voisin_emporte_ce_qui_le_vise(cohort, compte):
    lien = demander(cohort, compte, MIRANDOL[2])
    snapshots.reset_place(cohort, 2)
    with cohort.monde():
        assert not Rattachement.objects.filter(pk=lien.pk).exists()
        assert queries.gestionnaire_principal(structure_de(cohort, MIRANDOL[2])) is not None
    assert dict(laisser_passer(cohort, 11).effets) == {}


def test_un_instantane_garde_les_demandes_et_les_promesses(cohort, compte, menuiserie):
    lien = demander(cohort, compte, MIRANDOL[1])
    pris = snapshots.take(cohort, "midi")
    laisser_passer(cohort, 11)
    apres = snapshots.state_hash(cohort)
    snapshots.restore(cohort, pris)
    assert snapshots.state_hash(cohort) == pris.etat_hash != apres
    assert relire(cohort, lien).statut == ATTENTE
    laisser_passer(cohort, 11)
    assert snapshots.state_hash(cohort) == apres


def test_un_arret_au_milieu_ne_perd_ni_ne_double_rien(cohort, compte, monkeypatch):
    """The handler dies after its writes: they are undone with its mark, then played again."""
    lien = demander(cohort, compte, MIRANDOL[1])
    vrai, morts = rattachements.valider, []

    def mourir(*args, **kwargs):
        vrai(*args, **kwargs)
        morts.append(1)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rattachements, "valider", mourir)
        with pytest.raises(KeyboardInterrupt):
            laisser_passer(cohort, 11)
    assert (len(morts), relire(cohort, lien).statut) == (1, ATTENTE)
    assert engine.play_due(cohort).effets == {"Rattachement validé": 1}
    assert engine.play_due(cohort).joues == 0
    with cohort.monde():
        assert Message.objects.filter(objet__contains="Validé").count() == 1
