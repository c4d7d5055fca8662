"""Ready-made invoices of a data set: deposited and moved by the services of ``invoices``, at past instants.

Nobody is told and nothing is promised: the set is there as if it had always been, and only people move it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Compte
from formation.queries import DOMAINE_DU_JEU, NUMEROS_DU_JEU
from invoices import calculs, lifecycle, queries_retours, robots
from invoices.depot import Depot, Ligne
from invoices.enums import Acteur, Action, Cadre, ModeDepot, Qualite, Statut
from invoices.models import Facture
from invoices.services import (
    brouillons,
    contreparties,
    echeances,
    recapitulatifs,
    retours,
    suites,
    transitions,
    validation,
)
from invoices.services import deposer as depots
from sandbox import calendrier, clock
from sandbox.cohorts.models import Cohort
from sandbox.events.models import DueEvent
from sandbox.events.registry import en_silence
from sandbox.events.scheduling import refresh_wake
from sandbox.mail.models import Message
from structures import queries as structures_queries
from structures.models import Structure

TAUX = Decimal(20)
DEPOT = time(10)
ROUTAGE = timedelta(seconds=2)
_RETOURS = {
    Statut.A_RECYCLER: (Action.DEMANDER_RECYCLAGE,),
    Statut.SUSPENDUE: (Action.SUSPENDRE,),
    Statut.COMPLETEE: (Action.SUSPENDRE, Action.COMPLETER),
    Statut.REJETEE: (Action.REJETER,),
}
"""What a recipient does of an invoice that he does not pay."""
PROMESSES = (*suites.ROUTAGES.values(), echeances.SILENCE, contreparties.ROBOT, contreparties.VALIDEUR)
_PORTAIL = frozenset({Action.DEMANDER_VALIDATION, Action.ACHEMINER, Action.LIVRER})


@dataclass(frozen=True, slots=True)
class Acteurs:
    """Structures and gestionnaires of the set, by the key of their entity."""

    structures: Mapping[str, Structure]
    gestionnaires: Mapping[str, Compte]


def chemin(cadre: str, vise: Statut) -> Iterator[Action]:
    """Actions that lead an invoice from « Déposée » to this status, by the usual way."""
    if cadre in (Cadre.A9, Cadre.A12):
        yield Action.DEMANDER_VALIDATION
        if vise == Statut.A_VALIDER_1:
            return
        yield Action.REFUSER if vise == Statut.REFUSEE_1 else Action.VALIDER
        if vise == Statut.REFUSEE_1:
            return
    yield from (Action.ACHEMINER, Action.LIVRER)
    yield from _RETOURS.get(vise, ())
    if vise in robots.ORDRE:
        for statut in robots.ORDRE[: robots.ORDRE.index(vise) + 1]:
            yield lifecycle.par_cible(statut)


def _acteur(action: Action) -> tuple[Acteur, str]:
    """Who plays this action, and the field of the description that names his entity."""
    if action in _PORTAIL:
        return Acteur.PLATEFORME, ""
    if action in (Action.VALIDER, Action.REFUSER):
        return Acteur.VALIDEUR_1, "valideur"
    if action == Action.COMPLETER:
        return Acteur.FOURNISSEUR, "fournisseur"
    if action in {lifecycle.par_cible(statut) for statut in robots.COMPTABLES}:
        return Acteur.COMPTABLE, "destinataire"
    return Acteur.DESTINATAIRE, "destinataire"


def _depot(facture: Mapping[str, Any], numero: str, acteurs: Acteurs) -> Depot:
    ligne = Ligne(
        numero=1,
        denomination=facture["objet"],
        quantite=Decimal(1),
        unite="forfait",
        prix_unitaire=Decimal(facture["ht"]),
        taux=TAUX,
    )
    totaux = calculs.totaliser(calculs.recapituler((ligne,)), Decimal(0))
    valideur = acteurs.structures.get(facture.get("valideur", ""))
    cadre = facture.get("cadre", Cadre.A1)
    return Depot(
        mode=ModeDepot.SAISIE_PORTAIL,
        fournisseur_id=acteurs.structures["fournisseur"].pk,
        destinataire_id=acteurs.structures[facture["destinataire"]].pk,
        cadre=cadre,
        numero=numero,
        date_facture=clock.today(),
        code_service=facture.get("service", ""),
        numero_engagement=facture.get("engagement", ""),
        valideur_id=valideur.pk if valideur else None,
        lignes=(ligne,),
        montant_ht=totaux.ht,
        montant_tva=totaux.tva,
        montant_ttc=totaux.ttc,
        montant_a_payer=Decimal(0) if cadre == Cadre.A2 else totaux.ttc,
    )


def _envoyer(
    cohort: Cohort, place: int, facture: Mapping[str, Any], numero: str, acteurs: Acteurs, droits: Any
) -> Facture:
    compte = acteurs.gestionnaires["fournisseur"]
    depot = _depot(facture, numero, acteurs)
    brouillon = brouillons.enregistrer(brouillons.Demande(depot=depot), cohort=cohort, compte=compte, place=place)
    envoyee = depots.envoyer(brouillon.pk, compte=compte, droits=droits)
    envoyee.cohort = cohort
    return envoyee


def _jouer(
    envoyee: Facture, action: Action, acteur: Acteur, cle: str, facture: Mapping[str, Any], acteurs: Acteurs
) -> bool:
    """One step; False when the regime of the session has no such action: the invoice stays where it is."""
    row = lifecycle.find(envoyee.situation(), action, acteur)
    if row is None:
        return False
    auteur = transitions.PLATEFORME
    if cle:
        entite = "fournisseur" if cle == "fournisseur" else facture[cle]
        compte = acteurs.gestionnaires.get(entite)
        auteur = transitions.Auteur(nom=str(compte or acteurs.structures[entite]), compte=compte)
    motive = "motif" in row.needs
    if action in (Action.VALIDER, Action.REFUSER):
        qualite = Qualite.MANDATAIRE if envoyee.cadre == Cadre.A12 else Qualite.TITULAIRE
        reponse = validation.Reponse(
            action=action,
            qualite=qualite,
            motif=facture["motif"] if motive else "",
            complement=facture.get("commentaire", "") if motive else "",
            strict=False,
        )
        validation.repondre(envoyee, reponse, auteur=auteur)
        return True
    transitions.apply(
        envoyee,
        action,
        acteur=acteur,
        auteur=auteur,
        motif=facture["motif"] if motive else "",
        commentaire=facture.get("commentaire", "") if motive else "",
        champs={"date_mise_a_disposition": clock.now()} if action == Action.LIVRER else {},
    )
    return True


def _avancer(cohort: Cohort, envoyee: Facture, facture: Mapping[str, Any], depart: datetime, acteurs: Acteurs) -> None:
    """Play the way to the status asked for: routing in seconds, each act on a working day, never after now."""
    maintenant, instant = clock.now(), depart
    for action in chemin(envoyee.cadre, Statut(facture["statut"])):
        acteur, cle = _acteur(action)
        suivant = calendrier.instant_robot(instant, 1, cohort.zone) if cle else instant + ROUTAGE
        instant = min(suivant, maintenant)
        with clock.at(instant, cohort.zone):
            if not _jouer(envoyee, action, acteur, cle, facture, acteurs):
                return


def deposer(cohort: Cohort, place: int, factures: Sequence[Mapping[str, Any]], acteurs: Acteurs) -> None:
    """Every invoice of the description, numbered « JEU-01-07 » (seat, rank)."""
    if not factures:
        return
    droits = structures_queries.droits(acteurs.gestionnaires["fournisseur"])
    aujourd_hui = clock.now().astimezone(cohort.zone)
    faites: list[int] = []
    with en_silence():
        for rang, facture in enumerate(factures, 1):
            jour = aujourd_hui.date() - timedelta(days=facture["jours"])
            depart = min(datetime.combine(jour, DEPOT, tzinfo=cohort.zone), aujourd_hui)
            with clock.at(depart, cohort.zone):
                numero = f"{NUMEROS_DU_JEU}{place:02d}-{rang:02d}"
                envoyee = _envoyer(cohort, place, facture, numero, acteurs, droits)
            _avancer(cohort, envoyee, facture, depart, acteurs)
            faites.append(envoyee.pk)
    _acquitter(faites, acteurs)
    _apaiser(cohort, place, faites, acteurs)


def _acquitter(factures: list[int], acteurs: Acteurs) -> None:
    """What came back more than seven days ago was read then: else the first login of the set is held by its window."""
    anciennes = queries_retours.en_retard(Facture.objects.filter(pk__in=factures)).select_related("cohort")
    retours.acquitter(anciennes, compte=acteurs.gestionnaires["fournisseur"])


def _apaiser(cohort: Cohort, place: int, factures: list[int], acteurs: Acteurs) -> None:
    """Withdraw what these moves have promised and written to the accounts of the set."""
    DueEvent.objects.filter(kind__in=PROMESSES, cible__in=factures, etat=DueEvent.Etat.PREVU).delete()
    siens = {recapitulatifs.HEBDOMADAIRE: acteurs.structures, recapitulatifs.QUOTIDIEN: acteurs.gestionnaires}
    for kind, cibles in siens.items():
        DueEvent.objects.filter(kind=kind, cible__in=[c.pk for c in cibles.values()], etat=DueEvent.Etat.PREVU).delete()
    Message.objects.filter(place=place, adresse__endswith=f"@{DOMAINE_DU_JEU}").delete()
    refresh_wake(cohort)
