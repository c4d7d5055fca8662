"""One writer at a time on a structure: its people, its services, its bank accounts (comptes-structures.md §5.4).

Two requests at once would each rely on what it read before the other wrote: lock first, read afterwards. The order
never changes: structures by their ids, then accounts, then the session's row (promises).
"""

from accounts.models import Compte
from structures.models import Rattachement, Structure


def structures(*concernees: Structure) -> None:
    """Until the end of the transaction; each is told its present state. Rows that name them are not held up."""
    presentes = {structure.pk: structure for structure in concernees}
    for pk in sorted(presentes):
        lues = Structure.objects.select_for_update(no_key=True).values_list("etat", flat=True)
        presentes[pk].etat = lues.get(pk=pk)


def lien(rattachement: Rattachement) -> bool:
    """Its structure, then its present statut and role; False when it has followed its company to another SIRET."""
    structures(rattachement.structure)
    lus = Rattachement.objects.values_list("statut", "role", "structure_id").get(pk=rattachement.pk)
    rattachement.statut, rattachement.role = lus[:2]
    return bool(lus[2] == rattachement.structure_id)


def compte(concerne: Compte) -> None:
    """Nobody opens or closes this account until the end of the transaction; it is told its present state."""
    lus = Compte.objects.select_for_update(no_key=True).values_list("etat", flat=True)
    concerne.etat = lus.get(pk=concerne.pk)
