"""Answers of the validators and their correction (factures.md §5, T09–T19, A15, A16, D-02, D-09, D-37)."""

import pytest

from invoices import lifecycle, queries, queries_espaces
from invoices.enums import Acteur, Action, Cadre, DecisionValidation, Espace, Motif, Qualite, Statut
from invoices.models import EvenementComplementaire, Facture, HistoriqueStatut
from invoices.services import consequences, retours, validation
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee, apply
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from structures import queries as structures
from structures.enums import EtatStructure, Role
from structures.models import Structure
from tests import factories
from tests.invoices.core.circuits import TRANSMISE, Circuit, monter

S, A = Statut, Action
ROUTE = [S.DEPOSEE, S.A_VALIDER_1]


@pytest.fixture
def circuit(cohort):
    return monter(cohort)


@pytest.fixture
def reforme(circuit):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=Regime.REFORME_2026)
    circuit.cohort.refresh_from_db()
    return circuit


def refus(circuit: Circuit, appel, *args, **champs):
    """The refusal, and nothing written."""
    with circuit.cohort.monde():
        avant = HistoriqueStatut.objects.count()
    with pytest.raises(TransitionRefusee) as leve:
        appel(*args, **champs)
    with circuit.cohort.monde():
        assert HistoriqueStatut.objects.count() == avant
    return leve.value


# --- agreement


def test_le_titulaire_valide_et_le_destinataire_recoit(circuit):
    """factures.md §5.5: day 4, « conforme »."""
    facture = circuit.deposer()
    circuit.jours(4)
    circuit.repondre(facture, A.VALIDER, complement="Conforme.")
    assert circuit.statuts(facture) == [*ROUTE, S.VALIDEE_1, *TRANSMISE]
    (demande,) = circuit.demandes(facture)
    assert (demande.decision, demande.qualite, demande.complement, demande.compte_id) == (
        DecisionValidation.VALIDEE,
        Qualite.TITULAIRE,
        "Conforme.",
        circuit.comptes[2].pk,
    )


def test_les_qualites_offertes(circuit):
    facture = circuit.deposer()
    assert validation.qualites(facture) == [Qualite.TITULAIRE, Qualite.COTRAITANT, Qualite.MANDATAIRE]
    facture.statut = S.A_VALIDER_2
    assert validation.qualites(facture) == [Qualite.MANDATAIRE]
    facture.statut, facture.cadre = S.A_VALIDER_1, Cadre.A12
    assert validation.qualites(facture) == [Qualite.MANDATAIRE]


@pytest.mark.parametrize(
    ("cadre", "qualite", "strict"),
    [
        (Cadre.A9, "", True),
        (Cadre.A9, "CURIEUX", True),
        (Cadre.A9, "CURIEUX", False),
        (Cadre.A12, Qualite.COTRAITANT, True),
        (Cadre.A12, Qualite.TITULAIRE, False),
    ],
)
def test_une_qualite_qui_n_est_pas_offerte(circuit, cadre, qualite, strict):
    facture = circuit.deposer(cadre=cadre)
    leve = refus(circuit, circuit.repondre, facture, A.VALIDER, qualite=qualite, strict=strict)
    assert (leve.code, leve.champ) == ("SBX_013", "qualite")


def test_par_api_la_qualite_est_facultative(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, A.VALIDER, qualite="", strict=False)
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_un_accord_a9_s_explique_sous_la_reforme(reforme):
    facture = reforme.deposer()
    leve = refus(reforme, reforme.repondre, facture, A.VALIDER)
    assert leve.champ == "commentaire"
    reforme.repondre(facture, A.VALIDER, complement="Conforme.")
    assert reforme.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_un_accord_a12_ne_s_explique_jamais(reforme):
    facture = reforme.deposer(cadre=Cadre.A12)
    reforme.repondre(facture, A.VALIDER, qualite=Qualite.MANDATAIRE)
    assert reforme.lue(facture.pk).statut == S.MISE_A_DISPOSITION


# --- refusal, by regime and cadre (A15, A16)


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("cadre", [Cadre.A9, Cadre.A12])
def test_un_refus_s_arrete_ou_part_avec_son_commentaire(circuit, regime, cadre):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    circuit.cohort.refresh_from_db()
    agent = factories.compte(circuit.cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(agent, circuit.destinataire, role=Role.UTILISATEUR)
    facture = circuit.deposer(cadre=cadre)
    circuit.repondre(facture, A.REFUSER, complement="TVA facturée à tort : autoliquidation.")
    lue = circuit.lue(facture.pk)
    transmise = cadre == Cadre.A9 and regime == Regime.REFORME_2026
    with circuit.cohort.monde():
        visibles = queries_espaces.visibles(structures.droits(agent), Espace.RECUES)
        assert visibles.filter(pk=facture.pk).exists() is transmise
        historique = list(HistoriqueStatut.objects.filter(facture=facture))
        montrees = queries_espaces.lignes_visibles(historique, Espace.RECUES)
        assert queries.est_doublon(lue.siren_fournisseur, 2026, lue.numero), "le numéro est brûlé"
        traitable = lifecycle.find(lue.situation(), A.TRAITER_REJET, Acteur.FOURNISSEUR)
    assert "TVA facturée à tort : autoliquidation." in [ligne.commentaire for ligne in montrees]
    if transmise:
        assert circuit.statuts(facture) == [*ROUTE, S.REFUSEE_1, *TRANSMISE]
        assert traitable is None
    else:
        assert circuit.statuts(facture) == [*ROUTE, S.REFUSEE_1]
        assert traitable is not None
        assert retours.remplacable(lue)
        with circuit.cohort.monde():
            assert retours.traiter_rejets([lue], compte=circuit.comptes[1]) == 1
            assert retours.traiter_rejets([lue], compte=circuit.comptes[1]) == 0


@pytest.mark.parametrize(
    ("champs", "champ", "code"),
    [
        ({"complement": ""}, "commentaire", "SBX_013"),
        ({"complement": "trop tôt!"}, "commentaire", "SBX_013"),
        ({"complement": "x" * 256}, "commentaire", "SBX_013"),
        ({"motif": Motif.MONTANT_ERR}, "motif", "SBX_014"),
        ({"motif": Motif.ERR_VALIDEUR}, "motif", "SBX_014"),
    ],
)
def test_ce_qu_un_refus_exige(circuit, champs, champ, code):
    facture = circuit.deposer()
    leve = refus(circuit, circuit.repondre, facture, A.REFUSER, **champs)
    assert (leve.champ, leve.code) == (champ, code)
    assert circuit.demandes(facture)[0].decision == ""


# --- wrong valideur


def test_mauvais_valideur_puis_un_autre_sous_le_meme_numero(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR, complement="Ce marché n'est pas le nôtre.")
    facture = circuit.lue(facture.pk)
    assert facture.statut == S.ERREUR_FOURNISSEUR_SUR_VALIDEUR
    service = factories.service(circuit.mandataire)
    circuit.corriger(facture, circuit.mandataire, service_id=service.pk, vu=facture.statut)
    lue = circuit.lue(facture.pk)
    assert (lue.statut, lue.numero, lue.valideur_id) == (S.A_VALIDER_1, facture.numero, circuit.mandataire.pk)
    assert lue.service_valideur_id == service.pk
    assert [(d.structure_id, d.decision) for d in circuit.demandes(facture)] == [
        (circuit.titulaire.pk, DecisionValidation.ERREUR),
        (circuit.mandataire.pk, ""),
    ]
    with circuit.cohort.monde():
        assert EvenementComplementaire.objects.get().libelle == (
            "Valideur modifié : CORVAN BÂTIMENT → OSTREVAL PLÂTRERIE"
        )
        droits = structures.droits(circuit.comptes[2])
        assert not queries_espaces.visibles(droits, Espace.A_VALIDER).exists(), "l'ancien valideur ne la voit plus"


def test_qui_ne_peut_pas_devenir_valideur(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR)
    facture = circuit.lue(facture.pk)
    inactive = factories.publique(circuit.cohort, factories.INACTIVE)
    assert inactive.etat != EtatStructure.ACTIF
    ailleurs = factories.cohort(formateur=factories.formateur("ailleurs@session.example"), titre="Ailleurs")
    etrangere = factories.structure(ailleurs, 2)
    for structure, message in [
        (None, "obligatoire"),
        (circuit.titulaire, "n'est pas le bon valideur"),
        (circuit.fournisseur, "ne peut pas être le fournisseur"),
        (inactive, "inconnu"),
        (etrangere, "inconnu"),
    ]:
        leve = refus(circuit, circuit.corriger, facture, structure)
        assert (leve.code, leve.champ) == ("SBX_030", "valideur")
        assert message in str(leve)


def test_un_service_d_ailleurs_est_ignore(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR)
    ailleurs = factories.service(circuit.titulaire)
    circuit.corriger(circuit.lue(facture.pk), circuit.mandataire, service_id=ailleurs.pk)
    assert circuit.lue(facture.pk).service_valideur_id is None


def test_on_ne_corrige_que_ce_qui_revient(circuit):
    facture = circuit.deposer()
    leve = refus(circuit, circuit.corriger, facture, circuit.mandataire)
    assert leve.code == "SBX_071"
    leve = refus(circuit, circuit.corriger, facture, circuit.mandataire, vu=S.ERREUR_FOURNISSEUR_SUR_VALIDEUR)
    assert isinstance(leve, Depassee)


def test_le_second_clic_de_correction_est_depasse(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR)
    page = circuit.lue(facture.pk)
    circuit.corriger(circuit.lue(facture.pk), circuit.mandataire, vu=page.statut)
    leve = refus(circuit, circuit.corriger, circuit.lue(facture.pk), circuit.mandataire, vu=page.statut)
    assert isinstance(leve, Depassee)
    assert "Nadia Poste01" in str(leve)


def test_personne_ne_validera(circuit):
    """D-37: said, never refused."""
    facture = circuit.deposer(valideur=circuit.destinataire)
    assert facture.statut == S.A_VALIDER_1
    hopital = factories.publique(circuit.cohort, factories.HOPITAL)
    assert validation.personne_ne_validera(circuit.destinataire, facture)
    assert validation.personne_ne_validera(hopital, facture)
    assert not validation.personne_ne_validera(circuit.titulaire, facture)


# --- two validators, end to end (A9 of a cotraitant's subcontractor)


def test_deux_valideurs_avec_une_erreur_a_chaque_pas(circuit):
    facture = circuit.deposer(valideur=circuit.mandataire)
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR, par=3)
    facture = circuit.lue(facture.pk)
    circuit.corriger(facture, circuit.titulaire)
    facture = circuit.lue(facture.pk)
    for choisie, message in [
        (None, "obligatoire"),
        (circuit.fournisseur.pk, "fournisseur"),
        (circuit.titulaire.pk, "votre propre structure"),
        (987_654, "inconnu"),
    ]:
        leve = refus(circuit, circuit.repondre, facture, A.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=choisie)
        assert message in str(leve)
        assert leve.champ == "valideur"
    quatrieme = factories.structure(circuit.cohort, 4, raison_sociale="BRÉVAL MENUISERIE")
    circuit.repondre(facture, A.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=quatrieme.pk)
    facture = circuit.lue(facture.pk)
    assert (facture.statut, facture.valideur_2_id) == (S.A_VALIDER_2, quatrieme.pk)
    assert refus(circuit, circuit.repondre, facture, A.VALIDER, qualite=Qualite.TITULAIRE).champ == "qualite"
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR, par=3, complement="Nous ne sommes pas mandataires.")
    facture = circuit.lue(facture.pk)
    assert facture.statut == S.ERREUR_COTRAITANT_SUR_VALIDEUR
    for choisie, message in [
        (quatrieme, "n'est pas le bon valideur"),
        (circuit.titulaire, "votre propre structure"),
        (circuit.fournisseur, "fournisseur"),
    ]:
        assert message in str(refus(circuit, circuit.corriger, facture, choisie, par=2))
    circuit.corriger(facture, circuit.mandataire, par=2, vu=facture.statut)
    facture = circuit.lue(facture.pk)
    assert (facture.statut, facture.valideur_2_id) == (S.A_VALIDER_2, circuit.mandataire.pk)
    circuit.repondre(facture, A.VALIDER, par=3, qualite=Qualite.MANDATAIRE)
    assert circuit.statuts(facture) == [
        *ROUTE,
        S.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
        S.A_VALIDER_1,
        S.VALIDEE_1,
        S.A_VALIDER_2,
        S.ERREUR_COTRAITANT_SUR_VALIDEUR,
        S.A_VALIDER_2,
        S.VALIDEE_2,
        *TRANSMISE,
    ]
    assert [(d.rang, d.decision) for d in circuit.demandes(facture)] == [
        (1, "ERREUR"),
        (1, "VALIDEE"),
        (2, "ERREUR"),
        (2, "VALIDEE"),
    ]


@pytest.mark.parametrize("regime", list(Regime))
def test_le_refus_du_second_suit_le_regime(circuit, regime):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    circuit.cohort.refresh_from_db()
    facture = circuit.deposer()
    circuit.repondre(
        facture, A.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk, complement="Conforme."
    )
    circuit.repondre(circuit.lue(facture.pk), A.REFUSER, par=3)
    fin = [S.REFUSEE_2] if regime == Regime.HISTORIQUE else [S.REFUSEE_2, *TRANSMISE]
    assert circuit.statuts(facture) == [*ROUTE, S.VALIDEE_1, S.A_VALIDER_2, *fin]


# --- concurrency


def test_deux_reponses_la_premiere_gagne(circuit):
    facture = circuit.deposer()
    page = circuit.lue(facture.pk)
    circuit.repondre(facture, A.VALIDER)
    leve = refus(circuit, circuit.repondre, page, A.REFUSER)
    assert isinstance(leve, Depassee)
    assert "Chorus Pro (simulé)" in str(leve)
    leve = refus(circuit, circuit.repondre, circuit.lue(facture.pk), A.REFUSER, vu=S.A_VALIDER_1)
    assert isinstance(leve, Depassee)
    assert refus(circuit, circuit.repondre, circuit.lue(facture.pk), A.REFUSER, vu="").code == "SBX_071"


def test_une_page_d_avant_la_correction_ne_repond_pas_pour_le_nouveau_valideur(circuit):
    """Same status, another request: the valideur changed in between."""
    facture = circuit.deposer()
    (ancienne,) = circuit.demandes(facture)
    circuit.repondre(facture, A.MAUVAIS_VALIDEUR)
    circuit.corriger(circuit.lue(facture.pk), circuit.mandataire)
    leve = refus(circuit, circuit.repondre, circuit.lue(facture.pk), A.VALIDER, demande=ancienne.pk)
    assert isinstance(leve, Depassee)
    assert "OSTREVAL PLÂTRERIE" in str(leve)


def test_une_reponse_deja_donnee_se_reconnait(circuit):
    facture = circuit.deposer()
    (demande,) = circuit.demandes(facture)
    qui = circuit.comptes[2].pk
    with circuit.cohort.monde():
        assert not validation.deja_repondu(facture, demande.pk, qui, A.VALIDER)
    circuit.repondre(facture, A.VALIDER, demande=demande.pk)
    with circuit.cohort.monde():
        assert validation.deja_repondu(facture, demande.pk, qui, A.VALIDER)
        assert not validation.deja_repondu(facture, demande.pk, qui, A.REFUSER)
        assert not validation.deja_repondu(facture, demande.pk, circuit.comptes[3].pk, A.VALIDER)


def test_une_facture_posee_sans_demande_se_valide_quand_meme(circuit):
    """Rows written without the services (old data): the table alone decides."""
    facture = factories.facture(
        circuit.fournisseur, circuit.destinataire, statut=S.A_VALIDER_1, cadre=Cadre.A9, valideur=circuit.titulaire
    )
    circuit.repondre(circuit.lue(facture.pk), A.VALIDER)
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION


def test_une_transition_jouee_hors_du_service_clot_la_demande(circuit):
    facture = circuit.deposer()
    with circuit.cohort.monde():
        apply(facture, A.VALIDER, acteur=Acteur.VALIDEUR_1, auteur=Auteur(nom="Robot", robot=True))
    assert [(d.decision, d.auteur) for d in circuit.demandes(facture)] == [("VALIDEE", "Robot")]


# --- what follows, in words


@pytest.mark.parametrize(
    ("cadre", "regime", "statut", "attendu"),
    [
        (Cadre.A9, "historique", S.VALIDEE_1, "Elle est transmise à son destinataire, COMMUNE DE VALMORAN."),
        (
            Cadre.A9,
            "reforme-2026",
            S.VALIDEE_2,
            "Elle est transmise à son destinataire, COMMUNE DE VALMORAN, avec ce complément d'information.",
        ),
        (
            Cadre.A9,
            "reforme-2026",
            S.ABSENCE_VALIDATION_1_HORS_DELAI,
            "Elle est transmise à son destinataire, COMMUNE DE VALMORAN.",
        ),
        (Cadre.A9, "historique", S.REFUSEE_1, "doit émettre une nouvelle facture, sous un autre numéro."),
        (Cadre.A9, "reforme-2026", S.REFUSEE_2, "c'est lui qui décide"),
        (Cadre.A12, "reforme-2026", S.REFUSEE_1, "un avoir, puis une nouvelle facture"),
        (Cadre.A9, "historique", S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, "avec un nouveau délai de 15 jours"),
        (Cadre.A12, "historique", S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, "sous le même numéro."),
        (Cadre.A9, "historique", S.ERREUR_COTRAITANT_SUR_VALIDEUR, "CORVAN BÂTIMENT, valideur 1, qui désigne"),
    ],
)
def test_ce_qui_suit_une_reponse(circuit, cadre, regime, statut, attendu):
    facture = circuit.deposer(cadre=cadre)
    facture.cohort.regime = regime
    assert attendu in consequences.suite(facture, statut)


def test_ce_qui_suit_nomme_le_mandataire(circuit):
    facture = circuit.deposer()
    assert "OSTREVAL PLÂTRERIE, valideur 2" in consequences.suite(facture, S.VALIDEE_1, circuit.mandataire)


def test_l_autre_session_ne_bouge_pas(circuit, autre_cohort):
    autre = monter(autre_cohort)
    la_bas = autre.deposer()
    facture = circuit.deposer()
    circuit.repondre(facture, A.VALIDER)
    circuit.jours(30)
    assert autre.lue(la_bas.pk).statut == S.A_VALIDER_1
    with autre_cohort.monde():
        assert Facture.objects.count() == 1
        assert Structure.objects.filter(pk=circuit.titulaire.pk).count() == 0
