"""Délai global de paiement, as a training aid: the real portal gives dates only (factures.md §8).

The dates are simulated days of the session; the interest is a teaching computation, written nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from invoices.enums import Statut

REPRISE_MINIMUM = 30
"""Days that a recipient has again, at least, once a suspended invoice is completed (CCP, R2192-29)."""
ALERTE = 5
INDEMNITE = Decimal(40)
"""Flat indemnity of a late demande de paiement (CCP, D2192-35)."""
ANNEE = 365
"""Denominator of the interest (factures.md §8.3)."""
ENCAISSEMENT = timedelta(days=5)
"""From « Mise en paiement » to the money on the account: an order of size for the course."""
TAUX: dict[tuple[int, int], Decimal] = {
    (2023, 2): Decimal("12.00"),
    (2024, 2): Decimal("12.25"),
    (2025, 2): Decimal("10.15"),
    (2026, 1): Decimal("10.15"),
    (2026, 2): Decimal("10.15"),
}
"""(year, half-year): ECB main refinancing rate + 8 points (factures.md §8.1). 2026 is not verified: it can be typed."""
TAUX_PAR_DEFAUT = Decimal("10.15")


@dataclass(frozen=True, slots=True)
class Suspension:
    """A stop of the clock; ``fin`` is unknown while it lasts. ``compte`` False: a second one, which stops nothing."""

    debut: date
    fin: date | None = None
    compte: bool = True


@dataclass(frozen=True, slots=True)
class Delai:
    """``ecoule`` days out of ``total`` since ``depart``; ``echeance`` is unknown while the invoice is suspended.

    ``depart`` is where the present count begins: the arrival, or the completion of a suspended invoice;
    ``arrivee`` where the first one began.
    """

    depart: date
    echeance: date | None
    ecoule: int
    total: int
    paye_le: date | None = None
    deuxieme_suspension: bool = False
    arrivee: date | None = None
    suspensions: tuple[Suspension, ...] = ()

    @property
    def suspendu(self) -> bool:
        return self.echeance is None

    @property
    def retard(self) -> int:
        """Days after the deadline, at the payment or today."""
        return max(0, self.ecoule - self.total) if self.echeance else 0

    @property
    def reste(self) -> int:
        return max(0, self.total - self.ecoule)

    @property
    def alerte(self) -> str:
        """« refus » once late, « attente » in the last days."""
        if self.paye_le and not self.retard:
            return ""
        if self.retard:
            return "refus"
        return "attente" if self.suspendu or self.total - self.ecoule <= ALERTE else ""


def calculer(depart: date, jours: int, etapes: Iterable[tuple[str, date]], aujourd_hui: date) -> Delai:
    """``etapes`` are the statuses entered after ``depart``, in order. Only the first suspension stops the clock (D-33).

    Setting « Suspendue » again while suspended is no second suspension. A day before ``depart`` (service fait later
    than the arrival) counts as that day.
    """
    debut, total = depart, jours
    arret: date | None = None
    suspensions: list[Suspension] = []
    paye_le: date | None = None
    avant = ""
    for statut, lu in etapes:
        jour = max(lu, debut)
        if statut == Statut.SUSPENDUE and avant != Statut.SUSPENDUE:
            suspensions.append(Suspension(jour, compte=not suspensions))
            if len(suspensions) == 1:
                arret = jour
        elif statut != Statut.SUSPENDUE and suspensions and suspensions[-1].fin is None:
            suspensions[-1] = Suspension(suspensions[-1].debut, jour, suspensions[-1].compte)
        if statut == Statut.MISE_EN_PAIEMENT:
            paye_le = jour
        if arret is not None and statut != Statut.SUSPENDUE:
            # Completed, or taken up again by the recipient: what was left, thirty days at least.
            total = max(REPRISE_MINIMUM, total - (arret - debut).days)
            debut, arret = jour, None
        avant = statut
    arrets = tuple(suspensions)
    if arret is not None:
        return Delai(debut, None, (arret - debut).days, total, arrivee=depart, suspensions=arrets)
    return Delai(
        depart=debut,
        echeance=debut + timedelta(days=total),
        ecoule=max(0, ((paye_le or aujourd_hui) - debut).days),
        total=total,
        paye_le=paye_le,
        deuxieme_suspension=len(suspensions) > 1,
        arrivee=depart,
        suspensions=arrets,
    )


def semestre(jour: date) -> tuple[int, int]:
    return jour.year, 1 if jour.month <= 6 else 2


def taux_du(echeance: date) -> Decimal:
    """Rate of the half-year in which interest starts, the day after the deadline (CCP, R2192-31)."""
    return TAUX.get(semestre(echeance + timedelta(days=1)), TAUX_PAR_DEFAUT)


def interets(base: Decimal, retard: int, taux: Decimal) -> Decimal:
    """Interest on the TTC due: base × rate × days ÷ 365, to the cent (factures.md §8.3)."""
    brut = base * taux / 100 * retard / ANNEE
    return brut.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
