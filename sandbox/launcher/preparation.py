"""What must be done before serving, each step skipped when it has nothing to do. Django is set up by the caller."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from sandbox import __version__
from sandbox.launcher.options import Refus

STAMP = ".empreinte"


def prepare(data: Path) -> None:
    with exclusive(data / "preparation"):
        try:
            migrate()
        except OperationalError as error:
            raise Refus(f"La base de données ne peut pas être ouverte : {error}") from error
        collect_static()
    connections.close_all()


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Two processes that share the data directory prepare it one after the other."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Mise à jour de la base de données…", flush=True)
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT) / STAMP
    fingerprint = _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    print("Préparation des fichiers statiques…", flush=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    digest = hashlib.sha256(f"{__version__} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def demonstrate() -> dict[str, Any]:
    """The trainer and the demonstration session: created once, told again at each start."""
    out = io.StringIO()
    call_command("demo", json=True, stdout=out)
    connections.close_all()
    facts: dict[str, Any] = json.loads(out.getvalue())
    return facts
