"""« Left empty in the API »: the service numbers the invoice, one sequence a session (api.md A-12)."""

from invoices import queries
from invoices.models import Numerotation
from sandbox.cohorts.models import Cohort

CHIFFRES = 16
"""After the year: twenty characters in all, as AIFE's sample « 20250000000000000014 »."""


def attendre(cohort: Cohort) -> Numerotation:
    """The sequence, locked until the end of the transaction: whoever sends without a number waits for his turn."""
    compteur, _ = Numerotation.objects.get_or_create(cohort=cohort)
    verrouille: Numerotation = Numerotation.objects.select_for_update().get(pk=compteur.pk)
    return verrouille


def suivant(compteur: Numerotation, *, annee: int, siren: str) -> str:
    """The next number; one that this supplier has already used of his own accord is passed over."""
    while True:
        compteur.dernier += 1
        numero = f"{annee:04d}{compteur.dernier:0{CHIFFRES}d}"
        if not queries.est_doublon(siren, annee, numero):
            compteur.save(update_fields=["dernier"])
            return numero
