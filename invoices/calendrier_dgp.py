"""The payment delay drawn on a calendar: each day of the months concerned, and what it is (factures.md §8.2)."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from invoices.delais import Delai

MOIS_MAXIMUM = 6
"""Months drawn: beyond, the list of dates says it all."""


@dataclass(frozen=True, slots=True)
class Repere:
    """A dated event of the delay: ``genre`` is its look, ``texte`` its words."""

    jour: date
    genre: str
    texte: str


@dataclass(frozen=True, slots=True)
class Case:
    """A day of the month, or none (``jour`` None) in the corners of its table."""

    jour: date | None
    genre: str = ""
    texte: str = ""


@dataclass(frozen=True, slots=True)
class Mois:
    premier: date
    semaines: tuple[tuple[Case, ...], ...]


def reperes(delai: Delai, aujourd_hui: date) -> list[Repere]:
    """What happened, and will, in the order of the days: the text equivalent of the drawing."""
    arrivee = delai.arrivee or delai.depart
    marques = [Repere(arrivee, "depart", "Départ du délai")]
    for suspension in delai.suspensions:
        if suspension.compte:
            marques.append(Repere(suspension.debut, "suspension", "Suspension : le délai s'arrête"))
            if suspension.fin:
                marques.append(Repere(suspension.fin, "reprise", f"Reprise, pour {delai.total} jours"))
        else:
            marques.append(Repere(suspension.debut, "sans-effet", "Déjà suspendue : le délai continue"))
    if delai.echeance:
        marques.append(Repere(delai.echeance, "echeance", "Échéance : dernier jour pour payer"))
    if delai.paye_le:
        marques.append(Repere(delai.paye_le, "paiement", "Mise en paiement"))
    else:
        marques.append(Repere(aujourd_hui, "aujourd-hui", "Aujourd'hui (date simulée)"))
    return sorted(marques, key=lambda m: m.jour)


def _fond(delai: Delai, jour: date, fin: date) -> tuple[str, str]:
    arrivee = delai.arrivee or delai.depart
    for suspension in delai.suspensions:
        if suspension.compte and suspension.debut < jour < (suspension.fin or fin + timedelta(days=1)):
            return "suspendu", "délai suspendu"
    if delai.echeance and delai.echeance < jour <= fin and delai.retard:
        return "retard", "retard"
    dernier = delai.echeance or (delai.suspensions[-1].debut if delai.suspensions else fin)
    return ("court", "dans le délai") if arrivee < jour < dernier else ("", "")


def mois(delai: Delai, aujourd_hui: date) -> list[Mois]:
    """Tables of the months from the start to the last mark, Monday first."""
    marques: dict[date, Repere] = {}
    for marque in reperes(delai, aujourd_hui):
        marques.setdefault(marque.jour, marque)
        if marque.genre != "aujourd-hui":
            marques[marque.jour] = marque
    debut, fin = min(marques), max(marques)
    arret = delai.paye_le or aujourd_hui
    tables: list[Mois] = []
    premier = debut.replace(day=1)
    while premier <= fin and len(tables) < MOIS_MAXIMUM:
        semaines = []
        for semaine in calendar.Calendar().monthdatescalendar(premier.year, premier.month):
            cases = []
            for jour in semaine:
                if jour.month != premier.month:
                    cases.append(Case(None))
                elif jour in marques:
                    cases.append(Case(jour, marques[jour].genre, marques[jour].texte))
                else:
                    cases.append(Case(jour, *_fond(delai, jour, arret)))
            semaines.append(tuple(cases))
        tables.append(Mois(premier, tuple(semaines)))
        premier = (premier + timedelta(days=32)).replace(day=1)
    return tables
