"""The sandbox strip: simulated date, clock, unread messages of a seat (LOOK.md, frames)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sandbox import clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Participant
from sandbox.mail.models import Message


@dataclass(frozen=True, slots=True)
class Bandeau:
    """``jeton`` changes when something that the page shows may have changed."""

    cohort_titre: str
    date_simulee: datetime
    jour: int
    horloge_mode: str
    horloge_libelle: str
    non_lus: int
    place_numero: str
    place_nom: str
    en_cours: bool
    jeton: str


def bandeau(participant: Participant) -> Bandeau:
    """One query: unread messages."""
    cohort = participant.cohort
    maintenant = clock.now()
    non_lus = Message.objects.filter(place=participant.numero, lu_le=None).count()
    date = maintenant.astimezone(cohort.zone)
    vu = f"{date:%Y%m%d%H%M}|{cohort.horloge_mode}|{non_lus}|{cohort.revision}|{cohort.cible}"
    return Bandeau(
        cohort_titre=cohort.titre,
        date_simulee=date,
        jour=cohort.jour,
        horloge_mode=cohort.horloge_mode,
        horloge_libelle=str(ModeHorloge(cohort.horloge_mode).label),
        non_lus=non_lus,
        place_numero=participant.libelle,
        place_nom=participant.prenom,
        en_cours=cohort.cible is not None,
        jeton=sha256(vu.encode()).hexdigest()[:16],
    )
