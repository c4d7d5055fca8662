"""The one exception raised when a deposited file cannot be used at all."""

from __future__ import annotations


class FichierIllisible(Exception):
    """`code` is stable and meant for tests and reports, `message_fr` is shown to the person as it is."""

    def __init__(self, code: str, message_fr: str, *, detail: str = "") -> None:
        super().__init__(message_fr)
        self.code = code
        self.message_fr = message_fr
        self.detail = detail

    def __repr__(self) -> str:
        return f"FichierIllisible({self.code!r}, {self.message_fr!r})"
