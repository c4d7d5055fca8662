"""The files that no program of ours reads together: they must still agree."""

import hashlib
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml

from sandbox.launcher import options
from sandbox.paths import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
LANCEUR = "bac-a-sable"
# What tests/sandbox/test_lanceur.py and tests/test_paquet.py run for real.
ROLES_SURVEILLES = ("web", "worker", "beat", "sftp")
ESSAYEES = {(), ("web", "--preparer"), *((r,) for r in ROLES_SURVEILLES), *(("sante", r) for r in ROLES_SURVEILLES)}


def _names(file):
    """Distribution names pinned or asked for by a requirements file."""
    lines = (ROOT / "requirements" / file).read_text().splitlines()
    return {match[0].lower().replace("_", "-") for line in lines if (match := re.match(r"[A-Za-z][\w.-]*", line))}


@pytest.mark.parametrize("manifest", ["static/vendor/vendor.toml", "tests/e2e/vendor/vendor.toml"])
def test_les_fichiers_repris_sont_ceux_de_vendor_toml(manifest):
    folder = (ROOT / manifest).parent
    expected = {}
    for package in tomllib.loads((ROOT / manifest).read_text())["paquet"]:
        for member, digest in package["fichiers"].items():
            expected[f"{package['nom']}/{member.rsplit('/', 1)[-1]}"] = digest
    found = {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "vendor.toml"
    }
    assert found == expected


def test_les_fichiers_repris_ne_reclament_pas_de_carte_source():
    for file in (ROOT / "static/vendor").rglob("*.[cj]s*"):
        assert b"sourceMappingURL" not in file.read_bytes(), file


def test_le_paquet_demande_ce_que_dit_base_in():
    lines = (ROOT / "requirements/base.in").read_text().splitlines()
    assert PYPROJECT["project"]["dependencies"] == [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["base", "dev"])
def test_les_versions_figees_couvrent_les_demandes(name):
    text = (ROOT / f"requirements/{name}.txt").read_text()
    asked = _names("base.in") | (_names("dev.in") if name == "dev" else set())
    assert asked <= _names(f"{name}.txt")
    pinned = re.findall(r"^([A-Za-z][^\s=]*)==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z]", text, re.MULTILINE))


def test_dev_contient_exactement_les_versions_de_base():
    pins = {}
    for name in ("base", "dev"):
        text = (ROOT / f"requirements/{name}.txt").read_text()
        pins[name] = set(re.findall(r"^[A-Za-z]\S*==\S+", text, re.MULTILINE))
    assert pins["base"] <= pins["dev"]


def test_les_fichiers_figes_ne_nomment_aucun_depot():
    for file in (ROOT / "requirements").iterdir():
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", file.read_text()), file


def _launcher_commands():
    for service in COMPOSE["services"].values():
        command = service.get("command", [])
        if command[:1] == [LANCEUR]:
            yield command
        test = service.get("healthcheck", {}).get("test", [])
        if test[1:2] == [LANCEUR]:
            yield test[1:]
    for command in re.findall(r"^(?:HEALTHCHECK .*)?CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        yield yaml.safe_load(command)


def test_les_conteneurs_n_executent_que_des_commandes_essayees():
    commands = list(_launcher_commands())
    assert len(commands) == 10
    for command in commands:
        assert command[0] == LANCEUR
        assert tuple(command[1:]) in ESSAYEES, command
        options.build_parser().parse_args(command[1:])


def test_la_commande_du_paquet_existe():
    module, _, name = PYPROJECT["project"]["scripts"][LANCEUR].partition(":")
    assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_compose_a_ses_services_surveilles_et_n_ouvre_que_le_site():
    services = COMPOSE["services"]
    assert set(services) == {"web", "worker", "beat", "sftp", "db", "redis"}
    assert all("healthcheck" in service for service in services.values())
    ouverts = {name: service.get("profiles") for name, service in services.items() if "ports" in service}
    assert ouverts == {"web": None, "sftp": ["sftp"]}  # the second one is off unless asked for
    volumes = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert volumes == set(COMPOSE["volumes"])
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}
            assert name in services


def test_aucun_secret_dans_compose():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}([^}}]*)", text)) == {":?à définir dans .env"}


def test_compose_accepte_le_fichier(tmp_path):
    """Where a compose client is at hand; the tests above stand alone elsewhere."""
    client = _compose_client()
    if client is None:
        pytest.skip("pas de client compose sur cette machine")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("SECRET_KEY=x\nPOSTGRES_PASSWORD=y\n")
    done = subprocess.run([*client, "config", "--quiet"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _compose_client():
    for client in (["docker", "compose"], ["docker-compose"]):
        found = shutil.which(client[0])
        if found and subprocess.run([*client, "version"], capture_output=True).returncode == 0:
            return client
    return None


def test_l_image_et_le_script_installent_les_memes_bibliotheques():
    script = (ROOT / "scripts/_outils.sh").read_text()
    image = (ROOT / "Dockerfile").read_text()
    wanted = {name for group in re.findall(r"paquets\+=\(([^)]*)\)", script) for name in group.split()}
    assert wanted
    assert all(name in image for name in wanted)
