"""Notices N1, N3, N4, N6 in the simulated mailbox (factures.md §3.6)."""

from decimal import Decimal as D

import pytest

from accounts.models import Compte
from accounts.profils import Profil
from invoices.enums import Acteur, Action, Motif, Statut
from invoices.services.notifications import lecteurs
from invoices.services.transitions import apply
from sandbox.mail.models import Message
from structures.enums import Role, StatutRattachement
from structures.models import Habilitation, Rattachement, Service
from tests import factories


@pytest.fixture
def facture(structure, compte, destinataire, cohort):
    return factories.facture(
        structure,
        destinataire,
        compte=compte,
        statut=Statut.MISE_A_DISPOSITION,
        numero="ARB-2026-118",
        montant_a_payer=D("4168.80"),
    )


def jouer(facture, action, acteur=Acteur.DESTINATAIRE, **champs):
    with facture.cohort.monde():
        apply(facture, action, acteur=acteur, **champs)
        return list(Message.objects.order_by("pk"))


def test_n1_au_depot(brouillon, compte, cohort):
    (message,) = jouer(
        brouillon, Action.ENVOYER, Acteur.FOURNISSEUR, champs={"annee": 2026, "date_depot": cohort.sim_reference}
    )
    assert message.type == "N1"
    assert message.objet == "[Bac à sable Chorus Pro] Facture n° F-2026-001 – Déposée"
    assert "La facture n° F-2026-001 du 07/12/2026 adressée à COMMUNE DE VALMORAN a bien été déposée le " in (
        message.corps
    )
    assert "07/12/2026 à 09:00." in message.corps
    assert "Montant à payer : 120,00 EUR." in message.corps


def test_n4_a_chaque_changement(facture, compte):
    (message,) = jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    assert (message.type, message.adresse, message.place) == ("N4", compte.contact_email, 1)
    assert message.objet == "[Bac à sable Chorus Pro] Facture n° ARB-2026-118 – Service fait"
    assert "est passée au statut « Service fait » le 07/12/2026 à 09:00." in message.corps
    assert "Montant à payer : 4\u202f168,80 EUR." in message.corps
    assert "Motif" not in message.corps
    assert "« Factures émises » > « Rechercher »" in message.corps
    assert message.lien == f"/portail/facturation/factures-emises/{facture.pk}/"
    assert message.lien_libelle == "Ouvrir la facture"


def test_n4_donne_motif_et_commentaire(facture):
    (message,) = jouer(facture, Action.SUSPENDRE, motif=Motif.JUSTIF_ABS, commentaire="Bon de livraison signé absent.")
    assert "Motif : Justificatif absent ou insuffisant." in message.corps
    assert "Commentaire : Bon de livraison signé absent." in message.corps
    assert "« Suspendue »" in message.corps


def test_n6_au_rejet_meme_notifications_coupees(facture, compte, cohort):
    with cohort.monde():
        Compte.objects.filter(pk=compte.pk).update(notif_facturation=False)
        facture.refresh_from_db()
    facture.cohort = cohort
    (message,) = jouer(facture, Action.REJETER, motif=Motif.TX_TVA_ERR)
    assert message.type == "N6"
    assert "Motif : Taux de TVA erroné." in message.corps


@pytest.mark.parametrize(("role", "prevenu"), [(Role.UTILISATEUR, 0), (Role.GESTIONNAIRE_PRINCIPAL, 1)])
def test_n4_se_coupe_sauf_pour_le_gestionnaire_principal(facture, compte, cohort, role, prevenu):
    with cohort.monde():
        Rattachement.objects.filter(compte=compte).update(role=role)
        Compte.objects.filter(pk=compte.pk).update(notif_facturation=False)
        facture.refresh_from_db()
    facture.cohort = cohort
    assert len(jouer(facture, Action.CONSTATER_SERVICE_FAIT)) == prevenu


def test_une_facture_sans_createur_ne_previent_personne(facture):
    facture.cree_par = None
    assert jouer(facture, Action.CONSTATER_SERVICE_FAIT) == []


def test_le_service_et_les_blancs_se_disent(facture, cohort):
    facture.code_service, facture.date_facture, facture.montant_a_payer = "CHM-TECH", None, None
    (message,) = jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    assert "(service CHM-TECH)" in message.corps
    assert "du date inconnue" in message.corps
    assert "Montant à payer : –." in message.corps


def test_n3_a_la_mise_a_disposition(structure, compte, destinataire, cohort):
    """To whoever holds « Factures reçues » on the recipient, and to nobody else."""
    facture = factories.facture(structure, destinataire, compte=compte, statut=Statut.EN_COURS_ACHEMINEMENT)
    agents = {}
    for place, nom in enumerate(("agent", "sans-droit", "refuse", "technique"), 10):
        agents[nom] = factories.compte(cohort, None, login_email=f"{nom}@valmoran.example")
        factories.rattachement(
            agents[nom],
            destinataire,
            role=Role.UTILISATEUR,
            profils=[Profil.FACTURES_RECUES, Profil.ORGANISATION] if nom != "sans-droit" else [Profil.ORGANISATION],
            statut=StatutRattachement.REFUSEE if nom == "refuse" else StatutRattachement.VALIDEE,
        )
        del place
    messages = jouer(facture, Action.LIVRER, Acteur.PLATEFORME)
    assert sorted((m.type, m.adresse) for m in messages) == [
        ("N3", "agent@valmoran.example"),
        ("N3", "technique@valmoran.example"),
        ("N4", compte.contact_email),
    ]
    recu = messages[0]
    assert recu.objet == "[Bac à sable Chorus Pro] Facture n° F-2026-001 reçue de ARBELIN MENUISERIE 01"
    assert "vous attend dans « Factures reçues »" in recu.corps
    assert recu.place is None


def test_n3_ne_va_qu_aux_agents_du_service(structure, compte, cohort):
    """A right limited to a service hears of that service's invoices; one on the whole structure, of all."""
    hopital = factories.publique(cohort, factories.HOPITAL)
    with cohort.monde():
        tech, pharma = (Service.objects.get(structure=hopital, code=code) for code in ("CHM-TECH", "CHM-PHARMA"))
        for nom, service in (("tous", None), ("tech", tech), ("pharma", pharma)):
            agent = factories.compte(cohort, None, login_email=f"{nom}@ch-montbrisac.example")
            lien = factories.rattachement(agent, hopital, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
            Habilitation.objects.filter(rattachement=lien).update(service=service)
    facture = factories.facture(
        structure, hopital, compte=compte, statut=Statut.EN_COURS_ACHEMINEMENT, service=tech, code_service="CHM-TECH"
    )
    messages = jouer(facture, Action.LIVRER, Acteur.PLATEFORME)
    assert sorted(m.adresse for m in messages if m.type == "N3") == [
        "tech@ch-montbrisac.example",
        "tous@ch-montbrisac.example",
    ]


def test_un_complement_previent_le_destinataire_un_recyclage_attend_l_arrivee(structure, compte, destinataire, cohort):
    agent = factories.compte(cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(agent, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    facture = factories.facture(structure, destinataire, compte=compte, statut=Statut.SUSPENDUE)
    (message,) = jouer(facture, Action.COMPLETER, Acteur.FOURNISSEUR)
    assert (message.type, message.adresse) == ("N3", "agent@valmoran.example")
    assert "complétée par ARBELIN MENUISERIE 01" in message.objet
    autre = factories.facture(structure, destinataire, compte=compte, statut=Statut.A_RECYCLER, numero="F-2")
    nouveaux = jouer(autre, Action.RECYCLER, Acteur.FOURNISSEUR)[1:]
    assert [m.type for m in nouveaux] == ["N4"]


def test_aucune_notice_ne_sort_du_domaine_fictif(facture, cohort):
    jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    with cohort.monde():
        assert all(m.adresse.endswith(".example") for m in Message.objects.all())


def test_sans_structure_il_n_y_a_personne_a_prevenir(cohort):
    with cohort.monde():
        assert lecteurs(None, Profil.FACTURES_A_VALIDER, None) == []


def test_un_compte_technique_ne_recoit_pas_de_courriel(cohort):
    """The recipient's ready-made one holds every right: a program reads its answers, not its mail."""
    publique = factories.publique(cohort)
    with cohort.monde():
        assert publique.comptes_techniques.exists()
        assert lecteurs(publique, Profil.FACTURES_RECUES, None) == []
    agent = factories.compte(cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(agent, publique, role=Role.UTILISATEUR)
    with cohort.monde():
        assert lecteurs(publique, Profil.FACTURES_RECUES, None) == [agent]
