"""Sign of life of the SFTP server, in the database: that is what the pages see, wherever it runs."""

from datetime import timedelta

from sandbox import clock
from sandbox.events.models import Battement

PREFIXE = "sftp:"
INTERVALLE = timedelta(seconds=5)
SILENCE = timedelta(seconds=20)
"""Real time after which the server is taken for stopped."""


def battre(port: int) -> None:
    Battement.objects.update_or_create(nom=f"{PREFIXE}{port}", defaults={"le": clock.real_now()})


def cesser(port: int) -> None:
    """The server stops: the pages know at once."""
    Battement.objects.filter(nom=f"{PREFIXE}{port}").delete()


def port_ouvert() -> int | None:
    """Port of the server that runs, None when there is none."""
    vivants = Battement.objects.filter(nom__startswith=PREFIXE, le__gt=clock.real_now() - SILENCE)
    nom = vivants.order_by("-le").values_list("nom", flat=True).first()
    return int(nom.removeprefix(PREFIXE)) if nom else None
