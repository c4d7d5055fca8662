"""The command line, in French, and the environment that it sets for the settings."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from sandbox import paths
from sandbox.env import envbool

TOUT, WEB, WORKER, BEAT, PREPARE, SANTE, MANAGE = "tout", "web", "worker", "beat", "preparer", "sante", "manage"
SFTP = "sftp"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 -- the classroom must reach us

EXEMPLES = """\
exemples :
  bac-a-sable                          tout démarrer, avec une session de démonstration
  bac-a-sable --port 8080 --no-demo    sur un autre port, sans session de démonstration
  bac-a-sable --sftp                   avec le serveur SFTP des partenaires EDI
  bac-a-sable manage cohort list       une commande d'administration
"""


class Refus(Exception):
    """Something the person who started the command must change; the text says what."""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):  # type: ignore[no-untyped-def]
        super().add_usage(usage, actions, groups, "Utilisation : " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog} : option inconnue, incomplète ou refusée. L'option --help les présente toutes.\n")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Refus(f"« {text} » n'est pas un numéro de port (1 à 65535).")
    return int(text)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-h", "--help", action="help", help="afficher cette aide")
    parser.add_argument("--data", metavar="DOSSIER", help="dossier des données (SANDBOX_DATA_DIR)")


def _add_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, metavar="N", help="port d'écoute, 8000 si rien n'est dit (SANDBOX_PORT)")
    parser.add_argument(
        "--host", default=EVERYWHERE[0], metavar="ADRESSE", help="adresse d'écoute (127.0.0.1 : ce poste seul)"
    )


def _add_sftp_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sftp-port", type=_port, metavar="N", help="port du serveur SFTP, 2222 si rien n'est dit (SANDBOX_SFTP_PORT)"
    )


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bac-a-sable",
        description="Prépare et démarre le bac à sable. Sans commande : tout sur ce poste, jusqu'à Ctrl-C.",
        epilog=EXEMPLES,
        formatter_class=_Formatter,
        add_help=False,
    )
    _add_common(parser)
    _add_network(parser)
    parser.add_argument(
        "--sftp", action="store_true", help="démarrer aussi le serveur SFTP des partenaires EDI (SANDBOX_SFTP)"
    )
    _add_sftp_port(parser)
    parser.add_argument("--no-demo", action="store_true", help="ni formateur ni session de démonstration")
    parser.set_defaults(role=TOUT)
    roles = parser.add_subparsers(title="commandes (installation en plusieurs processus)", metavar="")
    for role, text in (
        (WEB, "servir les pages"),
        (WORKER, "exécuter les travaux"),
        (BEAT, "donner le rythme aux travaux"),
        (SFTP, "recevoir et remettre les fichiers des partenaires EDI"),
        (PREPARE, "mettre à jour la base et les fichiers statiques, puis s'arrêter"),
        (SANTE, "dire par le code de sortie si un processus de cette machine va bien"),
        (MANAGE, "passer la suite à manage.py"),
    ):
        sub = roles.add_parser(role, help=text, description=text, formatter_class=_Formatter, add_help=False)
        sub.set_defaults(role=role)
        if role == MANAGE:
            continue
        _add_common(sub)
        if role in {WEB, SANTE, SFTP}:
            _add_network(sub)
        if role in {SANTE, SFTP}:
            _add_sftp_port(sub)
        for action in sub._actions:  # what the main parser has read must not be hidden by a second default
            action.default = argparse.SUPPRESS
        if role == WEB:
            sub.add_argument("--preparer", action="store_true", help="préparer d'abord la base et les fichiers")
        if role == WORKER:
            sub.add_argument("--beat", action="store_true", help="donner aussi le rythme (un seul doit le faire)")
        if role == SANTE:
            sub.add_argument_group("processus").add_argument(
                "processus", choices=(WEB, WORKER, BEAT, SFTP), metavar="web|worker|beat|sftp"
            )
    return parser


def read(argv: list[str] | None) -> argparse.Namespace:
    """Parse, then put in the environment what the settings read there."""
    arguments = sys.argv[1:] if argv is None else argv
    ours = arguments.index(MANAGE) + 1 if MANAGE in arguments else len(arguments)
    options = build_parser().parse_args(arguments[:ours])
    options.suite = arguments[ours:]  # manage.py reads its own options
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    if getattr(options, "data", None):
        os.environ["SANDBOX_DATA_DIR"] = str(Path(options.data).expanduser().absolute())
    else:
        os.environ["SANDBOX_DATA_DIR"] = str(paths.data_dir())
    if getattr(options, "port", None):
        os.environ["SANDBOX_PORT"] = str(options.port)
    options.port = _port(os.environ.get("SANDBOX_PORT") or "8000")
    if getattr(options, "sftp_port", None):
        os.environ["SANDBOX_SFTP_PORT"] = str(options.sftp_port)
    options.sftp_port = _port(os.environ.get("SANDBOX_SFTP_PORT") or "2222")
    options.sftp = getattr(options, "sftp", False) or envbool("SANDBOX_SFTP", default=False)
    options.data = paths.data_dir()
    try:
        options.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refus(f"Le dossier des données {options.data} ne peut pas être créé : {error.strerror}.") from error
    if not os.access(options.data, os.W_OK | os.X_OK):
        raise Refus(f"Le dossier des données {options.data} n'est pas accessible en écriture.")
    return options
