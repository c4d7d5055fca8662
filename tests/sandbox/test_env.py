from pathlib import Path

import pytest

from sandbox import env, paths
from sandbox.env import ReglageInvalide, database_url, envbool, envint, envlist, envsecret, envstr

FICHIER = Path("/srv/base.sqlite3")


@pytest.fixture(autouse=True)
def _sans_reglage(monkeypatch):
    monkeypatch.delenv("REGLAGE", raising=False)
    monkeypatch.delenv("REGLAGE_FILE", raising=False)


def test_une_variable_absente_prend_sa_valeur_par_defaut():
    assert envstr("REGLAGE", "défaut") == "défaut"
    assert envbool("REGLAGE", True) is True
    assert envint("REGLAGE", 7) == 7
    assert envlist("REGLAGE", ["a", "b"]) == ["a", "b"]


def test_une_variable_peut_venir_d_un_fichier(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("du fichier\n")
    monkeypatch.setenv("REGLAGE_FILE", str(tmp_path / "secret"))
    assert envstr("REGLAGE") == "du fichier"
    monkeypatch.setenv("REGLAGE", "direct")
    assert envstr("REGLAGE") == "direct"


def test_un_fichier_illisible_se_dit(monkeypatch, tmp_path):
    monkeypatch.setenv("REGLAGE_FILE", str(tmp_path / "absent"))
    with pytest.raises(ReglageInvalide, match="REGLAGE_FILE"):
        envstr("REGLAGE")


@pytest.mark.parametrize(
    ("texte", "valeur"), [("oui", True), ("1", True), ("True", True), ("non", False), ("0", False)]
)
def test_envbool(monkeypatch, texte, valeur):
    monkeypatch.setenv("REGLAGE", texte)
    assert envbool("REGLAGE") is valeur


@pytest.mark.parametrize("lecture", [envbool, lambda nom: envint(nom, 1)])
def test_une_valeur_incomprehensible_nomme_sa_variable(monkeypatch, lecture):
    monkeypatch.setenv("REGLAGE", "peut-être")
    with pytest.raises(ReglageInvalide, match="REGLAGE"):
        lecture("REGLAGE")


def test_envlist_oublie_les_vides(monkeypatch):
    monkeypatch.setenv("REGLAGE", "a, b,,")
    assert envlist("REGLAGE") == ["a", "b"]


def test_un_secret_est_tire_une_fois_et_reste(tmp_path):
    chemin = tmp_path / "donnees" / "cle"
    premier = envsecret("REGLAGE", chemin)
    assert len(premier) > 60
    assert envsecret("REGLAGE", chemin) == premier
    assert chemin.stat().st_mode & 0o777 == 0o600
    assert list(chemin.parent.iterdir()) == [chemin]


def test_le_premier_processus_gagne(tmp_path, monkeypatch):
    chemin = tmp_path / "cle"
    monkeypatch.setattr(env.os, "link", lambda brouillon, cible: cible.write_text("l'autre") and _existe())
    assert envsecret("REGLAGE", chemin) == "l'autre"


def _existe():
    raise FileExistsError


def test_sans_lien_physique_le_secret_est_tout_de_meme_ecrit(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(env.os, "link", refuse)
    assert envsecret("REGLAGE", tmp_path / "cle") == (tmp_path / "cle").read_text()


def test_un_secret_sans_fichier_est_obligatoire(monkeypatch):
    with pytest.raises(ReglageInvalide, match="obligatoire"):
        envsecret("REGLAGE")
    monkeypatch.setenv("REGLAGE", "x")
    assert envsecret("REGLAGE") == "x"


def test_sqlite_par_defaut_ecrit_en_wal_et_reserve_ses_transactions():
    base = database_url("", FICHIER)
    assert (base["ENGINE"], base["NAME"]) == ("django.db.backends.sqlite3", "/srv/base.sqlite3")
    assert base["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert base["OPTIONS"]["timeout"] == 20
    assert "journal_mode = WAL" in base["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "nom"),
    [("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3"), ("sqlite:///ici.sqlite3", "ici.sqlite3")],
)
def test_sqlite_ailleurs(url, nom):
    assert database_url(url, FICHIER)["NAME"] == nom


def test_postgres():
    base = database_url("postgres://bac:p%40sse@db:5433/bac?sslmode=require", FICHIER)
    assert (base["USER"], base["PASSWORD"], base["HOST"], base["PORT"]) == ("bac", "p@sse", "db", "5433")
    assert base["NAME"] == "bac"
    assert base["OPTIONS"] == {"sslmode": "require"}


def test_postgres_par_une_socket_locale():
    base = database_url("postgresql:///bac?host=/var/run/postgresql", FICHIER)
    assert (base["HOST"], base["PORT"], base["OPTIONS"]) == ("/var/run/postgresql", "", {})


@pytest.mark.parametrize("url", ["mysql://db/bac", "sqlite:///", "postgres://db/", "postgres://db:port/bac"])
def test_une_adresse_de_base_illisible_se_dit(url):
    with pytest.raises(ReglageInvalide, match="DATABASE_URL"):
        database_url(url, FICHIER)


def test_les_donnees_d_un_clone_et_d_une_installation(monkeypatch, tmp_path):
    monkeypatch.delenv("SANDBOX_DATA_DIR", raising=False)
    assert paths.data_dir() == paths.ROOT / "data"
    monkeypatch.setattr(paths, "INSTALLED", True)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert paths.data_dir() == tmp_path / "bac-a-sable"
    monkeypatch.setenv("SANDBOX_DATA_DIR", str(tmp_path / "choisi"))
    assert paths.data_dir() == tmp_path / "choisi"
