"""Keep the words of the annuaire in step with the structures they come from."""

from collections.abc import Iterable

from django.db import transaction

from structures.enums import TypeIdentifiant
from structures.models import EntrepriseInsee, MotAnnuaire, Structure
from structures.mots import mots

LETTRES = {
    "raison_sociale": "R",
    "libelle": "R",
    "nom": "N",
    "prenom": "P",
    "ville": "V",
    "code_postal": "C",
    "identifiant": "I",
}
"""Column → letter of ``MotAnnuaire.champs``. An identifiant is a word only when it is no SIRET: that has its index."""
LOT = 1000


def mots_de(structure: Structure) -> dict[str, str]:
    """Each word of the structure, with the letters of the columns that hold it."""
    trouves: dict[str, str] = {}
    for colonne, lettre in LETTRES.items():
        if colonne == "identifiant" and structure.type_identifiant == TypeIdentifiant.SIRET:
            continue
        for mot in mots(getattr(structure, colonne)):
            if lettre not in trouves.get(mot, ""):
                trouves[mot] = trouves.get(mot, "") + lettre
    return trouves


def indexer(structures: Iterable[Structure]) -> None:
    """Write the words of these structures anew: to call whenever one is created, or one of its names changes."""
    toutes = list(structures)
    for debut in range(0, len(toutes), LOT):
        lot = toutes[debut : debut + LOT]
        with transaction.atomic():
            MotAnnuaire.objects.filter(structure__in=lot).delete()
            # Two changes of one structure at the same instant would write the same words: the first is enough.
            MotAnnuaire.objects.bulk_create(
                [
                    MotAnnuaire(
                        cohort_id=structure.cohort_id,
                        place=structure.place,
                        structure=structure,
                        mot=mot,
                        champs=champs,
                    )
                    for structure in lot
                    for mot, champs in mots_de(structure).items()
                ],
                batch_size=5 * LOT,
                ignore_conflicts=True,
            )


def reindexer() -> int:
    """Rebuild the whole index of the open world (a session older than the annuaire); how many structures."""
    structures = list(Structure.objects.order_by("pk"))
    indexer(structures)
    entreprises = list(EntrepriseInsee.objects.order_by("pk"))
    for entreprise in entreprises:
        EntrepriseInsee._meta.get_field("mots").pre_save(entreprise, add=False)
    EntrepriseInsee.objects.bulk_update(entreprises, ["mots"], batch_size=LOT)
    return len(structures)
