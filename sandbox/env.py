"""Settings read from the environment, each also from a file named by `<NAME>_FILE` (Docker secrets)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = frozenset({"1", "true", "yes", "on", "oui"})
FALSE = frozenset({"0", "false", "no", "off", "non", ""})

# WAL lets readers go on during a write; with it NORMAL loses no committed transaction when the process dies.
SQLITE_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "cache_size = -16000",
    "mmap_size = 134217728",
    "journal_size_limit = 67108864",
    "temp_store = MEMORY",
)
SQLITE_TIMEOUT = 20  # seconds a writer waits for its turn


class ReglageInvalide(Exception):
    """An environment variable holds something that we cannot read."""


def envstr(name: str, default: str = "") -> str:
    """The variable's text, else that of the file named by `<name>_FILE`, else the default."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ReglageInvalide(f"{name}_FILE : {path} est illisible ({error.strerror}).") from error
    return default


def envbool(name: str, default: bool = False) -> bool:
    value = envstr(name, str(default)).strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ReglageInvalide(f"{name} : « {value} » n'est ni oui ni non.")


def envint(name: str, default: int) -> int:
    value = envstr(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ReglageInvalide(f"{name} : « {value} » n'est pas un nombre entier.") from error


def envlist(name: str, default: tuple[str, ...] | list[str] = ()) -> list[str]:
    value = envstr(name, ",".join(default))
    return [item.strip() for item in value.split(",") if item.strip()]


def envsecret(name: str, path: Path | None = None) -> str:
    """A secret: from the environment, else from `path`, which is written once with a random value."""
    if value := envstr(name):
        return value
    if path is None:
        raise ReglageInvalide(f"{name} : cette variable est obligatoire.")
    return _secret_file(path)


def _secret_file(path: Path) -> str:
    """Web and worker may start together: the value is linked in place whole, and the first one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            draft.replace(path)
        draft.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()


def database_url(url: str, default_file: Path) -> dict[str, Any]:
    """One entry of DATABASES for `sqlite:////absolute/file` or `postgres://…`; empty: SQLite in `default_file`."""
    if not url:
        return _sqlite(str(default_file))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(url.removeprefix("sqlite://").removeprefix("/")))
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgres(url)
    raise ReglageInvalide(f"DATABASE_URL : « {parts.scheme} » n'est ni sqlite ni postgres.")


def _sqlite(name: str) -> dict[str, Any]:
    if not name:
        raise ReglageInvalide("DATABASE_URL : le nom du fichier SQLite manque.")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": SQLITE_TIMEOUT,
            "transaction_mode": "IMMEDIATE",
            "init_command": ";".join(f"PRAGMA {pragma}" for pragma in SQLITE_PRAGMAS),
        },
    }


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ReglageInvalide("DATABASE_URL : le nom de la base manque.")
    try:
        port = parts.port
    except ValueError as error:
        raise ReglageInvalide("DATABASE_URL : le port n'est pas un nombre.") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or options.pop("host", "")),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
