"""« Mon compte »: fields, notifications, deactivation, data of an agent coming from the PIGP (§2.4, §2.5)."""

from django.db import transaction

from accounts import gardiens
from accounts.enums import EtatCompte
from accounts.gardiens import Geste
from accounts.models import CodeConnexion, Compte, Jeton
from sandbox import clock
from sandbox.events.registry import publish

CHAMPS = ("nom", "prenom", "telephone", "adresse_travail", "contact_email", "biographie")
"""Fields that the user changes one by one; the login address has its own screen."""
NOTIFICATIONS = ("notif_cessibilite", "notif_engagements", "notif_facturation", "recap_quotidien")
DONNEES_PIGP = ("contact_email", "nom", "prenom", "adresse_travail")


class GesteRefuse(Exception):
    """The account may not do this; the message says why, in French."""


def modifier(compte: Compte, champ: str, valeur: str) -> None:
    """Change one field of ``CHAMPS``; a contact address left empty is the login one."""
    if champ == "contact_email" and not valeur:
        valeur = compte.login_email
    setattr(compte, champ, valeur)
    compte.save(update_fields=[champ])


def regler_notifications(compte: Compte, choix: dict[str, bool]) -> None:
    """Store the four boxes. Raises ``GesteRefuse`` when « Facturation CPRO » may not be turned off."""
    if not choix["notif_facturation"]:
        _exiger(Geste.COUPER_FACTURATION, compte)
    for champ in NOTIFICATIONS:
        setattr(compte, champ, choix[champ])
    compte.save(update_fields=list(NOTIFICATIONS))


def completer_pigp(compte: Compte, donnees: dict[str, str]) -> None:
    """First login of an agent coming from the PIGP."""
    for champ in DONNEES_PIGP:
        setattr(compte, champ, donnees[champ])
    compte.save(update_fields=list(DONNEES_PIGP))


def venu_du_pigp(compte: Compte) -> None:
    """The first login came through the simulated PIGP: such accounts are made by it (§2.5)."""
    compte.pigp = True
    compte.save(update_fields=["pigp"])


def _exiger(geste: Geste, compte: Compte) -> None:
    if motifs := gardiens.objections(geste, compte):
        raise GesteRefuse(" ".join(motifs))


@transaction.atomic
def desactiver(compte: Compte) -> None:
    """Close the account, which its owner may have back; its links and codes are void. Raises ``GesteRefuse``."""
    Compte.objects.select_for_update(no_key=True).get(pk=compte.pk)  # nobody gives it a structure meanwhile
    _exiger(Geste.DESACTIVER, compte)
    if Compte.objects.filter(pk=compte.pk, etat=EtatCompte.ACTIF).update(etat=EtatCompte.DESACTIVE):
        Jeton.objects.filter(compte=compte, utilise_le=None).update(utilise_le=clock.real_now())
        CodeConnexion.objects.filter(compte=compte).delete()
        publish("compte.desactive", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
    compte.etat = EtatCompte.DESACTIVE


@transaction.atomic
def reactiver(compte: Compte) -> None:
    """Give it back; what it held on structures is as it was."""
    if Compte.objects.filter(pk=compte.pk, etat=EtatCompte.DESACTIVE).update(etat=EtatCompte.ACTIF):
        publish("compte.reactive", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
    compte.etat = EtatCompte.ACTIF
