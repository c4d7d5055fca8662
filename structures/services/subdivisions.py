"""« Gérer un service »: create, change, open and close the subdivisions of a structure (comptes-structures.md §4.5)."""

from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import Compte
from sandbox import clock
from sandbox.events.registry import publish
from structures.enums import EtatService, TypeActe
from structures.models import Service, Structure
from structures.rules import CODE_SERVICE, SERVICE_FACTURES_PUBLIQUES
from structures.services import verrous
from structures.services.actes import noter_acte

MODIFIABLES = (
    *("libelle", "description", "adresse", "telephone", "engagement_obligatoire", "mise_en_paiement"),
    *("debut", "fin"),
)

RESERVE = (
    f"Le service {SERVICE_FACTURES_PUBLIQUES} est tenu par le portail : il existe sur chaque structure publique, pour "
    "les factures entre entités publiques."
)


class ServiceRefuse(Exception):
    """The service cannot be written; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


def _texte(valeur: Any) -> Any:
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else valeur


def _verifier(structure: Structure, champs: dict[str, Any]) -> None:
    if champs.get("debut") and champs.get("fin") and champs["fin"] < champs["debut"]:
        raise ServiceRefuse("La fin de validité précède son début.", "fin")
    if not structure.est_publique and champs.get("engagement_obligatoire"):
        raise ServiceRefuse("Seule une structure publique peut exiger un engagement.", "engagement_obligatoire")


@transaction.atomic
def creer(structure: Structure, *, par: Compte | None, code: str, libelle: str, **champs: Any) -> Service:
    """Create an active service; its code is kept as typed, unique in the structure whatever its case."""
    code = code.strip()
    if not CODE_SERVICE.fullmatch(code):
        raise ServiceRefuse(
            "Un code service compte 1 à 100 lettres, chiffres ou signes - _ / @, sans espace ni accent.", "code"
        )
    if code.upper() == SERVICE_FACTURES_PUBLIQUES:
        raise ServiceRefuse(RESERVE, "code")
    verrous.structures(structure)
    if Service.objects.filter(structure=structure, code__iexact=code).exists():
        raise ServiceRefuse(f"Le code « {code} » existe déjà dans cette structure.", "code")
    _verifier(structure, champs)
    service = Service.objects.create(
        cohort=structure.cohort,
        place=structure.place,
        structure=structure,
        code=code,
        libelle=libelle,
        cree_le=clock.now(),
        **champs,
    )
    noter_acte(structure, TypeActe.SERVICE_CREE, par=par, objet=str(service))
    publish("service.cree", cohort_id=structure.cohort_id, service_id=service.pk, place=structure.place)
    return service


@transaction.atomic
def modifier(service: Service, *, par: Compte | None, **champs: Any) -> bool:
    """Change what may change (the code does not); False when nothing differs. Raises ``ServiceRefuse``."""
    _pas_reserve(service)
    _verifier(service.structure, champs)
    changes = {cle: champs[cle] for cle in MODIFIABLES if cle in champs and getattr(service, cle) != champs[cle]}
    if not changes:
        return False
    avant = {cle: _texte(getattr(service, cle)) for cle in changes}
    for cle, valeur in changes.items():
        setattr(service, cle, valeur)
    service.save(update_fields=list(changes))
    noter_acte(
        service.structure,
        TypeActe.SERVICE_MODIFIE,
        par=par,
        objet=service.code,
        avant=avant,
        apres={cle: _texte(valeur) for cle, valeur in changes.items()},
    )
    return True


def _pas_reserve(service: Service) -> None:
    if service.est_reserve_public:
        raise ServiceRefuse(RESERVE, "service")


def _changer_etat(service: Service, de: EtatService, vers: EtatService, acte: TypeActe, par: Compte | None) -> bool:
    with transaction.atomic():
        if not Service.objects.filter(pk=service.pk, etat=de).update(etat=vers):
            return False
        service.etat = vers
        noter_acte(service.structure, acte, par=par, objet=str(service))
    return True


def desactiver(service: Service, *, par: Compte | None) -> bool:
    """No longer selectable; False when it was not active. Raises ``ServiceRefuse`` on FACTURES_PUBLIQUES."""
    _pas_reserve(service)
    return _changer_etat(service, EtatService.ACTIF, EtatService.INACTIF, TypeActe.SERVICE_DESACTIVE, par)


def activer(service: Service, *, par: Compte | None) -> bool:
    """Selectable again; False when it was."""
    return _changer_etat(service, EtatService.INACTIF, EtatService.ACTIF, TypeActe.SERVICE_ACTIVE, par)
