"""Jumps in time as the console asks for them: shown first, undoable after (formation.md CLK-2, CLK-8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from formation.services.gestes import SessionOccupee, verrouiller
from invoices.enums import AVANT_ENVOI, Statut
from invoices.models import Facture
from sandbox import clock
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Trace
from sandbox.events import battement, engine, horloge
from sandbox.events.engine import Bilan
from sandbox.events.models import DueEvent
from sandbox.snapshots import services as snapshots
from sandbox.snapshots.models import Snapshot

AVANT_SAUT = "Avant un saut dans le temps"
"""Reason of the snapshots that « Annuler le dernier saut » restores."""
AVANT_GESTE = "Avant une remise en état"
RECENT = timedelta(minutes=1)
AUTOMATIQUES_GARDES = 6
"""Of each reason: automatic snapshots must not push out those that the trainer has named."""


@dataclass(frozen=True, slots=True)
class Apercu:
    """What a jump would do, before it is asked for."""

    cible: datetime
    jour: int
    bilan: Bilan
    brouillons: int
    """Seats with a draft that is not sent: their invoice will not move (CLK-9)."""


@dataclass(frozen=True, slots=True)
class Avancement:
    """How far a jump has got."""

    depart: datetime
    cible: datetime
    pct: int
    joues: int
    restants: int
    silence: int
    """Real seconds without a sign of life when the background work seems stopped, else 0."""


def apercevoir(cohort: Cohort, cible: datetime) -> Apercu:
    """Play the jump for nothing and tell what it did."""
    bilan = engine.preview(cohort, cible)
    with cohort.monde():
        brouillons = (
            Facture.objects.filter(statut__in=AVANT_ENVOI - {Statut.SUPPRIMEE}, place__isnull=False)
            .values("place")
            .distinct()
            .count()
        )
    jour = (cible.astimezone(cohort.zone).date() - cohort.ancrage).days
    return Apercu(cible, jour, bilan, brouillons)


def garder_automatiquement(cohort: Cohort, nom: str, motif: str) -> Snapshot:
    """Automatic snapshot; the oldest ones of the same reason go."""
    heure = clock.real_now().astimezone(cohort.zone)
    instantane = snapshots.take(cohort, f"{nom} ({heure:%d/%m %H:%M:%S})", motif)
    with cohort.monde():
        anciens = Snapshot.objects.filter(motif=motif).order_by("-id").values_list("pk", flat=True)
        Snapshot.objects.filter(pk__in=list(anciens[AUTOMATIQUES_GARDES:])).delete()
    return instantane


@transaction.atomic
def demander(cohort: Cohort, cible: datetime, *, formateur: object, cle: str) -> None:
    """Ask for a jump, the world kept first. Raises ``DejaFait``, ``SessionOccupee``, ``horloge.SautImpossible``."""
    verrou = verrouiller(cohort, cle)
    if verrou.cible is not None:
        raise SessionOccupee("Un saut est déjà en cours : attendez son arrivée.")
    if cible < verrou.simulated_now():
        raise horloge.SautImpossible("Cette date est déjà atteinte : choisissez-en une plus tardive.")
    if cible - verrou.simulated_now() > horloge.SAUT_MAXIMUM:
        raise horloge.SautImpossible("Un saut ne dépasse pas 400 jours.")
    garder_automatiquement(verrou, f"Avant le saut au {cible.astimezone(cohort.zone):%d/%m/%Y}", AVANT_SAUT)
    horloge.request_advance(verrou, cible, formateur=formateur, cle=cle)
    cohort.refresh_from_db()


def _silence(cohort: Cohort, demande_le: datetime) -> int:
    """Real seconds since the work last showed itself, once past the patience of ``battement``."""
    age = battement.age()
    battu = demande_le if age is None else clock.real_now() - age
    signe = max(demande_le, cohort.reel_reference, battu)
    ecoule = clock.real_now() - signe
    return int(ecoule.total_seconds()) if ecoule > battement.SILENCE else 0


def avancement(cohort: Cohort) -> Avancement | None:
    """Progress of the jump under way, None when there is none."""
    if cohort.cible is None:
        return None
    with cohort.monde():
        trace = Trace.objects.filter(verbe="saut").order_by("-id").first()
        prevus = DueEvent.objects.filter(etat=DueEvent.Etat.PREVU, du_le__lte=cohort.cible).count()
        demande_le = trace.reel_le if trace else cohort.reel_reference
        joues = DueEvent.objects.filter(etat=DueEvent.Etat.JOUE, joue_le__gte=demande_le).count()
    depart = trace.simule_le if trace and trace.simule_le else cohort.sim_reference
    duree = max(cohort.cible - depart, timedelta(seconds=1))
    part = (min(cohort.simulated_now(), cohort.cible) - depart) / duree
    return Avancement(
        depart=depart,
        cible=cohort.cible,
        pct=max(0, min(99, round(100 * part))),
        joues=joues,
        restants=prevus,
        silence=_silence(cohort, demande_le),
    )


def vient_d_arriver(cohort: Cohort) -> bool:
    """Whether the last thing a trainer did is a jump, over since less than a minute. Inside the world."""
    if cohort.cible is not None:
        return False
    derniere = Trace.objects.filter(auteur=Trace.Auteur.FORMATEUR).order_by("-id").first()
    return derniere is not None and derniere.verbe == "saut" and clock.real_now() - derniere.reel_le < RECENT


def verifier_libre(cohort: Cohort) -> None:
    """Refuse to put a world back while workers are moving it; a jump that nobody works on does not count."""
    en_cours = avancement(cohort)
    if en_cours is not None and not en_cours.silence:
        raise SessionOccupee("Le temps avance en ce moment : attendez la fin du saut, puis recommencez.")


def dernier_saut(cohort: Cohort) -> Snapshot | None:
    """State kept before the last jump that was not undone."""
    with cohort.monde():
        return Snapshot.objects.filter(motif=AVANT_SAUT).order_by("-id").first()


@transaction.atomic
def annuler_dernier(cohort: Cohort, instantane: Snapshot, *, formateur: object, cle: str) -> None:
    """Back to the instant before the jump. What was done since is kept in an automatic snapshot."""
    verrou = verrouiller(cohort, cle)
    verifier_libre(verrou)
    garder_automatiquement(verrou, "Avant l'annulation d'un saut", AVANT_GESTE)
    snapshots.restore(verrou, instantane)
    with verrou.monde():
        instantane.delete()
        noter(verrou, "annule le dernier saut", instantane.nom, formateur=formateur, cle=cle)
    cohort.refresh_from_db()
