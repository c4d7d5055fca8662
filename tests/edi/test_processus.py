"""The server as a process: `manage.py sftp`, the switch of the launcher, its health check."""

import os
import signal
import socket
import stat
import subprocess
import sys

import pytest

from sandbox import paths
from sandbox.launcher import affichage, options, temoin
from tests.lanceur import Lanceur, free_port, get, installation_prete, processes_about

pytestmark = [pytest.mark.enable_socket, pytest.mark.une_base]


@pytest.fixture
def env(tmp_path):
    with installation_prete(tmp_path) as prete:
        yield prete


def _banniere(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        return client.recv(20)


@pytest.mark.lent
def test_le_lanceur_le_demarre_le_relance_et_l_arrete(env):
    port, sftp = free_port(), free_port()
    env["SANDBOX_SFTP"], env["SANDBOX_SFTP_PORT"] = "oui", str(sftp)
    with Lanceur(["--no-demo", "--port", str(port)], env) as lanceur:
        lanceur.wait_for_text("Ctrl-C")
        assert f"sftp -P {sftp} IDENTIFIANT@" in lanceur.output
        lanceur.wait_for(lambda: _banniere(sftp).startswith(b"SSH-2.0-bac-a-sable"), "serveur SFTP")
        cle = lanceur.data / "cle-hote-sftp"
        assert stat.S_IMODE(cle.stat().st_mode) == 0o600
        premier = lanceur.children()["sftp"]
        os.kill(premier, signal.SIGKILL)
        lanceur.wait_for(lambda: lanceur.children().get("sftp") not in (None, premier), "relance")
        lanceur.wait_for(lambda: _banniere(sftp).startswith(b"SSH-2.0"), "serveur SFTP relancé")
        assert get(port, "/sante", Accept="application/json")[0] == 200
        assert lanceur.stop(signal.SIGINT) == 0
        assert "Traceback" not in lanceur.output + (lanceur.data / "journaux" / "sftp.log").read_text()
        assert processes_about(str(lanceur.data)) == []


@pytest.mark.lent
def test_seul_dans_son_role_puis_par_manage(env):
    sftp = free_port()
    env["SANDBOX_SFTP_PORT"] = str(sftp)
    base = [sys.executable, "-m", "sandbox.launcher"]

    def sante():
        return subprocess.run([*base, "sante", "sftp"], env=env).returncode

    assert sante() == 1
    with Lanceur(["sftp"], env) as role:
        role.wait_for(lambda: sante() == 0, "rôle sftp")
        pris = subprocess.run([*base, "manage", "sftp"], env=env, capture_output=True, text=True)
        assert (pris.returncode, "Impossible d'écouter" in pris.stderr) == (1, True)
        assert role.stop(signal.SIGTERM) == 0
    commande = [sys.executable, str(paths.ROOT / "manage.py"), "sftp", "--port", str(sftp), "--host", "127.0.0.1"]
    with subprocess.Popen(commande, env=env, stdout=subprocess.PIPE, text=True) as processus:
        assert f"port {sftp}. Clé : SHA256:" in processus.stdout.readline()
        assert _banniere(sftp).startswith(b"SSH-2.0")
        processus.send_signal(signal.SIGINT)
        assert processus.wait(20) == 0


def test_un_port_pris_se_dit_avec_son_option(env):
    with socket.socket() as pris:
        pris.bind(("127.0.0.1", 0))
        pris.listen()
        port = pris.getsockname()[1]
        demande = [sys.executable, "-m", "sandbox.launcher", "--no-demo", "--sftp", "--sftp-port", str(port)]
        fait = subprocess.run([*demande, "--port", str(free_port())], env=env, capture_output=True, text=True)
    assert fait.returncode == 2
    assert f"--sftp-port {port + 1}" in fait.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "attendu"),
    [
        ([], {}, (False, 2222)),
        (["--sftp"], {}, (True, 2222)),
        (["--sftp", "--sftp-port", "2300"], {"SANDBOX_SFTP_PORT": "2400"}, (True, 2300)),
        ([], {"SANDBOX_SFTP": "1", "SANDBOX_SFTP_PORT": "2400"}, (True, 2400)),
        (["sftp", "--sftp-port", "2300"], {}, (False, 2300)),
    ],
    ids=["eteint", "option", "port", "variables", "role"],
)
def test_les_options(monkeypatch, tmp_path, arguments, variables, attendu):
    for nom in ("SANDBOX_SFTP", "SANDBOX_SFTP_PORT", "SANDBOX_PORT", "SANDBOX_DATA_DIR"):
        monkeypatch.setenv(nom, variables.get(nom, ""))
    monkeypatch.setenv("SANDBOX_DATA_DIR", str(tmp_path))
    lues = options.read([*arguments, "--data", str(tmp_path)])
    assert (lues.sftp, lues.sftp_port) == attendu


def test_la_banniere_et_la_sante(tmp_path):
    faits = {"port": 8000, "lan": None, "demo": {}, "data": tmp_path, "logs": tmp_path}
    assert "SFTP" not in affichage.banner(**faits)
    assert "sftp -P 2300 IDENTIFIANT@127.0.0.1" in affichage.banner(**faits, sftp=2300)
    assert not temoin.healthy(tmp_path, options.SFTP, "127.0.0.1", free_port())
