"""/sante: the truth, for people and machines, without login nor secret."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from formation.services import sante
from sandbox import __version__, clock
from sandbox.cohorts.models import Cohort
from sandbox.events import battement, tasks
from sandbox.events.models import Battement

JSON = {"Accept": "application/json"}


@pytest.fixture
def lire(db):
    return lambda: Client().get("/sante", headers=JSON)


def test_all_well(lire):
    tasks.tick()
    reponse = lire()
    corps = reponse.json()
    assert reponse.status_code == 200
    assert (corps["etat"], corps["version"]) == ("ok", __version__)
    assert set(corps["sondes"]) == {"base", "moteur", "retard", "disque", "pdf", "polices"}
    assert all(sonde["bien"] for sonde in corps["sondes"].values())


def test_html_for_people(lire):
    tasks.tick()
    page = Client().get("/sante", headers={"Accept": "text/html"})
    assert "Tout fonctionne" in page.content.decode()
    assert "text/html" in page["Content-Type"]


def test_no_secret(lire):
    for reponse in (lire(), Client().get("/sante")):
        corps = reponse.content.decode()
        assert settings.SECRET_KEY not in corps
        assert str(settings.DATA_DIR) not in corps


def test_worker_never_seen(lire):
    corps = lire().json()
    assert corps["etat"] == "degrade"
    assert "Jamais vu" in corps["sondes"]["moteur"]["texte"]


def test_silent_worker(lire):
    Battement.objects.create(nom="tick", le=clock.real_now() - timedelta(seconds=90))
    reponse = lire()
    assert reponse.status_code == 200
    moteur = reponse.json()["sondes"]["moteur"]
    assert not moteur["bien"]
    assert moteur["valeur"] >= 90
    assert "quelque chose demande votre attention" in Client().get("/sante").content.decode()


def test_late_clock(lire, cohort):
    tasks.tick()
    Cohort.objects.filter(pk=cohort.pk).update(wake_at=clock.real_now() - timedelta(seconds=61))
    retard = lire().json()["sondes"]["retard"]
    assert not retard["bien"]
    assert retard["valeur"] >= 61


def test_database_out_of_reach(lire, monkeypatch):
    def panne():
        raise OperationalError("plus de base")

    monkeypatch.setattr(sante, "connection", SimpleNamespace(vendor="postgresql", cursor=panne))
    reponse = lire()
    assert reponse.status_code == 503
    corps = reponse.json()
    assert corps["etat"] == "degrade"
    assert not corps["sondes"]["base"]["bien"]
    assert "plus de base" not in reponse.content.decode()
    page = Client().get("/sante")
    assert page.status_code == 503
    assert "ne répond pas" in page.content.decode()


def test_full_disk(lire, monkeypatch):
    monkeypatch.setattr(sante.shutil, "disk_usage", lambda chemin: type("D", (), {"free": 10}))
    assert not lire().json()["sondes"]["disque"]["bien"]


@pytest.mark.parametrize(("essai", "cle"), [(("", ""), "pdf"), (("70.0", ""), "polices")])
def test_documents_cannot_be_made(lire, monkeypatch, essai, cle):
    monkeypatch.setattr(sante, "_essai_pdf", lambda: essai)
    assert not lire().json()["sondes"][cle]["bien"]


def test_missing_system_library(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    sante._essai_pdf.cache_clear()
    try:
        assert sante._essai_pdf() == ("", "")
    finally:
        sante._essai_pdf.cache_clear()


@pytest.mark.django_db
class TestBattement:
    def test_written_at_most_every_few_seconds(self, django_assert_num_queries):
        battement.battre()
        premier = Battement.objects.get().le
        with django_assert_num_queries(1):
            battement.battre()
        assert Battement.objects.get().le == premier
        Battement.objects.update(le=premier - timedelta(seconds=6))
        battement.battre()
        assert Battement.objects.get().le >= premier

    def test_silence(self):
        assert battement.silencieux()
        battement.battre()
        assert not battement.silencieux()
        assert str(Battement.objects.get()).startswith("tick ")
