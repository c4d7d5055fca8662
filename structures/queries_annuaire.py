"""Searches of the two directories, bounded and by indexes only (comptes-structures.md §8)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_scopes import get_scope

from sandbox import clock
from structures.annuaire import Etablissement, ServiceAnnuaire
from structures.enums import EtatService, EtatStructure, Nature, TypeActe, TypeIdentifiant
from structures.models import ActeGestion, EntrepriseInsee, MotAnnuaire, Service, Structure
from structures.mots import LONGUEUR, intervalle, mots

PLAFOND = 200
"""Beyond, the answer is « trop de résultats »."""
_COMPTE_MAX = 10 * PLAFOND
"""A word found so often is frequent; how often exactly does not matter."""
_MOTS_MAX = 6
_DOUBLONS = 7
"""Rows read beyond what is wanted, for structures that come back twice."""
_IDENTIFIANT_MAX = 80
_CODE_POSTAL_MAX = 10
COMPACT = str.maketrans("", "", " \t\u00a0\u202f.-")
"""What people put between the digits of a number."""


@dataclass(frozen=True, slots=True)
class Mot:
    """Beginning of a word, sought in one column (a letter of ``MotAnnuaire.champs``) or in all of them."""

    debut: str
    lettre: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recherche:
    """What is sought: every word, the beginning of the identifiers, and plain conditions on the structure.

    ``chiffres`` begins either the identifier or the post code.
    """

    mots: tuple[Mot, ...] = ()
    identifiant: str = ""
    code_postal: str = ""
    chiffres: str = ""
    conditions: dict[str, Any] = field(default_factory=dict)
    assujetties: bool = False
    """Public structures, and private ones that have a VAT number."""

    @property
    def vide(self) -> bool:
        return not (self.mots or self.identifiant or self.code_postal or self.chiffres)


@dataclass(frozen=True, slots=True)
class Trouvees:
    """Ids of the structures found; ``trop`` when there are more than the ceiling (the ids are then the first ones)."""

    pks: list[int]
    trop: bool

    @property
    def structures(self) -> QuerySet[Structure]:
        return Structure.objects.filter(pk__in=self.pks)


def mots_cherches(texte: str, lettre: str = "") -> tuple[Mot, ...]:
    return tuple(Mot(mot, lettre) for mot in mots(texte))


def identifiant_cherche(texte: str) -> str:
    """Spaces, dots and hyphens go from digits, not from an identifier that holds a name."""
    texte = texte.strip().upper()
    compact = texte.translate(COMPACT)
    return compact if compact.isdigit() else texte


def simple(texte: str, **reste: Any) -> Recherche:
    """One box: an identifier, or « nom, ville, code postal »."""
    compact = "".join(texte.split())
    if compact.isascii() and compact.isdigit():
        return Recherche(chiffres=compact[:_IDENTIFIANT_MAX], **reste)
    return Recherche(mots=mots_cherches(texte), **reste)


def _debut(colonne: str, debut: str, longueur: int) -> Q:
    premier, dernier = intervalle(debut, longueur)
    return Q(**{f"{colonne}__gte": premier, f"{colonne}__lte": dernier})


def _lignes(mot: Mot) -> QuerySet[MotAnnuaire]:
    lignes = MotAnnuaire.objects.filter(_debut("mot", mot.debut, LONGUEUR))
    return lignes.filter(champs__contains=mot.lettre) if mot.lettre else lignes


_COMPTE = "(SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE cohort_id = %s AND mot >= %s AND mot <= %s LIMIT {n}) t)"


def _comptes(cherches: Sequence[Mot]) -> list[int]:
    """How many rows begin with each word, never counted far: one statement, for it runs at each key typed."""
    un = _COMPTE.format(table=connection.ops.quote_name(MotAnnuaire._meta.db_table), n=_COMPTE_MAX)
    monde = get_scope()["cohort"].pk
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {', '.join([un] * len(cherches))}",
            [valeur for mot in cherches for valeur in (monde, *intervalle(mot.debut, LONGUEUR))],
        )
        return list(curseur.fetchone())


def _du_plus_rare(cherches: Sequence[Mot]) -> list[Mot]:
    """The rarest word first, the longest of two that are as rare."""
    if len(cherches) < 2:
        return list(cherches)
    rangs = zip(_comptes(cherches), (-len(mot.debut) for mot in cherches), range(len(cherches)), strict=True)
    return [cherches[rang] for _, _, rang in sorted(rangs)]


def _conditions(r: Recherche, prefixe: str = "") -> Q:
    """Everything but the words, seen from the structure or from one of its words."""
    q = Q(**{prefixe + nom: valeur for nom, valeur in r.conditions.items()})
    if r.identifiant:
        q &= _debut(f"{prefixe}identifiant", r.identifiant, _IDENTIFIANT_MAX)
    if r.code_postal:
        q &= _debut(f"{prefixe}code_postal", r.code_postal, _CODE_POSTAL_MAX)
    if r.chiffres:
        chiffres = _debut(f"{prefixe}identifiant", r.chiffres, _IDENTIFIANT_MAX)
        q &= chiffres | _debut(f"{prefixe}code_postal", r.chiffres, _CODE_POSTAL_MAX)
    if r.assujetties:
        q &= Q(**{f"{prefixe}nature": Nature.PUBLIQUE}) | Q(**{f"{prefixe}numero_tva__gt": ""})
    return q


def _par_mots(r: Recherche) -> QuerySet[MotAnnuaire]:
    """From the rarest word to the others; whole words come before longer ones.

    A structure comes back as often as its words begin so. The other words are sought by « exists », not by joins: a
    database without statistics could start from any of them.
    """
    rare, *autres = _du_plus_rare(r.mots[:_MOTS_MAX])
    trouvees = _lignes(rare).filter(_conditions(r, "structure__"))
    for mot in autres:
        trouvees = trouvees.filter(Exists(_lignes(mot).filter(structure=OuterRef("structure"))))
    return trouvees.order_by("mot", "structure_id")


def _uniques(lignes: QuerySet[Any], limite: int, lire: Callable[[Any], Any] = lambda ligne: ligne) -> list[Any]:
    """First different rows; a second, longer reading when too many were alike (two words that begin the same way)."""
    taille = limite + _DOUBLONS
    while True:
        lues = [lire(ligne) for ligne in lignes[:taille]]
        uniques = list(dict.fromkeys(lues))
        if len(uniques) >= limite or len(lues) < taille:
            return uniques[:limite]
        taille *= 4


def _par_chiffres(r: Recherche, limite: int) -> list[int]:
    """Two indexes, two queries: one with « or » would use neither."""
    base = Structure.objects.filter(_conditions(replace(r, chiffres=""))).values_list("pk", flat=True)
    pks = list(base.filter(_debut("identifiant", r.chiffres, _IDENTIFIANT_MAX)).order_by("identifiant", "pk")[:limite])
    if len(r.chiffres) <= _CODE_POSTAL_MAX:
        pks += base.filter(_debut("code_postal", r.chiffres, _CODE_POSTAL_MAX)).order_by("code_postal", "pk")[:limite]
    return list(dict.fromkeys(pks))[:limite]


def _pks(r: Recherche, limite: int) -> list[int]:
    if r.mots:
        return _uniques(_par_mots(r).values_list("structure_id", flat=True), limite)
    if r.chiffres:
        return _par_chiffres(r, limite)
    ordre = "identifiant" if r.identifiant else "code_postal" if r.code_postal else "raison_sociale"
    return list(Structure.objects.filter(_conditions(r)).order_by(ordre, "pk").values_list("pk", flat=True)[:limite])


def chercher(r: Recherche, limite: int = PLAFOND) -> Trouvees:
    """Structures that answer to every criterion, at most ``limite``."""
    pks = _pks(r, limite + 1)
    return Trouvees(pks[:limite], len(pks) > limite)


def toutes(r: Recherche) -> QuerySet[Structure]:
    """Every structure that answers to every criterion: the caller counts it, orders it and reads a page of it.

    One query is made here, to weigh several words.
    """
    trouvees = Structure.objects.filter(_conditions(r))
    cherches = _du_plus_rare(r.mots[:_MOTS_MAX])
    if cherches:
        trouvees = trouvees.filter(pk__in=_lignes(cherches[0]).values("structure_id"))
    for mot in cherches[1:]:
        trouvees = trouvees.filter(Exists(_lignes(mot).filter(structure=OuterRef("pk"))))
    return trouvees


def premieres(r: Recherche, limite: int) -> list[Structure]:
    """The first structures found, by name: one query, and one more to weigh several words."""
    if r.mots:
        trouvees = _uniques(_par_mots(r).select_related("structure"), limite, lambda ligne: ligne.structure)
    else:
        trouvees = list(Structure.objects.filter(pk__in=_pks(r, limite)))
    return sorted(trouvees, key=lambda structure: (structure.raison_sociale, structure.pk))


def destinataires(texte: str, limite: int) -> list[Structure]:
    """Active public structures, for « Saisir facture » (factures.md §2.3, block 1)."""
    r = simple(texte, conditions={"nature": Nature.PUBLIQUE, "etat": EtatStructure.ACTIF})
    if r.vide and texte.strip():
        return []  # only signs: « ?? » is no search of everything
    return premieres(r, limite)


def actives(texte: str, limite: int) -> list[Structure]:
    """Active structures, public or private: a valideur may be any of them (factures.md §2.3, block 3)."""
    r = simple(texte, conditions={"etat": EtatStructure.ACTIF})
    return [] if r.vide else premieres(r, limite)


def entreprises(texte: str, limite: int) -> QuerySet[EntrepriseInsee]:
    """Rows of the simulated INSEE directory whose name has words that begin so."""
    trouvees = EntrepriseInsee.objects.order_by("raison_sociale", "pk")
    cherches = mots(texte)[:_MOTS_MAX]
    if not cherches:
        return trouvees.none()
    for mot in cherches:
        trouvees = trouvees.filter(mots__contains=f" {mot}")
    return trouvees[:limite]


# --- what the cards show


def actif_ce_jour() -> Q:
    """``Service.est_actif``, as a condition."""
    jour = clock.today()
    return (
        Q(etat=EtatService.ACTIF)
        & (Q(debut__isnull=True) | Q(debut__lte=jour))
        & (Q(fin__isnull=True) | Q(fin__gte=jour))
    )


def services_actifs(structure: Structure) -> QuerySet[Service]:
    """Those that an invoice of today may name."""
    return Service.objects.filter(actif_ce_jour(), structure=structure).order_by("code")


def annuaire_facturation() -> QuerySet[Structure]:
    """Public structures, and private ones liable to VAT, that have a SIRET."""
    return Structure.objects.filter(_conditions(Recherche(assujetties=True)), type_identifiant=TypeIdentifiant.SIRET)


def etablissements(structure: Structure) -> list[Structure]:
    """Structures of the same legal unit as this one, which has a SIRET."""
    du_siren = annuaire_facturation().filter(_debut("identifiant", structure.siren, 14), nature=structure.nature)
    return list(du_siren.order_by("identifiant")[:PLAFOND])


def _jour(instant: datetime) -> date:
    return timezone.localtime(instant).date()


_FINS_STRUCTURE = (TypeActe.STRUCTURE_DESACTIVEE, TypeActe.IDENTIFIANT_CHANGE, TypeActe.STRUCTURE_MODIFIEE)


def _fins(structures: Iterable[Structure]) -> tuple[dict[int, date], dict[tuple[int, str], date]]:
    """Day each structure closed or became MOA only, day each service closed, as « Historique » says."""
    par_structure: dict[int, date] = {}
    par_service: dict[tuple[int, str], date] = {}
    actes = ActeGestion.objects.filter(
        structure__in=structures, type__in=(*_FINS_STRUCTURE, TypeActe.SERVICE_DESACTIVE)
    ).order_by("pk")
    for pk, genre, objet, apres, instant in actes.values_list("structure_id", "type", "objet", "apres", "survenu_le"):
        jour = _jour(instant)
        if genre == TypeActe.SERVICE_DESACTIVE:
            par_service[pk, objet.split(" – ")[0]] = jour
        elif genre != TypeActe.STRUCTURE_MODIFIEE or apres.get("moa_uniquement"):
            par_structure[pk] = jour
    return par_structure, par_service


def etablissements_annuaire(structures: Sequence[Structure], *, avec_services: bool = True) -> list[Etablissement]:
    """What the lines of addressing are drawn from: two queries whatever the number of structures and services."""
    par_structure, par_service = _fins(structures)
    services: dict[int, list[ServiceAnnuaire]] = {s.pk: [] for s in structures}
    naissances = {s.pk: _jour(s.cree_le) for s in structures}
    publiques = [s.pk for s in structures if s.est_publique and avec_services]
    for service in Service.objects.filter(structure__in=publiques):
        pk = service.structure_id
        services[pk].append(
            ServiceAnnuaire(
                code=service.code,
                libelle=service.libelle,
                cree_le=_jour(service.cree_le) if service.cree_le else naissances[pk],
                debut=service.debut,
                fin=service.fin,
                actif=service.etat == EtatService.ACTIF,
                ferme_le=par_service.get((pk, service.code)) if service.etat != EtatService.ACTIF else None,
            )
        )
    return [
        Etablissement(
            siret=s.identifiant,
            publique=s.est_publique,
            cree_le=naissances[s.pk],
            actif=s.est_active,
            moa_uniquement=s.moa_uniquement,
            ferme_le=par_structure.get(s.pk),
            services=services[s.pk],
        )
        for s in structures
    ]
