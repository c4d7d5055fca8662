"""Who is behind a call: the header ``cpro-account`` (api.md §1, §3)."""

import base64
import binascii
from hashlib import sha256

from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac

from sandbox.cohorts.scoping import scopes_disabled
from structures.models import ApplicationPiste, CompteTechnique
from structures.services import comptes_techniques, piste

MEMOIRE = 300
"""Seconds for which a good password is remembered: hashing it again at each call would be most of its time."""
HOMONYMES = 1_000
"""Same login in as many sessions, the latest ones: beyond, a call without a token is not noted."""
RAISONS = {
    comptes_techniques.CompteInconnu: "Compte technique inconnu dans cette session.",
    comptes_techniques.MotDePasseFaux: "Mot de passe du compte technique faux. Après cinq, le compte est bloqué.",
    comptes_techniques.MotDePasseExpire: "Le mot de passe du compte technique a expiré : faites-le réinitialiser.",
    comptes_techniques.CompteBloque: "Compte technique bloqué : trop de mots de passe faux. Réessayez plus tard.",
}


class CompteRefuse(Exception):
    """401 ``{}``, whatever the reason; the message is for the journal. ``login`` as it was read."""

    def __init__(self, raison: str, login: str = "") -> None:
        super().__init__(raison)
        self.login = login


def lire_entete(valeur: str) -> tuple[str, str]:
    """(login, password). Raises ``CompteRefuse``."""
    if not valeur:
        raise CompteRefuse("L'en-tête cpro-account manque : base64 de « login:motdepasse » du compte technique.")
    try:
        texte = base64.b64decode("".join(valeur.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as illisible:
        raise CompteRefuse("L'en-tête cpro-account n'est pas du base64 de « login:motdepasse ».") from illisible
    login, deux_points, mot_de_passe = texte.partition(":")
    if not deux_points or not login or "\x00" in texte:
        raise CompteRefuse("L'en-tête cpro-account ne contient pas « login:motdepasse ».")
    return login, mot_de_passe


def identifier(entete: str) -> CompteTechnique:
    """Technical account of the world open now. Raises ``CompteRefuse``."""
    login, mot_de_passe = lire_entete(entete)
    technique = (
        CompteTechnique.objects.select_related("compte", "structure").filter(compte__login_email=login.strip()).first()
    )
    cle = _cle(technique, mot_de_passe) if technique else ""
    if technique is not None and cache.get(cle) and not technique.compte.est_bloque() and not technique.est_expire:
        return technique
    try:
        technique = comptes_techniques.authentifier(login, mot_de_passe)
    except comptes_techniques.AuthentificationRefusee as refuse:
        raise CompteRefuse(RAISONS[type(refuse)], login[:120]) from refuse
    cache.set(_cle(technique, mot_de_passe), True, MEMOIRE)
    return technique


def reconnaitre(entete: str) -> ApplicationPiste | None:
    """Where to note a call that no good token signs: the sandbox application of those whose account it bears.

    Outside any world, and only for accounts that came with a session: their password is computed from it, so that a
    right one names one world. Nothing is opened by it; a wrong one is not counted, no token having been shown.
    """
    try:
        login, mot_de_passe = lire_entete(entete)
    except CompteRefuse:
        return None
    with scopes_disabled():
        memes = CompteTechnique.objects.select_related("compte").filter(pret=True, compte__login_email=login.strip())
        for technique in memes.order_by("-pk")[:HOMONYMES]:
            if constant_time_compare(comptes_techniques.mot_de_passe_fourni(technique), mot_de_passe):
                return piste.de_la_structure(technique.structure_id)
    return None


def _cle(technique: CompteTechnique, mot_de_passe: str) -> str:
    """Names the account and this very password; a new password, or a restored world, changes it."""
    compte = technique.compte
    garde = sha256(f"{compte.pk}\n{compte.mot_de_passe}\n{technique.pret}\n{mot_de_passe}".encode()).hexdigest()
    return "api.compte:" + salted_hmac("api.acces", garde, algorithm="sha256").hexdigest()
