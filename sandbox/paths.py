"""Where things are, in a clone of the repository and in an installed wheel.

The wheel carries `templates/` and `static/` under `sandbox/_paquet/` (see pyproject.toml); a clone, at its root.
Knows nothing of Django, so that settings, launcher and scripts may all import it.
"""

from __future__ import annotations

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_BUNDLE = _HERE / "_paquet"

INSTALLED = _BUNDLE.is_dir()
ROOT = _HERE.parent
TEMPLATES_DIR = (_BUNDLE if INSTALLED else ROOT) / "templates"
STATIC_DIR = (_BUNDLE if INSTALLED else ROOT) / "static"
PACKS_DIR = ROOT / "formation" / "packs"


def default_data_dir() -> Path:
    """`data/` in a clone, the user's own data directory for an installed wheel."""
    if not INSTALLED:
        return ROOT / "data"
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "bac-a-sable"


def data_dir() -> Path:
    """The data directory in force (`SANDBOX_DATA_DIR`), not created here."""
    chosen = os.environ.get("SANDBOX_DATA_DIR")
    return Path(chosen).expanduser().absolute() if chosen else default_data_dir()
