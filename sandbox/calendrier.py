"""Working days of the French calendar (exercices.md §0.1, formation.md CLK-7). Computed, nothing stored."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

OUVERTURE = time(8)
"""Robots act on working days from 8 h to 18 h (exercices.md §0.1)."""
FERMETURE = time(18)


def paques(annee: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus)."""
    a, b, c = annee % 19, annee // 100, annee % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    mois, jour = divmod(h + m - 7 * n + 114, 31)
    return date(annee, mois, jour + 1)


@lru_cache(maxsize=64)
def jours_feries(annee: int) -> dict[date, str]:
    """Public holidays of metropolitan France (Code du travail, art. L3133-1)."""
    dimanche = paques(annee)
    return {
        date(annee, 1, 1): "Jour de l'An",
        dimanche + timedelta(days=1): "Lundi de Pâques",
        date(annee, 5, 1): "Fête du Travail",
        date(annee, 5, 8): "Victoire 1945",
        dimanche + timedelta(days=39): "Ascension",
        dimanche + timedelta(days=50): "Lundi de Pentecôte",
        date(annee, 7, 14): "Fête nationale",
        date(annee, 8, 15): "Assomption",
        date(annee, 11, 1): "Toussaint",
        date(annee, 11, 11): "Armistice 1918",
        date(annee, 12, 25): "Noël",
    }


def est_ouvre(jour: date) -> bool:
    """Monday to Friday, no public holiday."""
    return jour.weekday() < 5 and jour not in jours_feries(jour.year)


def jour_ouvre_a_partir_de(jour: date) -> date:
    """This day if it is worked, else the next worked one."""
    while not est_ouvre(jour):
        jour += timedelta(days=1)
    return jour


def instant_robot(depart: datetime, jours: int, fuseau: ZoneInfo) -> datetime:
    """Instant at which a robot acts « J+n » after ``depart``: 8 h of that day, slipped to a working day.

    With ``jours`` = 0 and an office already open, it is the next opening after ``depart``.
    """
    jour = jour_ouvre_a_partir_de(depart.astimezone(fuseau).date() + timedelta(days=jours))
    instant = datetime.combine(jour, OUVERTURE, tzinfo=fuseau)
    if instant <= depart:
        suivant = jour_ouvre_a_partir_de(jour + timedelta(days=1))
        instant = datetime.combine(suivant, OUVERTURE, tzinfo=fuseau)
    return instant


def instant_ouvre(instant: datetime, fuseau: ZoneInfo) -> datetime:
    """This instant if offices are open, else their next opening."""
    local = instant.astimezone(fuseau)
    if est_ouvre(local.date()) and OUVERTURE <= local.time() < FERMETURE:
        return instant
    jour = local.date() if local.time() < OUVERTURE else local.date() + timedelta(days=1)
    return datetime.combine(jour_ouvre_a_partir_de(jour), OUVERTURE, tzinfo=fuseau)
