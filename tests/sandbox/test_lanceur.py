"""The launcher, started for real: what it says, what it restarts, what it leaves behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from sandbox import __version__
from sandbox.launcher import affichage, options, reseau
from sandbox.launcher.journaux import Journal
from sandbox.launcher.options import Refus
from tests.lanceur import Lanceur, environment, free_port, get, installation_prete, own_services, processes_about

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def env(tmp_path):
    with own_services() as services:
        yield environment(tmp_path / "donnees", **services)


@pytest.fixture
def prepare(tmp_path):
    with installation_prete(tmp_path) as env:
        yield env


@pytest.fixture
def started(prepare):
    """A supervised installation without demonstration, its page answering."""
    port = free_port()
    arguments = ["--no-demo", "--port", str(port), "--data", prepare["SANDBOX_DATA_DIR"]]
    with Lanceur(arguments, prepare) as lanceur:
        lanceur.port = port
        lanceur.wait_for_text("Ctrl-C")
        yield lanceur


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.lent
def test_tout_demarre_et_s_arrete_sans_rien_laisser(started):
    status, text = get(started.port, "/sante", Accept="application/json")
    assert (status, '"' in text) == (200, True)
    assert f"http://127.0.0.1:{started.port}/formateur/" in started.output
    begun = time.monotonic()
    assert started.stop(signal.SIGINT) == 0
    assert time.monotonic() - begun < 10
    assert processes_about(str(started.data)) == []
    assert "Traceback" not in started.output
    assert started.output.endswith("Tout est arrêté.\n")


@pytest.mark.une_base
@pytest.mark.lent
def test_un_processus_tue_est_relance(started):
    before = started.children()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    started.wait_for(lambda: all(started.children()[name] != before[name] for name in before), "relance")
    assert get(started.port, "/sante", Accept="application/json")[0] == 200
    witness = started.data / "temoins" / f"worker-{socket.gethostname()}"
    killed_at = time.time()
    started.wait_for(lambda: witness.exists() and witness.stat().st_mtime > killed_at, "témoin du travailleur")
    assert started.output.count("relance dans") == 2
    assert started.stop(signal.SIGTERM) == 0
    assert not any(_alive(pid) for pid in before.values())


@pytest.mark.une_base
@pytest.mark.lent
def test_un_superviseur_tue_emporte_ses_enfants(started):
    started.process.kill()
    started.process.wait()
    deadline = time.monotonic() + 15
    while processes_about(str(started.data)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_about(str(started.data)) == []


@pytest.mark.une_base
@pytest.mark.lent
def test_un_second_demarrage_sur_les_memes_donnees_est_refuse(started, prepare):
    command = [sys.executable, "-m", "sandbox.launcher", "--port", str(free_port())]
    again = subprocess.run(command, env=prepare, capture_output=True, text=True)
    assert again.returncode == 2
    assert f"déjà démarré sur {started.data}" in again.stderr


@pytest.mark.une_base
@pytest.mark.lent
def test_la_demonstration_est_annoncee_et_reste_la_meme(env):
    codes = []
    for _ in range(2):
        port = free_port()
        with Lanceur(["--port", str(port), "--data", env["SANDBOX_DATA_DIR"]], env) as lanceur:
            lanceur.wait_for_text("Ctrl-C")
            assert "mot de passe" in lanceur.output
            codes.append(re.search(r"/rejoindre/([^/\s]+)/", lanceur.output)[1])
            assert get(port, f"/rejoindre/{codes[-1]}/")[0] == 200
            assert lanceur.stop() == 0
    assert codes[0] == codes[1]
    assert not (lanceur.data / "demonstration.json").exists()


@pytest.mark.lent
def test_les_processus_separes_vont_bien_puis_s_arretent(env):
    """What docker-compose.yml runs: web --preparer, worker, beat, and their health checks."""
    port = free_port()
    env["SANDBOX_PORT"] = str(port)

    def healthy(role):
        return subprocess.run([sys.executable, "-m", "sandbox.launcher", "sante", role], env=env).returncode == 0

    with Lanceur(["web", "--preparer"], env) as web:
        web.wait_for(lambda: healthy("web"), "web")
        assert not healthy("worker")
        with Lanceur(["worker"], env) as worker, Lanceur(["beat"], env) as beat:
            worker.wait_for(lambda: healthy("worker"), "worker")
            beat.wait_for(lambda: healthy("beat"), "beat")
            codes = [beat.stop(signal.SIGTERM), worker.stop(signal.SIGTERM)]
        assert codes == [0, 0], beat.output + worker.output
        assert web.stop(signal.SIGTERM) == 0


@pytest.mark.lent
def test_preparer_et_manage(env):
    base = [sys.executable, "-m", "sandbox.launcher"]
    subprocess.run([*base, "preparer"], env=env, check=True)
    again = subprocess.run([*base, "preparer"], env=env, check=True, capture_output=True, text=True)
    assert again.stdout == ""
    left = subprocess.run([*base, "manage", "migrate", "--check"], env=env, capture_output=True, text=True)
    assert left.returncode == 0, left.stdout


def test_une_base_injoignable_se_dit(env):
    env["DATABASE_URL"] = f"postgres://personne@127.0.0.1:{free_port()}/rien"
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.launcher", "--port", str(free_port())],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "base de données" in done.stderr
    assert "Traceback" not in done.stderr
    assert processes_about(env["SANDBOX_DATA_DIR"]) == []


@pytest.mark.parametrize("role", [[], ["web"], ["worker"], ["sante"]])
def test_l_aide_est_en_francais(env, role):
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.launcher", *role, "--help"], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Utilisation : ")
    assert not re.search(r"usage|show this|arguments:", done.stdout)


class TestOptions:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch, tmp_path):
        for name in ("SANDBOX_PORT", "DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("SANDBOX_DATA_DIR", str(tmp_path / "env"))

    def test_sans_rien(self, tmp_path):
        choices = options.read([])
        assert (choices.role, choices.port, choices.data) == ("tout", 8000, tmp_path / "env")
        assert choices.no_demo is False

    def test_la_ligne_de_commande_l_emporte(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SANDBOX_PORT", "9000")
        monkeypatch.chdir(tmp_path)
        choices = options.read(["--port", "9001", "--data", "ici", "--no-demo"])
        assert (choices.port, choices.data, choices.no_demo) == (9001, tmp_path / "ici", True)
        assert os.environ["SANDBOX_DATA_DIR"] == str(tmp_path / "ici")
        assert os.environ["SANDBOX_PORT"] == "9001"

    @pytest.mark.parametrize("arguments", [["--port", "9001", "web"], ["web", "--port", "9001"]])
    def test_une_option_vaut_avant_ou_apres_la_commande(self, arguments):
        choices = options.read(arguments)
        assert (choices.role, choices.port, choices.host) == ("web", 9001, "0.0.0.0")

    def test_manage_recoit_la_suite(self):
        assert options.read(["manage", "cohort", "list", "--json"]).suite == ["cohort", "list", "--json"]

    @pytest.mark.parametrize("port", ["0", "65536", "http"])
    def test_un_port_impossible(self, port):
        with pytest.raises(Refus, match="port"):
            options.read(["--port", port])

    def test_une_option_inconnue(self, capsys):
        with pytest.raises(SystemExit) as end:
            options.read(["--inconnue"])
        assert end.value.code == 2
        assert "option inconnue" in capsys.readouterr().err

    def test_un_dossier_impossible(self, tmp_path):
        (tmp_path / "fichier").touch()
        with pytest.raises(Refus, match="ne peut pas être créé"):
            options.read(["--data", str(tmp_path / "fichier" / "sous")])


class TestReseau:
    def test_un_port_pris_se_dit(self):
        with reseau.listen("127.0.0.1", 0) as first:
            port = first.getsockname()[1]
            with pytest.raises(Refus, match=f"port {port} est déjà pris"):
                reseau.listen("127.0.0.1", port)

    def test_une_adresse_qui_n_est_pas_la_notre(self):
        with pytest.raises(Refus, match="Impossible d'écouter"):
            reseau.listen("192.0.2.99", 0)


def test_un_journal_reste_borne(tmp_path):
    journal = Journal(tmp_path / "j.log", limit=100)
    for number in range(50):
        journal.note(f"ligne {number}")
    journal.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["j.log", "j.log.1"]
    assert all(file.stat().st_size <= 100 for file in tmp_path.iterdir())
    assert "ligne 49" in (tmp_path / "j.log").read_text()


def test_le_cadre_sans_demonstration_dit_comment_creer_un_formateur(tmp_path):
    text = affichage.banner(port=8000, lan=None, demo={}, data=tmp_path, logs=tmp_path / "journaux")
    assert "manage createtrainer" in text
    assert "Sur le réseau local" not in text


def test_la_version_est_une_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
