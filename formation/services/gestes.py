"""What a trainer does to a session is done once, however often the form is sent, and goes to the journal."""

from sandbox.cohorts.models import Cohort, Trace
from sandbox.cohorts.verrou import remise_en_etat

MEMOIRE = 200
"""Lines of the journal in which the key of a form is looked for."""


class DejaFait(Exception):
    """This form has already been sent: nothing was done this time."""


class SessionOccupee(Exception):
    """A jump is under way; the message says what to do, in French."""


def connu(cle: str) -> bool:
    """Whether the journal has the key of this form. Inside the world."""
    recentes = Trace.objects.filter(auteur=Trace.Auteur.FORMATEUR).order_by("-id")
    return bool(cle) and any(d.get("cle") == cle for d in recentes.values_list("details", flat=True)[:MEMOIRE])


def verrouiller(cohort: Cohort, cle: str) -> Cohort:
    """Lock the session for the rest of the transaction. Raises ``DejaFait`` on a key that the journal knows."""
    remise_en_etat(cohort.pk)
    verrou = Cohort.objects.select_for_update().get(pk=cohort.pk)
    with verrou.monde():
        if connu(cle):
            raise DejaFait
    return verrou
