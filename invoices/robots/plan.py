"""What a recipient does of an invoice without error, from its profile (formation.md §4.5, Table A)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from invoices.enums import Statut
from sandbox import calendrier, hasard

ORDRE = (
    Statut.SERVICE_FAIT,
    Statut.MANDATEE,
    Statut.MISE_A_DISPOSITION_COMPTABLE,
    Statut.COMPTABILISEE,
    Statut.MISE_EN_PAIEMENT,
)
COMPTABLES = frozenset({Statut.MISE_A_DISPOSITION_COMPTABLE, Statut.COMPTABILISEE, Statut.MISE_EN_PAIEMENT})
"""Set by the comptable's system, the others by the ordonnateur (factures.md §3.4)."""
Profil = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Etape:
    """A status that the robot will set, at 8 h of a working day."""

    statut: Statut
    instant: datetime


def _part(profil: Profil, graine: str, dossier: str) -> float:
    """Share of the days of a profile that draws them: the same for every step of one invoice."""
    alea = float(profil.get("alea", 0))
    return 1 + alea * (2 * hasard.tirage(graine, "robot", dossier) - 1) if alea else 1.0


def instant(jours: int, *, profil: Profil, depart: datetime, zone: ZoneInfo, graine: str, dossier: str) -> datetime:
    """8 h of « J+n » after ``depart``, as this profile counts days."""
    return calendrier.instant_robot(depart, max(1, round(jours * _part(profil, graine, dossier))), zone)


def _jours(profil: Profil) -> Mapping[str, int]:
    """Days of each status; ``option`` names a variant that replaces some of them (« réaliste »: Table A)."""
    variante = profil.get("options", {}).get(profil.get("option", ""), {})
    return {**profil.get("etapes", {}), **variante}


def plan(
    *,
    profil: Profil | None,
    depart: datetime,
    zone: ZoneInfo,
    graine: str,
    dossier: str,
    sans_paiement: bool = False,
) -> list[Etape]:
    """Steps of an invoice without error, in order.

    ``profil`` is a row of Table A (``etapes``: status → days after ``depart``, ``alea``: ± share drawn from the
    seed, ``silencieux``); ``dossier`` the invoice's business key, so that the draw owes nothing to the order of
    deposits. Two steps never share an instant out of order.
    """
    if not profil or profil.get("silencieux"):
        return []
    etapes: list[Etape] = []
    jours_par_statut = _jours(profil)
    for statut in ORDRE:
        jours = jours_par_statut.get(statut.value)
        if jours is None or (sans_paiement and statut == Statut.MISE_EN_PAIEMENT):
            continue
        prevu = instant(jours, profil=profil, depart=depart, zone=zone, graine=graine, dossier=dossier)
        if etapes and prevu < etapes[-1].instant:
            prevu = etapes[-1].instant
        etapes.append(Etape(statut, prevu))
    return etapes


def joue_encore(actuel: str, vise: Statut) -> bool:
    """The robot follows the usual order: it never goes back over what somebody has already set."""
    if actuel in (Statut.MISE_A_DISPOSITION, Statut.COMPLETEE, Statut.PRISE_EN_COMPTE_DESTINATAIRE):
        return actuel != vise
    return actuel in ORDRE and vise in ORDRE and ORDRE.index(Statut(actuel)) < ORDRE.index(vise)
