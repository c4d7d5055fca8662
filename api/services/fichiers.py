"""Files that a program deposits before it names them in an invoice (api.md §6.2, §7 ajouter/fichier)."""

from api.models import FichierApi
from invoices.depot import Fichier
from invoices.formats.signalements import signaler
from invoices.models import Facture
from sandbox.documents import store
from structures.models import CompteTechnique


class FichierInconnu(LookupError):
    """No file of this structure has this id (SBX_045)."""


def deposer(
    technique: CompteTechnique,
    *,
    nom: str,
    contenu: bytes,
    type_mime: str = "",
    extension: str = "",
    facture: Facture | None = None,
) -> FichierApi:
    """Keep it; the rules have seen it already. ``facture``: the draft that its reading has made."""
    return FichierApi.objects.create(
        cohort=technique.cohort,
        place=technique.place,
        technique=technique,
        nom=nom[-200:],
        type_mime=type_mime[:100],
        extension=extension[:20],
        empreinte=store.store(contenu),
        taille=len(contenu),
        signalement=signaler(nom, contenu),
        facture=facture,
    )


def trouver(technique: CompteTechnique, pk: int) -> FichierApi:
    """A file of the structure of this account, whoever of its accounts deposited it. Raises ``FichierInconnu``."""
    deposes = FichierApi.objects.filter(technique__structure_id=technique.structure_id)
    trouve: FichierApi | None = deposes.filter(pk=pk).first()
    if trouve is None:
        raise FichierInconnu(pk)
    return trouve


def a_joindre(fichier: FichierApi, *, type: str = "", designation: str = "", ligne: int | None = None) -> Fichier:
    """As an invoice takes it; ``type`` empty: the standard one (api.md A-15)."""
    reste = {"type": type} if type else {}
    return Fichier(
        nom=fichier.nom,
        taille=fichier.taille,
        empreinte=fichier.empreinte,
        designation=designation,
        ligne=ligne,
        signalement=fichier.signalement,
        **reste,
    )


def retirer(technique: CompteTechnique, pk: int) -> None:
    """Forget it: an invoice that has it already keeps it. Raises ``FichierInconnu``."""
    trouver(technique, pk).delete()
