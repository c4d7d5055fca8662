"""Files of ``out``: written once, named in sequence, gone when their partner deletes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from edi import rules
from edi.enums import Nature
from edi.formats import Enveloppe
from edi.models import FichierSortant
from invoices.models import Flux
from sandbox import clock
from sandbox.documents import store
from structures.models import FicheRaccordement

LISTE_MAXIMUM = 1_000
"""Files shown by a listing: the next ones come when these are collected."""


@dataclass(frozen=True, slots=True)
class Envoi:
    """What to write. ``cle`` is told once; ``nom`` when it is not made of a sequence."""

    nature: Nature
    cle: str
    fabriquer: Callable[[str], bytes]
    """From the name of the file to its content."""
    nom: str = ""
    flux: Flux | None = None


def enveloppe(fiche: FicheRaccordement, nom: str, le: datetime) -> Enveloppe:
    produite = timezone.localtime(le, fiche.cohort.zone)
    return Enveloppe(produite_le=produite, flux=rules.numero_de(nom), recepteur=fiche.code_partenaire)


@transaction.atomic
def deposer(fiche: FicheRaccordement, envoi: Envoi, *, le: datetime | None = None) -> FichierSortant:
    """Put a file in ``out``; the one that tells the same thing is returned, collected or not. ``le``: simulated."""
    FicheRaccordement.objects.select_for_update(no_key=True).get(pk=fiche.pk)
    deja = FichierSortant.objects.filter(fiche=fiche, cle=envoi.cle).first()
    if deja is not None:
        return deja
    sequence = None
    if envoi.nom:
        pris = FichierSortant.objects.filter(fiche=fiche, nom__startswith=envoi.nom).values_list("nom", flat=True)
        nom = rules.libre(envoi.nom, set(pris))
    else:
        dernier = FichierSortant.objects.filter(fiche=fiche, nature=envoi.nature).aggregate(m=Max("sequence"))["m"]
        sequence = (dernier or 0) + 1
        nom = rules.nom_sortant(envoi.nature, fiche.code_partenaire, sequence)
    contenu = envoi.fabriquer(nom)
    return FichierSortant.objects.create(
        cohort=fiche.cohort,
        place=fiche.place,
        fiche=fiche,
        nature=envoi.nature,
        nom=nom,
        sequence=sequence,
        cle=envoi.cle,
        flux=envoi.flux,
        empreinte=store.store(contenu),
        taille=len(contenu),
        cree_le=le or clock.now(),
    )


def relever(fiche: FicheRaccordement, nom: str) -> bool:
    """The partner has collected this file and deletes it; False when it is not there any more."""
    attend = FichierSortant.objects.filter(fiche=fiche, nom=nom, releve_le__isnull=True)
    return bool(attend.update(releve_le=clock.real_now()))
