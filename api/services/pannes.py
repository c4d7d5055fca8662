"""Faults on demand: who meets one now (formation.md SIM-10)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from api.enums import TypePanne
from api.models import Panne
from sandbox import clock
from sandbox.cohorts.models import Cohort
from structures.raccordement import APIS

DUREES = {5: "5 minutes", 15: "15 minutes", 30: "30 minutes", 60: "1 heure"}
"""Minutes offered: a fault always ends by itself."""
LENTEUR, SANS_REPONSE = 3.0, 20.0
"""Seconds that a slow answer takes, and after which the gateway gives up."""
DE_FLUX = (TypePanne.FLUX_PARTIEL, TypePanne.FLUX_INCIDENTE)
DU_JETON = (TypePanne.DEBIT, TypePanne.ERREUR)
"""The only ones that ``/api/oauth/token`` meets."""
JETON, FLUX = "oauth", "factures"
API_VISEES = {"": "Toutes", JETON: "Demande de jeton", **{api.code: api.libelle for api in APIS.values()}}
FOIS_MAXIMUM = 1_000
SIMULTANEES = 3
"""Requests that one process keeps waiting at once: a fault must not take the class's threads."""


class PanneRefusee(Exception):
    """The fault cannot be switched on; the message is French."""


def actives() -> QuerySet[Panne]:
    """Of the world open now, the latest first."""
    return Panne.objects.filter(jusqu_a__gt=clock.real_now()).exclude(restants=0).order_by("-pk")


@transaction.atomic
def poser(
    cohort: Cohort,
    type_: str,
    *,
    minutes: int,
    par: str,
    place: int | None = None,
    api: str = "",
    fois: int | None = None,
) -> Panne:
    """Switch a fault on, in place of the same one for the same caller. Raises ``PanneRefusee``."""
    if type_ not in TypePanne.values:
        raise PanneRefusee("Cette panne n'existe pas : choisissez-en une dans la liste.")
    if minutes not in DUREES:
        raise PanneRefusee("Choisissez une durée de la liste : une panne s'arrête toujours d'elle-même.")
    if place is not None and not 1 <= place <= cohort.places:
        raise PanneRefusee(f"Le poste {place} n'existe pas : cette session en a {cohort.places}.")
    if fois is not None and not 1 <= fois <= FOIS_MAXIMUM:
        raise PanneRefusee(f"Le nombre d'appels va de 1 à {FOIS_MAXIMUM} ; laissez vide pour tous.")
    _verifier_api(type_, api)
    actives().filter(type=type_, place=place, api=api).delete()
    if fois is None and type_ in DE_FLUX:
        fois = 1
    return Panne.objects.create(
        cohort=cohort,
        place=place,
        type=type_,
        api=api,
        restants=fois,
        jusqu_a=clock.real_now() + timedelta(minutes=minutes),
        posee_par=par[:150],
    )


def _verifier_api(type_: str, api: str) -> None:
    """A fault that no call would ever meet is refused."""
    if api not in API_VISEES:
        raise PanneRefusee("Cette API n'existe pas : choisissez-la dans la liste.")
    if type_ in DE_FLUX and api not in ("", FLUX):
        raise PanneRefusee(f"Cette panne touche le dépôt d'un flux : choisissez « Toutes » ou « {API_VISEES[FLUX]} ».")
    if api == JETON and type_ not in DU_JETON:
        noms = " ou ".join(f"« {panne.label} »" for panne in DU_JETON)
        raise PanneRefusee(f"La demande de jeton ne connaît que {noms}.")


def lever(pk: int) -> bool:
    """Switch it off; False when it is already over. The row stays: a second click must find it."""
    return bool(actives().filter(pk=pk).update(jusqu_a=clock.real_now()))


def rencontree(place: int | None, api: str, types: Collection[str], *, jeton_emis_le: datetime) -> Panne | None:
    """The fault that this caller meets, counted; the one of his seat before that of the session."""
    qui = Q(place=place) | Q(place__isnull=True)
    for panne in actives().filter(qui, type__in=types, api__in=("", api)).order_by(F("place").desc(nulls_last=True)):
        if panne.type == TypePanne.JETON_EXPIRE and jeton_emis_le >= panne.posee_le:
            continue  # a token asked for since is good
        if panne.restants is None or Panne.objects.filter(pk=panne.pk, restants__gt=0).update(
            restants=F("restants") - 1
        ):
            return panne
    return None
