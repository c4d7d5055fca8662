"""The words by which the annuaire finds a structure: without accents, in capitals, A to Z and 0 to 9 only.

An alphabet that every database collation sorts alike, so that « begins with » is an interval of any index.
"""

import re
import unicodedata

LONGUEUR = 40
"""Of a word: what is beyond is neither kept nor compared."""
_AUTREMENT = str.maketrans(
    {"Œ": "OE", "Æ": "AE", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "ẞ": "SS", "ı": "I", "Ŋ": "NG", "Ħ": "H"}
)
"""Latin letters that do not decompose."""
_MOT = re.compile(r"[A-Z0-9]+")


def normaliser(texte: str) -> str:
    """« Département de l'Orle » → « DEPARTEMENT DE L'ORLE »."""
    decompose = unicodedata.normalize("NFKD", texte.upper().translate(_AUTREMENT))
    return "".join(c for c in decompose if not unicodedata.combining(c)).upper()


def mots(texte: str) -> list[str]:
    """Words of a text, in their order, each once: « Œuvre de l'Orle, Orle » → OEUVRE, DE, L, ORLE.

    Letters of other alphabets separate words, as punctuation does.
    """
    return list(dict.fromkeys(mot[:LONGUEUR] for mot in _MOT.findall(normaliser(texte))))


def intervalle(debut: str, longueur: int = LONGUEUR) -> tuple[str, str]:
    """First and last word that begin so, both included.

    The last one is written with Z, not with the character after the last of ``debut``: what follows Z or 9 sorts
    before the letters in most collations of PostgreSQL.
    """
    return debut, debut + "Z" * max(0, longueur - len(debut))
