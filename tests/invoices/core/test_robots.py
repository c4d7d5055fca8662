"""What the recipients will do: plans, exact dates, order of deposits (formation.md §4.5, exercices.md 3 and 4)."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal as D
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formation.services import packs
from invoices import robots
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut, PieceJointe
from invoices.services import contreparties, deposer, suites
from invoices.services.transitions import Auteur, apply
from sandbox import calendrier
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from structures import queries as structures
from structures.models import Structure
from tests import factories

PARIS = ZoneInfo("Europe/Paris")
PROFILS = packs.lire("novices-7h").profils
DEPART = datetime(2026, 12, 7, 9, 0, 3, tzinfo=PARIS)

# formation.md, Table A
TABLE_A = {
    "bon_payeur": (3, 7, 8, 14, 18),
    "etat": (4, 8, 8, 10, 15),
    "grande_collectivite": (4, None, 15, None, 24),
    "collectivite_rigoureuse": (2, None, 12, None, 22),
    "hopital_exigeant": (9, 29, 30, None, 47),
    "mairie_lente": (None, 9, 10, None, 20),
    "silencieux": (None,) * 5,
    "aleatoire": (3, 7, 8, 14, 18),
}
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 -- the zone is put by the test
SILENCIEUX = {"silencieux", "mairie_lente"}
"""The slow town hall waits for a ticket that cites the invoice."""


def planifier(nom, **champs):
    return robots.plan(
        **({"profil": PROFILS.get(nom), "depart": DEPART, "zone": PARIS, "graine": "g", "dossier": "d"} | champs)
    )


def test_les_profils_du_pack_sont_ceux_de_la_table_a():
    assert set(PROFILS) == set(TABLE_A)
    for nom, jours in TABLE_A.items():
        assert tuple(PROFILS[nom].get("etapes", {}).get(s.value) for s in robots.ORDRE) == jours, nom


@pytest.mark.parametrize("profil", sorted(set(TABLE_A) - SILENCIEUX - {"aleatoire"}))
def test_le_plan_suit_la_table_et_le_calendrier(profil):
    attendu = [
        (statut, calendrier.instant_robot(DEPART, jours, PARIS))
        for statut, jours in zip(robots.ORDRE, TABLE_A[profil], strict=True)
        if jours
    ]
    assert [(e.statut, e.instant) for e in planifier(profil)] == attendu


@pytest.mark.parametrize("profil", [*sorted(SILENCIEUX), "inconnu"])
def test_certains_ne_repondent_pas(profil):
    assert planifier(profil) == []


def test_l_hopital_realiste_paie_au_delai_constate():
    """Table A: +63 with « réaliste », an option of the profile."""
    plan = planifier("", profil=PROFILS["hopital_exigeant"] | {"option": "realiste"})
    assert [e.statut for e in plan] == [s for s in robots.ORDRE if s != Statut.COMPTABILISEE]
    assert plan[-1].instant == calendrier.instant_robot(DEPART, 63, PARIS)


def test_deux_etapes_ne_s_inversent_jamais():
    """A profile whose days go back: the later step waits for the earlier one."""
    profil = {"etapes": {"SERVICE_FAIT": 9, "MANDATEE": 3, "MISE_EN_PAIEMENT": 20}}
    plan = robots.plan(profil=profil, depart=DEPART, zone=PARIS, graine="g", dossier="d")
    instants = [e.instant for e in plan]
    assert instants[0] == instants[1] == calendrier.instant_robot(DEPART, 9, PARIS)
    assert instants[2] == calendrier.instant_robot(DEPART, 20, PARIS)


def test_un_statut_de_paiement_non_remonte():
    assert [e.statut for e in planifier("bon_payeur", sans_paiement=True)] == list(robots.ORDRE[:4])


@given(st.text(max_size=12), st.text(max_size=20), INSTANTS)
def test_le_profil_aleatoire_reste_dans_ses_bornes_et_dans_l_ordre(graine, dossier, depart):
    depart = depart.replace(tzinfo=PARIS)
    plan = planifier("aleatoire", graine=graine, dossier=dossier, depart=depart)
    assert [e.statut for e in plan] == list(robots.ORDRE)
    instants = [e.instant for e in plan]
    assert instants == sorted(instants)
    for etape, jours in zip(plan, TABLE_A["aleatoire"], strict=True):
        tot = calendrier.instant_robot(depart, max(1, round(jours * 0.7)), PARIS)
        tard = calendrier.instant_robot(depart, round(jours * 1.3), PARIS)
        assert tot <= etape.instant <= tard
        assert etape.instant.time() == time(8)
    assert plan == planifier("aleatoire", graine=graine, dossier=dossier, depart=depart)


def test_deux_dossiers_aleatoires_different():
    assert len({planifier("aleatoire", dossier=f"{n}")[4].instant for n in range(40)}) > 3
    assert len({planifier("aleatoire", graine=f"{n}")[4].instant for n in range(40)}) > 3


@pytest.mark.parametrize(
    ("actuel", "vise", "joue"),
    [
        ("MISE_A_DISPOSITION", "SERVICE_FAIT", True),
        ("COMPLETEE", "MANDATEE", True),
        ("PRISE_EN_COMPTE_DESTINATAIRE", "SERVICE_FAIT", True),
        ("SERVICE_FAIT", "MISE_EN_PAIEMENT", True),
        ("SERVICE_FAIT", "SERVICE_FAIT", False),
        ("COMPTABILISEE", "MANDATEE", False),
        ("MISE_EN_PAIEMENT", "SERVICE_FAIT", False),
        ("REJETEE", "SERVICE_FAIT", False),
        ("SUSPENDUE", "SERVICE_FAIT", False),
        ("DEPOSEE", "SERVICE_FAIT", False),
        ("MISE_A_DISPOSITION", "PRISE_EN_COMPTE_DESTINATAIRE", True),
        ("PRISE_EN_COMPTE_DESTINATAIRE", "PRISE_EN_COMPTE_DESTINATAIRE", False),
        ("SERVICE_FAIT", "PRISE_EN_COMPTE_DESTINATAIRE", False),
    ],
)
def test_le_robot_ne_revient_pas_en_arriere(actuel, vise, joue):
    assert robots.joue_encore(actuel, Statut(vise)) is joue


# --- from the deposit to the payment


def envoyer(facture, compte):
    with compte.cohort.monde():
        return deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))


def avancer(cohort, jours):
    return engine.advance(cohort, cohort.simulated_now() + timedelta(days=jours))


def parcours(facture):
    """Statuses and their days, as the history shows them."""
    with facture.cohort.monde():
        return [
            (ligne.statut, ligne.survenu_le.astimezone(PARIS))
            for ligne in HistoriqueStatut.objects.filter(facture=facture)
        ]


def a_8_h(mois, jour, annee=2026):
    return datetime(annee, mois, jour, 8, tzinfo=PARIS)


def test_exercice_3_de_bout_en_bout(structure, mandat, compte, destinataire, cohort):
    facture = factories.brouillon(
        structure,
        destinataire,
        compte=compte,
        numero="ARB-2026-118",
        lignes=[("6", "412.50", "20"), ("18", "48.00", "20"), ("1", "135.00", "20")],
    )
    envoyee = envoyer(facture, compte)
    assert (envoyee.montant_ht, envoyee.montant_tva, envoyee.montant_ttc) == (D("3474"), D("694.80"), D("4168.80"))
    bilan = avancer(cohort, 30)
    depart = cohort.depart()
    assert parcours(facture) == [
        ("DEPOSEE", depart),
        ("EN_COURS_ACHEMINEMENT", depart),
        ("MISE_A_DISPOSITION", depart),
        ("SERVICE_FAIT", a_8_h(12, 10)),
        ("MANDATEE", a_8_h(12, 14)),
        ("MISE_A_DISPOSITION_COMPTABLE", a_8_h(12, 15)),
        ("COMPTABILISEE", a_8_h(12, 21)),
        ("MISE_EN_PAIEMENT", a_8_h(12, 28)),
    ]
    assert bilan.joues == 7
    assert bilan.effets["Mise en paiement"] == 1
    with cohort.monde():
        facture.refresh_from_db()
        assert facture.date_mise_a_disposition == depart
        types = list(Message.objects.order_by("pk").values_list("type", flat=True))
        assert types == ["N1", *["N4"] * 6]
        robots_ = HistoriqueStatut.objects.filter(robot=True).values_list("acteur", "auteur").distinct()
        assert set(robots_) == {
            ("DESTINATAIRE", "COMMUNE DE VALMORAN – service gestionnaire"),
            ("COMPTABLE", "COMMUNE DE VALMORAN – comptable"),
        }
        assert not DueEvent.objects.filter(etat="prevu").exists()


def test_exercice_4_l_hopital_exigeant(structure, mandat, compte, cohort):
    facture = factories.brouillon(
        structure,
        factories.publique(cohort, factories.HOPITAL),
        compte=compte,
        numero="ARB-2026-119",
        code_service="CHM-TECH",
        numero_engagement="CHM2600731",
        lignes=[("8", "268.00", "20"), ("8", "57.25", "20"), ("1", "95.00", "20"), ("8", "18.50", "5.5")],
    )
    with cohort.monde():
        PieceJointe.objects.create(
            cohort=cohort, place=1, facture=facture, nom="BL-119-signe.pdf", empreinte="0" * 64, taille=10
        )
    assert envoyer(facture, compte).montant_ttc == D("3392.54")
    avancer(cohort, 60)
    assert parcours(facture)[3:] == [
        ("SERVICE_FAIT", a_8_h(12, 16)),
        ("MANDATEE", a_8_h(1, 5, 2027)),
        ("MISE_A_DISPOSITION_COMPTABLE", a_8_h(1, 6, 2027)),
        ("MISE_EN_PAIEMENT", a_8_h(1, 25, 2027)),
    ]


def test_deux_sessions_a_40_jours_ont_la_meme_frise():
    """CLK-6, on the plan itself: same working days around both anchors."""
    autre = DEPART + timedelta(days=42)
    un = [(e.statut, (e.instant.date() - DEPART.date()).days) for e in planifier("etat")]
    deux = [(e.statut, (e.instant.date() - autre.date()).days) for e in planifier("etat", depart=autre)]
    assert un == deux


def test_mille_depots_justes_ne_sont_jamais_rejetes():
    """SIM-3, on the plans: nothing but the five steps, whatever the file."""
    vus = {tuple(e.statut for e in planifier("bon_payeur", dossier=f"{n}", graine=f"{n}")) for n in range(1000)}
    assert vus == {robots.ORDRE}


def test_un_profil_change_dans_la_session_change_le_plan(structure, mandat, compte, destinataire, cohort):
    cohort.profils = {**cohort.profils, "bon_payeur": {"etapes": {"REJETEE": 1, "MISE_EN_PAIEMENT": 2}}}
    cohort.save()
    facture = factories.brouillon(structure, destinataire, compte=compte)
    envoyer(facture, compte)
    avancer(cohort, 10)
    assert [s for s, _ in parcours(facture)][3:] == ["MISE_EN_PAIEMENT"]


def test_le_routage_attend_des_secondes_reelles(brouillon, compte, cohort, monkeypatch):
    from sandbox import clock

    envoyer(brouillon, compte)
    cohort.refresh_from_db()
    for attendu in ("EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION", "MISE_A_DISPOSITION"):
        assert engine.play_due(cohort).joues == 0
        plus_tard = clock.real_now() + timedelta(seconds=2)
        monkeypatch.setattr(clock, "real_now", lambda instant=plus_tard: instant)
        engine.play_due(cohort)
        assert parcours(brouillon)[-1][0] == attendu
    assert cohort.simulated_now() == cohort.depart()
    with cohort.monde():
        assert DueEvent.objects.filter(kind=contreparties.ROBOT, etat="prevu").count() == 5


# --- somebody else acts meanwhile


def agir(facture, action, acteur=Acteur.DESTINATAIRE, **champs):
    cohort = Cohort.objects.get(pk=facture.cohort_id)
    with cohort.monde():
        facture.refresh_from_db()
        facture.cohort = cohort
        return apply(facture, action, acteur=acteur, auteur=Auteur(nom=f"agent {cohort.code}"), **champs)


@pytest.fixture
def disponible(brouillon, compte, cohort):
    envoyer(brouillon, compte)
    avancer(cohort, 1)
    assert parcours(brouillon)[-1][0] == "MISE_A_DISPOSITION"
    return brouillon


@pytest.mark.parametrize(
    "action", [Action.SUSPENDRE, Action.REJETER, Action.DEMANDER_RECYCLAGE, Action.METTRE_EN_PAIEMENT]
)
def test_une_decision_humaine_retire_le_plan_du_robot(disponible, cohort, action):
    agir(disponible, action, motif="AUTRE", commentaire="parce que")
    with cohort.monde():
        assert set(DueEvent.objects.filter(kind=contreparties.ROBOT).values_list("etat", flat=True)) == {"annule"}
    avancer(cohort, 40)
    assert len(parcours(disponible)) == 4


def test_le_robot_laisse_ce_qu_un_agent_a_deja_fait(disponible, cohort):
    agir(disponible, Action.MANDATER)
    avancer(cohort, 40)
    assert [s for s, _ in parcours(disponible)][3:] == [
        "MANDATEE",
        "MISE_A_DISPOSITION_COMPTABLE",
        "COMPTABILISEE",
        "MISE_EN_PAIEMENT",
    ]
    with cohort.monde():
        assert not DueEvent.objects.exclude(echec="").exists()


def test_completer_fait_repartir_le_robot_de_ce_jour(disponible, cohort):
    """A12, and Table A: the days count again from « Complétée »."""
    agir(disponible, Action.SUSPENDRE, motif="JUSTIF_ABS", commentaire="bon de livraison")
    avancer(cohort, 9)
    agir(disponible, Action.COMPLETER, Acteur.FOURNISSEUR)
    complete = cohort.simulated_now()
    avancer(cohort, 4)
    assert parcours(disponible)[-1] == ("SERVICE_FAIT", calendrier.instant_robot(complete, 3, PARIS))


def test_recycler_fait_repartir_le_circuit(disponible, cohort):
    agir(disponible, Action.DEMANDER_RECYCLAGE, motif="SE_ERR", commentaire="autre service")
    avancer(cohort, 2)
    agir(disponible, Action.RECYCLER, Acteur.FOURNISSEUR)
    avancer(cohort, 4)
    assert [s for s, _ in parcours(disponible)][4:] == [
        "DEPOSEE",
        "EN_COURS_ACHEMINEMENT",
        "MISE_A_DISPOSITION",
        "SERVICE_FAIT",
    ]


def test_une_facture_disparue_ne_fait_pas_echouer_le_saut(disponible, cohort):
    with cohort.monde():
        Facture.objects.all().delete()
    avancer(cohort, 40)
    with cohort.monde():
        assert not DueEvent.objects.exclude(echec="").exists()


def test_un_acheminement_en_retard_ne_fait_rien(facture_deposee, cohort):
    """The status has moved: the table offers no row, and the promise is closed quietly."""
    with cohort.monde():
        Facture.objects.update(statut=Statut.REJETEE)
        suites.schedule(
            cohort,
            suites.Promesse(kind=suites.ACHEMINER, cle="tard", cible=facture_deposee.pk),
            suites.Promesse(kind=suites.LIVRER, cle="tard2", cible=10**9),
        )
    bilan = avancer(cohort, 1)
    assert (bilan.joues, bilan.total) == (2, 0)


def test_sans_destinataire_il_n_y_a_pas_de_plan(cohort, facture_deposee):
    facture_deposee.destinataire = None
    with cohort.monde():
        ligne = HistoriqueStatut(statut=Statut.COMPLETEE, action=Action.COMPLETER)
        suites.promettre(facture_deposee, ligne)
        assert not DueEvent.objects.filter(kind=contreparties.ROBOT).exists()


def test_un_destinataire_qui_tait_ses_paiements(structure, mandat, compte, destinataire, cohort):
    with cohort.monde():
        Structure.objects.filter(pk=destinataire.pk).update(mise_en_paiement_non_remontee=True)
    facture = factories.brouillon(structure, destinataire, compte=compte)
    envoyer(facture, compte)
    avancer(cohort, 60)
    assert parcours(facture)[-1][0] == "COMPTABILISEE"


# --- determinism: the order of deposits changes nothing (CLK-10)


def reactions(ordre, graine, profil="aleatoire"):
    """Deposit these invoices of three seats in this order; what happens to each file, when."""
    cohort = factories.cohort(graine=graine, ancrage=date(2026, 12, 7))
    cohort.profils = {**cohort.profils, "bon_payeur": PROFILS[profil]}
    cohort.save()
    postes = {}
    for place in (1, 2, 3):
        compte = factories.compte(cohort, place)
        entreprise = factories.structure(cohort, place)
        factories.rattachement(compte, entreprise)
        factories.mandat(entreprise)
        postes[place] = (compte, entreprise)
    valmoran = factories.publique(cohort)
    deposees = {}
    for place, numero in ordre:
        compte, entreprise = postes[place]
        facture = factories.brouillon(entreprise, valmoran, compte=compte, numero=numero)
        deposees[place, numero] = envoyer(facture, compte)
    avancer(cohort, 45)
    return {dossier: parcours(facture) for dossier, facture in deposees.items()}


FICHIERS = [(1, "F1"), (2, "F1"), (3, "A7"), (1, "F2")]


@pytest.mark.parametrize("profil", ["aleatoire", "bon_payeur"])
def test_l_ordre_des_depots_ne_change_rien_a_chaque_dossier(db, profil):
    reference = reactions(FICHIERS, "essai", profil)
    assert all(etapes[-1][0] == "MISE_EN_PAIEMENT" for etapes in reference.values())
    for ordre in list(permutations(FICHIERS))[5::6]:
        assert reactions(ordre, "essai", profil) == reference


def test_une_autre_graine_change_le_profil_aleatoire_et_lui_seul(db):
    assert reactions(FICHIERS, "essai") != reactions(FICHIERS, "autre")
    assert reactions(FICHIERS, "essai", "bon_payeur") == reactions(FICHIERS, "autre", "bon_payeur")
