"""traiter/recue and traiter/factureAValider (api.md §6.10, §10.6, A-17, A-24)."""

import pytest

from invoices.enums import Statut
from invoices.models import Facture
from sandbox.cohorts.enums import Regime
from tests import factories
from tests.api.appels import CORVAN, VALMORAN, VOLTAIGNE, client_api
from tests.api.ecriture.demandes import A_VALIDER, CORRIGER, OSTREVAL, RECUE, lignes, lue, router, structure

MAD = Statut.MISE_A_DISPOSITION


@pytest.fixture
def mairie(cohort):
    return client_api(cohort, siret=VALMORAN)


@pytest.fixture
def facture(cohort):
    """Sent by VOLTAIGNE to VALMORAN; ``facture(statut, …)``."""
    rang = iter(range(1, 100))

    def deposer(statut=MAD, *, vers=VALMORAN, **champs):
        mien, destinataire = structure(cohort, VOLTAIGNE), structure(cohort, vers)
        numero = {"numero": f"V-{next(rang)}"} | champs
        return factories.facture(mien, destinataire, statut=statut, cle_envoi=numero["numero"], **numero).pk

    return deposer


def reforme(cohort):
    cohort.regime = Regime.REFORME_2026
    cohort.save(update_fields=["regime"])


class TestRecue:
    def test_repond_comme_le_service(self, mairie, cohort, facture):
        pk = facture()
        statut, recu = mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": "SERVICE_FAIT"})
        assert (statut, recu) == (
            200,
            {
                "codeRetour": 0,
                "libelle": "TRA_MSG_00.000",
                "idFacture": pk,
                "numeroFacture": "V-1",
                "dateTraitement": "2026-12-07",
                "nouveauStatut": "SERVICE_FAIT",
            },
        )
        derniere = lignes(cohort, pk)[-1]
        assert (derniere.statut, derniere.auteur) == ("SERVICE_FAIT", "Compte technique 1")

    @pytest.mark.parametrize(
        "nouveau",
        [
            *("MISE_A_DISPOSITION", "MANDATEE", "MISE_EN_PAIEMENT", "COMPTABILISEE", "MISE_A_DISPOSITION_COMPTABLE"),
            *("PRISE_EN_COMPTE_DESTINATAIRE", "COMPLETEE"),
        ],
    )
    def test_sans_ordre_impose(self, mairie, cohort, facture, nouveau):
        pk = facture(Statut.COMPTABILISEE)
        assert mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": nouveau})[1]["codeRetour"] == 0
        assert lue(cohort, pk).statut == nouveau

    @pytest.mark.parametrize(
        ("motif", "garde", "commentaire"),
        [
            pytest.param("Document manquant", "AUTRE", "Document manquant", id="texte-libre"),
            pytest.param("JUSTIF_ABS", "JUSTIF_ABS", "", id="code"),
        ],
    )
    @pytest.mark.parametrize("nouveau", ["SUSPENDUE", "REJETEE", "A_RECYCLER"])
    def test_le_motif(self, mairie, cohort, facture, nouveau, motif, garde, commentaire):
        pk = facture()
        recu = mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": nouveau, "motif": motif})[1]
        assert recu["nouveauStatut"] == nouveau
        derniere = lignes(cohort, pk)[-1]
        assert (derniere.motif, derniere.commentaire) == (garde, commentaire)

    def test_un_texte_avec_un_statut_sans_motif_est_un_commentaire(self, mairie, cohort, facture):
        pk = facture()
        corps = {"idFacture": pk, "nouveauStatut": "MANDATEE", "motif": "Payée lundi", "numeroDPMandat": "M-12"}
        assert mairie.post(RECUE, corps)[1]["codeRetour"] == 0
        derniere = lignes(cohort, pk)[-1]
        assert (derniere.motif, derniere.commentaire, derniere.numero_mandat) == ("", "Payée lundi", "M-12")
        assert lue(cohort, pk).numero_mandat == "M-12"

    def test_deux_fois_n_a_qu_un_effet(self, mairie, cohort, facture):
        pk = facture()
        corps = {"idFacture": pk, "nouveauStatut": "SUSPENDUE", "motif": "JUSTIF_ABS"}
        premiere, seconde = (mairie.post(RECUE, corps) for _ in range(2))
        assert premiere == seconde
        assert lue(cohort, pk).statut == Statut.SUSPENDUE

    @pytest.mark.parametrize(
        ("champs", "code"),
        [
            pytest.param({"idFacture": 10**15}, 20000, id="inconnue"),
            pytest.param({"idFacture": None}, 20000, id="sans-facture"),
            pytest.param({"nouveauStatut": None}, 29013, id="sans-statut"),
            pytest.param({"nouveauStatut": "PAYEE"}, 29014, id="inconnu"),
            pytest.param({"nouveauStatut": "BROUILLON"}, 29014, id="pas-au-destinataire"),
            pytest.param({"nouveauStatut": "PAYEE", "motif": "Vite"}, 29014, id="inconnu-avec-motif"),
            pytest.param({"nouveauStatut": "TRANSMISE_MOA"}, 29071, id="travaux"),
            pytest.param({"nouveauStatut": "SUSPENDUE"}, 29072, id="suspendre-sans-motif"),
            pytest.param({"nouveauStatut": "REJETEE", "motif": "  "}, 29072, id="rejeter-sans-motif"),
            pytest.param({"nouveauStatut": "A_RECYCLER"}, 29072, id="recycler-sans-motif"),
            pytest.param({"motif": "a" * 256}, 29013, id="motif-long"),
            pytest.param({"numeroDPMandat": "1" * 51}, 29013, id="mandat-long"),
        ],
    )
    def test_refuse_en_200(self, mairie, cohort, facture, champs, code):
        pk = facture()
        statut, recu = mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": "SERVICE_FAIT", **champs})
        assert (statut, recu["codeRetour"]) == (200, code), recu
        assert lue(cohort, pk).statut == MAD

    @pytest.mark.parametrize(
        "depart", [Statut.DEPOSEE, Statut.EN_COURS_ACHEMINEMENT, Statut.REJETEE, Statut.MISE_EN_PAIEMENT]
    )
    def test_un_statut_ferme(self, mairie, facture, depart):
        recu = mairie.post(RECUE, {"idFacture": facture(depart), "nouveauStatut": "MANDATEE"})[1]
        assert recu["codeRetour"] == 29071
        assert recu["libelle"].startswith("SBX_071 - Le statut actuel de la facture ne permet pas cette action")

    def test_un_avoir_clos_par_le_portail(self, mairie, facture):
        pk = facture(Statut.PRISE_EN_COMPTE_DESTINATAIRE, type_facture="AVOIR", solde=True)
        assert mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": "MANDATEE"})[1]["codeRetour"] == 29071

    def test_celle_d_un_autre_destinataire(self, mairie, facture):
        recu = mairie.post(RECUE, {"idFacture": facture(vers=factories.BELLECOMBE), "nouveauStatut": "MANDATEE"})[1]
        assert recu["codeRetour"] == 20001
        assert recu["libelle"].startswith("GDP_MSG_11.005 - ")

    def test_un_brouillon_n_existe_pas_pour_lui(self, mairie, facture):
        pk = facture(Statut.BROUILLON)
        assert mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": "MANDATEE"})[1]["codeRetour"] == 20000

    def test_celle_d_une_autre_session(self, cohort, autre_cohort, facture):
        autre = client_api(autre_cohort, siret=VALMORAN)
        assert autre.post(RECUE, {"idFacture": facture(), "nouveauStatut": "MANDATEE"})[1]["codeRetour"] == 20000

    def test_une_entreprise_n_est_pas_habilitee(self, cohort, facture):
        corps = {"idFacture": facture(), "nouveauStatut": "MANDATEE"}
        assert client_api(cohort).post(RECUE, corps) == (403, corps)

    def test_la_reforme_n_a_plus_le_recyclage(self, mairie, cohort, facture):
        reforme(cohort)
        corps = {"idFacture": facture(), "nouveauStatut": "A_RECYCLER", "motif": "SE_ERR"}
        assert mairie.post(RECUE, corps)[1]["codeRetour"] == 29070


class TestAValider:
    @pytest.fixture
    def titulaire(self, cohort):
        return client_api(cohort, siret=CORVAN)

    @pytest.fixture
    def a_valider(self, cohort, facture):
        def deposer(cadre="A9_FACTURE_SOUSTRAITANT", statut=Statut.A_VALIDER_1, **champs):
            return facture(statut, cadre=cadre, valideur=structure(cohort, CORVAN), **champs)

        return deposer

    def test_valide(self, titulaire, cohort, a_valider):
        pk = a_valider()
        corps = {"idFacture": pk, "action": "VALIDATION", "typeValideur": "VALIDEUR_1", "complementInfo": "Conforme"}
        assert titulaire.post(A_VALIDER, corps)[1] == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "idFacture": pk,
            "numeroFacture": "V-1",
            "dateTraitement": "2026-12-07",
            "statutFacture": "VALIDEE_1",
        }
        assert lignes(cohort, pk)[-1].commentaire == "Conforme"
        router(cohort)
        assert lue(cohort, pk).statut == MAD

    def test_le_cotraitant_nomme_le_mandataire_qui_valide(self, titulaire, cohort, a_valider):
        pk = a_valider()
        mandataire = structure(cohort, OSTREVAL).pk
        recu = titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION", "idValideur": mandataire})[1]
        assert recu["statutFacture"] == "VALIDEE_1"
        router(cohort)
        assert (lue(cohort, pk).statut, lue(cohort, pk).valideur_2_id) == (Statut.A_VALIDER_2, mandataire)
        # It is no more the turn of the first.
        assert titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION"})[1]["codeRetour"] == 20001
        ostreval = client_api(cohort, siret=OSTREVAL)
        corps = {"idFacture": pk, "action": "VALIDATION", "typeValideur": "VALIDEUR_2", "idValideur": mandataire}
        assert ostreval.post(A_VALIDER, corps)[1]["statutFacture"] == "VALIDEE_2"

    @pytest.mark.parametrize(
        ("motif", "statut"),
        [
            pytest.param("ERR_VALIDEUR", "ERREUR_FOURNISSEUR_SUR_VALIDEUR", id="mauvais-valideur"),
            pytest.param("AUT_MOTIF_ERR_VALIDEUR", "REFUSEE_1", id="autre-motif"),
        ],
    )
    def test_refuse(self, titulaire, cohort, a_valider, motif, statut):
        pk = a_valider()
        recu = titulaire.post(A_VALIDER, {"idFacture": pk, "action": "REFUS", "motifRefus": motif})[1]
        assert recu["statutFacture"] == statut
        assert lignes(cohort, pk)[-1].motif == motif

    def test_a12_le_mandataire(self, titulaire, a_valider):
        pk = a_valider(cadre="A12_FACTURE_COTRAITANT")
        recu = titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION", "idValideur": 1})[1]
        assert recu["statutFacture"] == "VALIDEE_1"

    @pytest.mark.parametrize(
        ("champs", "code"),
        [
            pytest.param({"idFacture": 10**15}, 20000, id="inconnue"),
            pytest.param({"action": None}, 29013, id="sans-action"),
            pytest.param({"action": "SUSPENSION"}, 29014, id="action-de-travaux"),
            pytest.param({"action": "REFUS"}, 29072, id="refus-sans-motif"),
            pytest.param({"action": "REFUS", "motifRefus": "TX_TVA_ERR"}, 29014, id="motif-d-un-destinataire"),
            pytest.param({"typeValideur": "MOE"}, 29014, id="type-de-valideur"),
            pytest.param({"typeValideur": "VALIDEUR_2"}, 29071, id="pas-son-tour"),
            pytest.param({"idValideur": 10**15}, 29030, id="valideur-2-inconnu"),
            pytest.param({"complementInfo": "a" * 256}, 29013, id="complement-long"),
        ],
    )
    def test_refuse_en_200(self, titulaire, cohort, a_valider, champs, code):
        pk = a_valider()
        statut, recu = titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION", **champs})
        assert (statut, recu["codeRetour"]) == (200, code), recu
        assert lue(cohort, pk).statut == Statut.A_VALIDER_1

    def test_une_action_inconnue_est_mal_formee(self, titulaire, a_valider):
        assert titulaire.post(A_VALIDER, {"idFacture": a_valider(), "action": "OUI"})[0] == 400

    def test_deja_repondu(self, titulaire, a_valider):
        pk = a_valider(statut=Statut.REFUSEE_1)
        assert titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION"})[1]["codeRetour"] == 29071

    def test_un_autre_que_le_valideur(self, cohort, a_valider):
        autre = client_api(cohort, siret=OSTREVAL)
        assert autre.post(A_VALIDER, {"idFacture": a_valider(), "action": "VALIDATION"})[1]["codeRetour"] == 20001

    @pytest.mark.parametrize(
        "champs",
        [
            pytest.param({"action": "VALIDATION"}, id="accord"),
            pytest.param({"action": "REFUS", "motifRefus": "AUT_MOTIF_ERR_VALIDEUR"}, id="refus"),
        ],
    )
    def test_sous_la_reforme_la_parole_du_titulaire_voyage(self, titulaire, cohort, a_valider, champs):
        reforme(cohort)
        corps = {"idFacture": a_valider(), **champs}
        assert titulaire.post(A_VALIDER, corps)[1]["codeRetour"] == 29013
        assert titulaire.post(A_VALIDER, {**corps, "complementInfo": "Vu"})[1]["codeRetour"] == 0

    def test_sous_la_reforme_a12_n_exige_rien(self, titulaire, cohort, a_valider):
        reforme(cohort)
        pk = a_valider(cadre="A12_FACTURE_COTRAITANT")
        assert titulaire.post(A_VALIDER, {"idFacture": pk, "action": "VALIDATION"})[1]["codeRetour"] == 0


class TestCorrigerValideur:
    @pytest.fixture
    def revenue(self, cohort, facture):
        return facture(
            Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
            cadre="A9_FACTURE_SOUSTRAITANT",
            valideur=structure(cohort, CORVAN),
        )

    def test_le_fournisseur_par_l_identifiant(self, cohort, revenue):
        corps = {"idFacture": revenue, "typeIdentifiantStructure": "SIRET", "identifiantStructure": OSTREVAL}
        assert client_api(cohort).post(CORRIGER, corps)[1] == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "idFacture": revenue,
        }
        assert (lue(cohort, revenue).statut, lue(cohort, revenue).valideur.identifiant) == ("A_VALIDER_1", OSTREVAL)

    def test_le_premier_valideur_corrige_le_second(self, cohort, revenue):
        with cohort.monde():
            Facture.objects.filter(pk=revenue).update(
                statut=Statut.ERREUR_COTRAITANT_SUR_VALIDEUR, valideur_2=structure(cohort, OSTREVAL)
            )
        corps = {"idFacture": revenue, "idStructure": structure(cohort, "00010307700012").pk}
        assert client_api(cohort).post(CORRIGER, corps)[1]["codeRetour"] == 20001
        assert client_api(cohort, siret=OSTREVAL).post(CORRIGER, corps)[1]["codeRetour"] == 20001
        assert client_api(cohort, siret=CORVAN).post(CORRIGER, corps)[1]["codeRetour"] == 0
        assert lue(cohort, revenue).statut == "A_VALIDER_2"

    @pytest.mark.parametrize(
        ("champs", "code"),
        [
            pytest.param({}, 29030, id="sans-valideur"),
            pytest.param({"idStructure": 10**15}, 29030, id="id-inconnu"),
            pytest.param({"identifiantStructure": "00000000000000"}, 29030, id="siret-inconnu"),
            pytest.param({"identifiantStructure": CORVAN}, 29030, id="le-meme"),
            pytest.param({"identifiantStructure": VOLTAIGNE}, 29030, id="soi-meme"),
            pytest.param({"idFacture": 10**15}, 20000, id="inconnue"),
        ],
    )
    def test_refuse_en_200(self, cohort, revenue, champs, code):
        statut, recu = client_api(cohort).post(CORRIGER, {"idFacture": revenue, **champs})
        assert (statut, recu["codeRetour"]) == (200, code), recu

    def test_pas_a_ce_statut(self, cohort, facture):
        corps = {"idFacture": facture(), "identifiantStructure": OSTREVAL}
        assert client_api(cohort).post(CORRIGER, corps)[1]["codeRetour"] == 29071
