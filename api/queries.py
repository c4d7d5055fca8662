"""The journal of calls: who reads which of them, and how a call shows on screen (api.md §12)."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from django.db.models import Q, QuerySet

from accounts.models import Compte
from api.models import RECHERCHE, SANS_RESULTAT, AppelApi
from structures.models import CompteTechnique

_BREDOUILLE = Q(operation__startswith=RECHERCHE, code_retour__in=SANS_RESULTAT)
REFUSES = Q(statut__gte=HTTPStatus.BAD_REQUEST) | (Q(code_retour__isnull=False) & ~Q(code_retour=0) & ~_BREDOUILLE)
"""The same as ``AppelApi.refuse``: a status of refusal, or a 200 with a ``codeRetour``; not an empty search."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a call ended, in the shape that ``badge_statut`` reads."""

    label: str
    famille: str
    icone: str


def verdict(appel: AppelApi) -> Verdict:
    """Three layers, three looks: accepted, refused by a rule (in a 200), refused before it, failed."""
    if appel.statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict(f"{appel.statut} erreur", "refus", "exclamation-triangle")
    if appel.statut >= HTTPStatus.BAD_REQUEST:
        return Verdict(f"{appel.statut} refusé", "refus", "x-circle")
    if appel.refuse:
        return Verdict(f"{appel.statut} refus métier", "attente", "exclamation-circle")
    if appel.sans_resultat:
        return Verdict(f"{appel.statut} rien trouvé", "brouillon", "search")
    return Verdict(f"{appel.statut} accepté", "paye", "check-circle")


def visibles(place: int, compte: Compte, structures: Collection[int]) -> QuerySet[AppelApi]:
    """Calls that this account may read at this seat, the latest first.

    Those of the seat; and, among those of no seat (access of a structure that the session shares), those of his own
    applications or of a technical account of ``structures``. Another seat's, never.
    """
    logins = CompteTechnique.objects.filter(structure__in=structures).values("compte__login_email")
    communs = Q(place__isnull=True) & (Q(application__compte=compte) | Q(login__in=logins))
    return AppelApi.objects.filter(Q(place=place) | communs).select_related("application").order_by("-pk")
