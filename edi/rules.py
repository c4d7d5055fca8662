"""Pure rules of the exchange: when it is open, how files are called (flux-edi.md §2, §3)."""

import re
from dataclasses import dataclass

from edi.enums import Nature
from structures.enums import EtatRaccordement, ModeRaccordement

OUVRABLES = (EtatRaccordement.VALIDEE, EtatRaccordement.ACTIVE, EtatRaccordement.A_RENOUVELER)
"""States of a fiche in which its access can be prepared."""
ECHANGES = (EtatRaccordement.ACTIVE, EtatRaccordement.A_RENOUVELER)
"""States in which it works: « Activer » opens the raccordement, and a certificate that ends soon is not ended."""

CLES_MAXIMUM = 5
CLE_LONGUEUR = 4_000
"""Characters of a public key: RSA of 16,384 bits and a comment."""
CLES_ADMISES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
RSA_MINIMUM = 2_048

PORTAIL = "CPP001"
STATUTS = "FEN1200A"
"""Interface of a life-cycle file, both ways."""
LIGNES_MAXIMUM = 500
"""Of a life-cycle file, as the invoices of a flow (flux-edi.md §3)."""
PROVISOIRES = (".filepart", ".part", ".tmp")
"""Ends of the names under which common clients upload before they rename."""
NOM_MAXIMUM = 60

_NUMEROS = {Nature.CYCLE_DE_VIE: "1200", Nature.PIVOT: "0036", Nature.ANNUAIRE: "0037"}
_INTERFACES = {Nature.CYCLE_DE_VIE: "FEN1200A", Nature.PIVOT: "FEN0036A", Nature.ANNUAIRE: "FAR0037A"}
_NOM_STATUTS = re.compile(r"FEN1200A_([A-Z]{3}\d{3})_([A-Z]{3}\d{3})(\d{4})(\d{15})", re.ASCII)


def ouvrable(mode: str, etat: str) -> bool:
    """May this fiche have an access?"""
    return mode == ModeRaccordement.EDI and etat in OUVRABLES


def echange(mode: str, etat: str) -> bool:
    """May files be exchanged now?"""
    return mode == ModeRaccordement.EDI and etat in ECHANGES


def identifiant(session: str, partenaire: str, rang: int = 1) -> str:
    """Login of an access; ``rang`` when the same code was given to several fiches of the session."""
    base = f"{session}-{partenaire}".lower()
    return base if rang == 1 else f"{base}-{rang}"


def est_provisoire(nom: str) -> bool:
    """Uploaded under a name that will change: nothing is received until then."""
    return nom.lower().endswith(PROVISOIRES)


def nom_sortant(nature: Nature, partenaire: str, sequence: int) -> str:
    """`FEN1200A_ABC123_ABC1231200000000000000001`; the same form for every numbered file."""
    return f"{_INTERFACES[nature]}_{partenaire}_{dernier_bloc(nature, partenaire, sequence)}"


def dernier_bloc(nature: Nature, partenaire: str, sequence: int) -> str:
    """Number of the flow, its last 25 characters (flux-edi.md §3)."""
    return f"{partenaire}{_NUMEROS[nature]}{sequence:015d}"


def numero_de(nom: str) -> str:
    """Last block of a name: the flow's number."""
    return nom.rpartition("_")[2]


def libre(nom: str, pris: set[str]) -> str:
    """The first of ``nom``, ``nom_2``… that is not taken: a second file of the same name hides no first one."""
    rang, essai = 1, nom
    while essai in pris:
        rang += 1
        essai = f"{nom}_{rang}"
    return essai


@dataclass(frozen=True, slots=True)
class NomStatuts:
    """Name of a life-cycle file that a recipient deposits, taken apart."""

    application: str
    application_repetee: str
    interface: str
    sequence: str


def lire_nom_statuts(nom: str) -> NomStatuts | None:
    trouve = _NOM_STATUTS.fullmatch(nom)
    return None if trouve is None else NomStatuts(*trouve.groups())
