from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.mail.models import Message

PORTAIL = "Bac à sable – notifications"


def send(
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
    """Drop a message into the simulated mailbox of ``place`` (None: an actor of the cast, read by the trainer)."""
    message = Message(
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
    message.save(force_insert=True)
    return message


def mark_read(message: Message) -> None:
    """First opening only."""
    if message.lu_le is None:
        Message.objects.filter(pk=message.pk, lu_le=None).update(lu_le=clock.now())
        message.lu_le = clock.now()
