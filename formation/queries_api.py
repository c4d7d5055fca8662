"""What the console shows of the API: who calls, who is stuck, and the accesses that came with the session."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Q

from api.models import AppelApi
from api.queries import REFUSES, Verdict, verdict
from sandbox.cohorts.models import Participant
from structures.enums import Role, StatutRattachement
from structures.models import ApplicationPiste, CompteTechnique, Rattachement
from structures.services import comptes_techniques, piste

SERIE = 3
"""Refusals in a row after which a seat is shown as stuck."""
JETON = "jeton"
"""Name of the token's calls: asking for one again is no progress."""


@dataclass(frozen=True, slots=True)
class SuiviPoste:
    """Calls of a seat; ``poste`` None: those made with an access that the session shares."""

    place: int | None
    poste: Participant | None
    appels: int
    refuses: int
    serie: int
    """Refusals since the last operation that was accepted."""
    dernier: AppelApi
    verdict: Verdict

    @property
    def bloque(self) -> bool:
        return self.serie >= SERIE


@dataclass(frozen=True, slots=True)
class Suivi:
    """Seats that have called, the stuck ones first, and those that have not yet."""

    postes: list[SuiviPoste]
    muets: list[Participant]


def _series(lignes: list[dict[str, Any]]) -> dict[int | None, int]:
    """Refusals since the last success, by seat: 1 query."""
    depuis = [
        (Q(place__isnull=True) if ligne["place"] is None else Q(place=ligne["place"])) & Q(pk__gt=ligne["accepte"] or 0)
        for ligne in lignes
    ]
    if not depuis:
        return {}
    refus = AppelApi.objects.filter(REFUSES).filter(reduce(or_, depuis)).order_by()
    return dict(refus.values_list("place").annotate(Count("pk")))


def suivi() -> Suivi:
    """4 queries, whatever the number of seats. Inside the world."""
    lignes: Any = list(
        AppelApi.objects.order_by()
        .values("place")
        .annotate(
            appels=Count("pk"),
            refuses=Count("pk", filter=REFUSES),
            dernier=Max("pk"),
            accepte=Max("pk", filter=~REFUSES & ~Q(operation=JETON)),
        )
    )
    series = _series(lignes)
    derniers = AppelApi.objects.in_bulk([ligne["dernier"] for ligne in lignes])
    participants = {poste.numero: poste for poste in Participant.objects.order_by("numero")}
    postes = [
        SuiviPoste(
            place=ligne["place"],
            poste=participants.get(ligne["place"]),
            appels=ligne["appels"],
            refuses=ligne["refuses"],
            serie=series.get(ligne["place"], 0),
            dernier=derniers[ligne["dernier"]],
            verdict=verdict(derniers[ligne["dernier"]]),
        )
        for ligne in lignes
    ]
    postes.sort(key=lambda s: (not s.bloque, s.place is None, s.place or 0))
    appelants = {s.place for s in postes}
    return Suivi(postes, [p for numero, p in participants.items() if numero not in appelants])


@dataclass(frozen=True, slots=True)
class AccesFourni:
    """A technical account that came with the session, and an application that goes with it."""

    technique: CompteTechnique
    mot_de_passe: str
    cpro_account: str
    application: ApplicationPiste | None
    secret: str


def acces_fournis() -> list[AccesFourni]:
    """Those of the shared structures, then seat by seat: 3 queries. Inside the world."""
    techniques = list(CompteTechnique.objects.filter(pret=True).select_related("compte", "structure").order_by("pk"))
    gestionnaires = dict(
        Rattachement.objects.filter(
            structure__in=[t.structure_id for t in techniques],
            role=Role.GESTIONNAIRE_PRINCIPAL,
            statut=StatutRattachement.VALIDEE,
        ).values_list("structure_id", "compte_id")
    )
    applications = {a.compte_id: a for a in ApplicationPiste.objects.filter(active=True).order_by("-pk")}
    acces = []
    for technique in techniques:
        mot_de_passe = comptes_techniques.mot_de_passe_fourni(technique)
        application = applications.get(gestionnaires.get(technique.structure_id, 0))
        acces.append(
            AccesFourni(
                technique=technique,
                mot_de_passe=mot_de_passe,
                cpro_account=comptes_techniques.entete(technique, mot_de_passe),
                application=application,
                secret=piste.secret(application) if application else "",
            )
        )
    return sorted(acces, key=lambda a: a.technique.place or 0)
