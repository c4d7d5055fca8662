"""« Traiter »: statuses offered, inputs, batches, double clicks, délégation (factures.md §3.3 T20–T30, §4)."""

from datetime import UTC, datetime

import pytest

from accounts.profils import Profil
from invoices import queries_recues as recues
from invoices.enums import MOTIFS, Action, Motif, Statut, TypeFacture
from invoices.lifecycle import Canal
from invoices.models import Facture, HistoriqueStatut
from invoices.services import traitement
from invoices.services.traitement import Demande, Traitement
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee
from sandbox.cohorts.enums import Regime
from sandbox.mail.models import Message
from structures.enums import Role
from structures.models import Structure
from structures.queries import droits
from tests import factories

pytestmark = pytest.mark.django_db
AGENT = Auteur(nom="Aline Valmoran")
S = Statut
HUIT_ET_SERVICE_FAIT = {
    *(S.MISE_A_DISPOSITION, S.SUSPENDUE, S.REJETEE, S.MANDATEE, S.MISE_EN_PAIEMENT, S.COMPTABILISEE),
    *(S.MISE_A_DISPOSITION_COMPTABLE, S.A_RECYCLER, S.SERVICE_FAIT),
}
"""factures.md §4.1, by hand."""


@pytest.fixture
def recue(structure, destinataire, monde, compte):
    def _recue(statut=S.MISE_A_DISPOSITION, numero="F-1", **champs):
        facture = factories.facture(structure, destinataire, statut=statut, numero=numero, compte=compte, **champs)
        facture.cohort = monde
        return facture

    return _recue


def lignes(facture):
    return list(HistoriqueStatut.objects.filter(facture=facture).order_by("pk"))


def derniere(facture):
    return lignes(facture)[-1].pk


class TestOffre:
    @pytest.mark.parametrize("statut", [S.MISE_A_DISPOSITION, S.COMPLETEE, S.SUSPENDUE, S.MANDATEE])
    def test_les_huit_et_le_service_fait(self, recue, statut):
        assert {p.statut for p in traitement.possibles(recue(statut))} == HUIT_ET_SERVICE_FAIT

    def test_sans_recyclage_apres_la_reforme(self, recue, monde):
        monde.regime = Regime.REFORME_2026
        assert {p.statut for p in traitement.possibles(recue())} == HUIT_ET_SERVICE_FAIT - {S.A_RECYCLER}

    @pytest.mark.parametrize("statut", [S.REJETEE, S.MISE_EN_PAIEMENT])
    def test_rien_d_un_statut_definitif(self, recue, statut):
        assert traitement.possibles(recue(statut)) == []

    def test_par_api_tout_peut_etre_pris_en_compte(self, recue):
        offerts = {p.statut for p in traitement.possibles(recue(), canal=Canal.API)}
        assert offerts == HUIT_ET_SERVICE_FAIT | {S.PRISE_EN_COMPTE_DESTINATAIRE, S.COMPLETEE}

    def test_l_habituel_et_l_actuel(self, recue):
        offre = {p.statut: p for p in traitement.possibles(recue(S.SERVICE_FAIT))}
        assert offre[S.MANDATEE].habituel
        assert not offre[S.MISE_EN_PAIEMENT].habituel
        assert [s for s, p in offre.items() if p.actuel] == [S.SERVICE_FAIT]

    def test_communs_a_une_facture_et_un_avoir(self, recue):
        facture, avoir = recue(), recue(numero="AV-1", type_facture=TypeFacture.AVOIR)
        offre, partiels = traitement.communs([facture, avoir])
        assert {p.statut for p in offre} == HUIT_ET_SERVICE_FAIT
        assert partiels == [S.PRISE_EN_COMPTE_DESTINATAIRE]
        assert traitement.communs([avoir])[1] == []

    def test_communs_n_est_habituel_que_pour_toutes(self, recue):
        offre, _ = traitement.communs([recue(S.SERVICE_FAIT), recue(S.MISE_A_DISPOSITION, "F-2")])
        par_statut = {p.statut: p for p in offre}
        assert not par_statut[S.MANDATEE].habituel
        assert not par_statut[S.SERVICE_FAIT].actuel
        habituels = [p.habituel for p in offre]
        assert habituels == sorted(habituels, reverse=True)

    def test_rien_de_commun_sans_facture(self):
        assert traitement.communs([]) == ([], [])

    def test_etapes_sautees(self, recue):
        """A20, and D-03: usual from one status only."""
        faite, neuve = recue(S.SERVICE_FAIT), recue(numero="F-2")
        assert traitement.sautees([faite, neuve], S.MANDATEE) == [neuve]
        assert traitement.sautees([faite, neuve], S.MISE_EN_PAIEMENT) == [faite, neuve]
        assert traitement.sautees([neuve], S.MISE_A_DISPOSITION) == []


class TestEmpechement:
    def test_traitable(self, recue):
        assert traitement.empechement(recue(S.SUSPENDUE)) == ""

    def test_definitive(self, recue):
        assert traitement.empechement(recue(S.REJETEE)) == "« Rejetée » est un statut définitif"

    def test_soldee(self, recue):
        avoir = recue(S.PRISE_EN_COMPTE_DESTINATAIRE, type_facture=TypeFacture.AVOIR, solde=True)
        assert "clos par le portail" in traitement.empechement(avoir)

    def test_partie_ailleurs(self, recue):
        facture = recue(S.DEPOSEE)
        facture.quittee_le = datetime(2026, 12, 9, 9, tzinfo=UTC)
        assert "recyclée vers un autre destinataire le 09/12/2026" in traitement.empechement(facture)

    def test_pas_encore_la(self, recue):
        assert "pas encore chez vous" in traitement.empechement(recue(S.EN_COURS_ACHEMINEMENT))


class TestErreurs:
    """The check that writes nothing says what the writing refuses, and more than its first refusal."""

    @pytest.mark.parametrize(
        ("saisie", "attendu"),
        [
            (Traitement(statut="INCONNU"), [("SBX_014", "statut")]),
            (Traitement(statut=S.DEPOSEE), [("SBX_014", "statut")]),
            (Traitement(statut=S.PRISE_EN_COMPTE_DESTINATAIRE), [("SBX_071", "statut")]),
            (Traitement(statut=S.SERVICE_FAIT), []),
            (Traitement(statut=S.SUSPENDUE), [("SBX_072", "motif"), ("SBX_013", "commentaire")]),
            (Traitement(statut=S.SUSPENDUE, motif=Motif.MONTANT_ERR, commentaire="x"), [("SBX_014", "motif")]),
            (Traitement(statut=S.SUSPENDUE, motif=Motif.JUSTIF_ABS), [("SBX_013", "commentaire")]),
            (Traitement(statut=S.REJETEE, motif=Motif.MONTANT_ERR), []),
            (Traitement(statut=S.REJETEE, motif=Motif.AUTRE), [("SBX_013", "commentaire")]),
            (Traitement(statut=S.MANDATEE, commentaire="x" * 256), [("SBX_013", "commentaire")]),
        ],
    )
    def test_chaque_refus_a_son_champ(self, recue, saisie, attendu):
        facture = recue()
        assert [(e.code, e.champ) for e in traitement.erreurs(facture, saisie)] == attendu
        assert len(lignes(facture)) == 3
        if attendu:
            with pytest.raises(TransitionRefusee):
                traitement.traiter(facture, saisie, auteur=AGENT)

    def test_le_recyclage_n_existe_plus(self, recue, monde):
        monde.regime = Regime.REFORME_2026
        (refus,) = traitement.erreurs(recue(), Traitement(statut=S.A_RECYCLER))
        assert (refus.code, refus.champ) == ("SBX_070", "statut")


class TestTraiter:
    @pytest.mark.parametrize("statut", sorted(HUIT_ET_SERVICE_FAIT - {S.MISE_A_DISPOSITION}))
    def test_chaque_statut(self, recue, statut):
        facture = recue()
        action = traitement.action_vers(statut)
        motif = MOTIFS[action][0] if action in MOTIFS else ""
        ligne = traitement.traiter(
            facture,
            Traitement(statut=statut, motif=motif, commentaire="Bon de livraison."),
            auteur=AGENT,
            vu=S(facture.statut),
        )
        facture.refresh_from_db()
        assert facture.statut == ligne.statut == statut
        assert ligne.auteur == "Aline Valmoran"
        assert Message.objects.count() == 1

    def test_le_numero_de_mandat_n_est_que_de_la_mandatee(self, recue):
        facture = recue()
        traitement.traiter(facture, Traitement(statut=S.SERVICE_FAIT, numero_mandat="M-1"), auteur=AGENT)
        assert facture.numero_mandat == ""
        traitement.traiter(facture, Traitement(statut=S.MANDATEE, numero_mandat="M-1"), auteur=AGENT)
        facture.refresh_from_db()
        assert facture.numero_mandat == "M-1"

    def test_le_meme_statut_n_ecrit_qu_une_ligne(self, recue):
        facture = recue(S.SERVICE_FAIT)
        avant, depuis = len(lignes(facture)), facture.statut_depuis
        traitement.traiter(facture, Traitement(statut=S.SERVICE_FAIT, commentaire="Relu"), auteur=AGENT)
        facture.refresh_from_db()
        assert (facture.statut, facture.statut_depuis) == (S.SERVICE_FAIT, depuis)
        assert len(lignes(facture)) == avant + 1
        assert not Message.objects.exists()

    def test_le_robot_comptable_signe_comptable(self, recue):
        robot = Auteur(nom="VALMORAN – comptable", robot=True)
        assert traitement.traiter(recue(), Traitement(statut=S.COMPTABILISEE), auteur=robot).acteur == "COMPTABLE"
        seconde = recue(numero="F-2")
        assert traitement.traiter(seconde, Traitement(statut=S.COMPTABILISEE), auteur=AGENT).acteur == "DESTINATAIRE"

    def test_rejeter_solde_les_avoirs(self, recue):
        """T35 at T22: the avoir that waits is closed, another one is not."""
        facture = recue(numero="F-9")
        avoir = recue(numero="AV-9", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-9")
        autre = recue(numero="AV-8", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-8")
        traitement.traiter(facture, Traitement(statut=S.REJETEE, motif=Motif.MONTANT_ERR), auteur=AGENT)
        avoir.refresh_from_db()
        autre.refresh_from_db()
        assert (avoir.statut, avoir.solde) == (S.PRISE_EN_COMPTE_DESTINATAIRE, True)
        assert (autre.statut, autre.solde) == (S.MISE_A_DISPOSITION, False)


class TestDeuxALaFois:
    def test_le_second_apprend_qui_a_fait_quoi(self, recue):
        facture = recue()
        vue, seconde = derniere(facture), Facture.objects.get(pk=facture.pk)
        seconde.cohort = facture.cohort
        traitement.traiter(facture, Traitement(statut=S.SERVICE_FAIT), auteur=AGENT)
        with pytest.raises(Depassee, match="Aline Valmoran l'a passée au statut « Service fait » le 07/12/2026"):
            traitement.traiter(
                seconde,
                Traitement(statut=S.MANDATEE),
                auteur=Auteur(nom="Bruno"),
                vu=S.MISE_A_DISPOSITION,
                ligne_vue=vue,
            )

    @pytest.mark.parametrize("statut", [S.SERVICE_FAIT, S.MISE_A_DISPOSITION])
    def test_un_double_clic_n_ecrit_qu_une_ligne(self, recue, compte, statut):
        facture = recue()
        moi, vue = traitement.auteur(compte), derniere(facture)
        demande = Traitement(statut=statut, commentaire="Vu")
        une = traitement.traiter(facture, demande, auteur=moi, vu=S.MISE_A_DISPOSITION, ligne_vue=vue)
        deux = traitement.traiter(facture, demande, auteur=moi, vu=S.MISE_A_DISPOSITION, ligne_vue=vue)
        assert une == deux
        assert traitement.deja_faite(facture, demande, auteur=moi, ligne_vue=vue)
        assert len(lignes(facture)) == 4

    def test_une_autre_demande_n_est_pas_un_double_clic(self, recue, compte):
        facture = recue()
        moi, vue = traitement.auteur(compte), derniere(facture)
        traitement.traiter(facture, Traitement(statut=S.MISE_A_DISPOSITION), auteur=moi, ligne_vue=vue)
        autre = Traitement(statut=S.MISE_A_DISPOSITION, commentaire="Autre texte")
        assert not traitement.deja_faite(facture, autre, auteur=moi, ligne_vue=vue)
        assert not traitement.deja_faite(facture, autre, auteur=moi, ligne_vue=derniere(facture))
        with pytest.raises(Depassee):
            traitement.traiter(facture, autre, auteur=moi, vu=S.MISE_A_DISPOSITION, ligne_vue=vue)

    def test_un_aller_et_retour_se_voit(self, recue):
        """The same status as on the page, reached again meanwhile: somebody acted."""
        facture = recue()
        vue = derniere(facture)
        for statut in (S.SERVICE_FAIT, S.MISE_A_DISPOSITION):
            traitement.traiter(facture, Traitement(statut=statut), auteur=AGENT)
        with pytest.raises(Depassee):
            traitement.traiter(
                facture, Traitement(statut=S.MANDATEE), auteur=AGENT, vu=S.MISE_A_DISPOSITION, ligne_vue=vue
            )


class TestLot:
    def test_un_refus_n_annule_pas_les_autres(self, recue):
        une, deux, trois = recue(), recue(numero="F-2"), recue(S.REJETEE, "F-3")
        ailleurs = Facture.objects.get(pk=deux.pk)
        ailleurs.cohort = deux.cohort
        traitement.traiter(ailleurs, Traitement(statut=S.MANDATEE), auteur=AGENT)
        bilan = traitement.traiter_lot(
            [Demande(f, AGENT, S.MISE_A_DISPOSITION) for f in (une, deux)] + [Demande(trois, AGENT)],
            Traitement(statut=S.SERVICE_FAIT),
        )
        assert bilan.traitees == [une]
        assert [f.numero for f, _ in bilan.refusees] == ["F-2", "F-3"]
        assert "« Mandatée »" in bilan.refusees[0][1]
        assert set(Facture.objects.values_list("numero", "statut")) == {
            ("F-1", "SERVICE_FAIT"),
            ("F-2", "MANDATEE"),
            ("F-3", "REJETEE"),
        }

    def test_cinquante_au_plus(self, recue):
        facture = recue()
        with pytest.raises(TransitionRefusee, match="51 factures cochées"):
            traitement.traiter_lot([Demande(facture, AGENT)] * 51, Traitement(statut=S.SERVICE_FAIT))
        assert len(lignes(facture)) == 3


class TestDelegation:
    """comptes-structures.md §5.6."""

    @pytest.fixture
    def delegue(self, cohort, destinataire):
        """An account of the department, which holds « Factures reçues » on a service of the commune."""
        agent = factories.compte(cohort, 2, prenom="Delphine", nom="Dupre")
        factories.rattachement(agent, factories.publique(cohort, factories.DEPARTEMENT), role=Role.UTILISATEUR)
        lien = factories.rattachement(agent, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        service = factories.service(destinataire)
        with cohort.monde():
            lien.habilitations.update(service=service)
            Structure.objects.filter(pk=destinataire.pk).update(valideur_delegue=True)
        return agent

    def test_au_nom_de_son_organisme(self, delegue, destinataire, cohort):
        departement = factories.publique(cohort, factories.DEPARTEMENT)
        with cohort.monde():
            assert recues.delegations(droits(delegue), [destinataire.pk, departement.pk]) == {
                destinataire.pk: departement.raison_sociale
            }

    def test_pas_sans_la_case_de_la_structure(self, delegue, destinataire, cohort):
        with cohort.monde():
            Structure.objects.filter(pk=destinataire.pk).update(valideur_delegue=False)
            assert recues.delegations(droits(delegue), [destinataire.pk]) == {}

    def test_pas_avec_un_droit_sur_toute_la_structure(self, delegue, destinataire, cohort):
        from structures.models import Habilitation

        with cohort.monde():
            Habilitation.objects.update(service=None)
            assert recues.delegations(droits(delegue), [destinataire.pk]) == {}

    def test_pas_pour_l_agent_de_l_organisme_seul(self, cohort, destinataire):
        agent = factories.compte(cohort, 3)
        lien = factories.rattachement(agent, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        service = factories.service(destinataire)
        with cohort.monde():
            lien.habilitations.update(service=service)
            Structure.objects.filter(pk=destinataire.pk).update(valideur_delegue=True)
            assert recues.delegations(droits(agent), [destinataire.pk]) == {}

    def test_l_historique_le_dit(self, recue, compte):
        par = traitement.auteur(compte, "DEPARTEMENT DE L'ESSAI")
        ligne = traitement.traiter(recue(), Traitement(statut=S.SERVICE_FAIT), auteur=par)
        assert ligne.auteur == f"{compte} (DEPARTEMENT DE L'ESSAI), par délégation"
        assert ligne.compte == compte
        assert traitement.auteur(compte).nom == str(compte)

    def test_un_nom_trop_long_garde_la_mention(self, compte):
        nom = traitement.auteur(compte, "X" * 300).nom
        assert len(nom) == 150
        assert nom.endswith("X), par délégation")


def test_l_action_d_un_statut():
    assert traitement.action_vers("REJETEE") == Action.REJETER
    for inconnu in ("", "DEPOSEE", "BIDON"):
        with pytest.raises(TransitionRefusee):
            traitement.action_vers(inconnu)
