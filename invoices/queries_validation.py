"""Work lists of the validation: what waits for me as a validator, what I sent that waits at a validator's."""

from datetime import UTC, datetime

from django.db.models import Case, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from invoices.enums import Acteur, Espace, Statut
from invoices.models import Facture, FactureQuerySet, Validation
from invoices.queries_espaces import portee
from structures.queries import Droits

ATTENTES: dict[str, tuple[str, Acteur]] = {
    Statut.A_VALIDER_1: ("valideur", Acteur.VALIDEUR_1),
    Statut.A_VALIDER_2: ("valideur_2", Acteur.VALIDEUR_2),
    Statut.ERREUR_COTRAITANT_SUR_VALIDEUR: ("valideur", Acteur.VALIDEUR_1),
}
"""Statuses in which a validator must act: which one, and under which role (factures.md §3.1, column « Syn. »)."""
EN_VALIDATION = (*ATTENTES, Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR)
_JAMAIS = datetime(9999, 1, 1, tzinfo=UTC)


def a_traiter(droits: Droits, *, modification: bool = False) -> FactureQuerySet:
    """« Synthèse » of « Factures à valider »: to answer, and to correct as first validator (factures.md §5.2)."""
    filtre = Q(pk__in=[])
    for statut, (partie, _acteur) in ATTENTES.items():
        filtre |= Q(statut=statut) & portee(droits, Espace.A_VALIDER, partie, modification=modification)
    trouvees: FactureQuerySet = Facture.objects.filter(filtre)
    return trouvees


def chez_un_valideur(droits: Droits) -> FactureQuerySet:
    """Invoices of my structures that a validation still holds."""
    trouvees: FactureQuerySet = Facture.objects.filter(
        portee(droits, Espace.EMISES, "fournisseur"), statut__in=EN_VALIDATION
    )
    return trouvees


def avec_echeance(factures: FactureQuerySet) -> FactureQuerySet:
    """``limite``: end of the delay under way, null when there is none; ``urgence`` sorts: to correct, then by delay."""
    limite = Validation.objects.filter(facture=OuterRef("pk"), decision="").values("echeance")[:1]
    annotees: FactureQuerySet = factures.annotate(limite=Subquery(limite)).annotate(
        urgence=Case(
            When(statut=Statut.ERREUR_COTRAITANT_SUR_VALIDEUR, then=F("statut_depuis")),
            default=Coalesce(F("limite"), Value(_JAMAIS)),
            output_field=DateTimeField(),
        )
    )
    return annotees
