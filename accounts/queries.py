"""Reads of portal accounts shared by screens."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet

from accounts.enums import EtatCompte
from accounts.models import Compte


def du_poste(place: int) -> QuerySet[Compte]:
    """Accounts that the people of a seat open: neither technical ones, nor those of simulated colleagues."""
    return (
        Compte.objects.filter(place=place)
        .exclude(etat=EtatCompte.TECHNIQUE)
        .exclude(mot_de_passe__startswith=UNUSABLE_PASSWORD_PREFIX)
    )
