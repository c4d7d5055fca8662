"""Handlers of the due events of invoices: ids in, one service called."""

from invoices import lifecycle, robots
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture
from invoices.services import flux, suites
from invoices.services.transitions import Auteur, apply
from sandbox import clock
from sandbox.events.models import DueEvent
from sandbox.events.registry import register


def charger(ids: list[int]) -> dict[int, Facture]:
    """The invoices of many events, in one query."""
    return Facture.objects.select_related("destinataire", "fournisseur", "cree_par").in_bulk(ids)


def _facture(event: DueEvent) -> Facture | None:
    facture: Facture | None = event.piece
    if facture is not None:
        facture.cohort = event.cohort
    return facture


def _router(event: DueEvent, action: Action) -> str | None:
    facture = _facture(event)
    if facture is None:
        return None
    row = lifecycle.find(facture.statut, action, Acteur.PLATEFORME, regime=event.cohort.regime, cadre=facture.cadre)
    if row is None:
        return None
    ligne = apply(facture, action, acteur=Acteur.PLATEFORME, champs=_dates(action))
    return str(Statut(ligne.statut).label)


def _dates(action: Action) -> dict[str, object]:
    return {"date_mise_a_disposition": clock.now()} if action == Action.LIVRER else {}


@register(suites.ACHEMINER, charger)
def acheminer(event: DueEvent) -> str | None:
    return _router(event, Action.ACHEMINER)


@register(suites.LIVRER, charger)
def livrer(event: DueEvent) -> str | None:
    return _router(event, Action.LIVRER)


@register(suites.ROBOT, charger)
def jouer_le_robot(event: DueEvent) -> str | None:
    """Ordonnateur or comptable, under the name of the body (SIM-5: the same traces as a person)."""
    facture = _facture(event)
    vise = Statut(event.payload["statut"])
    if facture is None or facture.destinataire is None or not robots.joue_encore(facture.statut, vise):
        return None
    comptable = vise in robots.COMPTABLES
    apply(
        facture,
        lifecycle.par_cible(vise),
        acteur=Acteur.COMPTABLE if comptable else Acteur.DESTINATAIRE,
        auteur=Auteur(
            nom=f"{facture.destinataire.raison_sociale} – {'comptable' if comptable else 'service gestionnaire'}",
            robot=True,
        ),
    )
    return str(vise.label)


@register(flux.INTEGRER)
def integrer_flux(event: DueEvent) -> str | None:
    return flux.integrer(event.cible or 0)
