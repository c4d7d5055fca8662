"""Fifteen days to answer a validation, then silence is acceptance (factures.md §5.3; CCP R2193-12, R2193-13)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from invoices.enums import Action, Cadre, DecisionValidation, Statut
from invoices.models import Facture, HistoriqueStatut, Validation
from sandbox.events.scheduling import Promesse

SILENCE = "invoices.silence"
JOURS = 15
PROCHE = 5
"""Days left from which the screens warn."""
RANGS = {Statut.A_VALIDER_1: 1, Statut.A_VALIDER_2: 2}
DECISIONS: dict[str, DecisionValidation] = {
    Action.VALIDER: DecisionValidation.VALIDEE,
    Action.REFUSER: DecisionValidation.REFUSEE,
    Action.MAUVAIS_VALIDEUR: DecisionValidation.ERREUR,
    Action.CONSTATER_SILENCE: DecisionValidation.SILENCE,
}
_MEME_ENVOI = timedelta(days=1)


def echeance(demande: datetime, zone: ZoneInfo) -> datetime:
    """0:00 of day 16: the day of the request is not counted, day 15 is the last one in full; week-ends count."""
    jour = demande.astimezone(zone).date() + timedelta(days=JOURS + 1)
    return datetime.combine(jour, time(), tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Reste:
    """What is left to answer: ``jours`` is 0 on the last day, negative when the delay has run out."""

    dernier_jour: date
    jours: int

    @property
    def niveau(self) -> str:
        """« dernier » (red), « proche » (amber), « echu », or nothing."""
        if self.jours < 0:
            return "echu"
        if self.jours == 0:
            return "dernier"
        return "proche" if self.jours <= PROCHE else ""


def reste(limite: datetime, instant: datetime, zone: ZoneInfo) -> Reste:
    """Day 15, and how far it is."""
    dernier = limite.astimezone(zone).date() - timedelta(days=1)
    return Reste(dernier, (dernier - instant.astimezone(zone).date()).days)


def _depart(facture: Facture, ligne: HistoriqueStatut) -> datetime:
    """The deposit, for a first request that follows it: midnight may pass between both.

    A request that the platform makes a day later or more (it was stopped) counts from the day the validator could
    read it; so do a corrected valideur and the second one.
    """
    depot = facture.date_depot
    if ligne.statut_avant == Statut.DEPOSEE and depot is not None and ligne.survenu_le - depot < _MEME_ENVOI:
        return depot
    return ligne.survenu_le


def ouvrir(facture: Facture, ligne: HistoriqueStatut) -> list[Promesse]:
    """Write the request made to the validator of this status; for an A9, promise the end of the delay."""
    rang = RANGS[Statut(ligne.statut)]
    structure = facture.valideur if rang == 1 else facture.valideur_2
    if structure is None:
        return []
    tacite = facture.cadre == Cadre.A9
    limite = echeance(_depart(facture, ligne), facture.cohort.zone) if tacite else None
    Validation.objects.create(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        rang=rang,
        structure=structure,
        service_id=facture.service_valideur_id if rang == 1 else None,
        demandee_le=ligne.survenu_le,
        echeance=limite,
    )
    if limite is None:
        return []
    cle = f"{SILENCE}:{ligne.pk}"
    return [Promesse(kind=SILENCE, cle=cle, du_le=limite, cible=facture.pk, place=facture.place)]


def clore(facture: Facture, ligne: HistoriqueStatut) -> None:
    """Write what became of the request that this line ends: whoever plays it, none stays open behind."""
    Validation.objects.filter(facture=facture, rang=RANGS[Statut(ligne.statut_avant)], decision="").update(
        decision=DECISIONS[ligne.action],
        motif=ligne.motif,
        complement=ligne.commentaire,
        compte=ligne.compte,
        auteur=ligne.auteur,
        decidee_le=ligne.survenu_le,
    )
