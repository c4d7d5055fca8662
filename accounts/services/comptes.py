"""Create, activate, open and lock portal accounts (comptes-structures.md §2)."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import rules
from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events.registry import publish
from sandbox.mail.services import send

ECHECS_MAXIMUM = 5
DUREE_BLOCAGE = timedelta(hours=1)
"""After 5 wrong passwords in a row, one real hour (comptes-structures.md §2.3)."""
EXPEDITEUR = "Bac à sable – comptes"


class AdresseDejaUtilisee(Exception):
    """The login address already names an account of this session."""


class LienInvalide(Exception):
    """Unknown, used or expired link; ``compte`` is known when it can be sent again."""

    def __init__(self, message: str, compte: Compte | None = None) -> None:
        super().__init__(message)
        self.compte = compte


class ConnexionRefusee(Exception):
    """The login is refused; the message says why and what to do, in French."""


class MotDePasseRefuse(Exception):
    """The password does not meet the shown rules, listed in ``regles``."""

    def __init__(self, regles: list[str]) -> None:
        super().__init__(" ; ".join(regles))
        self.regles = regles


def _envoyer_lien(compte: Compte, usage: UsageJeton) -> Jeton:
    jeton = Jeton.objects.create(
        cohort=compte.cohort,
        place=compte.place,
        compte=compte,
        usage=usage,
        jeton=secrets.token_urlsafe(24),
        expire_le=clock.real_now() + Jeton.VALIDITE,
    )
    if usage == UsageJeton.ACTIVATION:
        objet, verbe = "Activez votre compte", "Pour activer votre compte et choisir votre mot de passe, suivez ce lien"
        libelle, chemin = "Activer mon compte", f"/portail/activer/{jeton.jeton}/"
    else:
        objet, verbe = "Réinitialisez votre mot de passe", "Pour choisir un nouveau mot de passe, suivez ce lien"
        libelle, chemin = "Choisir un nouveau mot de passe", f"/portail/mot-de-passe/{jeton.jeton}/"
    send(
        compte.cohort,
        compte.login_email,
        f"[Bac à sable Chorus Pro] {objet}",
        f"Bonjour {compte.prenom} {compte.nom},\n\n{verbe}. Il est valable 60 minutes à compter de l'envoi.\n\n"
        "Si le lien ne s'ouvre pas, copiez-le dans la barre d'adresse de votre navigateur.\n"
        "Si vous n'êtes pas à l'origine de cette demande, ignorez ce message.",
        type=usage,
        place=compte.place,
        lien=chemin,
        lien_libelle=libelle,
        expediteur=EXPEDITEUR,
    )
    return jeton


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
) -> Compte:
    """Create an account to be activated and send its link. Raises ``AdresseDejaUtilisee``."""
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
    _envoyer_lien(compte, UsageJeton.ACTIVATION)
    publish("compte.cree", cohort_id=cohort.pk, compte_id=compte.pk, place=place)
    return compte


@transaction.atomic
def renvoyer_activation(compte: Compte) -> None:
    """A new link; the former ones are void."""
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        Jeton.objects.filter(compte=compte, utilise_le=None).update(utilise_le=clock.real_now())
        _envoyer_lien(compte, UsageJeton.ACTIVATION)


@transaction.atomic
def demander_nouveau_mot_de_passe(cohort: Cohort, login_email: str) -> None:
    """Send a link to the login address; an unknown address is answered the same way, with no message."""
    compte = Compte.objects.filter(login_email=login_email.strip().lower()).first()
    if compte is None:
        return
    compte.cohort = cohort
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        renvoyer_activation(compte)
    elif compte.etat == EtatCompte.ACTIF:
        _envoyer_lien(compte, UsageJeton.MOT_DE_PASSE)


def jeton_valide(valeur: str, usage: UsageJeton) -> Jeton:
    """The link, if it still works. Raises ``LienInvalide``."""
    jeton = Jeton.objects.select_related("compte", "compte__cohort").filter(jeton=valeur, usage=usage).first()
    if jeton is None:
        raise LienInvalide("Ce lien n'existe pas, ou a été remplacé par un plus récent.")
    if jeton.utilise_le is not None:
        raise LienInvalide("Ce lien a déjà servi.", jeton.compte)
    if not jeton.est_valide():
        raise LienInvalide("Ce lien a expiré : il était valable 60 minutes.", jeton.compte)
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
    compte.etat, compte.echecs, compte.bloque_jusqua = EtatCompte.ACTIF, 0, None
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


def connecter(cohort: Cohort, login_email: str, mot_de_passe: str) -> Compte:
    """Open a portal session. Raises ``ConnexionRefusee``; five failures in a row lock for an hour."""
    compte = Compte.objects.filter(login_email=login_email.strip().lower()).first()
    if compte is None:
        raise ConnexionRefusee(
            "Adresse de connexion ou mot de passe incorrect. Vérifiez l'adresse, ou créez votre compte."
        )
    compte.cohort = cohort
    if compte.est_bloque():
        raise ConnexionRefusee(_message_blocage(compte))
    if compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION:
        raise ConnexionRefusee(
            "Ce compte n'est pas encore activé : ouvrez le lien reçu dans « Messagerie », "
            "ou faites-le renvoyer par « Mot de passe oublié »."
        )
    if compte.etat != EtatCompte.ACTIF:
        raise ConnexionRefusee("Ce compte n'ouvre pas le portail : il est désactivé, ou réservé à l'API.")
    if not compte.check_password(mot_de_passe):
        _compter_echec(compte)
    Compte.objects.filter(pk=compte.pk).update(
        echecs=0, bloque_jusqua=None, derniere_connexion=clock.now(), connexions=F("connexions") + 1
    )
    publish("compte.connecte", cohort_id=cohort.pk, compte_id=compte.pk, place=compte.place)
    return compte


def _compter_echec(compte: Compte) -> None:
    """Count a wrong password, in the database (two windows share it), and refuse."""
    Compte.objects.filter(pk=compte.pk).update(echecs=F("echecs") + 1)
    compte.refresh_from_db(fields=["echecs"])
    restants = ECHECS_MAXIMUM - compte.echecs
    if restants <= 0:
        compte.bloque_jusqua = clock.real_now() + DUREE_BLOCAGE
        Compte.objects.filter(pk=compte.pk).update(bloque_jusqua=compte.bloque_jusqua, echecs=0)
        publish("compte.bloque", cohort_id=compte.cohort_id, compte_id=compte.pk, place=compte.place)
        raise ConnexionRefusee(_message_blocage(compte))
    pluriel = "s" if restants > 1 else ""
    raise ConnexionRefusee(
        f"Adresse de connexion ou mot de passe incorrect. Il vous reste {restants} essai{pluriel} avant le blocage."
    )


def debloquer(compte: Compte) -> None:
    """The trainer's unlock."""
    Compte.objects.filter(pk=compte.pk).update(echecs=0, bloque_jusqua=None)
