"""What the exchange learns from below, after commit: a flow is treated, an invoice has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from edi.models import AccesSftp
from edi.services import comptes_rendus, cycle_de_vie, pivots
from sandbox.cohorts import verrou
from sandbox.cohorts.models import Cohort
from sandbox.events.registry import subscribe


@contextmanager
def _monde(cohort_id: int) -> Iterator[bool]:
    """True in the world of this session when somebody has an access there: one read for all the others."""
    if not AccesSftp._base_manager.filter(cohort_id=cohort_id).exists():
        yield False
        return
    with verrou.ecriture(cohort_id), Cohort.objects.get(pk=cohort_id).monde():
        yield True


def flux_traite(*, cohort_id: int, flux_id: int) -> None:
    with _monde(cohort_id) as ouvert:
        if ouvert:
            comptes_rendus.du_flux(flux_id)


def facture_statut(*, cohort_id: int, facture_id: int, statut: str) -> None:
    with _monde(cohort_id) as ouvert:
        if ouvert:
            cycle_de_vie.annoncer(facture_id)
            pivots.promettre(facture_id)


subscribe("flux.traite", flux_traite)
subscribe("facture.statut", facture_statut)
