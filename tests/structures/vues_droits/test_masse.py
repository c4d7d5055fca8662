"""Many requests answered at once: what the service does beyond one by one (comptes-structures.md §5.3)."""

import pytest

from accounts.enums import Niveau
from accounts.profils import Profil
from sandbox.events.models import DueEvent
from sandbox.events.registry import subscribe
from sandbox.mail.models import Message
from structures.enums import Role, RoleJoue, StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Personnage, Rattachement, RattachementService
from structures.services import approbations, rattachements
from structures.services.habilitations import Choix, detenues, poser
from structures.services.promesses import DEMANDER, MALADRESSE
from tests import factories

pytestmark = pytest.mark.usefixtures("monde")
MODIFICATION = Niveau.MODIFICATION.value


def test_l_acte_et_le_message_disent_les_droits_et_les_services(compte, camille, structure):
    service = factories.service(structure, "CHANTIERS")
    lien = rattachements.demander(camille, structure, services=[service.pk])
    bilan = approbations.valider_en_masse(structure, [lien.pk], par=compte)
    assert bilan == approbations.Bilan(1)
    assert detenues(lien) == [
        Choix(Profil.FACTURES_EMISES, MODIFICATION, service.pk),
        Choix(Profil.SOLLICITATIONS_EMISES, MODIFICATION, service.pk),
    ]
    acte = ActeGestion.objects.get(type=TypeActe.RATTACHEMENT_VALIDE)
    assert acte.apres["services"] == ["CHANTIERS"]
    assert "Factures émises modification (CHANTIERS)" in acte.apres["habilitations"]
    assert "Services : CHANTIERS." in Message.objects.get(objet__endswith="Validé").corps
    assert RattachementService.objects.get().traite_par == compte


def test_le_meme_envoi_deux_fois(compte, camille, structure):
    lien = rattachements.demander(camille, structure)
    approbations.valider_en_masse(structure, [lien.pk, lien.pk], par=compte)
    second = approbations.valider_en_masse(structure, [lien.pk], par=compte)
    assert second.faites == 0
    assert f"« Validé » ({compte})" in second.ecartees[0]
    assert Habilitation.objects.filter(rattachement=lien).count() == 2


def test_sa_propre_demande_est_ecartee_la_plateforme_ne_l_est_pas(camille, structure):
    lien = rattachements.demander(camille, structure)
    bilan = approbations.valider_en_masse(structure, [lien.pk], par=camille)
    assert bilan.faites == 0
    assert "sa propre demande" in bilan.ecartees[0]
    assert approbations.refuser_en_masse(structure, [lien.pk], motif="Non", par=camille).faites == 0
    assert approbations.valider_en_masse(structure, [lien.pk], par=None).faites == 1


def test_un_refus_demande_un_motif(compte, camille, structure):
    lien = rattachements.demander(camille, structure)
    with pytest.raises(rattachements.RattachementRefuse, match="Indiquez le motif"):
        approbations.refuser_en_masse(structure, [lien.pk], motif="  ", par=compte)
    lien.refresh_from_db()
    assert lien.en_attente


def test_des_services_refuses_laissent_le_rattachement(compte, camille, lien, structure):
    service = factories.service(structure, "CHANTIERS")
    rattachements.demander_services(lien, [service.pk])
    assert approbations.refuser_en_masse(structure, [lien.pk], motif="Pas ce service", par=compte).faites == 1
    lien.refresh_from_db()
    assert lien.est_valide
    assert RattachementService.objects.get().motif == "Pas ce service"
    assert "Services refusés : CHANTIERS." in Message.objects.get(corps__contains="refusés").corps
    assert [un.profil for un in detenues(lien)] == [Profil.FACTURES_EMISES]


def test_un_droit_deja_tenu_sur_le_service_est_garde(compte, lien, structure):
    service = factories.service(structure, "CHANTIERS")
    tenu = Choix(Profil.FACTURES_EMISES, Niveau.CONSULTATION.value, service.pk)
    poser(lien, [tenu], par=compte)
    rattachements.demander_services(lien, [service.pk])
    approbations.valider_en_masse(structure, [lien.pk], par=compte)
    assert set(detenues(lien)) == {tenu, Choix(Profil.SOLLICITATIONS_EMISES, MODIFICATION, service.pk)}


def test_le_gestionnaire_principal_garde_tout(cohort, compte, structure):
    """His own services are answered by another holder of « Organisation modification »."""
    service = factories.service(structure, "CHANTIERS")
    le_sien = Rattachement.objects.select_related("compte", "structure").get(compte=compte)
    delegue = factories.compte(cohort, 3)
    rattachements.demander_services(le_sien, [service.pk])
    avant = detenues(le_sien)
    assert approbations.valider_en_masse(structure, [le_sien.pk], par=delegue).faites == 1
    assert detenues(le_sien) == avant
    assert RattachementService.objects.get().est_valide


def test_un_collegue_simule_reagit_comme_a_une_reponse_isolee(cohort, compte, structure):
    script = {"siret": structure.identifiant, "refus": {"objet": "Encore moi", "corps": "…"}}
    script["maladresse"] = {"profil": Profil.FACTURES_EMISES, "jours": 2, "service": "CHANTIERS"}
    liens = []
    for n in (2, 3):
        qui = factories.compte(cohort, n)
        Personnage.objects.create(cohort=cohort, place=n, compte=qui, role=RoleJoue.COLLEGUE, script=script)
        liens.append(rattachements.demander(qui, structure))
    approbations.valider_en_masse(structure, [liens[0].pk], par=compte)
    approbations.refuser_en_masse(structure, [liens[1].pk], motif="Non", par=compte)
    service = factories.service(structure, "CHANTIERS")
    liens[0].refresh_from_db()
    rattachements.demander_services(liens[0], [service.pk])
    approbations.refuser_en_masse(structure, [liens[0].pk], motif="Non", par=compte)
    assert not Message.objects.filter(adresse__in=[li.compte.contact_email for li in liens]).exists(), "reads no mail"
    assert set(DueEvent.objects.values_list("kind", flat=True)) >= {MALADRESSE, DEMANDER}
    assert Message.objects.filter(objet="Encore moi").count() == 1


def test_un_seul_fait_publie_pour_le_journal(compte, camille, structure, django_capture_on_commit_callbacks):
    faits = []

    def entendre(**fait):
        faits.append(fait)

    subscribe("rattachements.valides", entendre)
    lien = rattachements.demander(camille, structure)
    with django_capture_on_commit_callbacks(execute=True):
        approbations.valider_en_masse(structure, [lien.pk], par=compte)
        approbations.valider_en_masse(structure, [lien.pk], par=compte)
    assert [f["nombre"] for f in faits] == [1]


def test_un_rattachement_d_ailleurs_n_est_pas_touche(cohort, compte, camille, structure):
    ailleurs = rattachements.demander(camille, factories.structure(cohort, 3))
    assert approbations.valider_en_masse(structure, [ailleurs.pk], par=compte) == approbations.Bilan(0)
    ailleurs.refresh_from_db()
    assert ailleurs.statut == StatutRattachement.EN_COURS_DE_VALIDATION


def test_un_service_non_accorde_ne_donne_aucun_droit(compte, camille, structure):
    a, b = factories.service(structure, "A"), factories.service(structure, "B")
    lien = rattachements.demander(camille, structure, services=[a.pk, b.pk])
    choix = [Choix(Profil.FACTURES_EMISES, MODIFICATION, s.pk) for s in (a, b)]
    rattachements.valider(lien, choix, par=compte, services=[a.pk])
    assert detenues(lien) == choix[:1]


def test_demander_plusieurs_structures_ou_aucune(cohort, compte, camille, lien, structure, destinataire):
    service = factories.service(structure, "CHANTIERS")
    liens = rattachements.demander_plusieurs(camille, [(structure, [service.pk]), (destinataire, [])])
    assert liens[0] == lien
    assert [li.role for li in liens] == [Role.UTILISATEUR] * 2
    with pytest.raises(rattachements.RattachementRefuse, match="Choisissez au moins un service"):
        rattachements.demander_plusieurs(camille, [(factories.structure(cohort, 3), []), (structure, [])])
    assert Rattachement.objects.filter(compte=camille).count() == 2
