"""Promises and their player: once, in order, whatever fails (formation.md CLK-2, CLK-3)."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sandbox import clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort, Trace
from sandbox.events import battement, engine, horloge, registry, tasks
from sandbox.events.models import Battement, DueEvent
from sandbox.events.scheduling import Promesse, cancel, ensemble, refresh_wake, schedule
from sandbox.mail.models import Message
from sandbox.mail.services import send
from sandbox.snapshots.services import state_hash
from tests import factories

H = timedelta(hours=1)
J = timedelta(days=1)


class Panne(RuntimeError):
    pass


@pytest.fixture(autouse=True)
def kinds():
    """Handlers of these tests, taken away afterwards."""
    avant = dict(registry._kinds)

    @registry.register("essai.ecrire")
    def ecrire(event):
        send(event.cohort, "a@b.example", event.payload.get("objet", event.cle), "", type="essai", place=event.place)
        return event.payload.get("effet", "écrit")

    @registry.register("essai.rien")
    def rien(event):
        return None

    @registry.register("essai.panne")
    def panne(event):
        send(event.cohort, "a@b.example", "à défaire", "", type="essai", place=None)
        raise Panne("le robot a trébuché")

    @registry.register("essai.suite")
    def suite(event):
        send(event.cohort, "a@b.example", event.cle, "", type="essai", place=None)
        reste = event.payload["reste"]
        if reste:
            schedule(
                event.cohort,
                Promesse(kind="essai.suite", cle=f"suite-{reste}", du_le=clock.now() + H, payload={"reste": reste - 1}),
            )
        return "suite"

    yield
    registry._kinds.clear()
    registry._kinds.update(avant)


def promettre(cohort, *promesses):
    with cohort.monde():
        faits = schedule(cohort, *promesses)
    cohort.refresh_from_db()
    return faits


def objets(cohort):
    with cohort.monde():
        return list(Message.objects.order_by("pk").values_list("objet", flat=True))


def etats(cohort):
    with cohort.monde():
        return dict(DueEvent.objects.values_list("cle", "etat"))


def ecrire(cle, du_le, **champs):
    return Promesse(kind="essai.ecrire", cle=cle, du_le=du_le, **champs)


# --- promises


def test_une_promesse_deja_faite_est_laissee_en_paix(cohort):
    du_le = cohort.sim_reference + J
    promettre(cohort, ecrire("a", du_le, payload={"objet": "première"}))
    promettre(cohort, ecrire("a", du_le + J, payload={"objet": "seconde"}), ecrire("b", du_le))
    with cohort.monde():
        assert DueEvent.objects.get(cle="a").payload == {"objet": "première"}
        assert DueEvent.objects.count() == 2


def test_la_meme_cle_sert_dans_deux_sessions(cohort, autre_cohort):
    promettre(cohort, ecrire("a", cohort.sim_reference + J))
    promettre(autre_cohort, ecrire("a", autre_cohort.sim_reference + J))
    assert etats(cohort) == etats(autre_cohort) == {"a": "prevu"}


def test_ne_rien_promettre_n_ecrit_rien(cohort, django_assert_num_queries):
    with cohort.monde(), django_assert_num_queries(0):
        assert schedule(cohort) == []


def test_les_numeros_se_suivent_d_un_lot_a_l_autre(cohort):
    promettre(cohort, ecrire("a", None), ecrire("b", None))
    promettre(cohort, ecrire("c", None))
    with cohort.monde():
        assert list(DueEvent.objects.order_by("sequence").values_list("cle", "sequence")) == [
            ("a", 1),
            ("b", 2),
            ("c", 3),
        ]


def test_sans_date_une_promesse_est_due_maintenant(cohort):
    (event,) = promettre(cohort, ecrire("a", None))
    assert event.du_le == cohort.sim_reference


def test_retirer_ce_qui_est_promis_a_une_piece(cohort):
    du_le = cohort.sim_reference + J
    promettre(cohort, ecrire("a", du_le, cible=1), ecrire("b", du_le, cible=2), ecrire("c", du_le + J, cible=1))
    with cohort.monde():
        assert cancel(["essai.ecrire", "essai.rien"], 1) == 2
        assert cancel(["essai.ecrire"], 1) == 0
    engine.advance(cohort, du_le + 2 * J)
    assert objets(cohort) == ["b"]
    assert etats(cohort) == {"a": "annule", "b": "joue", "c": "annule"}


# --- waking up


@pytest.mark.parametrize("mode", ModeHorloge.values)
def test_le_reveil_selon_l_horloge(cohort, mode):
    horloge.regler(cohort, mode, 10)
    du_le = cohort.simulated_now() + 2 * J
    promettre(cohort, ecrire("a", du_le), ecrire("b", du_le + J))
    if mode == ModeHorloge.ARRETEE:
        assert cohort.wake_at is None
    else:
        assert cohort.wake_at == cohort.real_of(du_le)


def test_le_reveil_le_plus_proche_l_emporte(cohort):
    horloge.regler(cohort, ModeHorloge.REELLE)
    loin, pres = cohort.simulated_now() + 2 * J, cohort.simulated_now() + J
    promettre(cohort, ecrire("loin", loin))
    promettre(cohort, ecrire("près", pres))
    assert cohort.wake_at == cohort.real_of(pres)
    promettre(cohort, ecrire("plus loin", loin + J))
    assert cohort.wake_at == cohort.real_of(pres)


def test_une_promesse_en_secondes_reelles_reveille_une_horloge_arretee(cohort):
    avant = clock.real_now()
    promettre(cohort, ecrire("a", None, reel_dans=2))
    assert timedelta(seconds=2) <= cohort.wake_at - avant < timedelta(seconds=30)


def test_mettre_l_horloge_en_marche_donne_un_reveil(cohort):
    du_le = cohort.sim_reference + J
    promettre(cohort, ecrire("a", du_le))
    assert cohort.wake_at is None
    horloge.regler(cohort, ModeHorloge.ACCELEREE, 60)
    assert cohort.wake_at == cohort.real_of(du_le)
    horloge.regler(cohort, ModeHorloge.ARRETEE)
    assert cohort.wake_at is None


def test_refresh_wake_compte_les_deux_sortes_de_promesses(cohort):
    horloge.regler(cohort, ModeHorloge.REELLE)
    promettre(cohort, ecrire("simulée", cohort.simulated_now() + J), ecrire("réelle", None, reel_dans=5))
    with cohort.monde():
        reel = DueEvent.objects.get(cle="réelle").reel_le
        assert refresh_wake(cohort) == reel
        cancel_tout = DueEvent.objects.filter(cle="réelle").update(etat="annule")
        assert cancel_tout == 1
        assert refresh_wake(cohort) == cohort.real_of(DueEvent.objects.get(cle="simulée").du_le)


def test_refresh_wake_reveille_un_saut_en_cours(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(cible=cohort.sim_reference + J)
    with cohort.monde():
        assert refresh_wake(cohort) is not None


# --- tick


def test_le_battement_ne_touche_que_les_sessions_a_reveiller(
    cohort, autre_cohort, monkeypatch, django_assert_max_num_queries
):
    reveillees = []
    monkeypatch.setattr(tasks.play_due, "delay", lambda *, cohort_id: reveillees.append(cohort_id))
    Cohort.objects.filter(pk=cohort.pk).update(wake_at=clock.real_now() - timedelta(seconds=1))
    Cohort.objects.filter(pk=autre_cohort.pk).update(wake_at=clock.real_now() + H)
    with django_assert_max_num_queries(10):
        assert tasks.tick() == 1
    assert reveillees == [cohort.pk]
    assert tasks.tick() == 0, "le bail écarte le battement suivant"
    autre_cohort.refresh_from_db()
    assert autre_cohort.wake_at > clock.real_now()


def test_deux_battements_simultanes_se_partagent_le_travail(cohort, monkeypatch):
    """The second one reads the session before the first one takes its lease."""
    vus = []
    monkeypatch.setattr(tasks.play_due, "delay", lambda *, cohort_id: vus.append(cohort_id))
    Cohort.objects.filter(pk=cohort.pk).update(wake_at=clock.real_now() - H)
    vrai = engine.BAIL

    class Bail:
        """Adding the lease lets another tick pass in between."""

        def __radd__(self, reel):
            monkeypatch.setattr(engine, "BAIL", vrai)
            tasks.tick()
            return reel + vrai

    monkeypatch.setattr(engine, "BAIL", Bail())
    assert tasks.tick() == 0
    assert vus == [cohort.pk]


def test_une_session_purgee_entre_deux_battements_n_est_pas_une_panne(db):
    assert tasks.play_due(cohort_id=987_654) == 0


def test_une_tache_rend_la_main_et_la_suivante_finit(cohort, monkeypatch):
    """A long backlog is played by turns: between two, a stop or another session comes first."""
    with cohort.monde():
        schedule(cohort, *(Promesse(kind="essai.ecrire", cle=f"t{n}", reel_dans=0) for n in range(4)))
    assert engine.play_due(cohort, pendant=timedelta(0)).joues == 1
    assert cohort.wake_at <= clock.real_now()
    reveillees = []
    monkeypatch.setattr(tasks.play_due, "delay", lambda *, cohort_id: reveillees.append(cohort_id))
    assert tasks.tick() == 1
    assert reveillees == [cohort.pk]
    assert tasks.play_due(cohort_id=cohort.pk) == 3
    with cohort.monde():
        assert Message.objects.filter(type="essai").count() == 4


@pytest.mark.parametrize("dus", [1, tasks.BEAUCOUP])
def test_une_session_tres_en_retard_a_deux_travailleurs(cohort, monkeypatch, dus):
    """On SQLite, whose writers come one after the other, always one."""
    taches = 2 if dus > 1 and connection.vendor == "postgresql" else 1
    with cohort.monde():
        schedule(cohort, *(Promesse(kind="essai.ecrire", cle=f"t{n}", reel_dans=0) for n in range(dus)))
    reveillees = []
    monkeypatch.setattr(tasks.play_due, "delay", lambda *, cohort_id: reveillees.append(cohort_id))
    assert tasks.tick() == 1
    assert reveillees == [cohort.pk] * taches


def test_les_evenements_reels_se_jouent_horloge_arretee(cohort, monkeypatch):
    promettre(cohort, ecrire("réel", None, reel_dans=1), ecrire("demain", cohort.sim_reference + J))
    assert engine.play_due(cohort).joues == 0
    plus_tard = clock.real_now() + timedelta(seconds=2)
    monkeypatch.setattr(clock, "real_now", lambda: plus_tard)
    assert tasks.play_due(cohort_id=cohort.pk) == 1
    assert etats(cohort) == {"réel": "joue", "demain": "prevu"}
    cohort.refresh_from_db()
    assert (cohort.sim_reference, cohort.wake_at) == (cohort.depart(), None)


def test_l_horloge_acceleree_joue_ce_qui_est_echu(cohort, monkeypatch):
    horloge.regler(cohort, ModeHorloge.ACCELEREE, 24)
    du_le = cohort.simulated_now() + 2 * J
    promettre(cohort, ecrire("a", du_le), ecrire("b", du_le + 10 * J))
    plus_tard = cohort.real_of(du_le) + timedelta(seconds=1)
    monkeypatch.setattr(clock, "real_now", lambda: plus_tard)
    assert engine.play_due(cohort).joues == 1
    assert objets(cohort) == ["a"]
    with cohort.monde():
        assert Message.objects.get().recu_le == du_le, "daté de son échéance, pas du battement"
    assert cohort.wake_at == cohort.real_of(du_le + 10 * J)


# --- playing


def test_l_ordre_est_celui_des_echeances_puis_de_creation(cohort):
    t = cohort.sim_reference
    promettre(
        cohort,
        ecrire("3", t + 3 * J),
        ecrire("1a", t + J),
        ecrire("2", t + 2 * J),
        ecrire("1b", t + J),
    )
    bilan = engine.advance(cohort, t + 2 * J)
    assert objets(cohort) == ["1a", "1b", "2"]
    assert bilan.joues == 3
    engine.advance(cohort, t + 5 * J)
    assert objets(cohort) == ["1a", "1b", "2", "3"]


def test_chaque_evenement_a_lieu_a_son_heure(cohort):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + J), ecrire("b", t + 2 * J + H))
    engine.advance(cohort, t + 9 * J)
    with cohort.monde():
        assert list(Message.objects.order_by("pk").values_list("recu_le", flat=True)) == [t + J, t + 2 * J + H]
    assert cohort.simulated_now() == t + 9 * J
    assert cohort.cible is None


def test_plus_d_un_lot(cohort, monkeypatch):
    monkeypatch.setattr(engine, "LOT", 4)
    t = cohort.sim_reference
    promettre(cohort, *[ecrire(f"{n:02d}", t + timedelta(minutes=n)) for n in range(11)])
    assert engine.advance(cohort, t + J).joues == 11
    assert objets(cohort) == [f"{n:02d}" for n in range(11)]


def test_une_promesse_nee_pendant_le_saut_prend_sa_place(cohort):
    t = cohort.sim_reference
    promettre(
        cohort,
        Promesse(kind="essai.suite", cle="début", du_le=t + H, payload={"reste": 2}),
        ecrire("entre", t + H + timedelta(minutes=90)),
    )
    assert engine.advance(cohort, t + J).joues == 4
    assert objets(cohort) == ["début", "suite-2", "entre", "suite-1"]


def test_un_robot_qui_trebuche_n_arrete_pas_la_classe(cohort, caplog):
    t = cohort.sim_reference
    promettre(
        cohort,
        ecrire("avant", t + H),
        Promesse(kind="essai.panne", cle="panne", du_le=t + 2 * H),
        ecrire("après", t + 3 * H),
    )
    bilan = engine.advance(cohort, t + J)
    assert objets(cohort) == ["avant", "après"], "ce que la panne avait écrit est défait"
    assert bilan.joues == 2
    with cohort.monde():
        panne = DueEvent.objects.get(cle="panne")
    assert (panne.etat, panne.echec) == ("joue", "Panne : le robot a trébuché")
    assert panne.joue_le is not None
    assert "en échec" in caplog.text


def test_un_evenement_sans_effet_ne_figure_pas_au_bilan(cohort):
    promettre(cohort, Promesse(kind="essai.rien", cle="r", du_le=cohort.sim_reference + H))
    bilan = engine.advance(cohort, cohort.sim_reference + J)
    assert (bilan.joues, bilan.total, bilan.fil) == (1, 0, [])


def test_le_bilan_dit_quoi_quand_et_pour_qui(cohort):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H, place=2, payload={"effet": "Mise en paiement"}))
    bilan = engine.advance(cohort, t + J)
    assert dict(bilan.effets) == {"Mise en paiement": 1}
    assert bilan.fil == [engine.Fait(t + H, "Mise en paiement", "", 2)]


def test_le_fil_du_bilan_est_borne(cohort, monkeypatch):
    monkeypatch.setattr(engine.Bilan, "FIL_MAXIMUM", 3)
    t = cohort.sim_reference
    promettre(cohort, *[ecrire(f"{n}", t + H) for n in range(5)])
    bilan = engine.advance(cohort, t + J)
    assert (len(bilan.fil), bilan.total) == (3, 5)


def test_un_evenement_deja_joue_ailleurs_est_passe(cohort, monkeypatch):
    """Between the reading of the lot and its turn, another worker has played it."""
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H), ecrire("b", t + 2 * H))
    vrai = engine._dus

    def lire_puis_perdre(*args):
        lot = vrai(*args)
        DueEvent.objects.filter(cle="a").update(etat="joue")
        return lot

    monkeypatch.setattr(engine, "_dus", lire_puis_perdre)
    assert engine.advance(cohort, t + J).joues == 1
    assert objets(cohort) == ["b"]


def test_un_saut_interrompu_se_reprend(cohort, monkeypatch):
    t = cohort.sim_reference
    promettre(cohort, *[ecrire(f"{n}", t + n * H) for n in range(1, 7)])
    vrai, compteur = engine._jouer_un, iter(range(100))

    def couper(*args):
        if next(compteur) == 3:
            raise KeyboardInterrupt
        return vrai(*args)

    monkeypatch.setattr(engine, "_jouer_un", couper)
    with pytest.raises(KeyboardInterrupt):
        engine.advance(cohort, t + J)
    cohort.refresh_from_db()
    assert objets(cohort) == ["1", "2", "3"]
    assert cohort.cible == t + J
    monkeypatch.setattr(engine, "_jouer_un", vrai)
    assert tasks.play_due(cohort_id=cohort.pk) == 3
    assert objets(cohort) == ["1", "2", "3", "4", "5", "6"]
    cohort.refresh_from_db()
    assert (cohort.cible, cohort.simulated_now()) == (None, t + J)


def test_pendant_un_long_saut_la_date_suit_et_le_bail_tient(cohort, monkeypatch):
    t = cohort.sim_reference
    promettre(cohort, ecrire("1", t + H), ecrire("2", t + 2 * H))
    monkeypatch.setattr(engine, "PAS", timedelta(seconds=-1))
    vues = []
    vrai = engine._marquer_progres

    def regarder(cohort, instant):
        vrai(cohort, instant)
        vue = Cohort.objects.get(pk=cohort.pk)
        vues.append((vue.sim_reference, vue.wake_at > clock.real_now()))

    monkeypatch.setattr(engine, "_marquer_progres", regarder)
    engine.advance(cohort, t + J)
    assert vues == [(t + H, True), (t + 2 * H, True)]


def test_une_promesse_glissee_a_l_arrivee_est_encore_jouee(cohort, monkeypatch):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H))
    vrai, fois = engine._finir_saut, iter(range(10))

    def glisser(session, jusqu_a):
        if next(fois) == 0:
            schedule(session, ecrire("glissée", t + 2 * H))
        return vrai(session, jusqu_a)

    monkeypatch.setattr(engine, "_finir_saut", glisser)
    assert engine.advance(cohort, t + J).joues == 2
    assert objets(cohort) == ["a", "glissée"]


def test_un_saut_plus_loin_demande_entre_temps_n_est_pas_perdu(cohort):
    t = cohort.sim_reference
    Cohort.objects.filter(pk=cohort.pk).update(cible=t + 5 * J)
    engine.advance(cohort, t + 2 * J)
    assert (cohort.cible, cohort.simulated_now()) == (t + 5 * J, t + 2 * J)
    assert cohort.wake_at is not None
    engine.play_due(cohort)
    assert (cohort.cible, cohort.simulated_now()) == (None, t + 5 * J)


def test_les_autres_sessions_ne_bougent_pas(cohort, autre_cohort):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H))
    promettre(autre_cohort, ecrire("a", t + H))
    avant = state_hash(autre_cohort)
    engine.advance(cohort, t + J)
    autre_cohort.refresh_from_db()
    assert state_hash(autre_cohort) == avant
    assert autre_cohort.simulated_now() == t


def test_prochain_evenement(cohort):
    assert engine.next_due(cohort) is None
    t = cohort.sim_reference
    promettre(cohort, ecrire("b", t + 2 * J), ecrire("a", t + J))
    assert engine.next_due(cohort) == t + J


# --- pieces read in advance


def test_les_pieces_d_un_lot_se_lisent_ensemble(cohort):
    lectures, vues = [], []

    def charger(ids):
        lectures.append(ids)
        return {pk: f"pièce {pk}" for pk in ids if pk != 3}

    @registry.register("essai.piece", charger)
    def jouer(event):
        vues.append(event.piece)
        return "vu"

    t = cohort.sim_reference
    promettre(
        cohort,
        *[Promesse(kind="essai.piece", cle=f"{n}", du_le=t + n * H, cible=n) for n in (1, 2, 3)],
        Promesse(kind="essai.piece", cle="sans", du_le=t + 4 * H),
    )
    bilan = engine.advance(cohort, t + J)
    assert lectures == [[1, 2, 3]]
    assert vues == ["pièce 1", "pièce 2", None, None]
    assert [fait.objet for fait in bilan.fil] == ["pièce 1", "pièce 2", "", ""]


def test_une_piece_perimee_est_relue_avant_d_abandonner(cohort):
    essais = []

    def charger(ids):
        return dict.fromkeys(ids, "fraîche" if essais else "périmée")

    @registry.register("essai.piece", charger)
    def jouer(event):
        essais.append(event.piece)
        if event.piece == "périmée":
            raise Panne
        return "vu"

    t = cohort.sim_reference
    promettre(cohort, Promesse(kind="essai.piece", cle="1", du_le=t + H, cible=1))
    assert engine.advance(cohort, t + J).total == 1
    assert essais == ["périmée", "fraîche"]
    with cohort.monde():
        assert DueEvent.objects.get().echec == ""


# --- preview


def test_un_apercu_ne_laisse_rien(cohort):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H), Promesse(kind="essai.suite", cle="s", du_le=t + H, payload={"reste": 1}))
    avant, reveil = state_hash(cohort), cohort.wake_at
    bilan = engine.preview(cohort, t + J)
    cohort.refresh_from_db()
    assert (bilan.joues, state_hash(cohort), cohort.simulated_now(), cohort.wake_at) == (3, avant, t, reveil)
    reel = engine.advance(cohort, t + J)
    assert (reel.joues, reel.effets, reel.fil) == (bilan.joues, bilan.effets, bilan.fil)


def test_un_apercu_ne_previent_personne(cohort, django_capture_on_commit_callbacks):
    dits = []
    registry.subscribe("essai.fait", lambda **faits: dits.append(faits))

    @registry.register("essai.publier")
    def publier(event):
        registry.publish("essai.fait", cle=event.cle)
        return "dit"

    try:
        promettre(cohort, Promesse(kind="essai.publier", cle="p", du_le=cohort.sim_reference + H))
        with django_capture_on_commit_callbacks(execute=True):
            engine.preview(cohort, cohort.sim_reference + J)
        assert dits == []
        with django_capture_on_commit_callbacks(execute=True):
            engine.advance(cohort, cohort.sim_reference + J)
        assert dits == [{"cle": "p"}]
    finally:
        del registry._abonnes["essai.fait"]


# --- registry


def test_un_abonne_ne_s_inscrit_qu_une_fois(db, django_capture_on_commit_callbacks):
    dits = []
    registry.subscribe("essai.deux", lambda **faits: dits.append(faits))
    try:
        (abonne,) = registry._abonnes["essai.deux"]
        registry.subscribe("essai.deux", abonne)
        with django_capture_on_commit_callbacks(execute=True):
            registry.publish("essai.deux", n=1)
        assert dits == [{"n": 1}]
    finally:
        del registry._abonnes["essai.deux"]


@pytest.mark.django_db(transaction=True)
def test_un_abonne_en_panne_n_empeche_pas_les_autres(caplog):
    dits = []

    def tomber(**_faits):
        raise Panne

    registry.subscribe("essai.panne", tomber)
    registry.subscribe("essai.apres", lambda **faits: dits.append(faits))
    try:
        with transaction.atomic():
            registry.publish("essai.panne")
            registry.publish("essai.apres", n=1)
    finally:
        del registry._abonnes["essai.panne"], registry._abonnes["essai.apres"]
    assert dits == [{"n": 1}]
    assert "Panne" in caplog.text


def test_publier_sans_abonne_ne_coute_rien(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rappels:
        registry.publish("personne.n.ecoute")
    assert rappels == []


def test_les_natures_du_produit_sont_inscrites():
    assert {"invoices.acheminer", "invoices.livrer", "invoices.robot", "invoices.integrer_flux"} <= set(
        registry.kinds()
    )


# --- what a trainer may do to the clock


def test_changer_de_mode_garde_la_date(cohort, monkeypatch):
    horloge.regler(cohort, ModeHorloge.ACCELEREE, 10)
    instant = clock.real_now() + H
    monkeypatch.setattr(clock, "real_now", lambda: instant)
    avant = cohort.simulated_now()
    horloge.regler(cohort, ModeHorloge.REELLE)
    assert cohort.simulated_now() == avant
    assert cohort.horloge_vitesse == 10
    with cohort.monde():
        assert [t.objet for t in Trace.objects.filter(verbe="horloge").order_by("pk")] == ["Accélérée", "Temps réel"]


@pytest.mark.parametrize(
    ("mode", "vitesse", "message"),
    [("lente", None, "inconnu"), ("accelerated", 0, "1 à 60"), ("accelerated", 61, "1 à 60")],
)
def test_reglages_refuses(cohort, mode, vitesse, message):
    with pytest.raises(horloge.SautImpossible, match=message):
        horloge.regler(cohort, mode, vitesse)
    cohort.refresh_from_db()
    assert cohort.horloge_mode == ModeHorloge.ARRETEE


def test_cible_garde_l_heure_meme_au_changement_d_heure(db):
    session = factories.cohort(ancrage=datetime(2027, 3, 26, tzinfo=UTC).date())
    but = horloge.cible(session, jours=3)
    assert but.astimezone(session.zone).hour == 9
    assert but - session.simulated_now() == timedelta(days=3) - H


def test_cible_du_prochain_evenement(cohort):
    with pytest.raises(horloge.SautImpossible, match="Aucun évènement"):
        horloge.cible(cohort, suivant=True)
    du_le = cohort.sim_reference + J
    promettre(cohort, ecrire("a", du_le))
    assert horloge.cible(cohort, suivant=True) == du_le
    Cohort.objects.filter(pk=cohort.pk).update(sim_reference=du_le + J)
    cohort.refresh_from_db()
    assert horloge.cible(cohort, suivant=True) == du_le + J, "jamais dans le passé"


@pytest.mark.parametrize("decalage", [timedelta(), -J])
def test_on_ne_recule_pas(cohort, decalage):
    with pytest.raises(horloge.SautImpossible, match="réinitialisez"):
        horloge.cible(cohort, date=cohort.simulated_now() + decalage)


def test_un_saut_a_une_borne(cohort):
    assert horloge.cible(cohort, jours=400) > cohort.simulated_now()
    with pytest.raises(horloge.SautImpossible, match="400"):
        horloge.cible(cohort, jours=402)
    with pytest.raises(horloge.SautImpossible):
        horloge.cible(cohort)


def test_demander_un_saut(cohort, django_capture_on_commit_callbacks):
    t = cohort.sim_reference
    promettre(cohort, ecrire("a", t + H))
    with django_capture_on_commit_callbacks(execute=True):
        horloge.request_advance(cohort, t + J, cle="essai")
        assert cohort.cible == t + J
        assert cohort.wake_at <= clock.real_now()
        assert objets(cohort) == []
    cohort.refresh_from_db()
    assert (objets(cohort), cohort.cible, cohort.simulated_now()) == (["a"], None, t + J)
    with cohort.monde():
        trace = Trace.objects.get(verbe="saut")
    assert trace.objet == "jusqu'au 08/12/2026 09:00"
    assert trace.details == {"cle": "essai"}


# --- sign of life


def test_sans_battement_le_travail_de_fond_est_silencieux(db, monkeypatch):
    assert battement.age() is None
    assert battement.silencieux()
    battement.battre()
    assert not battement.silencieux()
    maintenant = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: maintenant + battement.SILENCE + timedelta(seconds=1))
    assert battement.silencieux()
    battement.battre()
    assert battement.age() == timedelta()


def test_un_battement_recent_n_est_pas_reecrit(db, monkeypatch):
    battement.battre()
    premier = Battement.objects.get()
    assert str(premier).startswith("tick ")
    maintenant = premier.le
    monkeypatch.setattr(clock, "real_now", lambda: maintenant + timedelta(seconds=1))
    battement.battre()
    assert Battement.objects.get().le == premier.le


# --- the database keeps the rules


def test_la_base_refuse_un_etat_inconnu(monde):
    (event,) = schedule(monde, ecrire("a", None))
    event = DueEvent.objects.get(cle="a")
    assert "essai.ecrire" in str(event)
    event.etat = "perdu"
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save()


def test_des_promesses_d_ensemble_s_ecrivent_a_la_fin_ou_pas_du_tout(cohort):
    """Nested: what fails inside promises nothing, the rest stands."""
    t = cohort.sim_reference

    def echouer():
        with ensemble(cohort):
            schedule(cohort, ecrire("perdue", t))
            raise ZeroDivisionError

    with cohort.monde():
        with ensemble(cohort):
            schedule(cohort, ecrire("a", t))
            with pytest.raises(ZeroDivisionError):
                echouer()
            with ensemble(cohort):
                schedule(cohort, ecrire("b", t))
            assert not DueEvent.objects.exists()
        assert list(DueEvent.objects.order_by("sequence").values_list("cle", flat=True)) == ["a", "b"]
        with ensemble(cohort):
            pass
    assert engine.play_due(cohort).joues == 2


def test_un_evenement_se_prepare_avant_sa_transaction(cohort):
    """Its piece is what the preparation returns; one that was played meanwhile is not prepared."""
    prepares, joues = [], []

    def preparer(event):
        prepares.append(event.cle)
        return f"prêt {event.cle}"

    @registry.register("essai.prepare", preparer=preparer)
    def jouer(event):
        joues.append(event.piece)
        if event.cle == "a":
            DueEvent.objects.filter(cle="b").update(etat="joue")
        return "fait"

    t = cohort.sim_reference
    promettre(cohort, *(Promesse(kind="essai.prepare", cle=cle, du_le=t) for cle in ("a", "b", "c")))
    assert engine.play_due(cohort).joues == 2
    assert (prepares, joues) == (["a", "c"], ["prêt a", "prêt c"])


def test_un_evenement_qu_un_autre_prepare_lui_est_laisse(cohort, monkeypatch):
    joues = []
    registry.register("essai.prepare", preparer=lambda event: None)(lambda event: joues.append(event.cle))
    promettre(cohort, Promesse(kind="essai.prepare", cle="a", du_le=cohort.sim_reference))
    with cohort.monde():
        (event,) = DueEvent.objects.all()
        monkeypatch.setattr(engine, "a_soi", lambda pk: nullcontext(pk != event.pk))
        assert engine._jouer(cohort, event, cohort.sim_reference, engine.Bilan())
    assert joues == []
