"""The request as the portal's views get it, once its middlewares and decorators have done their work."""

from django.http import HttpRequest

from accounts.models import Compte
from sandbox.cohorts.models import Cohort, Participant


class Requete(HttpRequest):
    """``place`` and ``cohort`` are there behind ``place_requise``, ``compte`` behind ``structures.acces``."""

    place: Participant
    cohort: Cohort
    compte: Compte
