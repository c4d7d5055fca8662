"""The simulated PISTE: terms of use, applications, their OAuth secret (comptes-structures.md §9.3; api.md §1, §2)."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Compte
from sandbox.cohorts.scoping import scopes_disabled
from structures.enums import EnvironnementPiste
from structures.models import ApplicationPiste, ConsentementApi
from structures.raccordement import APIS, connues

SEL = "structures.ApplicationPiste.secret"
NOM_MAXIMUM = 80
INCONNU = UUID(int=0)


class PisteRefuse(Exception):
    """What is asked cannot be done; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


def _secret(client_id: UUID, version: int) -> str:
    empreinte = salted_hmac(SEL, f"{client_id}:{version}", algorithm="sha256").hexdigest()
    return str(UUID(hex=empreinte[:32]))


def secret(application: ApplicationPiste) -> str:
    """The client secret: computed, never stored (docs/adr/0013-secret-piste.md)."""
    return _secret(application.client_id, application.version_secret)


def _numero(client_id: str) -> UUID:
    try:
        return UUID(client_id)
    except ValueError:
        return INCONNU


def application_de(client_id: str) -> ApplicationPiste | None:
    """Application of this client id, whatever its world; nothing says that the caller knows its secret."""
    with scopes_disabled():
        return ApplicationPiste.objects.select_related("cohort", "compte").filter(client_id=_numero(client_id)).first()


def de_la_structure(structure_id: int) -> ApplicationPiste | None:
    """Sandbox application of the first who had one, among those attached to this structure."""
    siennes = ApplicationPiste.objects.filter(
        environnement=EnvironnementPiste.SANDBOX, compte__rattachements__structure=structure_id
    )
    return siennes.select_related("cohort", "compte").order_by("pk").first()


def verifier(client_id: str, client_secret: str) -> ApplicationPiste | None:
    """Active application behind these credentials, whatever its world: ``application.cohort`` says which.

    The client id is unique on the installation, and the caller has no seat yet. The comparison takes as long for an
    unknown client.
    """
    numero, trouvee = _numero(client_id), application_de(client_id)
    attendu = _secret(numero, trouvee.version_secret if trouvee else 0)
    bon = constant_time_compare(attendu, client_secret)
    return trouvee if bon and trouvee is not None and trouvee.active else None


def consentements(compte: Compte) -> set[tuple[str, str]]:
    """(API, environment) whose terms of use the account has accepted."""
    return set(ConsentementApi.objects.filter(compte=compte).values_list("api", "environnement"))


@transaction.atomic
def consentir(compte: Compte, choix: Iterable[tuple[str, str]]) -> int:
    """Accept terms of use; returns how many are new. What is not an API is left out: an acceptance is never undone."""
    deja = consentements(compte)
    neufs = [
        (api, environnement)
        for api, environnement in dict.fromkeys(choix)
        if api in APIS and environnement in EnvironnementPiste.values and (api, environnement) not in deja
    ]
    ConsentementApi.objects.bulk_create(
        (
            ConsentementApi(cohort=compte.cohort, place=compte.place, compte=compte, api=api, environnement=env)
            for api, env in neufs
        ),
        ignore_conflicts=True,
    )
    return len(neufs)


@transaction.atomic
def preparer(compte: Compte) -> ApplicationPiste:
    """« APP_SANDBOX_<mail> », ready-made at the first visit: terms of the sandbox accepted, every API ticked (§9.3)."""
    prete = ApplicationPiste.objects.filter(compte=compte, environnement=EnvironnementPiste.SANDBOX).first()
    if prete is not None:
        return prete
    application, _ = ApplicationPiste.objects.get_or_create(
        cohort=compte.cohort,
        compte=compte,
        nom=f"APP_SANDBOX_{compte.login_email}",
        defaults={"place": compte.place, "environnement": EnvironnementPiste.SANDBOX, "apis": list(APIS)},
    )
    consentir(compte, ((api, EnvironnementPiste.SANDBOX) for api in APIS))
    return application


def creer(compte: Compte, nom: str) -> ApplicationPiste:
    """« Créer une application » of production, nothing ticked yet. Raises ``PisteRefuse`` on a name already taken."""
    try:
        with transaction.atomic():
            return ApplicationPiste.objects.create(
                cohort=compte.cohort,
                place=compte.place,
                compte=compte,
                nom=nom,
                environnement=EnvironnementPiste.PRODUCTION,
            )
    except IntegrityError as existe:
        raise PisteRefuse(f"Vous avez déjà une application nommée « {nom} ».", "nom") from existe


def cocher(application: ApplicationPiste, apis: Iterable[str]) -> bool:
    """Tick exactly these APIs; False when they were. Raises ``PisteRefuse`` without the consent to one of them."""
    voulues = connues(set(apis), APIS)
    acceptes = {
        api for api, environnement in consentements(application.compte) if environnement == application.environnement
    }
    manquent = [APIS[api].libelle for api in voulues if api not in acceptes]
    if manquent:
        raise PisteRefuse(
            f"Acceptez d'abord les conditions d'utilisation ({application.get_environnement_display()}) de : "
            f"{', '.join(manquent)}.",
            "apis",
        )
    if voulues == application.apis:
        return False
    application.apis = voulues
    application.save(update_fields=["apis"])
    return True


def renouveler_secret(application: ApplicationPiste, *, version: int) -> bool:
    """A new secret, the former one void; False when it is already newer than ``version`` (form sent twice)."""
    change = ApplicationPiste.objects.filter(pk=application.pk, version_secret=version).update(
        version_secret=F("version_secret") + 1
    )
    application.refresh_from_db(fields=["version_secret"])
    return bool(change)


def activer(application: ApplicationPiste, *, active: bool) -> bool:
    """Switch the application on or off; False when it was already so."""
    change = ApplicationPiste.objects.filter(pk=application.pk, active=not active).update(active=active)
    application.active = active
    return bool(change)
