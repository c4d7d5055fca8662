"""Second factor: a code sent by mail, or an authenticator app (comptes-structures.md §2.3, §13.4). Real time."""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from accounts.enums import DeuxiemeFacteur
from accounts.models import CodeConnexion, Compte
from accounts.services import comptes
from accounts.services.courriers import envoyer_code
from sandbox import clock
from sandbox.cohorts.models import Cohort

EMETTEUR = "Bac à sable Chorus Pro"
PAS = 30
"""Seconds that a code of the app lives (RFC 6238); the one before and the one after are accepted too."""
TOTP = "totp:"
"""Mark of the rows that remember which code of the app was last used, after which comes its step."""
RECENT = timedelta(minutes=1)


class CodeRefuse(Exception):
    """The code is wrong, too old or already used; the message says what to do, in French."""


def est_demande(cohort: Cohort, compte: Compte) -> bool:
    """Is a code asked after the password: the session demands it, or the account has chosen an app."""
    return cohort.second_facteur or compte.deuxieme_facteur == DeuxiemeFacteur.TOTP


def par_application(compte: Compte) -> bool:
    return compte.deuxieme_facteur == DeuxiemeFacteur.TOTP


def _courant(compte: Compte) -> CodeConnexion | None:
    """The mailed code that counts: the last one, if it has neither served nor been replaced."""
    codes = CodeConnexion.objects.filter(compte=compte, utilise_le=None).exclude(code__startswith=TOTP)
    return codes.order_by("-pk").first()


@transaction.atomic
def envoyer(compte: Compte, *, encore: bool = False) -> None:
    """Mail a code. Without ``encore``, a form sent twice sends one mail; a new code voids the former ones."""
    Compte.objects.select_for_update().get(pk=compte.pk)
    maintenant = clock.real_now()
    dernier = _courant(compte)
    if not encore and dernier is not None and dernier.expire_le > maintenant + CodeConnexion.VALIDITE - RECENT:
        return
    CodeConnexion.objects.filter(compte=compte).exclude(code__startswith=TOTP).delete()
    code = f"{secrets.randbelow(1_000_000):06d}"
    CodeConnexion.objects.create(
        cohort=compte.cohort,
        place=compte.place,
        compte=compte,
        code=make_password(code),
        expire_le=maintenant + CodeConnexion.VALIDITE,
    )
    envoyer_code(compte, code, int(CodeConnexion.VALIDITE.total_seconds() // 60))


def commencer(compte: Compte) -> None:
    """After the right password: the mail goes by itself, the app needs none."""
    if not par_application(compte):
        envoyer(compte)


def verifier(compte: Compte, code: str) -> None:
    """Accept a code, once. Raises ``CodeRefuse``, or ``ConnexionRefusee`` when the account is locked."""
    comptes.verifier_blocage(compte)
    saisi = "".join(code.split())
    if par_application(compte):
        if not (_code_d_application(compte, saisi) or _code_recu(compte, saisi, exiger=False)):
            comptes.compter_echec(compte, "Ce n'est pas le code affiché par votre application, ou il a déjà servi.")
    else:
        _code_recu(compte, saisi, exiger=True)


def _code_recu(compte: Compte, saisi: str, *, exiger: bool) -> bool:
    """Is this the mailed code. With ``exiger``, raises ``CodeRefuse`` when it is not."""
    refus = "Aucun code n'attend plus : demandez-en un nouveau par « Renvoyer un code »."
    courant = _courant(compte)
    if courant is not None:
        if courant.expire_le <= clock.real_now():
            refus = "Ce code est trop vieux : il était valable 10 minutes. Demandez-en un nouveau."
        elif not _prendre_un_essai(courant):
            refus = "Cinq codes faux : celui-ci ne sert plus. Demandez-en un nouveau par « Renvoyer un code »."
        elif not check_password(saisi, courant.code):
            restants = CodeConnexion.ESSAIS_MAXIMUM - courant.essais
            refus = f"Ce n'est pas le code reçu. Vérifiez le dernier message ; essais restants : {restants}."
        elif CodeConnexion.objects.filter(pk=courant.pk, utilise_le=None).update(utilise_le=clock.real_now()):
            return True
    if exiger:
        raise CodeRefuse(refus)
    return False


def _prendre_un_essai(code: CodeConnexion) -> bool:
    """Counted before the code is compared, in the database: many browsers at once have five tries between them."""
    pris = CodeConnexion.objects.filter(pk=code.pk, essais__lt=CodeConnexion.ESSAIS_MAXIMUM)
    if not pris.update(essais=F("essais") + 1):
        return False
    code.refresh_from_db(fields=["essais"])
    return True


# --- authenticator app


def nouveau_secret() -> str:
    return pyotp.random_base32()


def adresse_totp(compte: Compte, secret: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=compte.login_email, issuer_name=EMETTEUR)


def _pas(secret: str, code: str, instant: datetime) -> int | None:
    """Step of the clock of which this is the code: the present one, or a neighbour (clocks differ)."""
    totp = pyotp.TOTP(secret, interval=PAS)
    present = totp.timecode(instant)
    voisins = (present - 1, present, present + 1)
    return next((pas for pas in voisins if compare_digest(totp.generate_otp(pas).encode(), code.encode())), None)


def _code_d_application(compte: Compte, code: str) -> bool:
    """Is this a code of the app that has not served yet, nor any later one."""
    instant = clock.real_now()
    pas = _pas(compte.secret_totp, code, instant)
    return pas is not None and _retenir(compte, pas, instant)


@transaction.atomic
def _retenir(compte: Compte, pas: int, instant: datetime) -> bool:
    """Remember the step used; False when it, or a later one, had already served."""
    Compte.objects.select_for_update().get(pk=compte.pk)
    vus = CodeConnexion.objects.filter(compte=compte, code__startswith=TOTP)
    if any(int(vu.removeprefix(TOTP)) >= pas for vu in vus.values_list("code", flat=True)):
        return False
    vus.delete()
    CodeConnexion.objects.create(
        cohort=compte.cohort,
        place=compte.place,
        compte=compte,
        code=f"{TOTP}{pas}",
        expire_le=instant + 2 * timedelta(seconds=PAS),
        utilise_le=instant,
    )
    return True


@transaction.atomic
def activer_application(compte: Compte, secret: str, code: str) -> None:
    """Choose the app, its first code proving that it holds the key. Raises ``CodeRefuse``."""
    instant = clock.real_now()
    pas = _pas(secret, "".join(code.split()), instant)
    if pas is None:
        raise CodeRefuse(
            "Ce n'est pas le code de cette clé. Attendez le code suivant dans votre application, et vérifiez l'heure "
            "de votre téléphone."
        )
    CodeConnexion.objects.filter(compte=compte).delete()
    _retenir(compte, pas, instant)
    compte.deuxieme_facteur, compte.secret_totp = DeuxiemeFacteur.TOTP, secret
    compte.save(update_fields=["deuxieme_facteur", "secret_totp"])


def revenir_au_courriel(compte: Compte) -> None:
    """Forget the app and its key."""
    compte.deuxieme_facteur, compte.secret_totp = DeuxiemeFacteur.COURRIEL, ""
    compte.save(update_fields=["deuxieme_facteur", "secret_totp"])
