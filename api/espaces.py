"""Numbers of the « espaces » (``codeEspace``, ``idEspace``, ``espaceFo``).

Only 7 is known (api.md §6.8, §14). The others are ours, far from what the real ones may be: a caller that sends a
real one is not answered with another espace.
"""

from accounts.profils import CATALOGUE, Profil
from invoices import queries_espaces
from invoices.enums import Espace

FACTURES_RECUES = 7
NUMEROS: dict[str, int] = {
    ligne.profil: 100 + rang for rang, ligne in enumerate(CATALOGUE, start=1) if ligne.profil != Profil.FACTURES_RECUES
} | {Profil.FACTURES_RECUES: FACTURES_RECUES}
PROFILS: dict[int, Profil] = {numero: Profil(profil) for profil, numero in NUMEROS.items()}
LIBELLES: dict[str, str] = {ligne.profil: ligne.libelle for ligne in CATALOGUE}


def de_facturation(numero: int | None) -> list[Espace]:
    """Applications in which an invoice is looked for, that of this number first.

    Nothing said is 7, factures reçues (api.md §6.8). Clients send it whatever they are, or a number that is not known
    here: the others follow, and each shows what this account may see there.
    """
    demande = PROFILS.get(numero or FACTURES_RECUES, Profil.FACTURES_EMISES)
    return sorted(Espace, key=lambda espace: queries_espaces.PROFILS[espace] != demande)
