"""What a partner sees of ``in`` and ``out``, and what the page of his access shows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from edi import rules
from edi.models import AccesSftp, FichierSortant, FichierStatuts
from invoices.enums import EtatFlux
from invoices.models import Flux
from structures.models import FicheRaccordement

FINAUX = (EtatFlux.REJETE, EtatFlux.INTEGRE, EtatFlux.INTEGRE_PARTIEL, EtatFlux.INCIDENTE)
DERNIERS = 20
"""Files of each folder on the page."""


@dataclass(frozen=True, slots=True)
class Recu:
    """A file that came in ``in``; ``flux``: number of the flow, empty for a life-cycle file."""

    nom: str
    taille: int
    le: datetime
    etat: str
    fini: bool
    flux: str = ""


def en_attente(fiche: FicheRaccordement) -> QuerySet[FichierSortant]:
    """Files of ``out``, the oldest first."""
    attendent: QuerySet[FichierSortant] = FichierSortant.objects.filter(fiche=fiche, releve_le__isnull=True)
    return attendent.order_by("pk")


def recus(fiche: FicheRaccordement, *, en_cours: bool = False) -> list[Recu]:
    """The last files received, the latest first; ``en_cours``: those not treated yet only. Two queries."""
    flux = Flux.objects.filter(raccordement=fiche).order_by("-pk")
    statuts = FichierStatuts.objects.filter(fiche=fiche).order_by("-pk")
    if en_cours:
        flux = flux.exclude(etat__in=FINAUX)
        statuts = statuts.filter(traite_le__isnull=True)
    lignes = [
        *(
            Recu(f.nom_flux, f.taille, f.depose_le, f.get_etat_display(), f.etat_final, f.numero)
            for f in flux[:DERNIERS]
        ),
        *(Recu(s.nom, s.taille, s.recu_le, s.get_etat_display(), s.est_traite) for s in statuts[:DERNIERS]),
    ]
    return sorted(lignes, key=lambda recu: recu.le, reverse=True)[:DERNIERS]


def abonnes(interface: str, **criteres: object) -> list[FicheRaccordement]:
    """Fiches that may exchange, have an access, and subscribe to this interface. One query."""
    acces = AccesSftp.objects.select_related("fiche__structure", "cohort")
    trouves = acces.filter(fiche__etat__in=rules.ECHANGES, **{f"fiche__{c}": v for c, v in criteres.items()})
    fiches = []
    for un in trouves.order_by("pk"):
        un.fiche.cohort = un.fiche.structure.cohort = un.cohort
        un.fiche.acces_sftp = un
        if interface in un.fiche.interfaces:
            fiches.append(un.fiche)
    return fiches


def derniers_sortants(fiche: FicheRaccordement) -> list[FichierSortant]:
    """The last files put in ``out``, the latest first, collected or not."""
    return list(FichierSortant.objects.filter(fiche=fiche).order_by("-pk")[:DERNIERS])
