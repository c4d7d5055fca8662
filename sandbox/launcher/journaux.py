"""Bounded log files, written by the supervisor from what its children print."""

from __future__ import annotations

import time
from pathlib import Path

LIMIT = 2 * 1024 * 1024


class Journal:
    """One file and its predecessor (`.1`): at most twice `limit` bytes, whatever happens."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.limit = path, limit
        self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        if self._file.tell() + len(data) > self.limit:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self.path.open("ab", buffering=0)
        self._file.write(data)

    def note(self, text: str) -> None:
        self.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode())

    def close(self) -> None:
        self._file.close()
