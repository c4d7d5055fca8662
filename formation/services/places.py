"""Take a seat of a session, or take it again from another device (formation.md JOI-1 to JOI-5)."""

from hmac import compare_digest

from django.core.cache import cache
from django.db import transaction

from formation.services import packs, sessions
from sandbox import clock
from sandbox.cohorts.enums import EtatSession
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort, Participant
from structures.models import EntrepriseInsee

ESSAIS_PAR_MINUTE = 10
FENETRE = 60
"""Failures are counted over this many seconds; entries that succeed never count: a class shares one address."""


class EntreeRefusee(Exception):
    """The seat is not given; ``champ`` is the field concerned, the message is French.

    ``echec`` says that a secret was wrong: such attempts are counted.
    """

    def __init__(self, champ: str, message: str, *, echec: bool = False) -> None:
        super().__init__(message)
        self.champ = champ
        self.echec = echec


class TropDEssais(Exception):
    """Too many wrong codes or PIN from this address in the last minute."""

    def __init__(self) -> None:
        super().__init__(
            "Trop d'essais faux depuis votre réseau. Attendez une minute, vérifiez votre carte, puis réessayez."
        )


def normaliser_code(code: str) -> str:
    """« abcd 2345 » and « ABCD-2345 » are the same code."""
    return "".join(c for c in code.upper() if c.isalnum())[:20]


def _cles(adresse: str, code: str) -> tuple[str, str]:
    """Wrong codes are counted for the address, wrong PIN for the address and the session."""
    return f"entree:{adresse}:codes", f"entree:{adresse}:pin:{code if code.isascii() else 'autre'}"


def verifier_essais(adresse: str, code: str) -> None:
    """Raises ``TropDEssais``."""
    comptes = cache.get_many(_cles(adresse, code))
    if any(nombre >= ESSAIS_PAR_MINUTE for nombre in comptes.values()):
        raise TropDEssais


def compter_echec(adresse: str, code: str, champ: str) -> None:
    """One failure more, for a minute from the first."""
    cle = _cles(adresse, code)[0 if champ == "code" else 1]
    if cache.add(cle, 1, FENETRE):
        return
    try:
        cache.incr(cle)
    except ValueError:  # it expired between the two calls
        cache.set(cle, 1, FENETRE)


def session_de(code: str) -> Cohort:
    """The session that this code opens. Raises ``EntreeRefusee``."""
    code = normaliser_code(code)
    cohort = Cohort.objects.filter(code=code).first() if code.isascii() else None
    if cohort is None:
        raise EntreeRefusee(
            "code",
            "Aucune session n'a ce code. Vérifiez-le sur l'écran du formateur ou sur votre carte.",
            echec=True,
        )
    if cohort.etat in (EtatSession.TERMINEE, EtatSession.ARCHIVEE):
        raise EntreeRefusee("code", "Cette session est terminée : on n'y entre plus. Voyez avec votre formateur.")
    return cohort


def _prendre(participant: Participant, prenom: str, nom: str) -> bool:
    """Compare-and-set on the arrival: of twenty who ask for a seat at once, one gets it."""
    maintenant = clock.real_now()
    gagne = Participant.objects.filter(pk=participant.pk, arrive_le=None).update(
        arrive_le=maintenant, vu_le=maintenant, prenom=prenom, nom=nom
    )
    if gagne:
        participant.arrive_le, participant.vu_le, participant.prenom, participant.nom = (
            *(maintenant, maintenant),
            *(prenom, nom),
        )
    return bool(gagne)


def _prochaine_libre(cohort: Cohort, prenom: str, nom: str) -> Participant:
    while (libre := Participant.objects.filter(arrive_le=None).order_by("numero").first()) is not None:
        if _prendre(libre, prenom, nom):
            return libre
    raise EntreeRefusee(
        "",
        f"Les {cohort.places} postes de cette session sont occupés. Si l'un d'eux est le vôtre, donnez son numéro et "
        "son code PIN ; sinon, voyez avec votre formateur.",
    )


def _place_demandee(cohort: Cohort, numero: int, pin: str, prenom: str, nom: str) -> tuple[Participant, bool]:
    participant = Participant.objects.filter(numero=numero).first()
    if participant is None:
        raise EntreeRefusee("numero", f"Il n'y a pas de poste {numero:02d} : la session en compte {cohort.places}.")
    if pin and not compare_digest(pin.encode(), participant.pin.encode()):
        raise EntreeRefusee(
            "pin", f"Ce code PIN n'est pas celui du poste {participant.libelle}. Il est sur votre carte.", echec=True
        )
    if not participant.pris and _prendre(participant, prenom, nom):
        return participant, True
    if not pin:
        raise EntreeRefusee(
            "pin",
            f"Le poste {participant.libelle} est déjà occupé. S'il est à vous, saisissez son PIN ; sinon, laissez le "
            "numéro vide pour prendre le prochain poste libre.",
        )
    participant.refresh_from_db()
    return participant, False


@transaction.atomic
def rejoindre(cohort: Cohort, *, prenom: str, nom: str = "", numero: int | None = None, pin: str = "") -> Participant:
    """Give a seat: the one asked for, or the next free one. The first entry opens the session.

    A seat already taken is given again to whoever holds its PIN, its work untouched. Raises ``EntreeRefusee``.
    """
    with cohort.monde():
        if numero is None:
            if pin:
                raise EntreeRefusee("numero", "Indiquez aussi le numéro du poste auquel ce code PIN appartient.")
            participant, nouveau = _prochaine_libre(cohort, prenom, nom), True
        else:
            participant, nouveau = _place_demandee(cohort, numero, pin, prenom, nom)
        participant.cohort = cohort
        if Cohort.objects.filter(pk=cohort.pk, etat=EtatSession.PREPAREE).update(etat=EtatSession.OUVERTE):
            cohort.etat = EtatSession.OUVERTE
        noter(cohort, "rejoint la session" if nouveau else "revient à son poste", participant=participant)
        return participant


def carte(participant: Participant) -> dict[str, str]:
    """What the card of a seat says: training address, SIRET of its company, its name and postal address."""
    siret = sessions.siret_du_poste(packs.lire(participant.cohort.pack), participant.numero)
    entreprise = EntrepriseInsee.objects.filter(siret=siret).first() if siret else None
    return {
        "courriel": sessions.courriel_du_poste(participant.numero),
        "siret": siret,
        "entreprise": entreprise.raison_sociale if entreprise else "",
        "adresse": f"{entreprise.adresse}, {entreprise.code_postal} {entreprise.ville}" if entreprise else "",
    }
