"""A restore waits for the requests that write, instead of a deadlock with them (PostgreSQL)."""

import pytest
from django.db import connection, transaction

from sandbox.cohorts import verrou
from sandbox.snapshots import services as snapshots
from tests.invoices.views.conftest import url


def _tenus() -> int:
    with connection.cursor() as curseur:
        curseur.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [verrou.CLASSE])
        return int(curseur.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_le_verrou_dure_ce_que_dure_le_geste(cohort):
    if connection.vendor != "postgresql":
        with verrou.ecriture(cohort.pk):
            snapshots.reset(cohort)  # SQLite: nothing to take
        return
    with verrou.ecriture(cohort.pk):
        assert _tenus() == 1
    assert _tenus() == 0
    with transaction.atomic():
        snapshots.reset(cohort)
        assert _tenus() == 1
    assert _tenus() == 0


@pytest.mark.django_db
def test_seules_les_demandes_qui_ecrivent_le_prennent(gestionnaire, mandat, monkeypatch):
    pris = []
    origine = verrou.ecriture
    monkeypatch.setattr(verrou, "ecriture", lambda pk: pris.append(pk) or origine(pk))
    gestionnaire.get(url("synthese"))
    assert pris == []
    gestionnaire.post(url("saisir"), {"action": "recalculer"})
    assert len(pris) == 1
