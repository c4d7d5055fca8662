"""What the training layer learns from below, after commit: the session's journal (DESIGN §3)."""

from accounts.models import Compte
from invoices.models import Facture
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant
from sandbox.events.registry import subscribe
from structures.models import Structure


def _noter(cohort_id: int, verbe: str, objet: str, place: int | None) -> None:
    cohort = Cohort.objects.get(pk=cohort_id)
    with cohort.monde():
        participant = Participant.objects.filter(numero=place).first() if place else None
        noter(cohort, verbe, objet, participant=participant)


def compte_cree(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "crée son compte", _login(cohort_id, compte_id), place)


def compte_active(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "active son compte", _login(cohort_id, compte_id), place)


def compte_bloque(*, cohort_id: int, compte_id: int, place: int | None) -> None:
    _noter(cohort_id, "bloque son compte", _login(cohort_id, compte_id), place)


def structure_creee(*, cohort_id: int, structure_id: int, place: int | None) -> None:
    with Cohort.objects.get(pk=cohort_id).monde():
        nom = str(Structure.objects.get(pk=structure_id))
    _noter(cohort_id, "crée sa structure", nom, place)


def mandat_souscrit(*, cohort_id: int, structure_id: int, place: int | None) -> None:
    with Cohort.objects.get(pk=cohort_id).monde():
        nom = str(Structure.objects.get(pk=structure_id))
    _noter(cohort_id, "souscrit le mandat de facturation", nom, place)


def facture_deposee(*, cohort_id: int, facture_id: int, place: int | None) -> None:
    with Cohort.objects.get(pk=cohort_id).monde():
        facture = Facture.objects.select_related("destinataire").get(pk=facture_id)
    _noter(cohort_id, "dépose la facture", f"{facture.numero} → {facture.destinataire}", place)


def _login(cohort_id: int, compte_id: int) -> str:
    with Cohort.objects.get(pk=cohort_id).monde():
        return str(Compte.objects.values_list("login_email", flat=True).get(pk=compte_id))


subscribe("compte.cree", compte_cree)
subscribe("compte.active", compte_active)
subscribe("compte.bloque", compte_bloque)
subscribe("structure.creee", structure_creee)
subscribe("mandat.souscrit", mandat_souscrit)
subscribe("facture.deposee", facture_deposee)
