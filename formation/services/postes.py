"""What a trainer may do for one seat: its PIN, its place, its portal accounts (formation.md CON-5)."""

import secrets

from django.db import transaction
from django.db.models import F

from accounts.models import Compte
from accounts.services import comptes
from formation.services.gestes import verrouiller
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant


def _nouveau_pin(ancien: str) -> str:
    """Four digits, any but the former ones."""
    return f"{(int(ancien) + 1 + secrets.randbelow(9_999)) % 10_000:04d}"


@transaction.atomic
def changer_pin(cohort: Cohort, participant: Participant, *, formateur: object, cle: str) -> str:
    """A new PIN; whoever sits there stays seated. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    pin = _nouveau_pin(participant.pin)
    with verrou.monde():
        Participant.objects.filter(pk=participant.pk).update(pin=pin)
        noter(verrou, "change le PIN", participant.libelle, formateur=formateur, place=participant.numero, cle=cle)
    return pin


@transaction.atomic
def liberer(cohort: Cohort, participant: Participant, *, formateur: object, cle: str) -> str:
    """Give the seat to somebody else: who holds it is out, his name goes, its work stays. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    pin = _nouveau_pin(participant.pin)
    with verrou.monde():
        Participant.objects.filter(pk=participant.pk).update(
            pin=pin, version=F("version") + 1, prenom="", nom="", arrive_le=None, vu_le=None
        )
        noter(verrou, "libère le poste", participant.libelle, formateur=formateur, place=participant.numero, cle=cle)
    return pin


@transaction.atomic
def debloquer(cohort: Cohort, compte: Compte, *, formateur: object, cle: str) -> None:
    """End the lock of a portal account. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        comptes.debloquer(compte)
        noter(verrou, "débloque le compte", compte.login_email, formateur=formateur, place=compte.place, cle=cle)


@transaction.atomic
def expirer_activation(cohort: Cohort, compte: Compte, *, formateur: object, cle: str) -> None:
    """The incident « lien expiré » (formation.md MSG-3). Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        comptes.expirer_activation(compte)
        noter(
            verrou,
            "fait expirer le lien d'activation",
            compte.login_email,
            formateur=formateur,
            place=compte.place,
            cle=cle,
        )


@transaction.atomic
def renvoyer_activation(cohort: Cohort, compte: Compte, *, formateur: object, cle: str) -> None:
    """Send the activation link again. Raises ``DejaFait``."""
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        compte.cohort = verrou
        comptes.renvoyer_activation(compte)
        noter(
            verrou, "renvoie le lien d'activation", compte.login_email, formateur=formateur, place=compte.place, cle=cle
        )
