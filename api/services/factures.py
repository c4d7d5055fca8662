"""Invoices that a program names by their id, and what it is told when it may not act on them (api.md §6.10)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import Q

from api.erreurs import INEXISTANTE, SANS_DROIT, refus, refus_des_regles
from invoices import queries_espaces
from invoices.enums import AVANT_ENVOI, Espace, Statut
from invoices.models import Facture
from invoices.services import retours
from invoices.services.deposer import DepotRefuse
from invoices.services.transitions import TransitionRefusee
from structures.queries import Droits

_PARTIES: dict[Espace, tuple[str, ...]] = {
    Espace.EMISES: ("fournisseur",),
    Espace.RECUES: ("destinataire",),
    Espace.A_VALIDER: ("valideur", "valideur_2"),
}


def _miennes(droits: Droits, espaces: Iterable[Espace]) -> Q:
    filtre = Q(pk__in=[])
    for espace in espaces:
        for partie in _PARTIES[espace]:
            filtre |= queries_espaces.portee(droits, espace, partie, modification=True)
    return filtre


def verifier(droits: Droits, ids: Iterable[int], *espaces: Espace) -> None:
    """May this account act on these invoices, from one of these applications, whatever their status?

    Raises ``Refus``: 20000 for an id that nobody has (a draft exists for its issuer only), 20001 otherwise.
    """
    voulus = set(ids)
    connues = Facture.objects.filter(pk__in=voulus).exclude(statut=Statut.SUPPRIMEE)
    if Espace.EMISES not in espaces:
        connues = connues.exclude(statut__in=AVANT_ENVOI)
    existantes = set(connues.values_list("pk", flat=True))
    if voulus - existantes:
        inconnu = min(voulus - existantes)
        raise refus(*INEXISTANTE, f"Aucune facture n'a l'identifiant {inconnu} dans cette session.")
    autres = existantes - set(connues.filter(_miennes(droits, espaces)).values_list("pk", flat=True))
    if autres:
        raise refus(*SANS_DROIT, f"La facture {min(autres)} n'est pas l'une de celles de ce compte technique.")


def verrouiller(droits: Droits, pk: int | None, *espaces: Espace) -> Facture:
    """The invoice, locked for the transaction under way. Raises ``Refus``."""
    verifier(droits, [pk or 0], *espaces)
    return retours.verrouiller(pk or 0)


@contextmanager
def refus_traduits() -> Iterator[None]:
    """What the services refuse, as the API says it."""
    try:
        yield
    except DepotRefuse as depot:
        raise refus_des_regles(depot.manquements) from depot
    except TransitionRefusee as transition:
        raise refus(transition.code, str(transition)) from transition
