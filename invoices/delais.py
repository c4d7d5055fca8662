"""Délai global de paiement, as a training aid: the real portal gives dates only (factures.md §8.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from invoices.enums import Statut

REPRISE_MINIMUM = 30
"""Days that a recipient has again, at least, once a suspended invoice is completed."""
ALERTE = 5


@dataclass(frozen=True, slots=True)
class Delai:
    """``ecoule`` days out of ``total`` since ``depart``; ``echeance`` is unknown while the invoice is suspended."""

    depart: date
    echeance: date | None
    ecoule: int
    total: int
    paye_le: date | None = None
    deuxieme_suspension: bool = False

    @property
    def suspendu(self) -> bool:
        return self.echeance is None

    @property
    def retard(self) -> int:
        """Days after the deadline, at the payment or today."""
        return max(0, self.ecoule - self.total) if self.echeance else 0

    @property
    def alerte(self) -> str:
        """« refus » once late, « attente » in the last days."""
        if self.paye_le and not self.retard:
            return ""
        if self.retard:
            return "refus"
        return "attente" if self.suspendu or self.total - self.ecoule <= ALERTE else ""


def calculer(depart: date, jours: int, etapes: Iterable[tuple[str, date]], aujourd_hui: date) -> Delai:
    """``etapes`` are the statuses entered after ``depart``, in order. Only the first suspension stops the clock."""
    debut, total = depart, jours
    suspendu_le: date | None = None
    suspensions = 0
    paye_le: date | None = None
    for statut, jour in etapes:
        if statut == Statut.SUSPENDUE:
            suspensions += 1
            if suspensions == 1:
                suspendu_le = jour
        elif statut == Statut.MISE_EN_PAIEMENT:
            paye_le = jour
        if suspendu_le is not None and statut != Statut.SUSPENDUE:
            # Completed, or taken up again by the recipient: what was left, thirty days at least.
            total = max(REPRISE_MINIMUM, total - (suspendu_le - debut).days)
            debut, suspendu_le = jour, None
    if suspendu_le is not None:
        return Delai(debut, None, (suspendu_le - debut).days, total)
    return Delai(
        depart=debut,
        echeance=debut + timedelta(days=total),
        ecoule=max(0, ((paye_le or aujourd_hui) - debut).days),
        total=total,
        paye_le=paye_le,
        deuxieme_suspension=suspensions > 1,
    )
