"""Bank details as the API tells them: an IBAN taken apart (api.md §6.4, §6.7)."""

from dataclasses import dataclass

from structures.identifiants import Iban, compacter


@dataclass(frozen=True, slots=True)
class Parties:
    """What is not known of a foreign IBAN is empty."""

    pays: str
    cle_iban: str
    compte: str
    banque: str = ""
    guichet: str = ""
    cle_rib: str = ""


def parties(iban: str | None) -> Parties | None:
    """None without an IBAN."""
    compact = compacter(iban or "")
    if not compact:
        return None
    pays, cle = compact[:2], compact[2:4]
    if pays != "FR":
        return Parties(pays, cle, compact[4:])
    lu = Iban.lire(compact)
    return Parties(pays, cle, lu.compte, lu.banque, lu.guichet, lu.cle)
