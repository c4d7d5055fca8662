"""Between the password and the portal: an account waits for its code, or for its owner to have it back.

Nothing but the session knows it; the portal is not open.
"""

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest

from django.http import HttpRequest

from accounts.acces import suite_sure
from accounts.enums import EtatCompte
from accounts.middleware import ATTENTE
from accounts.models import Compte
from accounts.requete import Requete
from sandbox import clock

VALIDITE = timedelta(minutes=30)
"""Real time after which the password is asked again."""


@dataclass(frozen=True, slots=True)
class Attente:
    """Who waits, where he wanted to go, whether he came through the simulated PIGP."""

    compte: Compte
    suite: str = ""
    pigp: bool = False


def poser(request: HttpRequest, compte: Compte, suite: str, *, pigp: bool) -> None:
    """The password was right: remember it, under another key of session."""
    request.session.cycle_key()
    request.session[ATTENTE] = {
        "id": compte.pk,
        "empreinte": compte.empreinte_session(),
        "suite": suite,
        "pigp": pigp,
        "depuis": clock.real_now().timestamp(),
    }


def lever(request: HttpRequest) -> None:
    request.session.pop(ATTENTE, None)


def lire(request: Requete, etat: EtatCompte) -> Attente | None:
    """Who waits, if he still may: same password, in this state, less than 30 minutes ago."""
    vue = request.session.get(ATTENTE)
    if vue is None or clock.real_now().timestamp() - vue["depuis"] > VALIDITE.total_seconds():
        return None
    compte = Compte.objects.filter(pk=vue["id"], etat=etat).first()
    if compte is None or not compare_digest(vue["empreinte"].encode(), compte.empreinte_session().encode()):
        return None
    compte.cohort = request.cohort
    return Attente(compte, suite_sure(vue["suite"]), vue["pigp"])
