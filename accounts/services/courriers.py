"""Mails of the portal account: links and codes. Everything lands in the simulated mailbox (§13.3)."""

import secrets

from accounts.enums import UsageJeton
from accounts.models import Compte, Jeton
from sandbox import clock
from sandbox.mail.services import send

EXPEDITEUR = "Bac à sable – comptes"
PREFIXE = "[Bac à sable Chorus Pro]"
SANS_SUITE = "Si vous n'êtes pas à l'origine de cette demande, ignorez ce message."
LIENS = {
    UsageJeton.ACTIVATION: (
        "Activez votre compte",
        "Pour activer votre compte et choisir votre mot de passe, suivez ce lien",
        "Activer mon compte",
        "/portail/activer/{}/",
    ),
    UsageJeton.MOT_DE_PASSE: (
        "Réinitialisez votre mot de passe",
        "Pour choisir un nouveau mot de passe, suivez ce lien",
        "Choisir un nouveau mot de passe",
        "/portail/mot-de-passe/{}/",
    ),
    UsageJeton.ADRESSE: (
        "Confirmez votre nouvelle adresse de connexion",
        "Pour que cette adresse devienne votre adresse de connexion, suivez ce lien",
        "Confirmer ma nouvelle adresse",
        "/portail/mon-compte/adresse/{}/",
    ),
}
"""Subject, sentence, text of the link, path of the screen."""


def envoyer_lien(compte: Compte, usage: UsageJeton, nouvelle_adresse: str = "") -> Jeton:
    """Make a link and send it: to the login address, or to the one that is to replace it."""
    jeton = Jeton.objects.create(
        cohort=compte.cohort,
        place=compte.place,
        compte=compte,
        usage=usage,
        jeton=secrets.token_urlsafe(24),
        nouvelle_adresse=nouvelle_adresse,
        expire_le=clock.real_now() + Jeton.VALIDITE,
    )
    objet, phrase, libelle, chemin = LIENS[usage]
    _envoyer(
        compte,
        nouvelle_adresse or compte.login_email,
        objet,
        f"{phrase}. Il est valable 60 minutes à compter de l'envoi.\n\n"
        f"Si le lien ne s'ouvre pas, copiez-le dans la barre d'adresse de votre navigateur.\n{SANS_SUITE}",
        type_message=usage,
        lien=chemin.format(jeton.jeton),
        libelle=libelle,
    )
    return jeton


def envoyer_code(compte: Compte, code: str, minutes: int) -> None:
    """The second factor, to the login address."""
    _envoyer(
        compte,
        compte.login_email,
        f"Votre code de connexion : {code}",
        f"Votre code de connexion est {code}. Saisissez-le dans la page du portail qui le demande. Il est valable "
        f"{minutes} minutes et ne sert qu'une fois.\n\n"
        "Si vous n'êtes pas en train de vous connecter, changez votre mot de passe : quelqu'un d'autre le connaît.",
        type_message="code",
        lien="/portail/connexion/code/",
        libelle="Saisir le code",
    )


def prevenir_ancienne_adresse(compte: Compte, ancienne: str) -> None:
    """Told to the former login address, so that its owner learns of a change that is not his."""
    _envoyer(
        compte,
        ancienne,
        "Votre adresse de connexion a changé",
        f"L'adresse de connexion de votre compte est maintenant {compte.login_email}. Celle-ci ne l'ouvre plus.\n\n"
        "Si vous n'avez pas demandé ce changement, prévenez votre formateur.",
        type_message="adresse",
    )


def _envoyer(
    compte: Compte, adresse: str, objet: str, corps: str, *, type_message: str, lien: str = "", libelle: str = ""
) -> None:
    send(
        compte.cohort,
        adresse,
        f"{PREFIXE} {objet}",
        f"Bonjour {compte.prenom} {compte.nom},\n\n{corps}",
        type=type_message,
        place=compte.place,
        lien=lien,
        lien_libelle=libelle,
        expediteur=EXPEDITEUR,
    )
