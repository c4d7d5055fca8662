"""Password rules, shown as they are checked (comptes-structures.md §2.3)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

LONGUEUR = 12


@dataclass(frozen=True, slots=True)
class RegleMotDePasse:
    libelle: str
    respectee: Callable[[str, str], bool]


REGLES_MOT_DE_PASSE: tuple[RegleMotDePasse, ...] = (
    RegleMotDePasse(f"au moins {LONGUEUR} caractères", lambda mdp, _login: len(mdp) >= LONGUEUR),
    RegleMotDePasse("au moins une majuscule", lambda mdp, _login: any(c.isupper() for c in mdp)),
    RegleMotDePasse("au moins une minuscule", lambda mdp, _login: any(c.islower() for c in mdp)),
    RegleMotDePasse("au moins un chiffre", lambda mdp, _login: any(c.isdigit() for c in mdp)),
    RegleMotDePasse(
        "au moins un caractère spécial (par exemple ! ? - _ @ #)",
        lambda mdp, _login: re.search(r"[^\w\s]|_", mdp) is not None,
    ),
    RegleMotDePasse(
        "différent de l'adresse de connexion",
        lambda mdp, login: mdp.casefold() not in (login.casefold(), login.split("@", maxsplit=1)[0].casefold()),
    ),
)


def regles_non_respectees(mot_de_passe: str, login: str) -> list[str]:
    """Rules that this password does not meet, in the order shown; empty when it is accepted."""
    return [r.libelle for r in REGLES_MOT_DE_PASSE if not r.respectee(mot_de_passe, login)]


def est_adresse_de_formation(adresse: str) -> bool:
    """Reserved names only (RFC 2606): no real mailbox can bear them (formation.md MSG-2, RGPD-2)."""
    return adresse.rpartition("@")[2].lower().endswith(".example")


def est_adresse_technique(adresse: str) -> bool:
    """Login of a technical account, whatever the case: it opens the API, never the portal (§9.2)."""
    return re.fullmatch(r"tech_[^@]+@cpro\.fr", adresse.strip(), re.IGNORECASE) is not None
