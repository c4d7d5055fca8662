"""Access tokens: signed, opaque to the caller, kept nowhere (api.md §2)."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

from sandbox import clock
from sandbox.cohorts.scoping import scopes_disabled
from structures.models import ApplicationPiste

DUREE = timedelta(seconds=3600)
PORTEE = "openid"
_SEL = "api.jeton"


@dataclass(frozen=True, slots=True)
class Jeton:
    """A token that is good; ``emis_le``: real time."""

    application: ApplicationPiste
    emis_le: datetime


class JetonRefuse(Exception):
    """No application behind it any more; ``application`` when the token was good once."""

    def __init__(self, raison: str, application: ApplicationPiste | None = None) -> None:
        super().__init__(raison)
        self.application = application


def emettre(application: ApplicationPiste) -> str:
    """A token for an hour. A new secret of the application voids it."""
    return signing.dumps(
        [application.pk, application.version_secret, clock.real_now().timestamp(), secrets.token_urlsafe(24)],
        salt=_SEL,
    )


def lire(texte: str) -> Jeton:
    """Raises ``JetonRefuse``, which says why in French."""
    try:
        pk, version, emis, _ = signing.loads(texte, salt=_SEL)
    except (signing.BadSignature, ValueError, TypeError) as inconnu:
        raise JetonRefuse("Jeton inconnu : demandez-en un à /api/oauth/token.") from inconnu
    with scopes_disabled():
        application = ApplicationPiste.objects.select_related("cohort", "compte").filter(pk=pk).first()
    if application is None:
        raise JetonRefuse("L'application de ce jeton n'existe plus : la session a été remise à zéro ou supprimée.")
    emis_le = datetime.fromtimestamp(emis, tz=UTC)
    if clock.real_now() - emis_le >= DUREE:
        raise JetonRefuse("Le jeton a expiré : il vaut une heure. Demandez-en un nouveau.", application)
    if not application.active:
        raise JetonRefuse("L'application PISTE est désactivée.", application)
    if application.version_secret != version:
        raise JetonRefuse("Le secret de l'application a été renouvelé : demandez un nouveau jeton.", application)
    return Jeton(application, emis_le)
