"""Handlers of the due events of invoices: ids in, one service called."""

from invoices import lifecycle, queries_contreparties
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.services import (
    avoirs,
    contreparties,
    echeances,
    integration,
    jeu_des_robots,
    recapitulatifs,
    scripts,
    suites,
    validation,
)
from invoices.services.transitions import apply
from sandbox import clock
from sandbox.events.models import DueEvent
from sandbox.events.registry import register


def charger(ids: list[int]) -> dict[int, Facture]:
    """The invoices of many events, in one query; what their counterparts know is read together too, when needed."""
    factures: dict[int, Facture] = Facture.objects.select_related(
        "destinataire", "fournisseur", "cree_par", "valideur", "valideur_2"
    ).in_bulk(ids)
    queries_contreparties.reunir(factures.values())
    return factures


def _facture(event: DueEvent) -> Facture | None:
    facture: Facture | None = event.piece
    if facture is not None:
        facture.cohort = event.cohort
    return facture


def _router(event: DueEvent, action: Action) -> str | None:
    facture = _facture(event)
    if facture is None or lifecycle.find(facture.situation(), action, Acteur.PLATEFORME) is None:
        return None
    champs = {"date_mise_a_disposition": clock.now()} if action == Action.LIVRER else {}
    ligne = apply(facture, action, acteur=Acteur.PLATEFORME, champs=champs)
    if action == Action.LIVRER and avoirs.solder_si_besoin(facture):
        return str(Statut(facture.statut).label)
    return str(Statut(ligne.statut).label)


@register(suites.ACHEMINER, charger)
def acheminer(event: DueEvent) -> str | None:
    return _router(event, Action.ACHEMINER)


@register(suites.LIVRER, charger)
def livrer(event: DueEvent) -> str | None:
    return _router(event, Action.LIVRER)


@register(suites.DEMANDER, charger)
def demander_validation(event: DueEvent) -> str | None:
    return _router(event, Action.DEMANDER_VALIDATION)


def _demande_en_cours(event: DueEvent, facture: Facture) -> bool:
    """The request that this event was promised for still waits: somebody who answers at the same instant has made
    another one, of the second validator or of a corrected one, with a delay of its own."""
    lignes = HistoriqueStatut.objects.filter(facture=facture, statut=facture.statut).order_by("-pk")
    return str(lignes.values_list("pk", flat=True).first()) == event.cle.rpartition(":")[2]


@register(echeances.SILENCE, charger)
def constater_silence(event: DueEvent) -> str | None:
    """T12, T17: nobody answered in fifteen days."""
    facture = _facture(event)
    if facture is None or lifecycle.find(facture.situation(), Action.CONSTATER_SILENCE, Acteur.PLATEFORME) is None:
        return None
    if not _demande_en_cours(event, facture):
        return None
    return str(Statut(validation.constater_silence(facture).statut).label)


@register(contreparties.ROBOT, charger)
def jouer_le_robot(event: DueEvent) -> str | None:
    """Ordonnateur or comptable: a step of the plan, the reaction to a mistake, a letter (formation.md §4.5)."""
    facture = _facture(event)
    if facture is None:
        return None
    if contreparties.REACTION in event.payload:
        return jeu_des_robots.reagir(facture)
    if contreparties.COURRIEL in event.payload:
        return jeu_des_robots.relancer(facture)
    return jeu_des_robots.poser(facture, Statut(event.payload["statut"]))


@register(contreparties.VALIDEUR, charger)
def repondre_en_valideur(event: DueEvent) -> str | None:
    """Table C: titulaire or mandataire."""
    facture = _facture(event)
    if facture is None or not _demande_en_cours(event, facture):
        return None
    return jeu_des_robots.repondre_en_valideur(facture)


@register(contreparties.SCRIPT)
def deposer_selon_le_script(event: DueEvent) -> str | None:
    """Table C: after a refusal, the cast supplier deposits the corrected invoice."""
    facture = scripts.deposer_pour(event.cohort, event.place or 0, event.payload["cle"])
    return str(Statut(facture.statut).label)


@register(integration.COMMENCER)
def commencer_flux(event: DueEvent) -> str | None:
    return integration.commencer(event.cible or 0)


def _recevoir(event: DueEvent) -> integration.Reception | None:
    return integration.recevoir(event.cible or 0)


@register(integration.INTEGRER, preparer=_recevoir)
def integrer_flux(event: DueEvent) -> str | None:
    return integration.ouvrir(event.cible or 0, event.piece)


def _examiner(event: DueEvent) -> integration.Tranche | None:
    tranche = integration.charger(event.cible or 0)
    return integration.examiner(tranche) if tranche is not None else None


@register(integration.ELEMENT, preparer=_examiner)
def integrer_element(event: DueEvent) -> str | None:
    return integration.integrer_tranche(event.cible or 0, event.piece)


@register(integration.CLORE)
def clore_flux(event: DueEvent) -> str | None:
    return integration.clore(event.cible or 0)


@register(recapitulatifs.QUOTIDIEN)
def envoyer_le_recapitulatif_quotidien(event: DueEvent) -> str | None:
    return "Récapitulatif quotidien" if recapitulatifs.envoyer_quotidien(event.cible or 0) else None


@register(recapitulatifs.HEBDOMADAIRE)
def envoyer_le_recapitulatif_hebdomadaire(event: DueEvent) -> str | None:
    return "Récapitulatif hebdomadaire" if recapitulatifs.envoyer_hebdomadaire(event.cible or 0) else None
