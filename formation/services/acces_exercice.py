"""What a program of the seat needs to call the API: the ready-made access of an exercise, and what it shows."""

from dataclasses import dataclass

from accounts.models import Compte
from structures.models import ApplicationPiste, CompteTechnique, Structure
from structures.services import comptes_techniques, piste


@dataclass(frozen=True, slots=True)
class Acces:
    """Credentials of a seat. ``mot_de_passe`` is empty when the trainee has one of his own: it was shown once."""

    technique: CompteTechnique
    mot_de_passe: str
    application: ApplicationPiste
    secret: str


def fournir(entreprise: Structure, gestionnaire: Compte) -> None:
    """Technical account and sandbox application of the company, unless it has them. Inside its world."""
    comptes_techniques.fournir(entreprise, par=gestionnaire)
    piste.preparer(gestionnaire)


def lire(entreprise: Structure) -> Acces | None:
    """The latest technical account of the company, and the sandbox application of those who run it."""
    technique = CompteTechnique.objects.select_related("compte").filter(structure=entreprise).order_by("numero").last()
    application = piste.de_la_structure(entreprise.pk)
    if technique is None or application is None:
        return None
    return Acces(
        technique=technique,
        mot_de_passe=comptes_techniques.mot_de_passe_fourni(technique) if technique.pret else "",
        application=application,
        secret=piste.secret(application),
    )
