"""Criteria of the searches of invoices (api.md §6.4 to §6.6): one table says which column each of them reads.

Nothing is asked by what is missing, empty, zero or false (api.md §4); where false does filter, the operation says it.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Q
from pydantic import AfterValidator

from api.contrat import valeurs
from api.entree import AuPlus, Entier, Entree, Parmi
from structures.enums import TypeIdentifiant
from structures.models import Structure

RIEN = Q(pk__in=[])
FACTURE = "FACTURE"
TEXTE_MAX = 255
"""A longer text is that of no column."""
CRITERES_MAX = 100
"""Structures that a search may name with their services."""
_MONTANT_MAX = Decimal("9999999999999.999999")


Statut = Annotated[str, Parmi(valeurs("F.FactureCpp", "statutFacture"))]
Cadre = Annotated[
    str, Parmi(valeurs("F.PiecePrecedenteConsulterFactureRecipiendaireOutput", "cadreFacturationPiecePrecedente"))
]
ModeDepot = Annotated[str, Parmi(valeurs("F.FactureCpp", "modeDepot"))]
TypeFacture = Annotated[str, Parmi(valeurs("F.References", "typeFacture"))]
TypeTravaux = Annotated[str, Parmi(valeurs("F.References", "typeFactureTravaux"))]
TypeDemande = Annotated[str, Parmi(valeurs("F.FactureRechercheValideur", "typeDemandePaiement"))]
TypeId = Annotated[str, Parmi(TypeIdentifiant.values)]
Statuts = Annotated[tuple[Statut, ...], AuPlus()]
TypesTravaux = Annotated[tuple[TypeTravaux, ...], AuPlus()]
Ids = Annotated[tuple[Entier, ...], AuPlus(), AfterValidator(lambda ids: tuple(pk for pk in ids if pk))]
"""Zero stands for none, in a list too."""

_EGALITES = {
    "numeroFacture": "numero__iexact",
    "numeroMarche": "numero_marche__iexact",
    "numeroBonCommande": "numero_engagement__iexact",
    "numeroEngagement": "numero_engagement__iexact",
    "numeroFactureOrigine": "numero_facture_origine__iexact",
    "numeroFluxDepot": "flux__numero__iexact",
    "numeroDpMandat": "numero_mandat__iexact",
    "typeFacture": "type_facture",
    "cadreFacturation": "cadre",
    "modeDepot": "mode_depot",
    "coordonneeBancaire": "coordonnees_bancaires",
    "idServiceExecutant": "service",
    "idServiceDestinataire": "service",
    "idServiceFournisseur": "service_fournisseur",
    "statutCourant": "statut__in",
    "idUtilisateurCreateur": "cree_par__in",
}
_INSTANTS = {"periodeDateDepot": "date_depot", "periodeDateHeureEtatCourant": "statut_depuis"}
_JOURS = {"periodeDateFacture": "date_facture", "periodeDateFournisseur": "date_facture"}
_MONTANTS = {
    "montantHT": "montant_ht",
    "montantTTC": "montant_ttc",
    "montantApayer": "montant_a_payer",
    "montantAPayer": "montant_a_payer",
}
_INCONNUS = frozenset(
    {
        *("idStructureMoe", "idStructureMoa", "idServiceMoe", "idServiceMoa", "structureMoe", "structureMoa"),
        *("typeFactureTravaux", "numeroDossierFacturation", "numeroFactureMemoire"),
    }
)
"""What only works or mémoires have: a simple invoice never answers to it."""


def filtre(entree: Entree) -> Q:
    """What the table above reads of a request; the other criteria are left to its operation."""
    trouve = Q()
    for nom in type(entree).model_fields:
        valeur = getattr(entree, nom)
        if valeur:
            trouve &= _un(nom, valeur)
    return trouve


def _un(nom: str, valeur: Any) -> Q:
    if isinstance(valeur, str) and len(valeur) > TEXTE_MAX:
        return RIEN
    if nom in _INCONNUS:
        return RIEN if not isinstance(valeur, Entree) or _nomme(valeur) else Q()
    if nom == "typeDemandePaiement":
        return Q() if valeur == FACTURE else RIEN
    if nom == "idStructureValideur":
        return Q(valideur=valeur) | Q(valideur_2=valeur)
    if nom in _EGALITES:
        return Q(**{_EGALITES[nom]: valeur})
    if nom[:-2] in _INSTANTS:
        colonne = _INSTANTS[nom[:-2]]
        return Q(**{f"{colonne}__gte": valeur.debut} if nom.endswith("Du") else {f"{colonne}__lt": valeur.fin})
    if nom[:-2] in _JOURS:
        return Q(**{f"{_JOURS[nom[:-2]]}__{'gte' if nom.endswith('Du') else 'lte'}": valeur.jour})
    if nom[:-3] in _MONTANTS:
        borne = max(-_MONTANT_MAX, min(valeur, _MONTANT_MAX))
        return Q(**{f"{_MONTANTS[nom[:-3]]}__{'gte' if nom.endswith('Min') else 'lte'}": borne})
    return Q()


def _nomme(bloc: Entree) -> bool:
    return any(getattr(bloc, nom) for nom in type(bloc).model_fields)


def types(simples: Collection[str], travaux: Collection[str]) -> Q:
    """Two lists name the types that are wanted; simple invoices are in the first only."""
    if simples:
        return Q(type_facture__in=simples)
    return RIEN if travaux else Q()


def par_id(partie: str, ids: Collection[int], *, siren: bool = False) -> Q:
    """Invoices whose ``partie`` is one of these structures; ``siren``: or another establishment of their companies."""
    trouve = Q(**{f"{partie}__in": ids})
    if siren:
        identifiants = Structure.objects.filter(pk__in=ids, type_identifiant=TypeIdentifiant.SIRET)
        for numero in {lu[:9] for lu in identifiants.values_list("identifiant", flat=True)}:
            trouve |= par_identifiant(partie, numero, TypeIdentifiant.SIRET, siren=True)
    return trouve


def par_identifiant(partie: str, identifiant: str, type_identifiant: str = "", *, siren: bool = False) -> Q:
    """By SIRET or another identifier; ``siren``: by the nine first digits of a SIRET."""
    if len(identifiant) > TEXTE_MAX:
        return RIEN
    criteres = {f"{partie}__type_identifiant": type_identifiant} if type_identifiant else {}
    if siren:
        return Q(**criteres, **{f"{partie}__identifiant__startswith": identifiant[:9]})
    return Q(**criteres, **{f"{partie}__identifiant": identifiant})


def structure(
    partie: str, pk: int | None, type_identifiant: str | None = None, identifiant: str = "", *, siren: bool = False
) -> Q:
    """A party named by its id, else by its identifier; nothing asked by neither."""
    if pk:
        return par_id(partie, [pk], siren=siren)
    if identifiant:
        return par_identifiant(partie, identifiant, type_identifiant or "", siren=siren)
    return Q()
