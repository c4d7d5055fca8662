"""Ask, decide, end, hand over (comptes-structures.md §5.3, §5.4), and the rights that go with it (§5.2)."""

from datetime import date, timedelta

import pytest

from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox import clock
from sandbox.mail.models import Message
from structures import queries
from structures.enums import EtatService, EtatStructure, Role, StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Rattachement, RattachementService, Structure
from structures.services import gestion, habilitations, rattachements
from structures.services.habilitations import Choix, HabilitationRefusee
from structures.services.rattachements import DejaTraite, RattachementRefuse
from tests import factories

EMISES = Choix(Profil.FACTURES_EMISES, Niveau.MODIFICATION)
TRAVAUX = Choix(Profil.FACTURES_TRAVAUX, Niveau.MODIFICATION)
pytestmark = pytest.mark.usefixtures("monde")


@pytest.fixture
def voisin(cohort):
    """Account of seat 2, attached to nothing."""
    return factories.compte(cohort, 2, prenom="Camille", nom="Loriot")


@pytest.fixture
def demande(voisin, structure):
    return rattachements.demander(voisin, structure, commentaire="Je dépose les factures")


@pytest.fixture
def lien(voisin, structure):
    """The neighbour, plain user of the company of seat 1."""
    return factories.rattachement(voisin, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])


def gp(structure):
    return queries.gestionnaire_principal(structure)


def courriels(compte):
    return list(Message.objects.filter(adresse=compte.contact_email).order_by("pk").values_list("objet", flat=True))


def actes(structure):
    return list(ActeGestion.objects.filter(structure=structure).order_by("pk").values_list("type", flat=True))


def statut(lien):
    lien.refresh_from_db()
    return lien.statut


# --- ask


def test_une_demande_attend_et_previent_ceux_qui_decident(demande, voisin, compte, structure):
    assert demande.statut == StatutRattachement.EN_COURS_DE_VALIDATION
    assert demande.role == Role.UTILISATEUR
    assert not queries.droits(voisin).rattache, "sees nothing before validation (§2.6)"
    assert courriels(compte) == [f"[Bac à sable Chorus Pro] Demande de rattachement à {structure}"]
    corps = Message.objects.get(adresse=compte.contact_email).corps
    assert "Camille Loriot (stagiaire02@session.example)" in corps
    assert "Son message : « Je dépose les factures »." in corps
    assert actes(structure) == [TypeActe.RATTACHEMENT_DEMANDE]


def test_les_titulaires_d_organisation_modification_sont_prevenus_aussi(cohort, voisin, structure):
    delegue = factories.compte(cohort, 3)
    factories.rattachement(delegue, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
    lecteur = factories.compte(cohort, 3, login_email="lecteur@session.example")
    factories.rattachement(
        lecteur, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION], niveau=Niveau.CONSULTATION
    )
    rattachements.demander(voisin, structure)
    assert len(courriels(delegue)) == 1
    assert courriels(lecteur) == []


def test_une_seconde_demande_est_refusee_tant_que_la_premiere_attend(demande, voisin, structure):
    with pytest.raises(RattachementRefuse, match="déjà en cours de validation depuis le 07/12/2026"):
        rattachements.demander(voisin, structure)


def test_deja_rattache(lien, voisin, structure):
    with pytest.raises(RattachementRefuse, match="déjà rattaché à ARBELIN"):
        rattachements.demander(voisin, structure)


def test_on_ne_se_rattache_pas_a_une_structure_inactive(voisin, structure):
    Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)  # since the page was read
    with pytest.raises(RattachementRefuse, match="n'est pas active") as refus:
        rattachements.demander(voisin, structure)
    assert refus.value.champ == "structure"


def test_apres_un_refus_on_peut_redemander(demande, voisin, compte, structure):
    rattachements.refuser(demande, par=compte, motif="Inconnu")
    assert rattachements.demander(voisin, structure).pk != demande.pk


def test_les_services_demandes_doivent_etre_ouverts_et_de_la_structure(cohort, voisin, structure, destinataire):
    ferme = factories.service(structure, "FERME", etat=EtatService.INACTIF)
    autre = factories.service(destinataire, "AILLEURS")
    for service in (ferme, autre):
        with pytest.raises(RattachementRefuse, match="n'existe plus ou n'est plus actif") as refus:
            rattachements.demander(voisin, structure, services=[service.pk])
        assert refus.value.champ == "services"
    assert not Rattachement.objects.filter(compte=voisin).exists()


# --- decide


def test_valider_donne_les_droits_et_previent(demande, voisin, compte, structure):
    rattachements.valider(demande, [EMISES, TRAVAUX], par=compte)
    assert statut(demande) == StatutRattachement.VALIDEE
    assert demande.traite_par == compte
    droits = queries.droits(voisin)
    assert droits.rattachees == {structure.pk}
    assert droits.profils == {Profil.FACTURES_EMISES, Profil.FACTURES_TRAVAUX}
    assert courriels(voisin) == [f"[Bac à sable Chorus Pro] Rattachement à {structure} – Validé"]
    assert "– Factures de travaux modification" in Message.objects.get(adresse=voisin.contact_email).corps
    ligne = ActeGestion.objects.get(type=TypeActe.RATTACHEMENT_VALIDE)
    assert ligne.apres["habilitations"] == ["Factures de travaux modification", "Factures émises modification"]
    assert str(ligne) == "Rattachement validé stagiaire02@session.example"


def test_valider_sans_aucun_droit_le_dit(demande, voisin, compte):
    rattachements.valider(demande, [], par=compte)
    assert "– aucune" in Message.objects.get(adresse=voisin.contact_email).corps


def test_deux_gestionnaires_a_la_fois_le_second_apprend_qui_a_fait_quoi(demande, compte, voisin):
    relue = Rattachement.objects.select_related("compte", "structure").get(pk=demande.pk)
    rattachements.valider(demande, [EMISES], par=compte)
    with pytest.raises(DejaTraite, match=r"« Validé » \(Nadia Poste01\)"):
        rattachements.refuser(relue, par=None, motif="Trop tard", nom="Formateur")
    assert queries.droits(voisin).rattache


def test_on_ne_valide_ni_ne_refuse_sa_propre_demande(demande, voisin):
    with pytest.raises(RattachementRefuse, match="On ne valide pas sa propre demande"):
        rattachements.valider(demande, [EMISES], par=voisin)
    with pytest.raises(RattachementRefuse, match="On ne valide pas sa propre demande"):
        rattachements.refuser(demande, par=voisin, motif="Non")
    assert statut(demande) == StatutRattachement.EN_COURS_DE_VALIDATION


def test_un_profil_absent_de_cette_nature_de_structure_est_refuse(demande, compte):
    with pytest.raises(HabilitationRefusee, match="« Factures reçues » n'existe pas sur une structure privée"):
        rattachements.valider(demande, [Choix(Profil.FACTURES_RECUES, Niveau.MODIFICATION)], par=compte)
    with pytest.raises(HabilitationRefusee, match="« INVENTE » n'existe pas"):
        rattachements.valider(demande, [Choix("INVENTE", Niveau.MODIFICATION)], par=compte)
    with pytest.raises(HabilitationRefusee):
        rattachements.valider(demande, [Choix(Profil.FACTURES_EMISES, "TOUT")], par=compte)
    assert statut(demande) == StatutRattachement.EN_COURS_DE_VALIDATION, "nothing was written"


def test_refuser_demande_un_motif_que_le_demandeur_lit(demande, voisin, compte):
    with pytest.raises(RattachementRefuse, match="motif du refus") as refus:
        rattachements.refuser(demande, par=compte, motif="  ")
    assert refus.value.champ == "motif"
    rattachements.refuser(demande, par=compte, motif=" Vous n'êtes pas de la maison. ")
    assert statut(demande) == StatutRattachement.REFUSEE
    assert demande.motif == "Vous n'êtes pas de la maison."
    assert "Motif : « Vous n'êtes pas de la maison. »" in Message.objects.get(adresse=voisin.contact_email).corps


def test_le_demandeur_retire_sa_demande_une_fois(demande, voisin, compte):
    rattachements.annuler(demande, par=voisin)
    assert statut(demande) == StatutRattachement.SUPPRIMEE
    with pytest.raises(DejaTraite):
        rattachements.annuler(demande, par=voisin)
    with pytest.raises(DejaTraite, match="« Supprimé »"):
        rattachements.valider(demande, [EMISES], par=compte)


def test_personne_ne_retire_la_demande_d_un_autre(demande, compte):
    with pytest.raises(DejaTraite):
        rattachements.annuler(demande, par=compte)
    assert statut(demande) == StatutRattachement.EN_COURS_DE_VALIDATION


# --- services


@pytest.fixture
def services(structure):
    return [factories.service(structure, code) for code in ("CHANTIERS", "BUREAU", "ATELIER")]


def test_chaque_service_demande_a_son_propre_sort(voisin, compte, structure, services):
    chantiers, bureau, _ = services
    demande = rattachements.demander(voisin, structure, services=[chantiers.pk, bureau.pk])
    assert "Services demandés : BUREAU, CHANTIERS." in Message.objects.get(adresse=compte.contact_email).corps
    droit = Choix(Profil.FACTURES_EMISES, Niveau.MODIFICATION, chantiers.pk)
    rattachements.valider(demande, [droit], par=compte, services=[chantiers.pk])
    etats = dict(RattachementService.objects.values_list("service__code", "statut"))
    assert etats == {"CHANTIERS": StatutRattachement.VALIDEE, "BUREAU": StatutRattachement.REFUSEE}
    droits = queries.droits(voisin)
    assert droits.services(Profil.FACTURES_EMISES, structure.pk) == {chantiers.pk}
    assert droits.peut(Profil.FACTURES_EMISES, structure.pk, modification=True)
    assert "Factures émises modification (CHANTIERS)" in Message.objects.get(adresse=voisin.contact_email).corps


def test_valider_sans_choisir_accepte_tous_les_services_demandes(voisin, compte, structure, services):
    demande = rattachements.demander(voisin, structure, services=[s.pk for s in services])
    rattachements.valider(demande, habilitations.par_defaut(structure, [s.pk for s in services]), par=compte)
    assert set(RattachementService.objects.values_list("statut", flat=True)) == {StatutRattachement.VALIDEE}
    assert queries.droits(voisin).services(Profil.SOLLICITATIONS_EMISES, structure.pk) == {s.pk for s in services}
    assert str(RattachementService.objects.order_by("pk")[0]) == "Camille Loriot – ATELIER – Service ATELIER"


def test_un_droit_sur_toute_la_structure_leve_la_restriction(lien, voisin, structure, services):
    Habilitation.objects.create(
        cohort=structure.cohort,
        place=2,
        rattachement=lien,
        service=services[0],
        profil=Profil.FACTURES_EMISES,
        niveau=Niveau.CONSULTATION,
    )
    droits = queries.droits(voisin)
    assert droits.services(Profil.FACTURES_EMISES, structure.pk) is None
    assert droits.services(Profil.ORGANISATION, structure.pk) == frozenset()


def test_un_utilisateur_demande_d_autres_services(lien, voisin, compte, structure, services):
    chantiers, bureau, atelier = services
    rattachements.demander_services(lien, [chantiers.pk, bureau.pk], commentaire="Pour les chantiers")
    rattachements.demander_services(lien, [bureau.pk, atelier.pk])
    assert RattachementService.objects.count() == 3, "what was asked already is not asked twice"
    with pytest.raises(RattachementRefuse, match="déjà demandés"):
        rattachements.demander_services(lien, [atelier.pk])
    with pytest.raises(RattachementRefuse, match="au moins un service"):
        rattachements.demander_services(lien, [])
    rattachements.traiter_services(
        lien,
        acceptes=[chantiers.pk],
        choix=[Choix(Profil.FACTURES_TRAVAUX, Niveau.CONSULTATION, chantiers.pk), TRAVAUX],
        par=compte,
        motif="Pas ces services",
    )
    assert set(habilitations.detenues(lien)) == {
        EMISES,
        Choix(Profil.FACTURES_TRAVAUX, Niveau.CONSULTATION, chantiers.pk),
    }, "only what concerns the accepted services is added"
    assert "Motif du refus des autres : « Pas ces services »" in Message.objects.filter(place=2).latest("pk").corps
    with pytest.raises(DejaTraite, match="n'attendent plus"):
        rattachements.traiter_services(lien, acceptes=[chantiers.pk], par=compte)


def test_refuser_tous_les_services_demande_un_motif(lien, compte, structure, services):
    rattachements.demander_services(lien, [services[0].pk])
    with pytest.raises(RattachementRefuse, match="motif du refus"):
        rattachements.traiter_services(lien, acceptes=[], par=compte)
    with pytest.raises(RattachementRefuse, match="propre demande"):
        rattachements.traiter_services(lien, acceptes=[services[0].pk], par=lien.compte)
    rattachements.traiter_services(lien, acceptes=[], par=compte, motif="Non")
    assert RattachementService.objects.get().statut == StatutRattachement.REFUSEE
    assert actes(structure)[-1] == TypeActe.RATTACHEMENT_REFUSE


def test_le_gestionnaire_principal_garde_tout_meme_par_service(compte, structure, services):
    tout = gp(structure)
    avant = habilitations.detenues(tout)
    rattachements.demander_services(tout, [services[0].pk])
    rattachements.traiter_services(
        tout, acceptes=[services[0].pk], choix=[Choix(Profil.ORGANISATION, Niveau.CONSULTATION)], par=None
    )
    assert habilitations.detenues(tout) == avant


def test_pas_de_service_avant_la_structure(demande, services):
    with pytest.raises(RattachementRefuse, match="d'abord le rattachement à la structure"):
        rattachements.demander_services(demande, [services[0].pk])


# --- direct attachment, duplication


def test_rattacher_directement_par_l_adresse(voisin, compte, structure, services):
    lien = gestion.rattacher_directement(
        structure, " Stagiaire02@Session.example ", [EMISES], par=compte, services=[services[0].pk]
    )
    assert (lien.statut, lien.compte) == (StatutRattachement.VALIDEE, voisin)
    assert RattachementService.objects.get().statut == StatutRattachement.VALIDEE
    assert "Nadia Poste01 vous a rattaché" in Message.objects.get(adresse=voisin.contact_email).corps
    with pytest.raises(RattachementRefuse, match="est déjà rattaché") as refus:
        gestion.rattacher_directement(structure, voisin.login_email, [EMISES], par=compte)
    assert refus.value.champ == "login_email"


def test_rattacher_directement_repond_a_la_demande_en_cours(demande, voisin, compte, structure):
    lien = gestion.rattacher_directement(structure, voisin.login_email, [], par=compte)
    assert lien.pk == demande.pk
    assert statut(demande) == StatutRattachement.VALIDEE


@pytest.mark.parametrize(
    ("etat", "message"),
    [(EtatCompte.DESACTIVE, "désactivé"), (EtatCompte.TECHNIQUE, "compte technique"), (None, "Aucun compte")],
)
def test_rattacher_directement_un_compte_qui_ne_peut_pas(voisin, compte, structure, etat, message):
    login = voisin.login_email if etat else "personne@session.example"
    voisin.etat = etat or EtatCompte.ACTIF
    voisin.save()
    with pytest.raises(RattachementRefuse, match=message):
        gestion.rattacher_directement(structure, login, [EMISES], par=compte)


def test_rattacher_directement_sans_droit_ni_auteur(voisin, structure):
    gestion.rattacher_directement(structure, voisin.login_email, [], par=None)
    corps = Message.objects.get(adresse=voisin.contact_email).corps
    assert "Le gestionnaire vous a rattaché" in corps
    assert "– aucune" in corps


def test_dupliquer_les_droits(cohort, lien, compte, structure):
    autre = factories.rattachement(
        factories.compte(cohort, 3), structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_TRAVAUX]
    )
    assert gestion.dupliquer(lien, autre, par=compte)
    assert habilitations.detenues(autre) == habilitations.detenues(lien)
    assert actes(structure) == [TypeActe.DROITS_DUPLIQUES]
    assert not gestion.dupliquer(lien, autre, par=compte), "the same rights: nothing to do, nothing noted"
    with pytest.raises(RattachementRefuse, match="deux utilisateurs différents"):
        gestion.dupliquer(lien, lien, par=compte)


def test_dupliquer_reste_dans_la_structure(cohort, lien, compte, destinataire):
    ailleurs = factories.rattachement(factories.compte(cohort, 3), destinataire, role=Role.UTILISATEUR, profils=[])
    with pytest.raises(RattachementRefuse, match="de la même structure"):
        gestion.dupliquer(ailleurs, lien, par=compte)


# --- rights


def test_poser_des_droits_remplace_note_et_previent(lien, voisin, compte, structure):
    assert habilitations.poser(lien, [TRAVAUX], par=compte)
    ligne = ActeGestion.objects.get(type=TypeActe.HABILITATIONS)
    assert ligne.avant == {"habilitations": ["Factures émises modification"]}
    assert ligne.apres == {"habilitations": ["Factures de travaux modification"]}
    assert queries.droits(voisin).profils == {Profil.FACTURES_TRAVAUX}
    assert habilitations.poser(lien, [], par=compte)
    assert "– aucune" in Message.objects.filter(adresse=voisin.contact_email).latest("pk").corps


def test_on_ne_touche_ni_a_ses_droits_ni_a_ceux_du_gestionnaire(lien, voisin, compte, structure):
    with pytest.raises(HabilitationRefusee, match="ses propres droits"):
        habilitations.poser(lien, [TRAVAUX], par=voisin)
    with pytest.raises(HabilitationRefusee, match="détient tous les profils"):
        habilitations.poser(gp(structure), [], par=compte)


def test_pas_de_droits_sur_un_rattachement_qui_ne_vaut_pas(demande, compte):
    with pytest.raises(HabilitationRefusee, match="n'est pas, ou plus, rattaché"):
        habilitations.poser(demande, [EMISES], par=compte)


def test_un_service_d_ailleurs_est_refuse(lien, compte, destinataire):
    ailleurs = factories.service(destinataire, "AILLEURS")
    with pytest.raises(HabilitationRefusee, match="n'appartient pas à ARBELIN"):
        habilitations.poser(lien, [Choix(Profil.FACTURES_EMISES, Niveau.MODIFICATION, ailleurs.pk)], par=compte)


# --- suspend, end


def test_desactiver_puis_reactiver_garde_les_droits(lien, voisin, compte, structure):
    gestion.desactiver(lien, par=compte)
    assert not queries.droits(voisin).rattache
    with pytest.raises(DejaTraite, match="« Désactivé »"):
        gestion.desactiver(lien, par=compte)
    with pytest.raises(RattachementRefuse, match="propre demande"):
        gestion.reactiver(lien, par=voisin)
    gestion.reactiver(lien, par=compte)
    assert queries.droits(voisin).profils == {Profil.FACTURES_EMISES}
    assert actes(structure) == [TypeActe.RATTACHEMENT_DESACTIVE, TypeActe.RATTACHEMENT_REACTIVE]


def test_on_ne_reactive_pas_a_cote_d_une_nouvelle_demande(lien, voisin, compte, structure):
    gestion.desactiver(lien, par=compte)
    rattachements.demander(voisin, structure)
    with pytest.raises(RattachementRefuse, match="déjà un autre rattachement"):
        gestion.reactiver(lien, par=compte)


def test_detacher_retire_les_droits_et_les_services(lien, voisin, compte, structure, services):
    rattachements.demander_services(lien, [services[0].pk])
    gestion.detacher(lien, par=voisin)
    assert statut(lien) == StatutRattachement.SUPPRIMEE
    assert not Habilitation.objects.filter(rattachement=lien).exists()
    assert RattachementService.objects.get().statut == StatutRattachement.SUPPRIMEE
    with pytest.raises(DejaTraite):
        gestion.detacher(lien, par=compte)


def test_la_structure_garde_toujours_un_gestionnaire(compte, structure):
    for fin in (gestion.detacher, gestion.desactiver):
        with pytest.raises(RattachementRefuse, match="Transférez d'abord ce rôle"):
            fin(gp(structure), par=compte)
    assert gp(structure).compte == compte


def test_un_compte_technique_ne_se_detache_pas_ici(lien, compte):
    Rattachement.objects.filter(pk=lien.pk).update(role=Role.TECHNIQUE)
    lien.refresh_from_db()
    with pytest.raises(RattachementRefuse, match="domaine « Raccordements »"):
        gestion.detacher(lien, par=compte)


# --- hand over


def test_transferer_le_role(lien, voisin, compte, structure):
    gestion.transferer(structure, vers=lien, par=compte)
    assert gp(structure).compte == voisin
    assert queries.droits(voisin).profils >= {Profil.ORGANISATION, Profil.RACCORDEMENT}
    ancien = Rattachement.objects.get(compte=compte)
    assert ancien.role == Role.UTILISATEUR
    assert Profil.ORGANISATION in queries.droits(compte).profils, "keeps « Organisation modification » (§5.4)"
    gestion.detacher(ancien, par=voisin)
    with pytest.raises(DejaTraite, match="n'êtes plus le gestionnaire principal"):
        gestion.transferer(structure, vers=ancien, par=compte)


@pytest.mark.parametrize(
    ("etat", "role", "message"),
    [
        (EtatCompte.DESACTIVE, Role.UTILISATEUR, "n'est pas actif"),
        (EtatCompte.ACTIF, Role.TECHNIQUE, "n'est pas actif"),
    ],
)
def test_transferer_a_qui_ne_peut_pas(lien, compte, structure, etat, role, message):
    Compte.objects.filter(pk=lien.compte_id).update(etat=etat)
    Rattachement.objects.filter(pk=lien.pk).update(role=role)
    with pytest.raises(RattachementRefuse, match=message):
        gestion.transferer(structure, vers=lien, par=compte)


def test_transferer_a_soi_meme_ou_a_un_inconnu(cohort, compte, structure, destinataire):
    with pytest.raises(RattachementRefuse, match="est déjà le gestionnaire"):
        gestion.transferer(structure, vers=gp(structure), par=compte)
    ailleurs = factories.rattachement(factories.compte(cohort, 3), destinataire, role=Role.UTILISATEUR, profils=[])
    with pytest.raises(RattachementRefuse, match="n'est pas rattaché"):
        gestion.transferer(structure, vers=ailleurs, par=compte)


def test_le_formateur_donne_un_gestionnaire_a_une_structure_qui_n_en_a_plus(lien, voisin, structure):
    Rattachement.objects.filter(role=Role.GESTIONNAIRE_PRINCIPAL, structure=structure).delete()
    gestion.transferer(structure, vers=lien, par=None, nom="Formateur")
    assert gp(structure).compte == voisin
    assert ActeGestion.objects.get(type=TypeActe.GESTIONNAIRE_TRANSFERE).acteur_nom == "Formateur"
    assert "Formateur vous a transféré" in Message.objects.get(adresse=voisin.contact_email).corps


def test_renvoyer_le_lien_d_activation(lien, voisin, compte, structure):
    with pytest.raises(RattachementRefuse, match="déjà activé"):
        gestion.renvoyer_activation(lien, par=compte)
    voisin.etat = EtatCompte.EN_ATTENTE_ACTIVATION
    voisin.save()
    lien.refresh_from_db()
    gestion.renvoyer_activation(lien, par=compte)
    assert any("Activez votre compte" in objet for objet in courriels(voisin))
    assert actes(structure) == [TypeActe.ACTIVATION_RENVOYEE]


# --- a service, for a period (§5.3)


@pytest.fixture
def chantiers(structure):
    return factories.service(structure, "CHANTIERS")


def periode(service, debut, fin):
    jour = clock.today()
    bornes = (None if n is None else jour + timedelta(days=n) for n in (debut, fin))
    return {service.pk: tuple(bornes)}


@pytest.mark.parametrize(
    ("debut", "fin", "ouvert"),
    [(None, None, True), (0, 0, True), (-3, None, True), (None, 4, True), (1, None, False), (1, 5, False)],
)
def test_un_service_hors_periode_ne_donne_aucun_droit(voisin, compte, structure, chantiers, debut, fin, ouvert):
    lien = rattachements.demander(voisin, structure, services=[chantiers.pk], periodes=periode(chantiers, debut, fin))
    rattachements.valider(lien, habilitations.par_defaut(structure, [chantiers.pk]), par=compte)
    droits = queries.droits(voisin)
    assert droits.peut(Profil.FACTURES_EMISES, structure.pk) is ouvert
    assert structure.pk in droits.rattachees, "the attachment itself stays"


def test_la_periode_finie_eteint_les_droits_du_service_et_d_eux_seuls(voisin, compte, structure, chantiers):
    autre = factories.service(structure, "AUTRE")
    lien = rattachements.demander(
        voisin, structure, services=[chantiers.pk, autre.pk], periodes=periode(chantiers, None, 2)
    )
    rattachements.valider(lien, habilitations.par_defaut(structure, [chantiers.pk, autre.pk]), par=compte)
    tenus = {chantiers.pk, autre.pk}
    assert queries.droits(voisin).services(Profil.FACTURES_EMISES, structure.pk) == tenus
    with clock.at(clock.now() + timedelta(days=3)):
        assert queries.droits(voisin).services(Profil.FACTURES_EMISES, structure.pk) == {autre.pk}


def test_qui_ne_gere_plus_un_service_n_est_plus_prevenu(voisin, compte, structure, chantiers):
    lien = rattachements.demander(voisin, structure, services=[chantiers.pk], periodes=periode(chantiers, None, 2))
    rattachements.valider(lien, [Choix(Profil.ORGANISATION, Niveau.MODIFICATION, chantiers.pk)], par=compte)
    assert set(queries.responsables(structure)) == {compte, voisin}
    with clock.at(clock.now() + timedelta(days=3)):
        assert queries.responsables(structure) == [compte]


@pytest.mark.parametrize(("debut", "fin", "dit"), [(5, 2, "précède le début"), (None, -1, "déjà finie")])
def test_une_periode_impossible_est_refusee(voisin, structure, chantiers, debut, fin, dit):
    with pytest.raises(RattachementRefuse, match=dit):
        rattachements.demander(voisin, structure, services=[chantiers.pk], periodes=periode(chantiers, debut, fin))
    assert not Rattachement.objects.filter(compte=voisin).exists()


def test_les_messages_disent_la_periode(voisin, compte, structure, chantiers):
    lien = rattachements.demander(voisin, structure, services=[chantiers.pk], periodes=periode(chantiers, 0, 9))
    attendu = lien.services.get().etiquette
    assert attendu.startswith("CHANTIERS (du ")
    assert attendu in Message.objects.filter(adresse=compte.contact_email).latest("pk").corps
    rattachements.valider(lien, [], par=compte)
    assert attendu in Message.objects.filter(adresse=voisin.contact_email).latest("pk").corps


@pytest.mark.parametrize(
    ("debut", "fin", "texte"),
    [
        (date(2026, 12, 1), date(2026, 12, 31), "du 01/12/2026 au 31/12/2026"),
        (date(2026, 12, 1), None, "à partir du 01/12/2026"),
        (None, date(2026, 12, 31), "jusqu'au 31/12/2026"),
        (None, None, ""),
    ],
)
def test_la_periode_en_clair(debut, fin, texte):
    assert RattachementService(debut=debut, fin=fin).periode == texte


def test_un_service_fini_se_redemande_sans_rendre_ses_droits(voisin, compte, structure, chantiers):
    lien = rattachements.demander(voisin, structure, services=[chantiers.pk], periodes=periode(chantiers, None, 2))
    rattachements.valider(lien, habilitations.par_defaut(structure, [chantiers.pk]), par=compte)
    with pytest.raises(RattachementRefuse, match="déjà rattachés"):
        rattachements.demander_services(lien, [chantiers.pk])
    with clock.at(clock.now() + timedelta(days=3)):
        assert rattachements.demander_services(lien, [chantiers.pk]) == [chantiers]
        assert not queries.droits(voisin).peut(Profil.FACTURES_EMISES, structure.pk)
        rattachements.traiter_services(
            lien, acceptes=[chantiers.pk], choix=habilitations.par_defaut(structure, [chantiers.pk]), par=compte
        )
        assert queries.droits(voisin).peut(Profil.FACTURES_EMISES, structure.pk)


# --- a user created by the manager (§4.6)


def test_le_gestionnaire_cree_le_compte_de_qui_n_en_a_pas(compte, structure):
    lien = gestion.rattacher_directement(
        structure, "Neuf@session.example", [EMISES], par=compte, prenom="Ali", nom="Neuf"
    )
    cree = lien.compte
    assert (cree.login_email, cree.etat, cree.place) == (
        "neuf@session.example",
        EtatCompte.EN_ATTENTE_ACTIVATION,
        compte.place,
    )
    assert "[Bac à sable Chorus Pro] Activez votre compte" in courriels(cree)
    assert lien.est_valide
    assert queries.droits(cree).peut(Profil.FACTURES_EMISES, structure.pk)


def test_un_compte_ne_se_cree_que_pour_une_adresse_d_exercice(compte, structure):
    with pytest.raises(RattachementRefuse, match=r"se termine par \.example"):
        gestion.rattacher_directement(structure, "a@exemple.fr", [], par=compte, prenom="A", nom="B")


def test_le_nom_d_un_compte_connu_ne_change_pas(voisin, compte, structure):
    lien = gestion.rattacher_directement(structure, voisin.login_email, [], par=compte, prenom="Autre", nom="Nom")
    assert str(lien.compte) == "Camille Loriot"
