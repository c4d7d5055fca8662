"""How fast a caller may call (api.md A-18): 20 requests a second, counted over ten seconds."""

from django.conf import settings
from django.core.cache import cache

from sandbox import clock

FENETRE = 10
"""Seconds: a client that starts with a burst is not stopped by it."""


def depasse(cle: str) -> int:
    """Count a request of this caller; seconds to wait before the next one, 0 when it may go on."""
    instant = clock.real_now().timestamp()
    rang, reste = divmod(instant, FENETRE)
    nom = f"api.debit:{cle}:{int(rang)}"
    if not cache.add(nom, 1, 2 * FENETRE):
        try:
            recues = cache.incr(nom)
        except ValueError:  # it ended between the two calls
            return 0
        if recues > settings.API_REQUETES_PAR_SECONDE * FENETRE:
            return max(1, round(FENETRE - reste))
    return 0
