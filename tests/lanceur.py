"""Start the real launcher as a person or a container does, in a process of its own, and look at what it does."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sandbox import paths

PATIENCE = 180.0  # seconds: what has not come by then will not, even on a machine busy with the rest of the suite


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data: Path, **more: str) -> dict[str, str]:
    """The tests' own database and broker kinds, but not the tests' settings."""
    dropped = {"DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SANDBOX_PORT", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "SANDBOX_DATA_DIR": str(data), "PYTHONPATH": str(paths.ROOT), "PYTHONSAFEPATH": "1", **more}


@contextlib.contextmanager
def own_services(modele: str = ""):
    """With DATABASE_URL on PostgreSQL: a database for one test, empty or a copy of ``modele``; with REDIS_URL: a
    number that no test uses."""
    chosen = {}
    if broker := os.environ.get("REDIS_URL"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw9").removeprefix("gw")
        chosen["REDIS_URL"] = f"redis://{urlsplit(broker).netloc}/{10 + int(worker) % 6}"
    if not _sur_postgres():
        yield chosen
        return
    name = f"bas_{uuid.uuid4().hex}"
    _sql(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{modele}"' if modele else ""))
    try:
        yield chosen | {"DATABASE_URL": _adresse(name)}
    finally:
        _sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def _sur_postgres() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def _adresse(base: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{base}").geturl()


def _sql(ordre: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(ordre)


@dataclass(frozen=True)
class Prete:
    """A data directory and, on PostgreSQL, a database, that a start has prepared; nothing uses them but to copy."""

    donnees: Path
    base: str


@functools.cache
def _prete() -> Prete:
    donnees = Path(tempfile.mkdtemp(prefix="bac-a-sable-prete-")) / "donnees"
    atexit.register(shutil.rmtree, donnees.parent, ignore_errors=True)
    base, env = "", environment(donnees)
    if _sur_postgres():
        base = f"bas_{uuid.uuid4().hex}"
        _sql(f'CREATE DATABASE "{base}"')
        atexit.register(_sql, f'DROP DATABASE "{base}" WITH (FORCE)')
        env["DATABASE_URL"] = _adresse(base)
    command = [sys.executable, "-m", "sandbox.launcher", "preparer"]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return Prete(donnees, base)


@contextlib.contextmanager
def installation_prete(dossier: Path):
    """Environment of an installation that has started before: the first preparation is the same for all the tests."""
    prete = _prete()
    with own_services(prete.base) as services:
        shutil.copytree(prete.donnees, dossier / "donnees")
        yield environment(dossier / "donnees", **services)


class Lanceur:
    """`bac-a-sable …` under way; leaving the block stops it for sure."""

    def __init__(self, arguments, env, command=(sys.executable, "-m", "sandbox.launcher")):
        self.data = Path(env["SANDBOX_DATA_DIR"])
        self.log = self.data.parent / f"sortie-{uuid.uuid4().hex}.txt"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [*command, *arguments], env=env, stdout=out, stderr=subprocess.STDOUT, cwd=self.data.parent
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, condition, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if condition():
                return
            assert self.process.poll() is None, f"arrêté avant « {what} » :\n{self.output}"
            time.sleep(0.05)
        raise AssertionError(f"« {what} » n'est pas arrivé :\n{self.output}\n{self.journals()}")

    def wait_for_text(self, text: str) -> None:
        self.wait_for(lambda: text in self.output, text)

    def journals(self) -> str:
        return "\n".join(f"--- {file.name}\n{file.read_text()}" for file in (self.data / "journaux").glob("*.log"))

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def children(self) -> dict[str, int]:
        """Name → pid of the children, as the supervisor's log tells."""
        lines = (self.data / "journaux" / "lancement.log").read_text().splitlines()
        found = {}
        for line in lines:
            if " : processus " in line and line.endswith("démarré"):
                name, _, rest = line.split(" ", 2)[2].partition(" : processus ")
                found[name] = int(rest.split()[0])
        return found


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def processes_about(text: str) -> list[str]:
    """The command lines that mention `text` (the data directory, unique to a test)."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in line:
                found.append(line)
    return found
