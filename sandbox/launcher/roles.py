"""What each process does, the same under the supervisor, in a container or alone. Django is set up by the caller."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication

from sandbox.celery import app as celery
from sandbox.env import envint
from sandbox.launcher import refus, temoin
from sandbox.launcher.options import BEAT, WORKER

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- gunicorn's heartbeat file, away from a slow disk


class WebServer(BaseApplication):
    """gunicorn without its command line and its configuration files."""

    def __init__(self, choices: dict[str, Any]) -> None:
        self.choices = choices
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.choices.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return get_wsgi_application()


def serve(bind: str, *, stop_within: int) -> None:
    """Serve until SIGTERM or SIGINT; `stop_within` seconds are left to the requests under way."""
    refus.install()
    WebServer(
        {
            "bind": bind,
            "worker_class": "gthread",
            "workers": envint("WEB_CONCURRENCY", 1),
            "threads": envint("WEB_THREADS", 8),
            "timeout": 120,
            "graceful_timeout": stop_within,
            "keepalive": 5,
            "limit_request_line": 8190,
            "worker_tmp_dir": str(SHARED_MEMORY) if os.access(SHARED_MEMORY, os.W_OK) else None,
            "control_socket_disable": True,
            "proc_name": "bac-a-sable",
        }
    ).run()


def work(data: Path, *, with_beat: bool) -> None:
    """Run tasks until SIGTERM. With the beat, it is a thread of this process: it can neither outlive it nor double."""
    temoin.watch_worker(temoin.path(data, WORKER))
    arguments = ["worker", "--pool=threads", f"--concurrency={envint('WORKER_CONCURRENCY', 4)}"]
    arguments += ["--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    service = _start_beat_thread() if with_beat else None
    try:
        celery.worker_main(arguments)
    finally:
        if service is not None:
            service.stop()


def _start_beat_thread() -> Any:
    from celery.beat import EmbeddedService  # noqa: PLC0415 -- slow import, needed by one role

    service = EmbeddedService(celery, thread=True, schedule_filename=celery.conf.beat_schedule_filename)
    service.start()
    return service


def beat(data: Path) -> None:
    temoin.watch_beat(temoin.path(data, BEAT))
    celery.start(["beat", "--loglevel=WARNING", "--pidfile=", f"--schedule={celery.conf.beat_schedule_filename}"])


def exchange(listener: socket.socket) -> None:
    """Answer the EDI partners until SIGTERM."""
    from edi import serveur  # noqa: PLC0415 -- slow import, needed by one role

    host, port = listener.getsockname()[:2]
    serveur.servir(host, port, ecoute=listener)


def manage(arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- only this role is a command

    execute_from_command_line(["bac-a-sable manage", *(arguments or ["help"])])
