from collections.abc import Iterable
from typing import Any

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.mail.models import Message

PORTAIL = "Bac à sable – notifications"


def compose(
    cohort: Cohort,
    adresse: str,
    objet: str,
    corps: str,
    *,
    type: str,
    place: int | None,
    lien: str = "",
    lien_libelle: str = "",
    expediteur: str = PORTAIL,
) -> Message:
    """A message for the simulated mailbox of ``place`` (None: an actor of the cast, read by the trainer), unsaved."""
    return Message(
        cohort=cohort,
        place=place,
        adresse=adresse,
        objet=objet[:200],
        corps=corps,
        type=type,
        lien=lien,
        lien_libelle=lien_libelle,
        expediteur=expediteur,
    )


def send(cohort: Cohort, adresse: str, objet: str, corps: str, **faits: Any) -> Message:
    """Drop a message into a simulated mailbox: the arguments of ``compose``."""
    message = compose(cohort, adresse, objet, corps, **faits)
    message.save(force_insert=True)
    return message


def send_many(messages: Iterable[Message]) -> None:
    """Drop many messages at once, already composed (unsaved rows)."""
    Message.objects.bulk_create(messages)


def mark_read(message: Message) -> None:
    """First opening only."""
    if message.lu_le is None:
        Message.objects.filter(pk=message.pk, lu_le=None).update(lu_le=clock.now())
        message.lu_le = clock.now()
