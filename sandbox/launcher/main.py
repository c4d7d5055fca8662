"""Entry point: read the options, then be one process or supervise them all."""

from __future__ import annotations

import argparse
import fcntl
import importlib
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TextIO

import django

from sandbox.env import ReglageInvalide
from sandbox.launcher import affichage, options, reseau
from sandbox.launcher.options import Refus
from sandbox.launcher.supervision import Supervisor

STOP_WITHIN = 6.0  # seconds left to everything to stop after Ctrl-C
WEB_STOP_WITHIN = 3
CONTAINER_STOP_WITHIN = 20


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    try:
        choices = options.read(argv)
        return run_all(choices) if choices.role == options.TOUT else run_role(choices)
    except (Refus, ReglageInvalide) as refusal:
        say(f"bac-a-sable : {refusal}")
        return 2
    except KeyboardInterrupt:
        return 130


def run_role(choices: argparse.Namespace) -> int:
    """One process of a larger installation; a container's command."""
    if choices.role == options.SANTE:
        from sandbox.launcher import temoin  # noqa: PLC0415 -- a health check loads no Django

        port = choices.sftp_port if choices.processus == options.SFTP else choices.port
        return 0 if temoin.healthy(choices.data, choices.processus, choices.host, port) else 1
    from sandbox.launcher import roles  # noqa: PLC0415 -- each role loads only what it needs

    if choices.role == options.MANAGE:
        roles.manage(choices.suite)
        return 0
    django.setup()
    if choices.role == options.PREPARE or getattr(choices, "preparer", False):
        from sandbox.launcher.preparation import prepare  # noqa: PLC0415 -- needs Django set up

        prepare(choices.data)
    if choices.role == options.WEB:
        host = f"[{choices.host}]" if ":" in choices.host else choices.host
        roles.serve(f"{host}:{choices.port}", stop_within=CONTAINER_STOP_WITHIN)
    elif choices.role == options.WORKER:
        roles.work(choices.data, with_beat=choices.beat)
    elif choices.role == options.BEAT:
        roles.beat(choices.data)
    elif choices.role == options.SFTP:
        roles.exchange(reseau.listen(choices.host, choices.sftp_port, option="--sftp-port"))
    return 0


def run_all(choices: argparse.Namespace) -> int:
    lock = _take(choices.data / "verrou")
    listener = reseau.listen(choices.host, choices.port)
    exchange = reseau.listen(choices.host, choices.sftp_port, option="--sftp-port") if choices.sftp else None
    supervisor = Supervisor(choices.data / "journaux", say)
    try:
        demo = _prepare(supervisor, choices)
        if demo is None:
            return 0 if supervisor.stopping else 1
        from sandbox.launcher import roles, temoin  # noqa: PLC0415 -- needs Django set up

        bind = f"fd://{listener.fileno()}"
        supervisor.add("web", partial(roles.serve, bind, stop_within=WEB_STOP_WITHIN))
        supervisor.add("travaux", partial(roles.work, choices.data, with_beat=True))
        if exchange is not None:
            supervisor.add("sftp", partial(roles.exchange, exchange))
        answers = partial(temoin.healthy, choices.data, options.WEB, choices.host, choices.port)
        supervisor.watch(until=answers, timeout=0.1)
        lan = reseau.lan_address() if choices.host in options.EVERYWHERE else None
        if not supervisor.stopping:
            facts = {"port": choices.port, "lan": lan, "demo": demo, "data": choices.data, "logs": supervisor.logs}
            facts["sftp"] = choices.sftp_port if choices.sftp else None
            print(affichage.banner(**facts), flush=True)
        supervisor.watch()
        print("Arrêt en cours…", flush=True)
    finally:
        listener.close()
        if exchange is not None:
            exchange.close()
        supervisor.stop(STOP_WITHIN)
        lock.close()
    print("Tout est arrêté.", flush=True)
    return 0


def _take(path: Path) -> TextIO:
    """Two launchers on the same data directory would play every event twice as often as they should."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "inconnu"
        raise Refus(f"Le bac à sable est déjà démarré sur {path.parent} (processus {holder}).") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _prepare(supervisor: Supervisor, choices: argparse.Namespace) -> dict[str, str] | None:
    """Prepare in a child while this process imports what the next ones need; None: it failed, or stop was asked."""
    django.setup()
    answer = choices.data / "demonstration.json"
    answer.unlink(missing_ok=True)
    status = supervisor.run_once("préparation", partial(_preparation, choices, answer), _preload)
    if status is None:
        return None
    if status != 0:
        say("bac-a-sable : la préparation a échoué ; le message ci-dessus en donne la raison.")
        return None
    try:
        facts: dict[str, str] = json.loads(answer.read_text())
    finally:
        answer.unlink(missing_ok=True)
    return facts


def _preparation(choices: argparse.Namespace, answer: Path) -> None:
    from sandbox.launcher.preparation import demonstrate, prepare  # noqa: PLC0415 -- needs Django set up

    try:
        prepare(choices.data)
    except Refus as refusal:
        say(f"bac-a-sable : {refusal}")
        sys.exit(1)
    facts = {} if choices.no_demo else demonstrate()
    answer.touch(mode=0o600)
    answer.write_text(json.dumps(facts))


def _preload() -> None:
    """Import what web and worker share, so that both start at once and share their memory."""
    from django.conf import settings  # noqa: PLC0415 -- needs Django set up

    from sandbox.celery import app  # noqa: PLC0415

    importlib.import_module("sandbox.launcher.roles")
    importlib.import_module(settings.ROOT_URLCONF)
    app.loader.import_default_modules()
