"""The wheel, built, installed alone in a new environment and started."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from sandbox import __version__
from sandbox.paths import ROOT
from tests.lanceur import Lanceur, environment, free_port, get, own_services, processes_about

pytestmark = [pytest.mark.lent, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paquet")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory):
    """`bac-a-sable` in an environment that has the wheel and, by a path file, the dependencies already here."""
    home = tmp_path_factory.mktemp("env")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "dependances.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "bac-a-sable"


def test_le_paquet_contient_gabarits_fichiers_et_programmes(wheel):
    assert wheel.name.startswith(f"bac_a_sable-{__version__}-")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, bundle in (("templates", "sandbox/_paquet/templates"), ("static", "sandbox/_paquet/static")):
        expected = {f"{bundle}/{file.relative_to(ROOT / folder).as_posix()}" for file in _files(ROOT / folder)}
        assert expected
        assert expected <= names
    packs = {file.relative_to(ROOT).as_posix() for file in _files(ROOT / "formation" / "packs")}
    assert any(name.startswith("formation/packs/novices-7h/") for name in packs)
    assert packs <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "data/")) or "settings_test" in name]


def test_le_paquet_contient_toutes_nos_donnees(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("accounts", "structures", "invoices", "travaux", "support", "api", "edi", "formation"):
        data = {file.relative_to(ROOT).as_posix() for file in _files(ROOT / package)}
        assert data <= names


def _files(folder: Path):
    return [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]


def test_installe_ailleurs_il_demarre_et_s_arrete(program, tmp_path):
    port = free_port()
    with own_services() as services:
        env = environment(tmp_path / "donnees", **services)
        del env["PYTHONPATH"]
        arguments = ["--port", str(port), "--data", str(tmp_path / "donnees")]
        with Lanceur(arguments, env, command=(str(program),)) as lanceur:
            lanceur.wait_for_text("Ctrl-C")
            assert get(port, "/sante", Accept="application/json")[0] == 200
            status, page = get(port, "/rejoindre/")
            assert status == 200
            links = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', page)
            assert any("bootstrap" in link for link in links)
            for link in links:
                assert get(port, link)[0] == 200, link
            assert lanceur.stop(signal.SIGINT) == 0
    assert processes_about(str(tmp_path)) == []


def test_le_paquet_n_a_pas_besoin_du_clone(program, tmp_path):
    """The code that runs is the installed one, and its own data directory is the user's."""
    code = "from sandbox import paths; print(paths.INSTALLED, paths.ROOT, paths.default_data_dir())"
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SANDBOX_DATA_DIR"}}
    env["XDG_DATA_HOME"] = str(tmp_path)
    python = program.parent / "python"
    done = subprocess.run([str(python), "-P", "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True)
    installed, root, data = done.stdout.split()
    assert installed == "True"
    assert not Path(root).is_relative_to(ROOT)
    assert data == str(tmp_path / "bac-a-sable")
