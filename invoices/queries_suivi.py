"""What the follow-up screens read: work of the issuer, archives, parties, lateness (factures.md §6, §8)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Abs
from django.utils import timezone

from invoices.delais import calculer
from invoices.enums import TERMINAUX, Cadre, Motif, Statut, TypeFacture
from invoices.models import Facture, FactureQuerySet, HistoriqueStatut
from sandbox import clock
from sandbox.cohorts.enums import Regime
from structures.models import MotAnnuaire
from structures.mots import LONGUEUR, intervalle, mots

S = Statut
REFUSEES = (S.REFUSEE_1, S.REFUSEE_2)
A_REPRENDRE = (S.INTERPRETEE_OCR, S.BROUILLON, S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, S.A_RECYCLER, S.SUSPENDUE)
EN_COURS = (
    *(S.DEPOSEE, S.EN_COURS_ACHEMINEMENT, S.MISE_A_DISPOSITION, S.A_VALIDER_1, S.A_VALIDER_2, S.VALIDEE_1, S.VALIDEE_2),
    *(S.ERREUR_COTRAITANT_SUR_VALIDEUR, S.ABSENCE_VALIDATION_1_HORS_DELAI, S.ABSENCE_VALIDATION_2_HORS_DELAI),
)
"""The others of the old list of Synthèse (factures.md §6.1); a refusal that is transmitted joins them."""
ARCHIVEES_APRES = 365
"""Days after the deposit (D-26: simulated, the real portal archives for ten years)."""
PARTIES_MAXIMUM, MOTS_MAXIMUM = 20, 6
_PREMIER, _DERNIER = date(1900, 1, 1), date(2200, 1, 1)
_SEPARATEUR = re.compile(r"[,;\n]")

TOTAL_A_PAYER = Sum(
    Case(When(type_facture=TypeFacture.AVOIR, then=-Abs(F("montant_a_payer"))), default=F("montant_a_payer")),
    filter=Q(devise="EUR"),
)
"""Amount to pay of a list, in euros: an avoir takes from it, whatever the sign of its file (D-07)."""


def refus_transmis(regime: str) -> Q:
    """A refusal that is not the end of the invoice: ``lifecycle.est_definitive``, in SQL (D-09)."""
    if regime != Regime.REFORME_2026:
        return Q(pk__in=[])
    return Q(statut__in=REFUSEES, cadre=Cadre.A9)


def refus_definitif(regime: str) -> Q:
    refuse = Q(statut__in=REFUSEES)
    return refuse if regime != Regime.REFORME_2026 else refuse & ~Q(cadre=Cadre.A9)


def a_traiter(regime: str) -> Q:
    """Block « À traiter » of the issuer's Synthèse (factures.md §6.1, D-05)."""
    rejet = Q(statut=S.REJETEE) | refus_definitif(regime)
    return Q(statut__in=A_REPRENDRE) | (rejet & Q(rejet_traite=False))


def en_cours(regime: str) -> Q:
    """Its folded block « En cours »."""
    return Q(statut__in=EN_COURS) | refus_transmis(regime)


def minuit(jour: date, *, lendemain: bool = False) -> datetime:
    """First instant of a day, or of the one after; what no calendar of the sandbox reaches is brought back to it."""
    borne = max(_PREMIER, min(jour, _DERNIER)) + timedelta(days=int(lendemain))
    return timezone.make_aware(datetime.combine(borne, time.min))


def limite_archives() -> date:
    """Invoices deposited before this day are archived once they are over."""
    return clock.today() - timedelta(days=ARCHIVEES_APRES)


def archivees(regime: str) -> Q:
    """« Archive » (factures.md §6.2, D-26): over, and deposited more than a year ago."""
    finies = Q(statut__in=TERMINAUX - {S.SUPPRIMEE}) | refus_definitif(regime)
    return finies & Q(date_depot__lt=minuit(limite_archives()))


def partie(chemin: str, texte: str) -> Q:
    """Invoices whose party at ``chemin`` has this SIRET, begins with this SIREN, or bears these words.

    Several parties are separated by commas. A word is sought whatever its case and accents at the beginning of those
    of the name, as the annuaire does, and as it is typed inside the name and the town.
    """
    trouve = Q(pk__in=[])
    for cherche in [p.strip() for p in _SEPARATEUR.split(texte) if p.strip()][:PARTIES_MAXIMUM]:
        compact = "".join(cherche.split())
        if compact.isascii() and compact.isdigit():
            trouve |= Q(**{f"{chemin}__identifiant__startswith": compact[:14]})
            continue
        nomme = Q()
        for mot in cherche.split()[:MOTS_MAXIMUM]:
            nomme &= _mot(chemin, mot)
        trouve |= nomme | Q(**{f"{chemin}__identifiant__iexact": compact[:80]})
    return trouve


def _mot(chemin: str, mot: str) -> Q:
    tel_quel = Q(**{f"{chemin}__raison_sociale__icontains": mot}) | Q(**{f"{chemin}__ville__icontains": mot})
    normalise = Q()
    for debut in mots(mot):
        premier, dernier = intervalle(debut, LONGUEUR)
        normalise &= Q(
            Exists(MotAnnuaire.objects.filter(structure=OuterRef(f"{chemin}_id"), mot__gte=premier, mot__lte=dernier))
        )
    return tel_quel | normalise if normalise else tel_quel


def pour_synthese(factures: FactureQuerySet) -> FactureQuerySet:
    """What a row of Synthèse shows, and what the table of the circuit reads to say what may be done of it."""
    lues: FactureQuerySet = factures.for_list().only(
        *FactureQuerySet.COLONNES_DE_LISTE, "valideur_2", "solde", "recyclages"
    )
    return lues


def page_de_liste(triees: QuerySet[Facture], tranche: slice) -> list[Facture]:
    """Rows of one page: which ones first, then what each shows.

    In one query the database would look up both parties of every invoice found before it keeps twenty-five.
    """
    pks = list(triees.values_list("pk", flat=True)[tranche])
    lues = Facture.objects.for_list().in_bulk(pks)
    return [lues[pk] for pk in pks if pk in lues]


@dataclass(frozen=True, slots=True)
class Retour:
    """Why an invoice came back: the last line of its history."""

    motif: str
    commentaire: str
    auteur: str


def retours(factures: Iterable[Facture]) -> dict[int, Retour]:
    """Why each of these came back, for those that somebody sent back: one query."""
    revenues = [f.pk for f in factures if not f.est_brouillon]
    lignes = HistoriqueStatut.objects.filter(facture__in=revenues).order_by("survenu_le", "pk")
    return {
        pk: Retour(Motif(motif).label if motif else "", commentaire, auteur)
        for pk, motif, commentaire, auteur in lignes.values_list("facture_id", "motif", "commentaire", "auteur")
    }


@dataclass(frozen=True, slots=True)
class Retards:
    """Invoices beyond the delay of their recipient: those still awaited, those paid too late (factures.md §8.2)."""

    attendues: int = 0
    payees: int = 0


def retards(factures: FactureQuerySet) -> Retards:
    """Counted as on the page of each invoice, suspensions included: two queries whatever their number."""
    suivies = factures.filter(
        date_mise_a_disposition__isnull=False, montant_a_payer__gt=0, devise="EUR", type_facture=TypeFacture.FACTURE
    ).exclude(statut=S.REJETEE)
    suspendues = HistoriqueStatut.objects.filter(statut=S.SUSPENDUE).values("facture")
    etapes: dict[int, list[tuple[str, datetime]]] = {}
    lignes = HistoriqueStatut.objects.filter(facture__in=suivies.filter(pk__in=suspendues).order_by().values("pk"))
    for pk, statut, instant in lignes.order_by("survenu_le", "pk").values_list("facture_id", "statut", "survenu_le"):
        etapes.setdefault(pk, []).append((statut, instant))
    aujourd_hui = clock.today()
    attendues = payees = 0
    colonnes = ("pk", "statut", "statut_depuis", "date_mise_a_disposition", "destinataire__delai_paiement")
    for pk, statut, depuis, depart, jours in suivies.order_by().values_list(*colonnes).iterator():
        suivantes = etapes.get(pk) or [(statut, depuis)]
        jour = _jour(depart)
        delai = calculer(jour, jours, [(s, _jour(i)) for s, i in suivantes if i >= depart], aujourd_hui)
        if delai.retard and delai.paye_le:
            payees += 1
        elif delai.retard:
            attendues += 1
    return Retards(attendues, payees)


def _jour(instant: Any) -> date:
    return timezone.localtime(instant).date()
