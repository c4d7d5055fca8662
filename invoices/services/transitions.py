"""The one function that changes a status; nothing else writes it (DESIGN §2)."""

from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction

from accounts.models import Compte
from invoices import lifecycle
from invoices.enums import MOTIFS, Acteur, Action, Cadre, Motif, Statut
from invoices.models import Facture, HistoriqueStatut
from invoices.services import notifications, suites
from sandbox import clock
from sandbox.cohorts.enums import Regime
from sandbox.events.registry import publish
from sandbox.lifecycle.table import Transition

SYSTEME = "Chorus Pro (simulé)"
"""Author shown on automatic lines (factures.md §6.4: the system)."""


class TransitionRefusee(Exception):
    """The action is not possible, or no more: the message says why, in French (SBX_071, SBX_072)."""

    def __init__(self, message: str, code: str = "SBX_071", champ: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.champ = champ


@dataclass(frozen=True, slots=True, kw_only=True)
class Auteur:
    """Who acts: a person with his account, or a robot under the name of the body it plays."""

    nom: str
    compte: Compte | None = None
    robot: bool = False


PLATEFORME = Auteur(nom=SYSTEME)
COMMENTAIRE_MINIMUM = 10
"""Characters of the explanation that a validator gives with a refusal (factures.md §5.2)."""
COMMENTAIRE_MAXIMUM = 255
_REPONSES = frozenset({Action.VALIDER, Action.REFUSER, Action.MAUVAIS_VALIDEUR})
"""Of a validator."""


class Precisions(TypedDict, total=False):
    """What goes with an action. ``vu``: the status on the page when it was decided; ``champs``: columns written in the
    same update; ``strict``: motif of the offered list and comments as the portal demands them (D-02)."""

    motif: str
    commentaire: str
    numero_mandat: str
    vu: str
    champs: dict[str, Any]
    strict: bool
    canal: lifecycle.Canal


class Depassee(TransitionRefusee):
    """Somebody, or time, moved the invoice while the page was open: the message says who did what, and when."""


def depassee(facture: Facture) -> Depassee:
    derniere = HistoriqueStatut.objects.filter(facture=facture).order_by("-pk").first()
    if derniere is None:
        return Depassee("La facture a changé de statut entre-temps : relisez-la avant d'agir.")
    instant = derniere.survenu_le.astimezone(facture.cohort.zone)
    return Depassee(
        f"La facture {facture.numero} a changé entre-temps : {derniere.auteur} l'a passée au statut "
        f"« {derniere.get_statut_display()} » le {instant:%d/%m/%Y à %H:%M}. "
        "Rien n'a été fait ; relisez-la avant d'agir."
    )


def exiger(facture: Facture, row: Transition[Statut, Action, Acteur], precisions: Precisions) -> None:
    """Inputs that the row demands. Raises ``TransitionRefusee``, SBX_072 for the motif."""
    motif, commentaire = precisions.get("motif", ""), precisions.get("commentaire", "")
    strict = precisions.get("strict", False)
    if "motif" in row.needs and not motif:
        raise TransitionRefusee("Le motif est obligatoire.", "SBX_072", "motif")
    # A9 under the reform: what the titulaire says travels with the invoice, his agreement too (T09).
    parole = facture.cadre == Cadre.A9 and facture.cohort.regime == Regime.REFORME_2026
    if not strict:
        par_api = precisions.get("canal") == lifecycle.Canal.API
        if parole and par_api and row.action in _REPONSES and not commentaire.strip():
            raise TransitionRefusee("Le complément d'information est obligatoire.", "SBX_013", "commentaire")
        return
    if motif and motif not in MOTIFS.get(row.action, ()):
        raise TransitionRefusee("Ce motif n'est pas proposé pour cette action.", "SBX_014", "motif")
    if len(commentaire) > COMMENTAIRE_MAXIMUM:
        raise TransitionRefusee(
            f"Le champ « Commentaire » dépasse {COMMENTAIRE_MAXIMUM} caractères ({len(commentaire)} saisis).",
            "SBX_013",
            "commentaire",
        )
    exige = "commentaire" in row.needs or motif == Motif.AUTRE or (row.action == Action.VALIDER and parole)
    minimum = COMMENTAIRE_MINIMUM if row.action in (Action.REFUSER, Action.MAUVAIS_VALIDEUR) else 1
    if exige and len(commentaire.strip()) < minimum:
        detail = f" ({minimum} caractères au moins)" if minimum > 1 else ""
        raise TransitionRefusee(f"Le commentaire est obligatoire{detail}.", "SBX_013", "commentaire")


def refuser_le_recyclage(facture: Facture, action: Action) -> None:
    """Raises ``TransitionRefusee`` SBX_070: the reform has no recycling any more (factures.md §3.7)."""
    if facture.cohort.regime == Regime.REFORME_2026 and action == Action.DEMANDER_RECYCLAGE:
        raise TransitionRefusee(
            "La fonctionnalité de recyclage n'est plus disponible : rejetez la facture.", "SBX_070", "statut"
        )


@transaction.atomic(savepoint=False)
def apply(
    facture: Facture,
    action: Action,
    *,
    acteur: Acteur,
    auteur: Auteur = PLATEFORME,
    **precisions: Unpack[Precisions],
) -> HistoriqueStatut:
    """Play an action of the table: compare-and-set on the status, history, promises, notifications, announcement.

    Setting the present status again writes a line of history and nothing else. Raises ``TransitionRefusee`` when the
    table has no such row or an input is missing, ``Depassee`` when somebody moved the invoice meanwhile; a surrounding
    transaction is then undone too.
    """
    vu, numero_mandat = precisions.get("vu", ""), precisions.get("numero_mandat", "")[:50]
    if vu and vu != facture.statut:
        raise depassee(facture)
    refuser_le_recyclage(facture, action)
    row = lifecycle.find(facture.situation(precisions.get("canal", lifecycle.Canal.PORTAIL)), action, acteur)
    if row is None or row.target is None:
        raise TransitionRefusee(
            "Le statut actuel de la facture ne permet pas cette action : elle est "
            f"« {Statut(facture.statut).label} » et « {action.label} » n'est pas prévu à ce stade."
        )
    exiger(facture, row, precisions)
    avant, instant = facture.statut, clock.now()
    inchange = row.target == avant
    ecrits = dict(precisions.get("champs", {}))
    if not inchange:
        ecrits = {"statut": row.target, "statut_depuis": instant, **ecrits}
    if numero_mandat:
        ecrits["numero_mandat"] = numero_mandat
    # The base manager: the invoice comes from its world already, and this runs once an event.
    gagne = Facture._base_manager.filter(pk=facture.pk, statut=avant).update(**(ecrits or {"statut": avant}))
    if not gagne:  # compare-and-set: the second click loses, on any database
        raise depassee(facture)
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
        motif=precisions.get("motif", ""),
        commentaire=precisions.get("commentaire", "")[:COMMENTAIRE_MAXIMUM],
        numero_mandat=numero_mandat,
    )
    ligne.save(force_insert=True)
    if not inchange:
        suites.promettre(facture, ligne)
        notifications.notifier(facture, ligne, row.mails)
    publish("facture.statut", cohort_id=facture.cohort_id, facture_id=facture.pk, statut=str(row.target))
    return ligne
