"""« Demander l'annuaire »: the directory of public structures in ``out`` (flux-edi.md §16, §17 n° 19)."""

from hashlib import sha256

from django.db import transaction

from edi import rules
from edi.enums import Nature
from edi.models import FichierSortant
from edi.queries import en_attente
from edi.services import sortants
from edi.services.acces import AccesRefuse
from structures.models import FicheRaccordement
from structures.services.annuaire_export import xml_publiques


@transaction.atomic
def demander(fiche: FicheRaccordement) -> tuple[FichierSortant, bool]:
    """Put the directory of this instant in ``out``, and whether it is new.

    While the same one waits to be collected, another is not made: a double click changes nothing.
    Raises ``AccesRefuse``.
    """
    actuelle = FicheRaccordement.objects.select_for_update().get(pk=fiche.pk)
    if not rules.echange(actuelle.mode, actuelle.etat):
        raise AccesRefuse("Les échanges ne sont pas ouverts : la fiche de raccordement doit être active.")
    if Nature.ANNUAIRE not in actuelle.interfaces:
        raise AccesRefuse(f"La fiche n'est pas abonnée à {Nature.ANNUAIRE}.")
    contenu = b"".join(xml_publiques(fiche.cohort))
    empreinte = sha256(contenu).hexdigest()
    attend = en_attente(fiche).filter(nature=Nature.ANNUAIRE, empreinte=empreinte).first()
    if attend is not None:
        return attend, False
    fois = FichierSortant.objects.filter(fiche=fiche, nature=Nature.ANNUAIRE).count()
    envoi = sortants.Envoi(Nature.ANNUAIRE, f"annuaire:{fois + 1}", lambda nom: contenu)
    return sortants.deposer(fiche, envoi), True
