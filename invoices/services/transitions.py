"""The one function that changes a status; nothing else writes it (DESIGN §2)."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Compte
from invoices import lifecycle
from invoices.enums import Acteur, Action, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.services import notifications, suites
from sandbox import clock
from sandbox.events.registry import publish

SYSTEME = "Chorus Pro (simulé)"
"""Author shown on automatic lines (factures.md §6.4: the system)."""


class TransitionRefusee(Exception):
    """The action is not possible, or no more: the message says why, in French (SBX_071, SBX_072)."""

    def __init__(self, message: str, code: str = "SBX_071") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Auteur:
    """Who acts: a person with his account, or a robot under the name of the body it plays."""

    nom: str
    compte: Compte | None = None
    robot: bool = False


PLATEFORME = Auteur(nom=SYSTEME)


@transaction.atomic(savepoint=False)
def apply(
    facture: Facture,
    action: Action,
    *,
    acteur: Acteur,
    auteur: Auteur = PLATEFORME,
    motif: str = "",
    commentaire: str = "",
    champs: dict[str, Any] | None = None,
) -> HistoriqueStatut:
    """Play an action of the table: compare-and-set on the status, history, promises, notifications, announcement.

    ``champs`` are columns written in the same update. Raises ``TransitionRefusee`` when the table has no such row,
    an input is missing, or somebody moved the invoice meanwhile; a surrounding transaction is then undone too.
    """
    row = lifecycle.find(facture.statut, action, acteur, regime=facture.cohort.regime, cadre=facture.cadre)
    if row is None or row.target is None:
        raise TransitionRefusee(
            "Le statut actuel de la facture ne permet pas cette action : elle est "
            f"« {Statut(facture.statut).label} » et « {action.label} » n'est pas prévu à ce stade."
        )
    if "motif" in row.needs and not motif:
        raise TransitionRefusee("Le motif est obligatoire.", "SBX_072")
    avant, instant = facture.statut, clock.now()
    ecrits = {"statut": row.target, "statut_depuis": instant, **(champs or {})}
    # The base manager: the invoice comes from its world already, and this runs once an event.
    gagne = Facture._base_manager.filter(pk=facture.pk, statut=avant).update(**ecrits)
    if not gagne:  # compare-and-set: the second click loses, on any database
        raise TransitionRefusee(
            "La facture a changé de statut entre-temps : rechargez la page pour voir où elle en est."
        )
    for nom, valeur in ecrits.items():
        setattr(facture, nom, valeur)
    ligne = HistoriqueStatut(
        cohort=facture.cohort,
        place=facture.place,
        facture=facture,
        transition=row.numero,
        action=action,
        statut_avant=avant,
        statut=row.target,
        survenu_le=instant,
        acteur=acteur,
        compte=auteur.compte,
        auteur=auteur.nom,
        robot=auteur.robot,
        motif=motif,
        commentaire=commentaire[:255],
    )
    ligne.save(force_insert=True)
    suites.promettre(facture, ligne)
    notifications.notifier(facture, ligne, row.mails)
    publish("facture.statut", cohort_id=facture.cohort_id, facture_id=facture.pk, statut=str(row.target))
    return ligne
