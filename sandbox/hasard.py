"""Random choices that owe nothing to the order of actions (DESIGN « Time », formation.md CLK-10)."""

from hashlib import sha256


def tirage(graine: str, *parties: object) -> float:
    """Number in [0, 1[ drawn from the session's seed and the business keys of the thing that reacts.

    ``parties`` hold business keys (SIREN, invoice number, step), never database ids: those depend on who came first.
    """
    condense = sha256("\x1f".join([graine, *(str(p) for p in parties)]).encode()).digest()
    return int.from_bytes(condense[:8], "big") / 2**64


def entier(minimum: int, maximum: int, graine: str, *parties: object) -> int:
    """Whole number between both bounds, included."""
    return minimum + int(tirage(graine, *parties) * (maximum - minimum + 1))
