"""« Préparer mon accès »: what a program needs, in one go (comptes-structures.md §9.2, §9.3)."""

from django.db import transaction

from accounts.models import Compte
from structures.models import ApplicationPiste, CompteTechnique, Structure
from structures.services import comptes_techniques, piste

PREMIER = 1
"""Number of the only technical account made here: asked for twice, it is made once."""


@transaction.atomic
def preparer(structure: Structure, *, par: Compte) -> tuple[ApplicationPiste, CompteTechnique, str]:
    """The sandbox application of this account, the first technical account of the structure, its password told once.

    Raises ``comptes_techniques.CompteTechniqueRefuse``: the structure has one already, or is not active.
    """
    application = piste.preparer(par)
    technique, mot_de_passe = comptes_techniques.creer(structure, par=par, numero=PREMIER)
    return application, technique, mot_de_passe
