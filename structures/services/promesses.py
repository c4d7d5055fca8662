"""What simulated persons will do on the side of the structures (formation.md Table C; exercices.md, Exercice 2)."""

from datetime import timedelta

from accounts.models import Compte
from sandbox import calendrier, clock
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort
from sandbox.events.scheduling import Promesse, schedule
from sandbox.mail.services import send
from structures import queries
from structures.enums import Role, RoleJoue, StatutRattachement
from structures.models import Personnage, Rattachement, Structure

REPONDRE = "rattachement.repondre"
REPONDRE_SERVICES = "rattachement.repondre_services"
DEMANDER = "collegue.demander"
MALADRESSE = "collegue.maladresse"

DELAI = timedelta(minutes=2)
"""Simulated, office hours (formation.md Table C)."""
DELAI_REEL = 10.0
"""Real seconds, when the session's clock is stopped (DESIGN §8)."""


def _promettre(cohort: Cohort, kind: str, cle: str, cible: int, place: int | None) -> None:
    arretee = cohort.horloge_mode == ModeHorloge.ARRETEE
    schedule(
        cohort,
        Promesse(
            kind=kind,
            cle=cle,
            cible=cible,
            place=place,
            du_le=None if arretee else calendrier.instant_ouvre(clock.now() + DELAI, cohort.zone),
            reel_dans=DELAI_REEL if arretee else None,
        ),
    )


def gestion_simulee(structure_id: int) -> bool:
    """Is the gestionnaire principal of this structure a simulated person?"""
    return Personnage.objects.filter(
        role=RoleJoue.GESTIONNAIRE,
        compte__rattachements__structure=structure_id,
        compte__rattachements__role=Role.GESTIONNAIRE_PRINCIPAL,
        compte__rattachements__statut=StatutRattachement.VALIDEE,
    ).exists()


def apres_demande(rattachement: Rattachement) -> None:
    """A simulated gestionnaire will answer; a real one reads his mail."""
    if gestion_simulee(rattachement.structure_id):
        demande = f"{rattachement.demande_le:%Y%m%d%H%M%S%f}"
        cle = f"{REPONDRE}:{rattachement.pk}:{demande}"
        _promettre(rattachement.cohort, REPONDRE, cle, rattachement.pk, rattachement.place)


def apres_demande_de_services(rattachement: Rattachement) -> None:
    """The same, when an attached account asks for more services."""
    if gestion_simulee(rattachement.structure_id):
        cle = f"{REPONDRE_SERVICES}:{rattachement.pk}:{rattachement.services.count()}"
        _promettre(rattachement.cohort, REPONDRE_SERVICES, cle, rattachement.pk, rattachement.place)


def _collegue(compte: Compte) -> Personnage | None:
    return Personnage.objects.filter(compte=compte, role=RoleJoue.COLLEGUE).first()


def faire_demander(personnage: Personnage, fois: int = 1) -> None:
    """A colleague will ask to be attached to the structure that his script names."""
    cle = f"{DEMANDER}:{personnage.pk}:{fois}"
    _promettre(personnage.cohort, DEMANDER, cle, personnage.pk, personnage.place)


def apres_creation(structure: Structure) -> None:
    """Colleagues who wait for this company to exist (pack, ``collegues``)."""
    for personnage in Personnage.objects.filter(role=RoleJoue.COLLEGUE, place=structure.place).order_by("pk"):
        if personnage.script.get("siret") == structure.identifiant:
            personnage.cohort = structure.cohort
            faire_demander(personnage)


def apres_refus(rattachement: Rattachement, par: Compte | None) -> None:
    """A refused colleague writes to whoever refused (for a trainer, the gestionnaire), and asks once more."""
    personnage = _collegue(rattachement.compte)
    refus = personnage.script.get("refus") if personnage else None
    deja = Rattachement.objects.filter(
        compte=rattachement.compte, structure=rattachement.structure, statut=StatutRattachement.REFUSEE
    ).count()
    if personnage is None or not refus or deja > 1:
        return
    personnage.cohort = rattachement.cohort
    gestion = queries.gestionnaire_principal(rattachement.structure)
    lecteur = par or (gestion.compte if gestion else None)
    if lecteur is not None:
        send(
            rattachement.cohort,
            lecteur.contact_email,
            refus["objet"],
            refus["corps"].strip(),
            type="collegue",
            place=lecteur.place,
            expediteur=f"{rattachement.compte} <{rattachement.compte.login_email}>",
        )
    faire_demander(personnage, fois=2)


def apres_habilitation(rattachement: Rattachement, en_modification: set[str]) -> None:
    """Too many rights given to a colleague: he will misuse them (exercices.md, Exercice 2)."""
    personnage = _collegue(rattachement.compte)
    faute = personnage.script.get("maladresse") if personnage else None
    if personnage is None or not faute or faute["profil"] not in en_modification:
        return
    cohort = rattachement.cohort
    schedule(
        cohort,
        Promesse(
            kind=MALADRESSE,
            cle=f"{MALADRESSE}:{rattachement.pk}",
            cible=rattachement.pk,
            place=rattachement.place,
            du_le=calendrier.instant_robot(clock.now(), faute["jours"], cohort.zone),
            payload={"service": faute["service"], "profil": faute["profil"]},
        ),
    )
