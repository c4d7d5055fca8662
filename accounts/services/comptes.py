"""Create, activate, open and lock portal accounts (comptes-structures.md §2)."""

from datetime import timedelta
from typing import NoReturn

from django.contrib.auth.hashers import is_password_usable
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import rules
from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from accounts.services.courriers import envoyer_lien
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.registry import publish

ECHECS_MAXIMUM = 5
DUREE_BLOCAGE = timedelta(hours=1)
"""After 5 wrong passwords in a row, one real hour (comptes-structures.md §2.3)."""


class AdresseDejaUtilisee(Exception):
    """The login address already names an account of this session."""


class LienInvalide(Exception):
    """Unknown, used or expired link; ``compte`` is known when it can be sent again."""

    def __init__(self, message: str, compte: Compte | None = None, *, expire: bool = False) -> None:
        super().__init__(message)
        self.compte = compte
        self.expire = expire


class ConnexionRefusee(Exception):
    """The login is refused; the message says why and what to do, in French."""


class CompteDesactive(ConnexionRefusee):
    """Right password, but the account was deactivated by its owner, who may have it back."""

    def __init__(self, compte: Compte) -> None:
        super().__init__("Ce compte a été désactivé. Vous pouvez le réactiver.")
        self.compte = compte


class MotDePasseRefuse(Exception):
    """The password does not meet the shown rules, listed in ``regles``."""

    def __init__(self, regles: list[str]) -> None:
        super().__init__(" ; ".join(regles))
        self.regles = regles


@transaction.atomic
def creer(
    cohort: Cohort,
    *,
    place: int | None,
    login_email: str,
    prenom: str,
    nom: str,
    telephone: str = "",
    contact_email: str = "",
    pour_autrui: bool = False,
) -> Compte:
    """Create an account to be activated and send its link. Raises ``AdresseDejaUtilisee``.

    ``pour_autrui``: a manager creates it for one of his users (§4.6).
    """
    login_email = login_email.strip().lower()
    try:
        with transaction.atomic():
            compte = Compte.objects.create(
                cohort=cohort,
                place=place,
                login_email=login_email,
                contact_email=contact_email.strip().lower() or login_email,
                prenom=prenom,
                nom=nom,
                telephone=telephone,
            )
    except IntegrityError as existe:
        raise AdresseDejaUtilisee(login_email) from existe
    envoyer_lien(compte, UsageJeton.ACTIVATION)
    if pour_autrui:
        publish("compte.cree_pour_autrui", cohort_id=cohort.pk, compte_id=compte.pk, place=place)
    else:
        publish("compte.cree", cohort_id=cohort.pk, compte_id=compte.pk, place=place)
    return compte


def est_le_meme_envoi(place: int | None, *, login_email: str, prenom: str, nom: str) -> bool:
    """The same form sent twice by the same seat: the first sending did the work."""
    return Compte.objects.filter(
        place=place,
        login_email=login_email.strip().lower(),
        prenom=prenom,
        nom=nom,
        etat=EtatCompte.EN_ATTENTE_ACTIVATION,
    ).exists()


def signaler_doublon(cohort: Cohort, place: int | None, login_email: str) -> None:
    """Tell the trainer that a seat asks for an address already taken (comptes-structures.md §2.7)."""
    publish("compte.doublon", cohort_id=cohort.pk, place=place, login_email=login_email)


@transaction.atomic
def renvoyer_activation(compte: Compte) -> None:
    """A new link; the former ones are void."""
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        Jeton.objects.filter(compte=compte, utilise_le=None).update(utilise_le=clock.real_now())
        envoyer_lien(compte, UsageJeton.ACTIVATION)


def expirer_activation(compte: Compte) -> None:
    """The trainer's incident « lien expiré » (formation.md MSG-3): real time is not waited for."""
    liens = Jeton.objects.filter(compte=compte, usage=UsageJeton.ACTIVATION, utilise_le=None)
    liens.update(expire_le=clock.real_now() - timedelta(seconds=1))


@transaction.atomic
def demander_nouveau_mot_de_passe(cohort: Cohort, login_email: str) -> None:
    """Send a link to the login address; an unknown address is answered the same way, with no message.

    Nor has a simulated person, without a usable password, any to choose.
    """
    compte = Compte.objects.filter(login_email=login_email.strip().lower()).first()
    if compte is None:
        return
    compte.cohort = cohort
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        renvoyer_activation(compte)
    elif compte.etat == EtatCompte.ACTIF and is_password_usable(compte.mot_de_passe):
        envoyer_lien(compte, UsageJeton.MOT_DE_PASSE)


def jeton_valide(valeur: str, usage: UsageJeton) -> Jeton:
    """The link, if it still works. Raises ``LienInvalide``."""
    jeton = Jeton.objects.select_related("compte", "compte__cohort").filter(jeton=valeur, usage=usage).first()
    if jeton is None:
        raise LienInvalide("Ce lien n'existe pas, ou a été remplacé par un plus récent.")
    if jeton.utilise_le is not None:
        raise LienInvalide("Ce lien a déjà servi.", jeton.compte)
    if not jeton.est_valide():
        raise LienInvalide("Ce lien a expiré : il était valable 60 minutes.", jeton.compte, expire=True)
    return jeton


@transaction.atomic
def choisir_mot_de_passe(jeton: Jeton, mot_de_passe: str) -> Compte:
    """Set the password behind a link, and activate the account. Raises ``MotDePasseRefuse``, ``LienInvalide``."""
    compte = jeton.compte
    if manquent := rules.regles_non_respectees(mot_de_passe, compte.login_email):
        raise MotDePasseRefuse(manquent)
    if not Jeton.objects.filter(pk=jeton.pk, utilise_le=None).update(utilise_le=clock.real_now()):
        raise LienInvalide("Ce lien a déjà servi.", compte)
    activation = compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION
    compte.set_password(mot_de_passe)
    compte.echecs, compte.bloque_jusqua = 0, None
    if activation:
        compte.etat = EtatCompte.ACTIF
    compte.save(update_fields=["mot_de_passe", "etat", "echecs", "bloque_jusqua"])
    if activation:
        publish("compte.active", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
    return compte


def _message_blocage(compte: Compte) -> str:
    heure = (compte.bloque_jusqua or clock.real_now()).astimezone(compte.cohort.zone)
    return (
        f"Votre compte est bloqué après {ECHECS_MAXIMUM} mots de passe faux. Il se débloque seul à {heure:%H h %M} "
        "(heure réelle) ; votre formateur peut aussi le débloquer."
    )


def identifier(cohort: Cohort, login_email: str, mot_de_passe: str) -> Compte:
    """The account whose password this is; its session is not open yet.

    Raises ``ConnexionRefusee`` (five failures in a row lock for an hour), ``CompteDesactive`` on the right password
    of a deactivated account.
    """
    if rules.est_adresse_technique(login_email):
        raise ConnexionRefusee(
            "Compte technique : réservé à l'API, il n'ouvre pas le portail. Connectez-vous avec votre compte personnel."
        )
    tapee = login_email.strip()
    compte = Compte.objects.filter(login_email__in={tapee, tapee.lower()}).order_by("pk").first()
    if compte is None:
        raise ConnexionRefusee(
            "Adresse de connexion ou mot de passe incorrect. Vérifiez l'adresse, ou créez votre compte."
        )
    compte.cohort = cohort
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        raise ConnexionRefusee(
            "Ce compte n'est pas encore activé : ouvrez le lien reçu dans « Messagerie », "
            "ou faites-le renvoyer par « Mot de passe oublié »."
        )
    if compte.etat == EtatCompte.TECHNIQUE:
        raise ConnexionRefusee("Ce compte n'ouvre pas le portail : il est réservé à l'API.")
    verifier_mot_de_passe(compte, mot_de_passe)
    if compte.etat == EtatCompte.DESACTIVE:
        raise CompteDesactive(compte)
    return compte


def connecter(cohort: Cohort, login_email: str, mot_de_passe: str) -> Compte:
    """Identify, then count the login: where no second factor is asked. Raises as ``identifier``."""
    compte = identifier(cohort, login_email, mot_de_passe)
    compter_connexion(compte)
    return compte


def compter_connexion(compte: Compte) -> int:
    """The portal opens: failures are forgotten. How many times it has opened, this one included."""
    Compte.objects.filter(pk=compte.pk).update(
        echecs=0, bloque_jusqua=None, derniere_connexion=clock.now(), connexions=F("connexions") + 1
    )
    publish("compte.connecte", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
    return int(Compte.objects.values_list("connexions", flat=True).get(pk=compte.pk))


def verifier_mot_de_passe(compte: Compte, mot_de_passe: str) -> None:
    """Raises ``ConnexionRefusee`` on a wrong password, and whatever the password while the account is locked."""
    verifier_blocage(compte)
    if not compte.check_password(mot_de_passe):
        compter_echec(compte, "Adresse de connexion ou mot de passe incorrect.")


def verifier_blocage(compte: Compte) -> None:
    """Raises ``ConnexionRefusee``, with the time of the unlock, while the account is locked."""
    if compte.est_bloque():
        raise ConnexionRefusee(_message_blocage(compte))


def compter_echec(compte: Compte, message: str) -> NoReturn:
    """Count a failure, in the database (two windows share it), and refuse with ``message``."""
    Compte.objects.filter(pk=compte.pk).update(echecs=F("echecs") + 1)
    compte.refresh_from_db(fields=["echecs"])
    restants = ECHECS_MAXIMUM - compte.echecs
    if restants <= 0:
        compte.bloque_jusqua = clock.real_now() + DUREE_BLOCAGE
        Compte.objects.filter(pk=compte.pk).update(bloque_jusqua=compte.bloque_jusqua, echecs=0)
        publish("compte.bloque", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
        raise ConnexionRefusee(_message_blocage(compte))
    pluriel = "s" if restants > 1 else ""
    raise ConnexionRefusee(f"{message} Il vous reste {restants} essai{pluriel} avant le blocage.")


def debloquer(compte: Compte) -> None:
    """The trainer's unlock."""
    Compte.objects.filter(pk=compte.pk).update(echecs=0, bloque_jusqua=None)
