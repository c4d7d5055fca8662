"""API users of a structure: create, reset, expire, authenticate (comptes-structures.md §9.2, §2.3; api.md A-19)."""

import secrets
import string
from base64 import b64encode
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import rules
from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte
from accounts.profils import Profil, du_gestionnaire
from sandbox import clock
from sandbox.events.models import DueEvent
from sandbox.events.registry import publish
from sandbox.events.scheduling import Promesse, cancel, schedule
from sandbox.mail.services import send
from structures import queries
from structures.enums import Role, StatutRattachement, TypeActe
from structures.models import VALIDITE_MOT_DE_PASSE, CompteTechnique, Rattachement, Structure
from structures.raccordement import PREAVIS
from structures.services import habilitations, verrous
from structures.services.actes import noter_acte
from structures.services.courriers import PREFIXE
from structures.services.habilitations import Choix

ALERTE = "compte_technique.alerte"
DOMAINE = "cpro.fr"
LIEN = "/portail/raccordements/comptes-techniques/"
LONGUEUR = 20
ECHECS_MAXIMUM = 5
DUREE_BLOCAGE = timedelta(minutes=15)
"""After 5 wrong passwords in a row, real time: programs get less than persons (api.md A-19)."""
EXCLUS = (Profil.ORGANISATION, Profil.RACCORDEMENT)
"""Profiles that a program is not given."""
SANS_MOT_DE_PASSE = "!"
"""Of an account whose password is computed: no hash is ever that."""
_SEL_FOURNI = "structures.CompteTechnique.mot_de_passe"
_CLASSES = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", "!?-_#*+")
"""Without the characters that a person confuses, and without « : », which ends the login in ``cpro-account``."""


class CompteTechniqueRefuse(Exception):
    """What is asked cannot be done; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


class AuthentificationRefusee(Exception):
    """The API answers 401 to each of the four cases below."""


class CompteInconnu(AuthentificationRefusee):
    """No technical account of this session has this login."""


class MotDePasseFaux(AuthentificationRefusee):
    """Wrong password; counted."""


class MotDePasseExpire(AuthentificationRefusee):
    """Right password, too old: it must be reset."""


class CompteBloque(AuthentificationRefusee):
    """Too many wrong passwords in a row."""


def generer_mot_de_passe(login: str) -> str:
    """A password that meets the shown rules, one character of each kind at least."""
    tirage = secrets.SystemRandom()
    tous = "".join(_CLASSES)
    while True:
        signes = [secrets.choice(classe) for classe in _CLASSES]
        signes += [secrets.choice(tous) for _ in range(LONGUEUR - len(signes))]
        tirage.shuffle(signes)
        mot_de_passe = "".join(signes)
        if mot_de_passe[0] in string.ascii_letters and not rules.regles_non_respectees(mot_de_passe, login):
            return mot_de_passe


def mot_de_passe_fourni(technique: CompteTechnique) -> str:
    """Password of an account that came with the session: computed, never stored
    (docs/adr/0019-acces-fournis-avec-la-session.md).

    It ends with the first reset of the password, which draws one that is shown once.
    """
    graine = f"{technique.cohort_id}:{technique.compte.login_email}"
    empreinte = salted_hmac(_SEL_FOURNI, graine, algorithm="sha256").hexdigest()
    return f"Api-{empreinte[:4]}-{empreinte[4:10]}-{empreinte[10:16]}-0A"


def entete(technique: CompteTechnique, mot_de_passe: str) -> str:
    """Value of ``cpro-account``: base64 of « login:password » (api.md §1)."""
    return b64encode(f"{technique.compte.login_email}:{mot_de_passe}".encode()).decode()


def _est_le_bon(technique: CompteTechnique, mot_de_passe: str) -> bool:
    if technique.pret:
        return constant_time_compare(mot_de_passe_fourni(technique), mot_de_passe)
    return technique.compte.check_password(mot_de_passe)


def login_de(structure: Structure, numero: int) -> str:
    return f"TECH_{numero}_{structure.identifiant}@{DOMAINE}"


def prochain_numero(structure: Structure) -> int:
    dernier = CompteTechnique.objects.filter(structure=structure).aggregate(m=Max("numero"))["m"]
    return (dernier or 0) + 1


def _promettre_alerte(technique: CompteTechnique) -> None:
    """One warning ahead; the former one, if any, is withdrawn."""
    cancel([ALERTE], technique.pk)
    fois = DueEvent.objects.filter(kind=ALERTE, cible=technique.pk).count() + 1
    schedule(
        technique.cohort,
        Promesse(
            kind=ALERTE,
            cle=f"{ALERTE}:{technique.pk}:{fois}",
            cible=technique.pk,
            place=technique.place,
            du_le=technique.expire_le - PREAVIS,
        ),
    )


def _ecrire_au_gestionnaire(technique: CompteTechnique, objet: str, corps: str) -> None:
    gestion = queries.gestionnaire_principal(technique.structure)
    if gestion is None:
        return
    send(
        technique.cohort,
        gestion.compte.contact_email,
        f"{PREFIXE} {objet}",
        f"Bonjour {gestion.compte},\n\n{corps}",
        type="raccordement",
        place=gestion.compte.place,
        lien=LIEN,
        lien_libelle="Comptes techniques",
    )


def _jour(technique: CompteTechnique) -> str:
    return f"{technique.expire_le.astimezone(technique.cohort.zone):%d/%m/%Y}"


def _faits(technique: CompteTechnique) -> dict[str, int | None]:
    """What the subscribers are told."""
    return {"cohort_id": technique.cohort_id, "compte_technique_id": technique.pk, "place": technique.place}


@transaction.atomic
def creer(structure: Structure, *, par: Compte, numero: int | None = None) -> tuple[CompteTechnique, str]:
    """The account and its password, told once. Raises ``CompteTechniqueRefuse``.

    ``numero`` is the one that the form announced, if it did: sent twice at once, it makes one account.
    """
    verrous.structures(structure)
    if not structure.est_active:
        raise CompteTechniqueRefuse(
            f"{structure.raison_sociale} n'est pas active sur le portail : activez-la d'abord.", "structure"
        )
    attendu = prochain_numero(structure)
    if numero is None:
        numero = attendu
    if numero != attendu:
        raise CompteTechniqueRefuse(
            f"Le compte technique n° {numero} de {structure.raison_sociale} existe déjà : cette demande a sans doute "
            f"été envoyée deux fois. Pour en créer un autre, le n° {attendu}, recommencez la demande.",
            "structure",
        )
    mot_de_passe = generer_mot_de_passe(login_de(structure, numero))
    return _ouvrir(structure, numero, par=par, mot_de_passe=mot_de_passe), mot_de_passe


@transaction.atomic
def fournir(structure: Structure, *, par: Compte) -> CompteTechnique:
    """The account that an exercise hands out, its password computed; the latest of the structure if it has some."""
    verrous.structures(structure)
    dernier = CompteTechnique.objects.filter(structure=structure).order_by("numero").last()
    return dernier or _ouvrir(structure, prochain_numero(structure), par=par)


def _ouvrir(structure: Structure, numero: int, *, par: Compte, mot_de_passe: str = "") -> CompteTechnique:
    """Account, rights, mail, warning of its end. Without a password: « prêt », the computed one."""
    login = login_de(structure, numero)
    compte = Compte(
        cohort=structure.cohort,
        place=structure.place,
        login_email=login,
        contact_email=login,
        prenom="Compte technique",
        nom=str(numero),
        etat=EtatCompte.TECHNIQUE,
    )
    if mot_de_passe:
        compte.set_password(mot_de_passe)
    else:
        compte.mot_de_passe = SANS_MOT_DE_PASSE
    compte.save(force_insert=True)
    technique = CompteTechnique.objects.create(
        cohort=structure.cohort,
        place=structure.place,
        compte=compte,
        structure=structure,
        numero=numero,
        expire_le=clock.now() + VALIDITE_MOT_DE_PASSE,
        pret=not mot_de_passe,
    )
    _rattacher(technique, par)
    noter_acte(structure, TypeActe.COMPTE_TECHNIQUE_CREE, par=par, objet=login)
    ou = "est affiché dans « Brancher votre logiciel »" if technique.pret else "a été affiché une fois"
    _ecrire_au_gestionnaire(
        technique,
        f"Compte technique créé pour {structure.raison_sociale}",
        f"Le compte technique {login} vient d'être créé par {par}.\nSon mot de passe {ou} ; il est "
        f"valable jusqu'au {_jour(technique)}.",
    )
    _promettre_alerte(technique)
    publish("compte_technique.cree", **_faits(technique))
    return technique


def profils_techniques(*, publique: bool) -> list[Profil]:
    """What a program is given on its structure: every profile of the gestionnaire's column but two."""
    return [profil for profil in du_gestionnaire(publique=publique) if profil not in EXCLUS]


def _rattacher(technique: CompteTechnique, par: Compte) -> None:
    """Role « Utilisateur technique », every profile of the structure's column but two, in modification."""
    structure = technique.structure
    lien = Rattachement.objects.create(
        cohort=structure.cohort,
        place=structure.place,
        compte=technique.compte,
        structure=structure,
        role=Role.TECHNIQUE,
        statut=StatutRattachement.VALIDEE,
        traite_le=clock.now(),
        traite_par=par,
    )
    profils = profils_techniques(publique=structure.est_publique)
    habilitations.ecrire(lien, [Choix(profil, Niveau.MODIFICATION) for profil in profils])


@transaction.atomic
def reinitialiser(technique: CompteTechnique, *, par: Compte) -> tuple[CompteTechnique, str]:
    """The account and its new password, told once, valid from today; the former one is void, a lock ends."""
    technique = (
        CompteTechnique.objects.select_for_update(of=("self",))
        .select_related("compte", "structure")
        .get(pk=technique.pk)
    )
    structure = technique.structure
    technique.cohort = structure.cohort = par.cohort
    compte = technique.compte
    mot_de_passe = generer_mot_de_passe(compte.login_email)
    compte.set_password(mot_de_passe)
    compte.echecs, compte.bloque_jusqua = 0, None
    compte.save(update_fields=["mot_de_passe", "echecs", "bloque_jusqua"])
    avant = _jour(technique)
    technique.expire_le, technique.pret = clock.now() + VALIDITE_MOT_DE_PASSE, False
    technique.save(update_fields=["expire_le", "pret"])
    noter_acte(
        structure,
        TypeActe.COMPTE_TECHNIQUE_REINITIALISE,
        par=par,
        objet=compte.login_email,
        avant={"valable_jusqu_au": avant},
        apres={"valable_jusqu_au": _jour(technique)},
    )
    _ecrire_au_gestionnaire(
        technique,
        f"Mot de passe de {compte.login_email} réinitialisé",
        f"{par} a fait réinitialiser le mot de passe de {compte.login_email}. Le nouveau est valable jusqu'au "
        f"{_jour(technique)}.\nMettez à jour le paramétrage du logiciel qui appelle l'API : l'ancien mot de passe ne "
        "vaut plus.",
    )
    _promettre_alerte(technique)
    publish("compte_technique.reinitialise", **_faits(technique))
    return technique, mot_de_passe


@transaction.atomic
def faire_expirer(technique: CompteTechnique, *, nom: str) -> bool:
    """The trainer's button: the password is too old from now on. False when it was already."""
    maintenant = clock.now()
    change = CompteTechnique.objects.filter(pk=technique.pk, expire_le__gt=maintenant).update(expire_le=maintenant)
    if not change:
        return False
    technique.expire_le = maintenant
    cancel([ALERTE], technique.pk)
    login = technique.compte.login_email
    noter_acte(technique.structure, TypeActe.COMPTE_TECHNIQUE_EXPIRE, par=None, nom=nom, objet=login)
    _ecrire_au_gestionnaire(
        technique,
        f"Mot de passe de {login} expiré",
        f"Le mot de passe de {login} a expiré : l'API refuse désormais ses appels. Demandez sa réinitialisation, "
        "puis mettez à jour votre logiciel.",
    )
    return True


def alerter(technique: CompteTechnique) -> bool:
    """Warn that the password ends soon; False when it was renewed, or ended, in the meantime."""
    if not clock.now() < technique.expire_le <= clock.now() + PREAVIS:
        return False
    _ecrire_au_gestionnaire(
        technique,
        f"Le mot de passe de {technique.compte.login_email} expire bientôt",
        f"Le mot de passe de {technique.compte.login_email} expire le {_jour(technique)}. Demandez sa "
        "réinitialisation avant cette date, puis mettez à jour le logiciel qui appelle l'API.",
    )
    return True


def jours_restants(technique: CompteTechnique, maintenant: datetime) -> int:
    """Whole days before the password ends, never negative."""
    return max(0, (technique.expire_le - maintenant).days)


def authentifier(login: str, mot_de_passe: str) -> CompteTechnique:
    """Account behind the header ``cpro-account``, inside its world.

    Raises ``CompteInconnu``, ``CompteBloque``, ``MotDePasseFaux``, ``MotDePasseExpire``. Not atomic: a failure is
    counted even when the caller refuses the call.
    """
    technique = (
        CompteTechnique.objects.select_related("compte", "structure").filter(compte__login_email=login.strip()).first()
    )
    if technique is None:
        Compte().set_password(mot_de_passe)  # as long as a real check: the time taken says nothing
        raise CompteInconnu(login[:120])
    compte = technique.compte
    if compte.est_bloque():
        raise CompteBloque(compte.login_email)
    if not _est_le_bon(technique, mot_de_passe):
        _compter_echec(compte)
        raise MotDePasseFaux(compte.login_email)
    if compte.echecs:
        Compte.objects.filter(pk=compte.pk).update(echecs=0, bloque_jusqua=None)
    if technique.est_expire:
        raise MotDePasseExpire(compte.login_email)
    return technique


def _compter_echec(compte: Compte) -> None:
    """In the database: several programs share the account."""
    Compte.objects.filter(pk=compte.pk).update(echecs=F("echecs") + 1)
    compte.refresh_from_db(fields=["echecs"])
    if compte.echecs >= ECHECS_MAXIMUM:
        jusqua = clock.real_now() + DUREE_BLOCAGE
        Compte.objects.filter(pk=compte.pk).update(bloque_jusqua=jusqua, echecs=0)
