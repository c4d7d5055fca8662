"""Reads shared by screens, rules and robots."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.models import EntrepriseInsee, Habilitation, Rattachement, Structure


def de(compte: Compte) -> QuerySet[Structure]:
    """Structures to which the account is validly attached."""
    return Structure.objects.filter(
        rattachements__compte=compte, rattachements__statut=StatutRattachement.VALIDEE
    ).order_by("raison_sociale", "pk")


@dataclass(frozen=True, slots=True)
class Droit:
    """A profile held by an account on a structure."""

    structure_id: int
    profil: str
    niveau: str


@dataclass(frozen=True, slots=True)
class Droits:
    """Everything an account may do, read once a request (rights are re-read at each one)."""

    droits: tuple[Droit, ...]
    gestionnaire_de: frozenset[int]
    rattache: bool
    noms: tuple[str, ...] = ()

    def structures(self, profil: Profil, *, modification: bool = False) -> list[int]:
        return sorted(
            d.structure_id
            for d in self.droits
            if d.profil == profil and (not modification or d.niveau == Niveau.MODIFICATION)
        )

    def peut(self, profil: Profil, structure_id: int, *, modification: bool = False) -> bool:
        return structure_id in self.structures(profil, modification=modification)

    @property
    def profils(self) -> frozenset[str]:
        return frozenset(d.profil for d in self.droits)

    @property
    def libelle(self) -> str:
        """Under the account's name: its structure, or how many it has."""
        return f"{len(self.noms)} structures" if len(self.noms) > 1 else "".join(self.noms)


AUCUN_DROIT = Droits((), frozenset(), rattache=False)


def droits(compte: Compte) -> Droits:
    """Two queries, whatever the number of structures."""
    liens = Rattachement.objects.filter(compte=compte, statut=StatutRattachement.VALIDEE).values_list(
        "structure_id", "role", "structure__raison_sociale"
    )
    roles = {pk: role for pk, role, _ in liens}
    if not roles:
        return AUCUN_DROIT
    lignes = Habilitation.objects.filter(
        rattachement__compte=compte, rattachement__statut=StatutRattachement.VALIDEE
    ).values_list("rattachement__structure_id", "profil", "niveau")
    return Droits(
        tuple(Droit(*ligne) for ligne in lignes),
        frozenset(pk for pk, role in roles.items() if role == Role.GESTIONNAIRE_PRINCIPAL),
        rattache=True,
        noms=tuple(sorted(nom for _, _, nom in liens)),
    )


def structures_pour(compte_droits: Droits, profil: Profil, *, modification: bool = True) -> QuerySet[Structure]:
    """Active structures in whose name the account may act under this profile."""
    return (
        Structure.objects.filter(pk__in=compte_droits.structures(profil, modification=modification))
        .actives()
        .order_by("raison_sociale", "pk")
    )


def _contient(champ: str, texte: str) -> Q:
    """Whatever the case. SQLite folds that of ASCII only: names are in capitals, so « é » is sought as « É » too."""
    return Q(**{f"{champ}__icontains": texte}) | Q(**{f"{champ}__icontains": texte.upper()})


def rechercher_destinataires(texte: str, limite: int = 20) -> QuerySet[Structure]:
    """Active public structures by SIRET, name, town or post code (factures.md §2.3, block 1)."""
    trouves = Structure.objects.publiques().actives()
    mots = texte.split()
    if mots and "".join(mots).isdigit():
        chiffres = "".join(mots)
        trouves = trouves.filter(Q(identifiant__startswith=chiffres) | Q(code_postal__startswith=chiffres))
    else:
        for mot in mots[:6]:
            trouves = trouves.filter(_contient("raison_sociale", mot) | _contient("ville", mot))
    return trouves.order_by("raison_sociale", "pk")[:limite]


def rechercher_insee(texte: str, limite: int = 20) -> QuerySet[EntrepriseInsee]:
    """Simulated INSEE directory by SIRET, SIREN or beginning of the name."""
    compact = "".join(texte.split())
    condition = Q(siret__startswith=compact[:14]) if compact.isdigit() else _contient("raison_sociale", texte.strip())
    return EntrepriseInsee.objects.filter(condition).order_by("raison_sociale", "pk")[:limite]


def est_recevable(structure: Structure) -> bool:
    """May an invoice be addressed to it: public and active."""
    return structure.est_publique and structure.etat == EtatStructure.ACTIF
