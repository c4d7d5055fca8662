"""Reads of the screens about users: their attachments, their rights, what waits, what was done (§5)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    When,
)

from accounts.models import Compte
from accounts.profils import CATALOGUE, LigneProfil, offerts
from structures.enums import EtatService, Role, StatutRattachement
from structures.models import ActeGestion, Habilitation, Rattachement, RattachementService, Service, Structure

ATTENTE = StatutRattachement.EN_COURS_DE_VALIDATION
VALIDE = StatutRattachement.VALIDEE
ACTUELS = (VALIDE, StatutRattachement.DESACTIVEE, ATTENTE)
"""States shown by default among the users of a structure: the others are past."""
ORDRE_PROFILS = {ligne.profil.value: rang for rang, ligne in enumerate(CATALOGUE)}
LIBELLES = {ligne.profil.value: ligne.libelle for ligne in CATALOGUE}


def _services_de(statuts: Iterable[str] | None = None) -> Prefetch:
    lignes = RattachementService.objects.select_related("service", "traite_par").order_by("service__code", "pk")
    return Prefetch("services", lignes.filter(statut__in=list(statuts)) if statuts else lignes)


def _habilitations() -> Prefetch:
    return Prefetch("habilitations", Habilitation.objects.select_related("service").order_by("pk"))


# --- the user's own


def rattachements_de(compte: Compte) -> QuerySet[Rattachement]:
    """Every request and attachment of the account, whatever its state, newest first."""
    return (
        Rattachement.objects.filter(compte=compte)
        .select_related("structure", "traite_par")
        .prefetch_related(_services_de())
        .order_by("-demande_le", "-pk")
    )


def habilitations_de(compte: Compte) -> QuerySet[Rattachement]:
    """Valid attachments of the account, with the rights they carry."""
    return (
        Rattachement.objects.filter(compte=compte, statut=VALIDE)
        .select_related("structure")
        .prefetch_related(_habilitations(), _services_de([VALIDE]))
        .order_by("structure__raison_sociale", "pk")
    )


_VARIANTES = {
    **{"a": "aàáâäãå", "c": "cç", "e": "eéèêë", "i": "iíìîï", "n": "nñ"},
    **{"o": "oóòôöõ", "u": "uúùûü", "y": "yýÿ", "'": "'’", "-": "-‐‑–"},
}
_CLASSE = {signe: groupe for groupe in _VARIANTES.values() for signe in groupe}
NOM_MAXIMUM = 99


def motif_exact(nom: str) -> str:
    """Regular expression of this name, whole, whatever its accents, case and runs of spaces. Pure."""
    morceaux = []
    for signe in re.sub(r"\s+", " ", nom.strip().lower())[:NOM_MAXIMUM]:
        if signe in _CLASSE:
            groupe = _CLASSE[signe]
            morceaux.append("[" + re.escape("".join(dict.fromkeys(groupe + groupe.upper()))) + "]")
        else:
            morceaux.append(" +" if signe == " " else re.escape(signe))
    return f"^{''.join(morceaux)}$"


def par_identifiant(texte: str) -> QuerySet[Structure]:
    """Structures whose identifier begins so (spaces ignored)."""
    compact = "".join(texte.split()).upper()
    return Structure.objects.filter(identifiant__startswith=compact).order_by("raison_sociale", "pk")


def par_raison_sociale(nom: str) -> QuerySet[Structure]:
    """Structures of this name, « complète et exacte » (§5.3), whatever its case and accents."""
    return Structure.objects.filter(raison_sociale__iregex=motif_exact(nom)).order_by("raison_sociale", "pk")


def services_a_demander(structures: Iterable[Structure]) -> dict[int, list[Service]]:
    """Open services of each structure."""
    trouves: dict[int, list[Service]] = {}
    for service in Service.objects.filter(structure__in=list(structures), etat=EtatService.ACTIF).order_by("code"):
        trouves.setdefault(service.structure_id, []).append(service)
    return trouves


# --- the manager's


def _demandes(structures: Iterable[int]) -> QuerySet[Rattachement]:
    en_attente = RattachementService.objects.filter(rattachement=OuterRef("pk"), statut=ATTENTE)
    return Rattachement.objects.filter(structure__in=list(structures)).filter(
        Q(statut=ATTENTE) | (Q(statut=VALIDE) & Exists(en_attente))
    )


def attente_par_structure(structures: Iterable[int]) -> dict[int, int]:
    """Requests that wait, by structure that has some: attachments, and services asked for by those attached."""
    lignes = _demandes(structures).order_by().values_list("structure_id").annotate(nombre=Count("pk"))
    return dict(lignes)


def demandes_en_attente(structure: Structure) -> QuerySet[Rattachement]:
    """One line a requester; ``depuis``: when the oldest thing that waits was asked for."""
    return (
        _demandes([structure.pk])
        .annotate(
            depuis=Case(
                When(statut=ATTENTE, then=F("demande_le")),
                default=Min("services__demande_le", filter=Q(services__statut=ATTENTE)),
                output_field=DateTimeField(),
            )
        )
        .select_related("compte")
        .prefetch_related(_services_de([ATTENTE]))
    )


PAR_NOM = ("compte__nom", "compte__prenom", "pk")


def utilisateurs(structure: Structure, ordre: Sequence[str] = PAR_NOM) -> QuerySet[Rattachement]:
    """Everyone attached to the structure or who asked for it, the manager first."""
    rang = Case(When(role=Role.GESTIONNAIRE_PRINCIPAL, statut=VALIDE, then=0), default=1, output_field=IntegerField())
    return (
        Rattachement.objects.filter(structure=structure)
        .annotate(rang=rang)
        .select_related("compte")
        .prefetch_related(_habilitations(), _services_de([VALIDE, ATTENTE]))
        .order_by("rang", *ordre)
    )


def fiche_utilisateur(structure: Structure, lien: int) -> QuerySet[Rattachement]:
    return (
        Rattachement.objects.filter(structure=structure, pk=lien)
        .select_related("compte", "traite_par")
        .prefetch_related(_habilitations(), _services_de())
    )


def transferables(structure: Structure) -> QuerySet[Rattachement]:
    """Active users who may become gestionnaire principal (§5.4)."""
    return (
        Rattachement.objects.filter(structure=structure, statut=VALIDE, role=Role.UTILISATEUR, compte__etat="ACTIF")
        .select_related("compte")
        .order_by("compte__nom", "compte__prenom", "pk")
    )


def actes(structure: Structure) -> QuerySet[ActeGestion]:
    return ActeGestion.objects.filter(structure=structure).order_by("-pk")


def acteurs(structure: Structure, limite: int = 200) -> list[str]:
    """Names under which something was done on this structure."""
    noms = ActeGestion.objects.filter(structure=structure).order_by("acteur_nom").values_list("acteur_nom", flat=True)
    return list(noms.distinct()[:limite])


# --- who may what


@dataclass(frozen=True, slots=True)
class Detenu:
    """A profile held: its level, on the whole structure (no code) or on these services only."""

    libelle: str
    niveau: str
    modification: bool
    codes: tuple[str, ...] = ()

    @property
    def perimetre(self) -> str:
        return ", ".join(self.codes) or "Toute la structure"


def detenus(habilitations: Iterable[Habilitation]) -> list[Detenu]:
    """Rights in the order of the catalogue, the services of a same level together."""
    groupes: dict[tuple[int, str, bool], list[Habilitation]] = {}
    for h in habilitations:
        cle = (ORDRE_PROFILS.get(h.profil, len(ORDRE_PROFILS)), h.niveau, h.service_id is not None)
        groupes.setdefault(cle, []).append(h)
    return [
        Detenu(
            libelle=LIBELLES.get(lignes[0].profil, lignes[0].profil),
            niveau=lignes[0].get_niveau_display(),
            modification=lignes[0].niveau == "MODIFICATION",
            codes=tuple(sorted(h.service.code for h in lignes if h.service is not None)),
        )
        for _, lignes in sorted(groupes.items(), key=lambda paire: (paire[0][0], paire[0][2], paire[0][1]))
    ]


@dataclass(frozen=True, slots=True)
class LigneMatrice:
    lien: Rattachement
    cases: tuple[tuple[str, tuple[Detenu, ...]], ...]
    """Label of the column, what is held under it."""


def colonnes(structure: Structure) -> list[LigneProfil]:
    return offerts(publique=structure.est_publique)


def matrice(structure: Structure, liens: Iterable[Rattachement]) -> list[LigneMatrice]:
    """One row a user, one cell a profile of this kind of structure. No query: the rows come with their rights."""
    profils = colonnes(structure)
    lignes = []
    for lien in liens:
        tenus: dict[str, list[Habilitation]] = {}
        for h in lien.habilitations.all():
            tenus.setdefault(h.profil, []).append(h)
        cases = tuple((p.libelle, tuple(detenus(tenus.get(p.profil, ())))) for p in profils)
        lignes.append(LigneMatrice(lien, cases))
    return lignes
