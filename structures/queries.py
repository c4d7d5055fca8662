"""Reads shared by screens, rules and robots."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox import clock
from structures import queries_annuaire
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.models import (
    EntrepriseInsee,
    Habilitation,
    Rattachement,
    RattachementService,
    Structure,
    StructureQuerySet,
)
from structures.permissions import Acte, structures_permises


def de(compte: Compte) -> QuerySet[Structure]:
    """Structures to which the account is validly attached."""
    return Structure.objects.filter(
        rattachements__compte=compte, rattachements__statut=StatutRattachement.VALIDEE
    ).order_by("raison_sociale", "pk")


@dataclass(frozen=True, slots=True)
class Droit:
    """A profile held by an account on a structure, or on one of its services only."""

    structure_id: int
    profil: str
    niveau: str
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Droits:
    """Everything an account may do, read once a request (rights are re-read at each one)."""

    droits: tuple[Droit, ...]
    gestionnaire_de: frozenset[int]
    rattachees: frozenset[int] = frozenset()
    noms: tuple[str, ...] = ()

    @property
    def rattache(self) -> bool:
        return bool(self.rattachees)

    def structures(self, profil: Profil, *, modification: bool = False, entieres: bool = False) -> list[int]:
        """Structures on which the profile is held, on one service at least; ``entieres``: on the whole of them."""
        return sorted(
            {
                d.structure_id
                for d in self.droits
                if d.profil == profil
                and (not modification or d.niveau == Niveau.MODIFICATION)
                and (not entieres or d.service_id is None)
            }
        )

    def services(self, profil: Profil, structure_id: int, *, modification: bool = False) -> frozenset[int] | None:
        """Services to which the profile is restricted on this structure; None = the whole structure."""
        tenus = [
            d.service_id
            for d in self.droits
            if d.profil == profil
            and d.structure_id == structure_id
            and (not modification or d.niveau == Niveau.MODIFICATION)
        ]
        return None if None in tenus else frozenset(pk for pk in tenus if pk is not None)

    def peut(self, profil: Profil, structure_id: int, *, modification: bool = False) -> bool:
        return structure_id in self.structures(profil, modification=modification)

    @property
    def profils(self) -> frozenset[str]:
        return frozenset(d.profil for d in self.droits)

    @property
    def libelle(self) -> str:
        """Under the account's name: its structure, or how many it has."""
        return f"{len(self.noms)} structures" if len(self.noms) > 1 else "".join(self.noms)


AUCUN_DROIT = Droits((), frozenset())


def en_vigueur() -> QuerySet[Habilitation]:
    """Rights that have an effect today: of a valid attachment, within the dates agreed for their service (§5.3)."""
    jour = clock.today()
    hors_periode = RattachementService.objects.filter(
        Q(debut__gt=jour) | Q(fin__lt=jour),
        rattachement=OuterRef("rattachement"),
        service=OuterRef("service"),
        statut=StatutRattachement.VALIDEE,
    )
    return Habilitation.objects.filter(rattachement__statut=StatutRattachement.VALIDEE).exclude(Exists(hors_periode))


def droits(compte: Compte) -> Droits:
    """Two queries, whatever the number of structures."""
    liens = Rattachement.objects.filter(compte=compte, statut=StatutRattachement.VALIDEE).values_list(
        "structure_id", "role", "structure__raison_sociale"
    )
    roles = {pk: role for pk, role, _ in liens}
    if not roles:
        return AUCUN_DROIT
    lignes = (
        en_vigueur()
        .filter(rattachement__compte=compte)
        .values_list("rattachement__structure_id", "profil", "niveau", "service_id")
    )
    return Droits(
        tuple(Droit(*ligne) for ligne in lignes),
        frozenset(pk for pk, role in roles.items() if role == Role.GESTIONNAIRE_PRINCIPAL),
        frozenset(roles),
        tuple(sorted(nom for _, _, nom in liens)),
    )


def autorisees(compte_droits: Droits, acte: Acte) -> StructureQuerySet:
    """Structures on which the account may do this, whatever their state."""
    permises: StructureQuerySet = Structure.objects.filter(pk__in=structures_permises(compte_droits, acte))
    return permises.order_by("raison_sociale", "pk")


def gestionnaire_principal(structure: Structure) -> Rattachement | None:
    return (
        Rattachement.objects.filter(
            structure=structure, role=Role.GESTIONNAIRE_PRINCIPAL, statut=StatutRattachement.VALIDEE
        )
        .select_related("compte")
        .first()
    )


def responsables(structure: Structure) -> list[Compte]:
    """Who decides on a request: the gestionnaire principal and the holders of « Organisation modification » (§5.3)."""
    tenues = en_vigueur().filter(
        rattachement__structure=structure, profil=Profil.ORGANISATION, niveau=Niveau.MODIFICATION
    )
    return list(Compte.objects.filter(pk__in=tenues.values("rattachement__compte")).order_by("pk"))


def structures_pour(compte_droits: Droits, profil: Profil, *, modification: bool = True) -> StructureQuerySet:
    """Active structures in whose name the account may act under this profile."""
    tenues: StructureQuerySet = Structure.objects.filter(
        pk__in=compte_droits.structures(profil, modification=modification)
    )
    return tenues.actives().order_by("raison_sociale", "pk")


def rechercher_destinataires(texte: str, limite: int = 20) -> list[Structure]:
    """Active public structures by SIRET, name, town or post code (factures.md §2.3, block 1)."""
    return queries_annuaire.destinataires(texte, limite)


def rechercher_actives(texte: str, limite: int = 20) -> list[Structure]:
    """Active structures of any kind by SIRET, name, town or post code: whom a valideur is chosen among."""
    return queries_annuaire.actives(texte, limite)


def rechercher_insee(texte: str, limite: int = 20) -> QuerySet[EntrepriseInsee]:
    """Simulated INSEE directory by SIRET, SIREN or words of the name, whatever their case and accents."""
    compact = "".join(texte.split())
    if compact.isascii() and compact.isdigit():
        return EntrepriseInsee.objects.filter(siret__startswith=compact[:14]).order_by("raison_sociale", "pk")[:limite]
    return queries_annuaire.entreprises(texte, limite)


def est_recevable(structure: Structure) -> bool:
    """May an invoice be addressed to it: public and active."""
    return structure.est_publique and structure.etat == EtatStructure.ACTIF
