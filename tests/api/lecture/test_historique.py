"""consulter/historique (api.md §6.8, factures.md §6.4)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.espaces import NUMEROS
from api.registre import OPERATIONS
from invoices.enums import Statut
from invoices.models import ActionUtilisateur, DestinatairePrecedent, EvenementComplementaire, HistoriqueStatut
from structures.models import CompteTechnique, Structure
from tests.api.appels import CORVAN, VALMORAN
from tests.api.lecture.conftest import a_paris

F11 = "factures/v1/consulter/historique"
INEXISTANTE = {"codeRetour": 20000, "libelle": "GDP_MSG_11.008 - La demande de paiement n'existe pas."}


def lu(programme, facture, **corps):
    statut, recu = programme.post(F11, {"idFacture": facture.pk, **corps})
    assert (statut, recu["codeRetour"], recu["libelle"]) == (200, 0, "TRA_MSG_00.000")
    return recu


def codes(recu):
    return [ligne["histoStatutCode"] for ligne in recu["historiquesDesStatuts"]["histoStatut"]]


@pytest.fixture
def actions(decor):
    """One action of the supplier's, one of the hospital's, and the certificat, which the API has no code for."""
    with decor.cohort.monde():
        hospitalier = CompteTechnique.objects.select_related("compte").get(structure=decor.hopital).compte
        faites = [
            ("ACQUITTEMENT_REJET", decor.createur, 3),
            ("TELECHARGEMENT_FACTURE", hospitalier, 4),
            ("TELECHARGEMENT_CERTIFICAT", decor.createur, 5),
        ]
        return [
            ActionUtilisateur.objects.create(
                cohort=decor.cohort, facture=decor.visee, code=code, compte=compte, faite_le=a_paris(jour, 8)
            )
            for code, compte, jour in faites
        ]


def test_les_trois_blocs_du_plus_recent_au_plus_ancien(decor, emetteur, actions):
    with decor.cohort.monde():
        evenement = EvenementComplementaire.objects.create(
            cohort=decor.cohort,
            facture=decor.visee,
            libelle="Téléchargée par le destinataire",
            auteur="Karim",
            survenu_le=a_paris(4, 8, 7),
        )
        lignes = list(HistoriqueStatut.objects.filter(facture=decor.visee).order_by("-survenu_le", "-pk"))
    recu = lu(emetteur, decor.visee)
    assert {nom: recu[nom] for nom in ("idFacture", "numeroFacture", "modeDepot", "statutCourantCode")} == {
        "idFacture": decor.visee.pk,
        "numeroFacture": "F-A1",
        "modeDepot": "UPLOAD_API",
        "statutCourantCode": "REJETEE",
    }
    statuts = recu["historiquesDesStatuts"]
    assert statuts["histoStatut"][0] == {
        "histoStatutId": lignes[0].pk,
        "histoStatutCode": "REJETEE",
        "histoStatutDatePassage": "2026-12-03 15:30",
        "histoStatutCommentaire": "Montant de la facture erroné : Voir le devis",
        "histoStatutUtilisateurNom": "Chorus Pro (simulé)",
    }
    assert codes(recu) == ["REJETEE", "MISE_A_DISPOSITION", "EN_COURS_ACHEMINEMENT", "DEPOSEE"]
    assert statuts["histoStatut"][-1] == {
        "histoStatutId": lignes[-1].pk,
        "histoStatutCode": "DEPOSEE",
        "histoStatutDatePassage": "2026-12-01 10:00",
        "histoStatutUtilisateurPrenom": decor.createur.prenom,
        "histoStatutUtilisateurNom": decor.createur.nom,
        "histoStatutUtilisateurEmail": decor.createur.contact_email,
    }
    pages = {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10}
    assert {n: v for n, v in statuts.items() if n != "histoStatut"} == {
        **{f"{nom}HistoStatut": valeur for nom, valeur in pages.items()},
        "totalHistoStatut": 4,
    }
    assert recu["historiquesDesEvenementsComplementaires"] == {
        "evenement": [
            {
                "evenementId": evenement.pk,
                "evenementLibelle": "Téléchargée par le destinataire",
                "evenementQui": "Karim",
                "evenementDateHeure": "2026-12-04 08:07",
            }
        ],
        **{f"{nom}Evenement": valeur for nom, valeur in pages.items()},
        "totalEvenement": 1,
    }
    faites = recu["historiquesDesActionsUtilisateurs"]
    assert [ligne["histoActionCode"] for ligne in faites["histoAction"]] == [
        "TELECHARGEMENT_FACTURE",
        "ACQUITTEMENT_REJET",
    ]
    assert faites["histoAction"][1] == {
        "histoActionId": actions[0].pk,
        "histoActionCode": "ACQUITTEMENT_REJET",
        "histoActionDateHeure": "2026-12-03 08:00",
        "histoActionUtilisateurPrenom": decor.createur.prenom,
        "histoActionUtilisateurNom": decor.createur.nom,
        "histoActionUtilisateurEmail": decor.createur.contact_email,
    }
    assert (faites["totalHistoAction"], faites["pagesHistoAction"]) == (2, 1)
    assert recu["derniereAction"] == {
        "derniereActionId": actions[1].pk,
        "derniereActionCode": "TELECHARGEMENT_FACTURE",
    }


def test_sans_action_les_blocs_restent_et_la_derniere_action_manque(decor, emetteur):
    recu = lu(emetteur, decor.autre)
    assert recu["historiquesDesActionsUtilisateurs"] == {
        "histoAction": [],
        "pageCouranteHistoAction": 1,
        "pagesHistoAction": 0,
        "nbResultatsParPageHistoAction": 10,
        "totalHistoAction": 0,
    }
    assert recu["historiquesDesEvenementsComplementaires"]["evenement"] == []
    assert "derniereAction" not in recu


def test_un_robot_se_joint_par_sa_structure(decor, emetteur):
    with decor.cohort.monde():
        HistoriqueStatut.objects.filter(facture=decor.visee, statut=Statut.REJETEE).update(
            robot=True, acteur="DESTINATAIRE", auteur="Robot de l'hôpital"
        )
        Structure.objects.filter(pk=decor.hopital.pk).update(email="compta@hopital.example", telephone="0100000000")
    ligne = lu(emetteur, decor.visee)["historiquesDesStatuts"]["histoStatut"][0]
    assert {nom: ligne.get(f"histoStatutUtilisateur{nom}") for nom in ("Prenom", "Nom", "Email", "Telephone")} == {
        "Prenom": None,
        "Nom": "Robot de l'hôpital",
        "Email": "compta@hopital.example",
        "Telephone": "0100000000",
    }


def test_l_evenement_d_une_personne_porte_son_nom(decor, emetteur):
    with decor.cohort.monde():
        EvenementComplementaire.objects.create(
            cohort=decor.cohort, facture=decor.autre, libelle="x", auteur="y", compte=decor.createur
        )
    recu = lu(emetteur, decor.autre)
    assert recu["historiquesDesEvenementsComplementaires"]["evenement"][0]["evenementQui"] == str(decor.createur)


def test_chacun_voit_ce_que_son_espace_montre(decor, emetteur, receveur, actions):
    with decor.cohort.monde():
        HistoriqueStatut.objects.create(
            cohort=decor.cohort,
            facture=decor.visee,
            action="envoyer",
            statut="BROUILLON",
            acteur="FOURNISSEUR",
            auteur="x",
        )
    assert "BROUILLON" in codes(lu(emetteur, decor.visee))
    assert codes(lu(receveur, decor.visee)) == ["REJETEE", "MISE_A_DISPOSITION", "DEPOSEE"]
    du_receveur = lu(receveur, decor.visee)["historiquesDesActionsUtilisateurs"]["histoAction"]
    assert [ligne["histoActionCode"] for ligne in du_receveur] == ["TELECHARGEMENT_FACTURE"]
    assert codes(lu(decor.client(CORVAN), decor.visee)) == ["REJETEE", "MISE_A_DISPOSITION", "DEPOSEE"]


@pytest.mark.parametrize("espace", [None, 0, 7, 8, *sorted(NUMEROS.values())])
def test_l_espace_demande_passe_d_abord_puis_les_autres(decor, emetteur, receveur, espace):
    assert len(codes(lu(emetteur, decor.visee, idEspace=espace))) == 4
    assert len(codes(lu(receveur, decor.visee, idEspace=espace))) == 3


def test_celle_que_l_on_emet_et_recoit_se_lit_dans_l_espace_demande(decor):
    commune = decor.client(VALMORAN)
    with decor.cohort.monde():
        type(decor.autre).objects.filter(pk=decor.autre.pk).update(fournisseur=decor.commune)
    assert "EN_COURS_ACHEMINEMENT" not in codes(lu(commune, decor.autre))
    assert "EN_COURS_ACHEMINEMENT" not in codes(lu(commune, decor.autre, idEspace=7))
    assert "EN_COURS_ACHEMINEMENT" in codes(lu(commune, decor.autre, idEspace=NUMEROS["FACTURES_EMISES"]))


TRIS = [
    ("Statuts", "HistoStatut", "HistoStatutCode", "historiquesDesStatuts", "histoStatut"),
    ("Statuts", "HistoStatut", "HistoStatutCommentaire", "historiquesDesStatuts", "histoStatut"),
    ("Statuts", "HistoStatut", "HistoStatutDatePassage", "historiquesDesStatuts", "histoStatut"),
    ("Statuts", "HistoStatut", "HistoStatutUtilisateurEmail", "historiquesDesStatuts", "histoStatut"),
    ("EvenementsComplementaires", "HistoEvenement", "EvenementLibelle", None, "evenement"),
    ("EvenementsComplementaires", "HistoEvenement", "EvenementQui", None, "evenement"),
    ("EvenementsComplementaires", "HistoEvenement", "EvenementDateHeure", None, "evenement"),
    ("ActionsUtilisateurs", "HistoAction", "HistoActionCode", "historiquesDesActionsUtilisateurs", "histoAction"),
    ("ActionsUtilisateurs", "HistoAction", "HistoActionDateHeure", "historiquesDesActionsUtilisateurs", "histoAction"),
    (
        "ActionsUtilisateurs",
        "HistoAction",
        "HistoActionUtilisateurNom",
        "historiquesDesActionsUtilisateurs",
        "histoAction",
    ),
]


@pytest.mark.parametrize("sens", ["Ascendant", "Descendant"])
@pytest.mark.parametrize(("bloc", "suffixe", "colonne", "ou", "liste"), TRIS, ids=[t[2] for t in TRIS])
def test_chaque_colonne_trie(decor, emetteur, actions, bloc, suffixe, colonne, ou, liste, sens):
    with decor.cohort.monde():
        for rang, nom in enumerate(["b", "c", "a"]):
            EvenementComplementaire.objects.create(
                cohort=decor.cohort, facture=decor.visee, libelle=nom, auteur=nom * 2, survenu_le=a_paris(1 + rang)
            )
    page = {f"triColonneListe{suffixe}": colonne, f"triSensListe{suffixe}": sens}
    recu = lu(emetteur, decor.visee, **{f"paramRechercheHisto{bloc}": page})
    lignes = recu[ou or "historiquesDesEvenementsComplementaires"][liste]
    champ = colonne[0].lower() + colonne[1:]
    valeurs = [(champ in ligne, ligne.get(champ, "")) for ligne in lignes]
    assert len(valeurs) > 1
    assert valeurs == sorted(valeurs, reverse=sens == "Descendant")


def test_les_pages(decor, emetteur, actions):
    recu = lu(
        emetteur,
        decor.visee,
        nbResultatsMaximum=1,
        paramRechercheHistoStatuts={
            "pageResultatDemandeeListeHistoStatut": 2,
            "nbResultatsParPageListeHistoStatut": 3,
            "triSensListeHistoStatut": "Ascendant",
        },
        paramRechercheHistoActionsUtilisateurs={
            "pageResultatDemandeeListeHistoAction": 9,
            "nbResultatsParPageListeHistoAction": 1,
        },
    )
    assert codes(recu) == ["REJETEE"]
    assert recu["historiquesDesStatuts"]["pagesHistoStatut"] == 2
    assert recu["historiquesDesActionsUtilisateurs"]["histoAction"] == []
    assert recu["historiquesDesActionsUtilisateurs"]["totalHistoAction"] == 2


def test_autant_de_requetes_pour_peu_que_pour_beaucoup(decor, emetteur, actions):
    def compter():
        with CaptureQueriesContext(connection) as lues:
            lu(
                emetteur,
                decor.visee,
                paramRechercheHistoActionsUtilisateurs={"nbResultatsParPageListeHistoAction": 1000},
            )
        return len(lues)

    lu(emetteur, decor.visee)
    peu = compter()
    with decor.cohort.monde():
        for _ in range(30):
            ActionUtilisateur.objects.create(
                cohort=decor.cohort, facture=decor.visee, code="TELECHARGEMENT_FACTURE", compte=decor.createur
            )
    assert compter() == peu


def test_ce_qui_n_est_pas_a_soi_n_existe_pas(decor, emetteur, tiers, ailleurs):
    for programme in (tiers, ailleurs):
        for espace in (None, 7, 101):
            assert programme.post(F11, {"idFacture": decor.visee.pk, "idEspace": espace}) == (200, INEXISTANTE)
    for corps in ({}, {"idFacture": 0}, {"idFacture": 2**62}):
        assert emetteur.post(F11, corps) == (200, INEXISTANTE)
    assert emetteur.post(F11, {"idFacture": [1, 2]})[0] == 400


def test_l_ancien_destinataire_s_arrete_a_son_depart(decor, receveur):
    with decor.cohort.monde():
        lignes = list(HistoriqueStatut.objects.filter(facture=decor.autre).order_by("survenu_le", "pk"))
        DestinatairePrecedent.objects.create(
            cohort=decor.cohort,
            facture=decor.autre,
            structure=decor.hopital,
            recyclage=lignes[-1],
            jusqu_au=a_paris(7, 11),
        )
        EvenementComplementaire.objects.create(
            cohort=decor.cohort, facture=decor.autre, libelle="Après", auteur="x", survenu_le=a_paris(7, 12)
        )
    recu = lu(receveur, decor.autre)
    assert recu["statutCourantCode"] == "A_RECYCLER"
    assert codes(recu) == ["DEPOSEE"]
    assert recu["historiquesDesEvenementsComplementaires"]["evenement"] == []


def test_l_exemple_est_accepte(emetteur):
    assert emetteur.post(F11, dict(OPERATIONS[F11].exemple))[0] == 200
