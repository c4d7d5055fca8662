from celery import shared_task

from sandbox.documents import menage as nettoyage


@shared_task
def menage() -> int:
    """Remove the files that no row references."""
    return nettoyage.purge()
