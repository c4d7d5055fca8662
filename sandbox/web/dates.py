"""Dates and ages in French, whatever language is active."""

from datetime import date, datetime, timedelta

JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
MOIS_COURTS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def long_date(jour: date) -> str:
    """« lundi 7 décembre 2026 », « mardi 1er décembre 2026 »."""
    numero = "1er" if jour.day == 1 else str(jour.day)
    return f"{JOURS[jour.weekday()]} {numero} {MOIS[jour.month - 1]} {jour.year}"


def abbreviated_date(jour: date) -> str:
    """« lun. 7 déc. 2026 »: the narrow screens' version of the above."""
    numero = "1er" if jour.day == 1 else str(jour.day)
    return f"{JOURS[jour.weekday()][:3]}. {numero} {MOIS_COURTS[jour.month - 1]} {jour.year}"


def short_date(jour: date) -> str:
    return f"{jour.day:02d}/{jour.month:02d}/{jour.year:04d}"


def hour(instant: datetime) -> str:
    """« 09 h 00 », with no-break spaces."""
    return f"{instant.hour:02d}\u00a0h\u00a0{instant.minute:02d}"


def timestamp(instant: datetime) -> str:
    """« 07/12/2026 à 09 h 00 »."""
    return f"{short_date(instant)} à {hour(instant)}"


def age(ecoule: timedelta) -> str:
    """« à l'instant », « depuis 12 min », « depuis 3 h », « depuis 3 j »."""
    secondes = max(0, int(ecoule.total_seconds()))
    if secondes < 60:
        return "à l'instant"
    if secondes < 3600:
        return f"depuis {secondes // 60}\u00a0min"
    if secondes < 86_400:
        return f"depuis {secondes // 3600}\u00a0h"
    return f"depuis {secondes // 86_400}\u00a0j"
