"""A file that a live worker or beat touches every few seconds: the cheapest health check that tells the truth."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from celery import signals

from sandbox.launcher.options import EVERYWHERE, SFTP, WEB

EVERY = 5.0  # seconds between two touches of a worker
STALE = 45.0  # seconds after which a process is taken for hung
FORGOTTEN = 86_400.0  # seconds after which the file of a machine that is gone is removed


def path(data: Path, role: str) -> Path:
    """One file per machine: several containers may share the data directory."""
    return data / "temoins" / f"{role}-{socket.gethostname()}"


def _start(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for other in file.parent.iterdir():
        if time.time() - other.stat().st_mtime > FORGOTTEN:
            other.unlink(missing_ok=True)
    file.touch()


def watch_worker(file: Path) -> None:
    def on_ready(sender: Any, **kwargs: Any) -> None:
        _start(file)
        sender.timer.call_repeatedly(EVERY, file.touch)

    signals.worker_ready.connect(on_ready, weak=False)


def watch_beat(file: Path) -> None:
    """Touched when a task has left for the broker: a beat that can't reach it is not well."""
    signals.beat_init.connect(lambda **kwargs: _start(file), weak=False)
    signals.after_task_publish.connect(lambda **kwargs: file.touch(), weak=False)


def healthy(data: Path, role: str, host: str, port: int) -> bool:
    here = "127.0.0.1" if host in EVERYWHERE else host
    if role == WEB:
        return _web_answers(here, port)
    if role == SFTP:
        return _sftp_answers(here, port)
    try:
        return time.time() - path(data, role).stat().st_mtime < STALE
    except OSError:
        return False


def _web_answers(host: str, port: int) -> bool:
    """A refusal (a host name that is not allowed, say) comes from a process that is well; a 5xx does not."""
    url = f"http://[{host}]:{port}/sante" if ":" in host else f"http://{host}:{port}/sante"
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 -- our own address
    try:
        with urllib.request.urlopen(request, timeout=2):  # noqa: S310
            return True
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False


def _sftp_answers(host: str, port: int) -> bool:
    """It says who it is before anything is asked."""
    try:
        with socket.create_connection((host, port), timeout=2) as client:
            return client.recv(4) == b"SSH-"
    except OSError:
        return False
