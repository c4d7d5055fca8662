"""completer, recycler, traiterRejet (api.md §6.10; factures.md §7)."""

import pytest

from invoices.enums import Statut
from invoices.models import ActionUtilisateur, PieceJointe
from sandbox.cohorts.enums import Regime
from tests import factories
from tests.api.appels import CORVAN, VALMORAN, VOLTAIGNE, client_api
from tests.api.ecriture.demandes import COMPLETER, RECYCLER, REJETS, fichier, lue, router, structure

DEPARTEMENT = factories.DEPARTEMENT


@pytest.fixture
def programme(cohort):
    return client_api(cohort)


@pytest.fixture
def facture(cohort):
    rang = iter(range(1, 100))

    def deposer(statut, **champs):
        mien, mairie = structure(cohort, VOLTAIGNE), structure(cohort, VALMORAN)
        numero = f"V-{next(rang)}"
        return factories.facture(mien, mairie, statut=statut, numero=numero, cle_envoi=numero, **champs).pk

    return deposer


class TestCompleter:
    @pytest.fixture
    def suspendue(self, facture):
        return facture(Statut.SUSPENDUE, commentaire="Avant")

    def test_par_une_piece(self, programme, cohort, suspendue):
        piece = {
            "pieceJointeComplementaireDesignation": "Bon",
            "pieceJointeComplementaireType": "BON_LIVRAISON",
            "pieceJointeComplementaireNumeroLigneFacture": 1,
            "pieceJointeComplementaireId": fichier(cohort),
        }
        corps = {"identifiantFactureCPP": suspendue, "pieceJointeComplementaire": [piece, piece]}
        assert programme.post(COMPLETER, corps)[1] == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "identifiantFactureCPP": suspendue,
            "numeroFacture": "V-1",
            "dateTraitement": "2026-12-07",
        }
        assert (lue(cohort, suspendue).statut, lue(cohort, suspendue).commentaire) == (Statut.COMPLETEE, "Avant")
        with cohort.monde():
            jointe = PieceJointe.objects.get(facture=suspendue)
        assert (jointe.nom, jointe.type, jointe.ligne, jointe.principale) == ("bon.pdf", "BON_LIVRAISON", 1, False)

    def test_par_un_commentaire(self, programme, cohort, suspendue):
        corps = {"identifiantFactureCPP": suspendue, "commentaire": "Livré le 2"}
        assert programme.post(COMPLETER, corps)[1]["codeRetour"] == 0
        assert lue(cohort, suspendue).commentaire == "Livré le 2"
        assert programme.post(COMPLETER, corps)[1]["codeRetour"] == 20002

    @pytest.mark.parametrize(
        ("champs", "code"),
        [
            pytest.param({}, 29013, id="rien"),
            pytest.param({"commentaire": "Avant"}, 29013, id="le-meme-commentaire"),
            pytest.param({"commentaire": "a" * 2001}, 29013, id="trop-long"),
            pytest.param({"pieceJointeComplementaire": [{"pieceJointeComplementaireId": 10**9}]}, 29045, id="piece"),
            pytest.param({"identifiantFactureCPP": 10**15, "commentaire": "x"}, 20000, id="inconnue"),
        ],
    )
    def test_refuse_en_200(self, programme, cohort, suspendue, champs, code):
        statut, recu = programme.post(COMPLETER, {"identifiantFactureCPP": suspendue, **champs})
        assert (statut, recu["codeRetour"]) == (200, code), recu
        assert lue(cohort, suspendue).statut == Statut.SUSPENDUE

    def test_une_piece_que_les_regles_refusent(self, programme, cohort, suspendue):
        piece = {"pieceJointeComplementaireId": fichier(cohort, "a.exe", b"MZ")}
        corps = {"identifiantFactureCPP": suspendue, "pieceJointeComplementaire": [piece]}
        assert programme.post(COMPLETER, corps)[1]["codeRetour"] == 29040

    def test_les_codes_officiels(self, programme, cohort, suspendue, facture):
        corps = {"identifiantFactureCPP": suspendue, "commentaire": "x"}
        assert client_api(cohort, siret=CORVAN).post(COMPLETER, corps)[1]["codeRetour"] == 20001
        corps["identifiantFactureCPP"] = facture(Statut.MISE_A_DISPOSITION)
        recu = programme.post(COMPLETER, corps)[1]
        assert recu["codeRetour"] == 20002
        assert recu["libelle"] == (
            "GDP_MSG_11.033 - Le statut de la demande de paiement n'est pas défini à « Suspendue »."
        )


class TestRecycler:
    @pytest.fixture
    def a_recycler(self, facture):
        return facture(Statut.A_RECYCLER, commentaire="Avant", numero_engagement="EJ-1")

    def vers(self, pk, **champs):
        return {
            "identifiantFactureCPP": pk,
            "destinataire": {"codeDestinataire": DEPARTEMENT, "codeServiceExecutant": "DOR-SOCIAL"},
            **champs,
        }

    @pytest.mark.parametrize("regime", [Regime.HISTORIQUE, Regime.REFORME_2026])
    def test_repart_sous_le_meme_numero(self, programme, cohort, a_recycler, regime):
        cohort.regime = regime
        cohort.save(update_fields=["regime"])
        recu = programme.post(RECYCLER, self.vers(a_recycler, reference={"numeroBonCommande": "EJ-2"}))[1]
        assert recu == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "identifiantFactureCPP": a_recycler,
            "numeroFacture": "V-1",
            "statutFacture": "DEPOSEE",
            "dateDepot": "2026-12-07",
        }
        apres = lue(cohort, a_recycler)
        assert (apres.code_service, apres.numero_engagement, apres.commentaire) == ("DOR-SOCIAL", "EJ-2", "Avant")
        router(cohort)
        assert lue(cohort, a_recycler).statut == Statut.MISE_A_DISPOSITION

    def test_ce_qui_n_est_pas_donne_reste(self, programme, cohort, a_recycler):
        corps = {"identifiantFactureCPP": a_recycler, "commentaire": "Corrigé"}
        assert programme.post(RECYCLER, corps)[1]["codeRetour"] == 0
        apres = lue(cohort, a_recycler)
        assert (apres.destinataire.identifiant, apres.numero_engagement, apres.commentaire) == (
            VALMORAN,
            "EJ-1",
            "Corrigé",
        )

    @pytest.mark.parametrize(
        ("champs", "code"),
        [
            pytest.param({"identifiantFactureCPP": 10**15}, 20000, id="inconnue"),
            pytest.param({"destinataire": {"codeDestinataire": "1" * 14}}, 29004, id="destinataire-inconnu"),
            pytest.param({"destinataire": {"codeDestinataire": DEPARTEMENT}}, 29001, id="sans-service"),
            pytest.param({"destinataire": {"codeServiceExecutant": "X"}}, 29005, id="service-inconnu"),
            pytest.param({"commentaire": "a" * 2001}, 29013, id="commentaire"),
        ],
    )
    def test_refuse_en_200(self, programme, cohort, a_recycler, champs, code):
        statut, recu = programme.post(RECYCLER, self.vers(a_recycler, **champs))
        assert (statut, recu["codeRetour"]) == (200, code), recu
        assert lue(cohort, a_recycler).statut == Statut.A_RECYCLER

    def test_pas_a_ce_statut_ni_pour_un_autre(self, programme, cohort, a_recycler, facture):
        assert programme.post(RECYCLER, self.vers(facture(Statut.SUSPENDUE)))[1]["codeRetour"] == 29071
        assert client_api(cohort, siret=CORVAN).post(RECYCLER, self.vers(a_recycler))[1]["codeRetour"] == 20001


class TestTraiterRejet:
    def liste(self, *ids):
        return {"listeDemandePaiement": [{"idDemandePaiement": pk, "motifRejet": "x"} for pk in ids]}

    def test_traite_et_note_une_fois(self, programme, cohort, facture):
        ids = [facture(Statut.REJETEE), facture(Statut.REFUSEE_1, cadre="A12_FACTURE_COTRAITANT")]
        for _ in range(2):
            assert programme.post(REJETS, self.liste(*ids)) == (200, {"codeRetour": 0, "libelle": "TRA_MSG_00.000"})
        assert all(lue(cohort, pk).rejet_traite for pk in ids)
        with cohort.monde():
            codes = list(ActionUtilisateur.objects.filter(facture__in=ids).values_list("code", flat=True))
        assert codes == ["TRAITEMENT_REJET"] * 2

    def test_toutes_ou_aucune(self, programme, cohort, facture):
        rejetee, suspendue = facture(Statut.REJETEE), facture(Statut.SUSPENDUE)
        assert programme.post(REJETS, self.liste(rejetee, suspendue))[1]["codeRetour"] == 29071
        assert programme.post(REJETS, self.liste(rejetee, 10**15))[1]["codeRetour"] == 20000
        assert not lue(cohort, rejetee).rejet_traite

    def test_refus(self, programme, cohort, facture):
        assert programme.post(REJETS, {})[1]["codeRetour"] == 29013
        corps = self.liste(facture(Statut.REJETEE))
        assert client_api(cohort, siret=CORVAN).post(REJETS, corps)[1]["codeRetour"] == 20001
        assert programme.post(REJETS, self.liste(*range(501)))[0] == 400
