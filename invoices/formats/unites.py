"""Units of the portal (factures.md D-15) and their codes in the files (UN/ECE Recommendation 20)."""

from __future__ import annotations

UNITES = {
    "unité": "C62",
    "lot": "LO",
    "heure": "HUR",
    "jour": "DAY",
    "mois": "MON",
    "forfait": "LS",
    "kg": "KGM",
    "m": "MTR",
    "m²": "MTK",
    "m³": "MTQ",
    "km": "KMT",
    "litre": "LTR",
}
_CODES = {nom.casefold(): code for nom, code in UNITES.items()} | {"unite": "C62"}
_NOMS = {code: nom for nom, code in UNITES.items()}
_AUTRES = (
    "C62 H87 EA LO HUR DAY MON ANN WEE MIN SEC LS SET PR KGM GRM TNE MGM MTR CMT MMT KMT MTK MTQ LTR MLT HLT CMQ "
    "KWH MWH KWT WTT GJ E48 E49 XPK XBX XPX XCT XPA XRO DZN P1 NAR ZZ"
)
CODES = frozenset(_AUTRES.split())
NOTE = "Unité : "
"""Before the name of a unit that has no code, in the note of its line."""


def ecrire(unite: str) -> tuple[str, str]:
    """(code, note) of a unit of the portal: one that has no code is said in a note."""
    nom = unite.strip()
    code = _CODES.get(nom.casefold(), nom if nom in CODES else "")
    return (code, "") if code else ("C62", f"{NOTE}{nom}" if nom else "")


def lire(code: str, note: str) -> str:
    """Unit of the portal, from the code and the note of a line; a code that has no name there stays a code."""
    if code == "C62" and note.startswith(NOTE):
        return note.removeprefix(NOTE)
    return _NOMS.get(code, code)
