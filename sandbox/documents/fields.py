from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Champ = models.CharField[str, str]
else:
    _Champ = models.CharField


class EmpreinteField(_Champ):
    """SHA-256 (64 hexadecimal characters) of a stored file; the purge looks for these columns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        super().__init__(*args, **kwargs)
