"""A difference with the real portal, its theme, and the sources most often quoted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ecart:
    """A difference: what the real portal does, what happens here, the public source of the former."""

    sujet: str
    reel: str
    ici: str
    source: str


@dataclass(frozen=True, slots=True)
class Theme:
    titre: str
    ecarts: tuple[Ecart, ...]


AIFE = "Documentation de l'AIFE"
SANS = "Aucune source publique : choix du bac à sable"
SPEC = "Spécifications externes de l'AIFE"
