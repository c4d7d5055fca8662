"""« Changer mon adresse de connexion » (comptes-structures.md §2.3, §2.4)."""

from django.db import IntegrityError, transaction

from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from accounts.services import comptes
from accounts.services.courriers import envoyer_lien, prevenir_ancienne_adresse
from sandbox import clock
from sandbox.events.registry import publish


class MemeAdresse(Exception):
    """The new address is the present one."""


def _prise(adresse: str, compte: Compte) -> bool:
    return Compte.objects.filter(login_email=adresse).exclude(pk=compte.pk).exists()


@transaction.atomic
def _envoyer(compte: Compte, nouvelle: str) -> None:
    anciens = Jeton.objects.filter(compte=compte, usage=UsageJeton.ADRESSE, utilise_le=None)
    anciens.update(utilise_le=clock.real_now())
    envoyer_lien(compte, UsageJeton.ADRESSE, nouvelle)


def demander(compte: Compte, nouvelle: str, mot_de_passe: str) -> None:
    """Send a link to the new address; nothing changes before it is followed.

    Raises ``ConnexionRefusee`` (wrong password, which counts as at the login), ``MemeAdresse``,
    ``AdresseDejaUtilisee``.
    """
    nouvelle = nouvelle.strip().lower()
    comptes.verifier_mot_de_passe(compte, mot_de_passe)
    if nouvelle == compte.login_email:
        raise MemeAdresse
    if _prise(nouvelle, compte):
        raise comptes.AdresseDejaUtilisee(nouvelle)
    _envoyer(compte, nouvelle)


def confirmer(valeur: str) -> Compte:
    """Follow the link: the address changes, the former one is told. Raises ``LienInvalide``, ``AdresseDejaUtilisee``.

    A contact address equal to the former login address follows it. Links of a forgotten password, sent to the former
    address, are void.
    """
    jeton = comptes.jeton_valide(valeur, UsageJeton.ADRESSE)
    compte = jeton.compte
    if compte.etat != EtatCompte.ACTIF:
        raise comptes.LienInvalide("Ce compte est désactivé : réactivez-le d'abord, en vous connectant.", compte)
    try:
        with transaction.atomic():
            return _changer(jeton)
    except IntegrityError as prise:
        raise comptes.AdresseDejaUtilisee(jeton.nouvelle_adresse) from prise


def _changer(jeton: Jeton) -> Compte:
    compte, ancienne = jeton.compte, jeton.compte.login_email
    if not Jeton.objects.filter(pk=jeton.pk, utilise_le=None).update(utilise_le=clock.real_now()):
        raise comptes.LienInvalide("Ce lien a déjà servi.", compte)
    if compte.contact_email == ancienne:
        compte.contact_email = jeton.nouvelle_adresse
    compte.login_email = jeton.nouvelle_adresse
    compte.save(update_fields=["login_email", "contact_email"])
    Jeton.objects.filter(compte=compte, utilise_le=None).update(utilise_le=clock.real_now())
    prevenir_ancienne_adresse(compte, ancienne)
    publish(
        "compte.adresse_changee",
        cohort_id=compte.cohort_id,
        compte_id=compte.pk,
        place=compte.place,
        ancienne=ancienne,
    )
    return compte
