"""Every cell of the lifecycle: status × action × actor × regime × cadre (factures.md §3.3)."""

from itertools import pairwise, product

import pytest
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Compte
from invoices import lifecycle
from invoices.enums import AVANT_ENVOI, ICONES, OUVERTS, Acteur, Action, Cadre, Famille, Statut, TypeFacture
from invoices.lifecycle import CYCLE, ETAPES
from invoices.models import Facture, HistoriqueStatut
from invoices.services import notifications, suites
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee, apply
from sandbox.cohorts.enums import Regime
from sandbox.lifecycle.table import Cycle, Transition
from tests import factories

SITUATIONS = [
    lifecycle.Situation(
        statut=statut,
        regime=regime,
        cadre=cadre,
        type_facture=type_facture,
        valideur_2=valideur_2,
        solde=solde,
        recyclee=recyclee,
        canal=canal,
    )
    for statut, regime, cadre, type_facture, valideur_2, solde, recyclee, canal in product(
        Statut, Regime, Cadre, TypeFacture, (False, True), (False, True), (False, True), lifecycle.Canal
    )
]


def condition(numero, s):
    """The words of factures.md §3.3, copied by hand: what a row asks of the invoice beside its status."""
    a_un_valideur = s.cadre in (Cadre.A9, Cadre.A12)
    transmis = s.cadre == Cadre.A9 and s.regime == Regime.REFORME_2026
    par_api = s.canal == lifecycle.Canal.API
    return {
        "T04": a_un_valideur and not s.recyclee,  # « idem A9/A12 »; T29: « no new validation »
        "T06": not a_un_valideur or s.recyclee,  # « A1/A2, or by T29 »
        "T14": not s.valideur_2,  # « no valideur 2 »
        "T15": s.valideur_2,  # « valideur 2 named »
        "T30b": s.type_facture == TypeFacture.AVOIR or par_api,  # « on an avoir […]; by API both »
        "T30c": par_api,  # « by API both, and Complétée »
        "T32": s.statut == Statut.REJETEE or not transmis,  # « REFUSEE_1/2 when final »
        "T35": s.type_facture == TypeFacture.AVOIR,
    }.get(numero, True)


def permises(s, acteur):
    """Read again from the rows, by another road than the index: action → rows."""
    trouvees = {}
    for row in CYCLE.rows:
        if (
            s.statut in row.sources
            and acteur in row.acteurs
            and (not row.regimes or s.regime in row.regimes)
            and (not row.cadres or s.cadre in row.cadres)
            and condition(row.numero, s)
            and not (s.solde and row.target)  # « not changeable »
        ):
            trouvees.setdefault(row.action, []).append(row)
    return trouvees


def test_chaque_cellule_offre_ce_que_dit_la_table():
    assert len(SITUATIONS) == 26 * 2 * 4 * 2 * 2 * 2 * 2 * 2
    for situation, acteur in product(SITUATIONS, Acteur):
        attendues = permises(situation, acteur)
        offertes = lifecycle.available(situation, acteur)
        assert {row.action for row in offertes} == set(attendues), (situation, acteur)


def test_une_action_que_la_table_n_offre_pas_n_est_pas_trouvee():
    for situation in SITUATIONS[::64]:
        for acteur, action in product(Acteur, Action):
            row = lifecycle.find(situation, action, acteur)
            assert (row is None) == (action not in permises(situation, acteur)), (situation, action, acteur)


def test_une_action_ne_mene_qu_a_un_endroit():
    """Two rows for one cell would make the order of the table decide."""
    doubles = {
        (situation.statut, action, acteur, tuple(row.numero for row in rows))
        for situation, acteur in product(SITUATIONS, Acteur)
        for action, rows in permises(situation, acteur).items()
        if len(rows) > 1
    }
    assert doubles == set()


@pytest.fixture
def facture(cohort):
    entreprise = factories.structure(cohort)
    compte = factories.compte(cohort)
    return factories.facture(entreprise, factories.publique(cohort), compte=compte)


def test_chaque_cellule_se_joue_ou_se_refuse(facture, cohort, monkeypatch):
    """Through the one function that writes a status: 26 × 29 × 6 × 2 cells, those without target refused too."""
    monkeypatch.setattr(suites, "promettre", lambda *a: None)
    monkeypatch.setattr(notifications, "notifier", lambda *a: None)
    monkeypatch.setattr(HistoriqueStatut, "save", lambda self, **_options: None)
    ecrits = []
    monkeypatch.setattr(QuerySet, "update", lambda self, **valeurs: ecrits.append(valeurs) or 1)
    joues = refuses = 0
    with cohort.monde():
        for statut, action, acteur, regime in product(Statut, Action, Acteur, Regime):
            facture.statut, facture.cohort.regime = statut, regime
            rows = permises(facture.situation(), acteur).get(action, [])
            ecrits.clear()
            if rows and rows[0].target is not None:
                ligne = apply(facture, action, acteur=acteur, motif="AUTRE", commentaire="parce que")
                assert (ligne.statut, ligne.statut_avant, ligne.transition) == (rows[0].target, statut, rows[0].numero)
                (valeurs,) = ecrits
                assert valeurs["statut"] == facture.statut == rows[0].target
                assert ("statut_depuis" in valeurs) == (statut != rows[0].target), (
                    "le même statut n'en change pas la date"
                )
                joues += 1
            else:
                with pytest.raises(TransitionRefusee) as refus:
                    apply(facture, action, acteur=acteur, motif="AUTRE")
                recyclage = action == Action.DEMANDER_RECYCLAGE and regime == Regime.REFORME_2026
                assert refus.value.code == ("SBX_070" if recyclage else "SBX_071")
                if not recyclage:
                    assert Statut(statut).label in str(refus.value)
                    assert action.label in str(refus.value)
                assert ecrits == []
                refuses += 1
    assert joues + refuses == 26 * 29 * 6 * 2
    assert joues > 200


def situation(statut, **champs):
    return lifecycle.Situation(statut=statut, **({"regime": Regime.HISTORIQUE, "cadre": Cadre.A1} | champs))


def test_les_suites_habituelles_viennent_en_premier():
    actions = [r.action for r in lifecycle.available(situation(Statut.SERVICE_FAIT), Acteur.DESTINATAIRE)]
    assert actions[0] == Action.MANDATER
    depuis = lifecycle.available(situation(Statut.MISE_A_DISPOSITION), Acteur.DESTINATAIRE)
    habituelles = [r for r in depuis if Statut.MISE_A_DISPOSITION in r.usual]
    assert [r.action for r in habituelles] == [
        Action.SUSPENDRE,
        Action.DEMANDER_RECYCLAGE,
        Action.REJETER,
        Action.CONSTATER_SERVICE_FAIT,
    ]
    rang = {r.action: n for n, r in enumerate(depuis)}
    assert rang[Action.CONSTATER_SERVICE_FAIT] < rang[Action.MANDATER]


def test_a_recycler_n_existe_qu_en_regime_historique():
    for statut in OUVERTS:
        reforme = situation(statut, regime=Regime.REFORME_2026)
        assert lifecycle.find(situation(statut), Action.DEMANDER_RECYCLAGE, Acteur.DESTINATAIRE) is not None
        assert lifecycle.find(reforme, Action.DEMANDER_RECYCLAGE, Acteur.DESTINATAIRE) is None


def test_une_a9_refusee_ne_repart_qu_avec_la_reforme():
    """A15, A16 of factures.md §10.2."""

    def repart(cadre, regime):
        ici = situation(Statut.REFUSEE_1, cadre=cadre, regime=regime)
        assert lifecycle.est_definitive(ici) == (lifecycle.find(ici, Action.ACHEMINER, Acteur.PLATEFORME) is None)
        return lifecycle.find(ici, Action.ACHEMINER, Acteur.PLATEFORME)

    assert repart(Cadre.A9, Regime.REFORME_2026) is not None
    assert repart(Cadre.A9, Regime.HISTORIQUE) is None
    assert repart(Cadre.A12, Regime.REFORME_2026) is None


def test_le_destinataire_peut_payer_d_un_coup():
    """A20: allowed, with no order imposed, and a warning."""
    disponible = situation(Statut.MISE_A_DISPOSITION)
    row = lifecycle.find(disponible, Action.METTRE_EN_PAIEMENT, Acteur.DESTINATAIRE)
    assert row is not None
    assert lifecycle.saute_des_etapes(row, Statut.MISE_A_DISPOSITION)
    assert not lifecycle.saute_des_etapes(row, Statut.COMPTABILISEE)
    assert not lifecycle.saute_des_etapes(row, Statut.MISE_EN_PAIEMENT), "le même statut n'en saute aucune"


def test_chaque_statut_a_une_famille_et_une_icone():
    assert set(ICONES) == set(Famille)
    for statut in Statut:
        assert statut.famille in Famille
        assert statut.icone == ICONES[statut.famille]
    assert {s.famille for s in Statut} == set(Famille)


def test_chaque_action_de_la_table_a_un_libelle():
    assert set(CYCLE.actions()) <= set(Action)
    assert set(Action) - set(CYCLE.actions()) == {Action.LIRE_PDF}, "T02 : le statut de départ n'existe pas"
    assert all(action.label for action in Action)


def test_par_cible_nomme_l_action_du_destinataire():
    assert lifecycle.par_cible(Statut.SERVICE_FAIT) == Action.CONSTATER_SERVICE_FAIT
    assert lifecycle.par_cible(Statut.MISE_EN_PAIEMENT) == Action.METTRE_EN_PAIEMENT
    with pytest.raises(StopIteration):
        lifecycle.par_cible(Statut.DEPOSEE)


def test_le_chemin_dessine_est_jouable_pas_a_pas():
    acteurs = {Acteur.PLATEFORME, Acteur.DESTINATAIRE, Acteur.COMPTABLE}
    for avant, apres in pairwise(ETAPES):
        assert any(
            row.target == apres for acteur in acteurs for row in lifecycle.available(situation(avant), acteur)
        ), (avant, apres)


def test_ouverts_et_avant_envoi_ne_se_recouvrent_pas():
    assert not OUVERTS & AVANT_ENVOI
    assert all(s.famille == Famille.BROUILLON for s in AVANT_ENVOI)


def test_une_table_sans_ligne_n_offre_rien():
    assert Cycle(()).available("X", "Y", regime="r") == []
    row = Transition(numero="1", action="a", sources=frozenset({"X"}), target=None, acteurs=frozenset({"Y"}))
    assert Cycle((row,)).find("X", "a", "Y", regime="r") is row
    assert Cycle((row,)).find("X", "b", "Y", regime="r") is None


# --- the one function that writes a status


def jouer(facture, action, acteur=Acteur.DESTINATAIRE, **champs):
    with facture.cohort.monde(), transaction.atomic():
        return apply(facture, action, acteur=acteur, **champs)


def test_une_transition_laisse_une_ligne_d_historique(facture, cohort):
    compte = facture.cree_par
    facture.statut = Statut.MISE_A_DISPOSITION
    with cohort.monde():
        Facture.objects.update(statut=facture.statut)
    ligne = jouer(
        facture,
        Action.SUSPENDRE,
        auteur=Auteur(nom="Mairie", compte=compte),
        motif="JUSTIF_ABS",
        commentaire="c" * 300,
        champs={"recyclages": 4},
    )
    with cohort.monde():
        ligne.refresh_from_db()
        facture.refresh_from_db()
    assert (facture.statut, facture.recyclages) == ("SUSPENDUE", 4)
    assert facture.statut_depuis == ligne.survenu_le == cohort.sim_reference
    assert (ligne.transition, ligne.action, ligne.statut_avant, ligne.statut) == (
        "T20",
        "suspendre",
        "MISE_A_DISPOSITION",
        "SUSPENDUE",
    )
    assert (ligne.acteur, ligne.auteur, ligne.compte, ligne.robot, ligne.place) == (
        "DESTINATAIRE",
        "Mairie",
        compte,
        False,
        1,
    )
    assert (ligne.motif, len(ligne.commentaire)) == ("JUSTIF_ABS", 255)
    assert str(ligne) == "Suspendue (07/12/2026)"


@pytest.mark.parametrize("action", [Action.SUSPENDRE, Action.REJETER, Action.DEMANDER_RECYCLAGE])
def test_sans_motif_rien_n_est_ecrit(facture, cohort, action):
    """A11: SBX_072."""
    with cohort.monde():
        Facture.objects.update(statut=Statut.MISE_A_DISPOSITION)
    facture.statut = Statut.MISE_A_DISPOSITION
    with pytest.raises(TransitionRefusee, match="Le motif est obligatoire") as refus:
        jouer(facture, action)
    assert refus.value.code == "SBX_072"
    with cohort.monde():
        assert Facture.objects.get().statut == Statut.MISE_A_DISPOSITION
        assert HistoriqueStatut.objects.count() == 1


def test_le_second_clic_perd(facture, cohort):
    with cohort.monde():
        Facture.objects.update(statut=Statut.MISE_A_DISPOSITION)
        une, autre = Facture.objects.get(), Facture.objects.get()
    une.cohort = autre.cohort = cohort
    jouer(une, Action.CONSTATER_SERVICE_FAIT)
    with pytest.raises(TransitionRefusee, match="a changé entre-temps : Chorus Pro") as refus:
        jouer(autre, Action.CONSTATER_SERVICE_FAIT)
    assert refus.value.code == "SBX_071"
    with cohort.monde():
        assert HistoriqueStatut.objects.filter(statut=Statut.SERVICE_FAIT).count() == 1


def test_une_page_perimee_ne_fait_rien_et_dit_qui_a_agi(facture, cohort):
    """``vu``: the status that the page showed."""
    with cohort.monde():
        with pytest.raises(Depassee, match="« Déposée » le 07/12/2026"), transaction.atomic():
            apply(facture, Action.ACHEMINER, acteur=Acteur.PLATEFORME, vu=Statut.BROUILLON)
        HistoriqueStatut.objects.all().delete()
        with pytest.raises(Depassee, match="a changé de statut entre-temps"), transaction.atomic():
            apply(facture, Action.ACHEMINER, acteur=Acteur.PLATEFORME, vu=Statut.BROUILLON)
        assert Facture.objects.get().statut == Statut.DEPOSEE


def test_la_plateforme_signe_les_lignes_automatiques(facture):
    ligne = jouer(facture, Action.ACHEMINER, Acteur.PLATEFORME)
    assert (ligne.auteur, ligne.compte, ligne.robot) == ("Chorus Pro (simulé)", None, False)


def test_reposer_le_meme_statut_ecrit_une_ligne_et_rien_d_autre(facture, cohort):
    with cohort.monde():
        Facture.objects.update(statut=Statut.SERVICE_FAIT)
    facture.statut = Statut.SERVICE_FAIT
    jouer(facture, Action.CONSTATER_SERVICE_FAIT)
    with cohort.monde():
        assert Facture.objects.get().statut == Statut.SERVICE_FAIT
        assert HistoriqueStatut.objects.filter(statut_avant="SERVICE_FAIT", statut="SERVICE_FAIT").count() == 1


def test_un_changement_est_annonce_apres_coup(facture, django_capture_on_commit_callbacks):
    from sandbox.events import registry

    dits = []
    registry.subscribe("facture.statut", lambda **faits: dits.append(faits))
    try:
        with django_capture_on_commit_callbacks(execute=True):
            jouer(facture, Action.ACHEMINER, Acteur.PLATEFORME)
            assert dits == []
    finally:
        registry._abonnes["facture.statut"].pop()
    assert dits == [{"cohort_id": facture.cohort_id, "facture_id": facture.pk, "statut": "EN_COURS_ACHEMINEMENT"}]


def test_l_historique_garde_le_nom_d_un_compte_disparu(facture, cohort):
    with cohort.monde():
        HistoriqueStatut.objects.update(compte=facture.cree_par, auteur="Nadia Poste01")
        Facture.objects.update(cree_par=None)
        Compte.objects.filter(pk=facture.cree_par_id).delete()
        ligne = HistoriqueStatut.objects.get()
    assert (ligne.compte, ligne.auteur) == (None, "Nadia Poste01")
