"""Background work of invoices: documents drawn up after the deposit, found ready when they are asked for."""

from celery import shared_task

from invoices.documents import certificat, facture_pdf, lots
from invoices.services import documents, telechargements
from sandbox.cohorts.models import Cohort


@shared_task(ignore_result=True)
def produire_documents(cohort_id: int, facture_id: int) -> None:
    """Invoice of a saisie and certificat de dépôt; nothing when a reset has taken the invoice away."""
    cohort = Cohort.objects.filter(pk=cohort_id).first()
    if cohort is None:
        return
    with cohort.monde():
        facture = documents.charger(facture_id)
        if facture is not None:
            documents.facture_en_pdf(facture, facture_pdf.rendre)
            documents.certificat(facture, certificat.rendre)


def apres_depot(*, cohort_id: int, facture_id: int, place: int | None, flux: bool) -> None:
    """Subscriber of « facture.deposee », called once the deposit is committed.

    Programs send flows by the hundred and open no page: their documents are drawn up when they are asked for.
    """
    if not flux:
        produire_documents.delay(cohort_id, facture_id)


@shared_task(ignore_result=True)
def produire_telechargement(cohort_id: int, telechargement_id: int) -> None:
    """The archive that an account asked for; nothing when a reset has taken it away."""
    cohort = Cohort.objects.filter(pk=cohort_id).first()
    if cohort is not None:
        with cohort.monde():
            telechargements.produire(telechargement_id, lots.fabriquer)


def apres_demande(*, cohort_id: int, telechargement_id: int) -> None:
    """Subscriber of « telechargement.demande », called once the demand is committed."""
    produire_telechargement.delay(cohort_id, telechargement_id)
