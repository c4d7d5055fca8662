"""Nothing lost, nothing twice: killed anywhere, raced by another worker, previewed (formation.md CLK-2, CLK-3)."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection, transaction

from invoices.enums import Acteur, Action
from invoices.models import Facture, HistoriqueStatut
from invoices.services import deposer
from invoices.services.transitions import TransitionRefusee, apply
from sandbox import paths
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.snapshots.services import state_hash
from structures import queries as structures
from tests import factories
from tests.lanceur import own_services

J = timedelta(days=1)


@pytest.mark.lent
def test_un_worker_tue_a_20_endroits_finit_comme_s_il_ne_l_avait_pas_ete(tmp_path):
    with own_services() as services:
        base = services.get("DATABASE_URL", f"sqlite:///{tmp_path}/monde.sqlite3")
        fini = subprocess.run(
            [sys.executable, "-m", "tests.sandbox.conducteur", "20"],
            cwd=paths.ROOT,
            env={
                **os.environ,
                "DATABASE_URL": base,
                "SANDBOX_DATA_DIR": str(tmp_path / "donnees"),
                "DJANGO_SETTINGS_MODULE": "sandbox.settings_test",
            },
            capture_output=True,
            text=True,
        )
    assert fini.returncode == 0, fini.stderr
    bilan = json.loads(fini.stdout.splitlines()[-1])
    entier = bilan["entier"]
    assert entier["joues"] > 12 * 3 * 5
    assert (entier["reste"], entier["echecs"], entier["saut"]) == (0, 0, False)
    assert len(bilan["essais"]) == 20
    assert {e["mort"] for e in bilan["essais"]} == {-signal.SIGKILL}
    for essai in bilan["essais"]:
        assert essai["repris"] == 0, fini.stderr
        fin = {cle: essai["fin"][cle] for cle in entier if cle != "instructions"}
        assert fin == {cle: entier[cle] for cle in fin}, f"tué avant l'instruction {essai['point']}"


# --- preview equals execution, on many small random worlds

DESTINATAIRES = (factories.VALMORAN, factories.MAIRIE_LENTE, factories.BELLECOMBE)
PROFILS = ("bon_payeur", "etat", "grande_collectivite", "collectivite_rigoureuse", "hopital_exigeant", "aleatoire")
HUMAINES = (Action.SUSPENDRE, Action.REJETER, Action.CONSTATER_SERVICE_FAIT, Action.MANDATER, Action.DEMANDER_RECYCLAGE)


@pytest.fixture
def banc(cohort):
    """One seat ready to send: a scenario is then a few rows, undone by a restore."""
    compte = factories.compte(cohort)
    entreprise = factories.structure(cohort)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)
    return cohort, compte, entreprise, [factories.publique(cohort, s) for s in DESTINATAIRES]


def derouler(banc, hasard):
    """A small random scenario, up to the jump; how far it goes."""
    cohort, compte, entreprise, destinataires = banc
    profils = {nom: cohort.profils[hasard.choice(PROFILS)] for nom in ("bon_payeur", "mairie_lente")}
    Cohort.objects.filter(pk=cohort.pk).update(graine=f"{hasard.random()}", profils={**cohort.profils, **profils})
    cohort.refresh_from_db()
    factures = []
    for rang in range(hasard.randint(1, 3)):
        facture = factories.brouillon(
            entreprise, hasard.choice(destinataires), compte=compte, numero=f"F{rang}", numero_engagement=f"E{rang}"
        )
        factures.append(facture)
        with cohort.monde():
            deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))
    if hasard.random() < 0.6:
        engine.advance(cohort, cohort.simulated_now() + hasard.randint(0, 12) * J + timedelta(hours=1))
        with cohort.monde():
            facture = Facture.objects.get(pk=hasard.choice(factures).pk)
            facture.cohort = cohort
            try:
                apply(facture, hasard.choice(HUMAINES), acteur=Acteur.DESTINATAIRE, motif="AUTRE")
            except TransitionRefusee:
                pytest.fail(f"{facture.statut} refuse une action du destinataire")
    return cohort.simulated_now() + timedelta(days=hasard.randint(0, 45), hours=hasard.randint(0, 23), minutes=1)


@pytest.mark.parametrize(
    "graines", [range(25), pytest.param(range(25, 200), marks=[pytest.mark.lent, pytest.mark.une_base])]
)
def test_l_apercu_dit_ce_que_l_execution_fait_200_fois(banc, graines):
    cohort = banc[0]
    joues = Counter()
    for graine in graines:
        hasard = random.Random(graine)
        depart = transaction.savepoint()
        but = derouler(banc, hasard)
        avant = state_hash(cohort)
        prevu = engine.preview(cohort, but)
        assert state_hash(cohort) == avant, graine
        fait = engine.advance(cohort, but)
        assert (fait.joues, fait.effets, fait.fil) == (prevu.joues, prevu.effets, prevu.fil), graine
        assert engine.preview(cohort, but).joues == 0
        joues.update(fait.effets)
        transaction.savepoint_rollback(depart)
        cohort.refresh_from_db()
    assert {"Mise en paiement", "Service fait", "Mandatée", "En cours d'acheminement"} <= set(joues)


# --- two at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="la base SQLite des essais est en mémoire")
def test_deux_workers_sur_la_meme_session_jouent_chaque_evenement_une_fois():
    cohort = factories.cohort()
    compte = factories.compte(cohort)
    entreprise = factories.structure(cohort)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)
    valmoran = factories.publique(cohort)
    for rang in range(8):
        facture = factories.brouillon(entreprise, valmoran, compte=compte, numero=f"F{rang}", cle_envoi=f"{rang}")
        with cohort.monde():
            deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))
    cohort.refresh_from_db()
    but, pk, erreurs = cohort.simulated_now() + 30 * J, cohort.pk, []
    depart = threading.Barrier(3)

    def worker():
        try:
            depart.wait()
            engine.advance(Cohort.objects.get(pk=pk), but)
        except Exception as erreur:
            erreurs.append(erreur)
        finally:
            close_old_connections()
            connection.close()

    fils = [threading.Thread(target=worker) for _ in range(3)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert erreurs == []
    cohort.refresh_from_db()
    assert (cohort.cible, cohort.simulated_now()) == (None, but)
    with cohort.monde():
        assert not DueEvent.objects.filter(etat="prevu").exists()
        assert not DueEvent.objects.exclude(echec="").exists()
        for facture in Facture.objects.all():
            etapes = [h.statut for h in HistoriqueStatut.objects.filter(facture=facture).order_by("pk")]
            assert etapes == [
                "DEPOSEE",
                "EN_COURS_ACHEMINEMENT",
                "MISE_A_DISPOSITION",
                "SERVICE_FAIT",
                "MANDATEE",
                "MISE_A_DISPOSITION_COMPTABLE",
                "COMPTABILISEE",
                "MISE_EN_PAIEMENT",
            ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="la base SQLite des essais est en mémoire")
@pytest.mark.parametrize("meme_brouillon", [True, False])
def test_deux_navigateurs_envoient_en_meme_temps(meme_brouillon):
    """The same draft, or two drafts of the same number: one wins, the other is told why."""
    cohort = factories.cohort()
    compte = factories.compte(cohort)
    entreprise = factories.structure(cohort)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)
    valmoran = factories.publique(cohort)
    un = factories.brouillon(entreprise, valmoran, compte=compte, cle_envoi="1").pk
    autre = un if meme_brouillon else factories.brouillon(entreprise, valmoran, compte=compte, cle_envoi="2").pk
    depart, issues = threading.Barrier(2), []

    def envoyer(pk):
        try:
            session = Cohort.objects.get(pk=cohort.pk)
            with session.monde():
                droits = structures.droits(compte)
                depart.wait()
                deposer.envoyer(pk, compte=compte, droits=droits)
            issues.append("envoyée")
        except (deposer.DejaEnvoyee, deposer.DepotRefuse) as refus:
            issues.append(type(refus).__name__)
        finally:
            connection.close()

    fils = [threading.Thread(target=envoyer, args=[pk]) for pk in (un, autre)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues) == sorted(["envoyée", "DejaEnvoyee" if meme_brouillon else "DepotRefuse"])
    with cohort.monde():
        assert HistoriqueStatut.objects.count() == 1
        assert Facture.objects.envoyees().count() == 1
