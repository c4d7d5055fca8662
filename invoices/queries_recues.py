"""What the recipient reads: what waits for him, what he acts on for another body, what left him (factures.md §4)."""

from collections.abc import Collection, Iterable

from django.db.models import Max, Q, QuerySet

from accounts.profils import Profil
from invoices import queries_espaces as espaces
from invoices.enums import Espace, Statut
from invoices.models import Facture, FactureQuerySet, HistoriqueStatut
from structures.enums import Nature
from structures.models import Service, Structure
from structures.queries import Droits

A_TRAITER = (Statut.MISE_A_DISPOSITION, Statut.COMPLETEE)
"""« Synthèse » of the recipient (factures.md §4.1)."""
COLONNES = (
    *FactureQuerySet.COLONNES_DE_LISTE,
    *("libelle_service", "service", "solde", "recyclages", "numero_facture_origine", "fournisseur", "destinataire"),
    *("destinataire__delai_paiement", "service__code", "service__libelle"),
)


def a_traiter(droits: Droits) -> FactureQuerySet:
    """Invoices on which the recipient has not answered yet."""
    attendues: FactureQuerySet = espaces.visibles(droits, Espace.RECUES).filter(statut__in=A_TRAITER)
    return attendues


def pour_liste(factures: QuerySet[Facture]) -> QuerySet[Facture]:
    return factures.select_related("destinataire", "fournisseur", "service").only(*COLONNES)


def historiques(factures: Iterable[Facture]) -> dict[int, list[HistoriqueStatut]]:
    """Lines of history of each of these invoices, in order: one query."""
    lignes: dict[int, list[HistoriqueStatut]] = {facture.pk: [] for facture in factures}
    for ligne in HistoriqueStatut.objects.filter(facture__in=list(lignes)).order_by("survenu_le", "pk"):
        lignes[ligne.facture_id].append(ligne)
    return lignes


def parties(droits: Droits) -> QuerySet[Facture]:
    """Recycled towards somebody else, ``parti_le`` being when; not those that came back since (factures.md §7)."""
    revenues = espaces.visibles(droits, Espace.RECUES).values("pk")
    # The filter of ``quittees`` and this aggregate read the same rows: those of the structures of the account.
    return espaces.quittees(droits).exclude(pk__in=revenues).annotate(parti_le=Max("precedents__jusqu_au"))


def services_recus(droits: Droits) -> QuerySet[Service]:
    """Services whose received invoices this account may read."""
    profil = espaces.PROFILS[Espace.RECUES]
    filtre = Q(structure__in=droits.structures(profil, entieres=True))
    for structure in droits.structures(profil):
        filtre |= Q(structure=structure, pk__in=droits.services(profil, structure) or ())
    return Service.objects.filter(filtre).select_related("structure").order_by("structure__raison_sociale", "code")


def delegations(droits: Droits, destinataires: Collection[int]) -> dict[int, str]:
    """Recipients for which this account acts « par délégation », with the name of the body that it comes from.

    « Délégation de validation des factures reçues » (comptes-structures.md §5.6): the recipient has ticked it, and the
    account, which belongs to another public body, holds « Factures reçues modification » on some of its services only.
    """
    profil = Profil.FACTURES_RECUES
    entieres = set(droits.structures(profil, entieres=True))
    limitees = [pk for pk in destinataires if pk not in entieres and droits.services(profil, pk, modification=True)]
    if not limitees or len(droits.rattachees) < 2:
        return {}
    publiques = list(
        Structure.objects.filter(pk__in=droits.rattachees, nature=Nature.PUBLIQUE).order_by("raison_sociale", "pk")
    )
    noms: dict[int, str] = {}
    for recipient in publiques:
        autres = [s.raison_sociale for s in publiques if s.pk != recipient.pk]
        if recipient.pk in limitees and recipient.valideur_delegue and autres:
            noms[recipient.pk] = autres[0]
    return noms


def nombre_a_traiter(droits: Droits) -> int:
    """Received invoices that this account may treat: the home's counter."""
    return espaces.modifiables(droits, Espace.RECUES).filter(statut__in=A_TRAITER).count()


def dernieres_lignes(factures: Collection[int]) -> dict[int, int]:
    """Last line of history of each invoice: with its status, what a page showed of it."""
    lignes = HistoriqueStatut.objects.filter(facture__in=factures).values("facture").annotate(derniere=Max("pk"))
    return {ligne["facture"]: ligne["derniere"] for ligne in lignes.order_by()}
