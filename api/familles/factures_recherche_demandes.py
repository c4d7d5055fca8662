"""rechercherDemandePaiement: every role at once, live and archived (api.md §6.6).

No such request asks for a page: the newest ones are given, ``total`` says how many there are.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated

from django.db.models import Case, CharField, Q, Value, When

from api import criteres, lignes
from api.criteres import Cadre, Statuts, TypeDemande, TypeFacture, TypeId, TypeTravaux
from api.entree import Booleen, Date, Entier, Entree, Montant, Parmi, Texte
from api.erreurs import RIEN_TROUVE, Refus
from api.registre import Appel, Contenu, operation
from api.sortie import trier
from invoices import queries_espaces as espaces
from invoices import queries_suivi as suivi
from invoices.enums import Espace
from invoices.models import Facture, FactureQuerySet

# mypy: disable-error-code="valid-type"

MAXIMUM = 1000
ROLES: dict[str, Espace | None] = {
    "FOURNISSEUR": Espace.EMISES,
    "MOE": None,
    "MOA": None,
    "VALIDEUR": Espace.A_VALIDER,
    "DESTINATAIRE": Espace.RECUES,
}
"""Application that each role reads; none for those of works."""
VIVANTE, ARCHIVE = "DEMANDE_PAIEMENT", "DP_ARCHIVE"


class StructureFournisseur(Entree):
    idStructureFournisseur: Entier | None = None
    typeIdentifiantStructureFournisseur: TypeId | None = None
    identifiantStructureFournisseur: Texte = ""


class StructureMoe(Entree):
    idStructureMoe: Entier | None = None
    typeIdentifiantStructureMoe: TypeId | None = None
    identifiantStructureMoe: Texte = ""


class StructureMoa(Entree):
    idStructureMoa: Entier | None = None
    typeIdentifiantStructureMoa: TypeId | None = None
    identifiantStructureMoa: Texte = ""


class StructureValideur(Entree):
    idStructureValideur: Entier | None = None
    typeIdentifiantStructureValideur: TypeId | None = None
    identifiantStructureValideur: Texte = ""


class StructureDestinataire(Entree):
    idStructureDestinataire: Entier | None = None
    typeIdentifiantStructureDestinataire: TypeId | None = None
    identifiantStructureDestinataire: Texte = ""


class RechercherDemandes(Entree):
    roleUtilisateur: Annotated[str, Parmi(tuple(ROLES))] | None = None
    numeroFacture: Texte = ""
    typeDemandePaiement: TypeDemande | None = None
    typeFacture: TypeFacture | None = None
    typeFactureTravaux: TypeTravaux | None = None
    cadreFacturation: Cadre | None = None
    statutCourant: Statuts = ()
    periodeDateHeureEtatCourantDu: Date | None = None
    periodeDateHeureEtatCourantAu: Date | None = None
    periodeDateFournisseurDu: Date | None = None
    periodeDateFournisseurAu: Date | None = None
    periodeDateDepotDu: Date | None = None
    periodeDateDepotAu: Date | None = None
    montantHTMin: Montant | None = None
    montantHTMax: Montant | None = None
    montantTTCMin: Montant | None = None
    montantTTCMax: Montant | None = None
    montantAPayerMin: Montant | None = None
    montantAPayerMax: Montant | None = None
    numeroMarche: Texte = ""
    numeroBonCommande: Texte = ""
    numeroFactureOrigine: Texte = ""
    structureFournisseur: StructureFournisseur = StructureFournisseur()
    rechercheSirenFournisseur: Booleen = False
    idServiceFournisseur: Entier | None = None
    structureMoe: StructureMoe = StructureMoe()
    idServiceMoe: Entier | None = None
    structureMoa: StructureMoa = StructureMoa()
    idServiceMoa: Entier | None = None
    structureValideur: StructureValideur = StructureValideur()
    structureDestinataire: StructureDestinataire = StructureDestinataire()
    rechercheSirenDestinataire: Booleen = False
    idServiceDestinataire: Entier | None = None
    dpOuDpArchive: Annotated[str, Parmi((VIVANTE, ARCHIVE))] | None = None
    numeroDossierFacturation: Texte = ""
    numeroFactureMemoire: Texte = ""
    numeroDpMandat: Texte = ""


def _visibles(appel: Appel, role: str | None) -> FactureQuerySet:
    """Under this role, or under any."""
    lus = [ROLES[role]] if role else [Espace.EMISES, Espace.RECUES, Espace.A_VALIDER]
    visibles: FactureQuerySet = reduce(
        or_, (espaces.visibles(appel.droits, espace) for espace in lus if espace), Facture.objects.none()
    )
    return visibles


def _structures(entree: RechercherDemandes) -> Q:
    fournisseur, destinataire = entree.structureFournisseur, entree.structureDestinataire
    valideur = entree.structureValideur
    son_identite = (
        valideur.idStructureValideur,
        valideur.typeIdentifiantStructureValideur,
        valideur.identifiantStructureValideur,
    )
    return (
        criteres.structure(
            "fournisseur",
            fournisseur.idStructureFournisseur,
            fournisseur.typeIdentifiantStructureFournisseur,
            fournisseur.identifiantStructureFournisseur,
            siren=entree.rechercheSirenFournisseur,
        )
        & criteres.structure(
            "destinataire",
            destinataire.idStructureDestinataire,
            destinataire.typeIdentifiantStructureDestinataire,
            destinataire.identifiantStructureDestinataire,
            siren=entree.rechercheSirenDestinataire,
        )
        & (criteres.structure("valideur", *son_identite) | criteres.structure("valideur_2", *son_identite))
    )


def _vie(entree: RechercherDemandes, archivees: Q) -> Q:
    """Both lives unless one is asked for."""
    if entree.dpOuDpArchive is None:
        return Q()
    return archivees if entree.dpOuDpArchive == ARCHIVE else ~archivees


@operation(
    "rechercherDemandePaiement",
    "factures",
    "rechercher/demandePaiement",
    "Rechercher les demandes de paiement, quel que soit son rôle",
    RechercherDemandes,
    exemple={"roleUtilisateur": "FOURNISSEUR", "periodeDateDepotDu": "2026-12-01"},
)
def rechercher_demandes(appel: Appel, entree: RechercherDemandes) -> Contenu:
    archivees = suivi.archivees(appel.cohort.regime)
    trouvees = _visibles(appel, entree.roleUtilisateur).filter(
        criteres.filtre(entree), _structures(entree), _vie(entree, archivees)
    )
    total = trouvees.count()
    if not total:
        raise Refus(*RIEN_TROUVE, "La recherche ne trouve rien : élargissez ses critères.", **_contenu([], 0))
    champs = {
        **lignes.DEMANDE,
        "nombreResultatTotal": lignes.toujours(str(total)),
        "dpOuDpArchive": lignes.Champ(("_vie",)),
    }
    vie = Case(When(archivees, then=Value(ARCHIVE)), default=Value(VIVANTE), output_field=CharField())
    premieres = trier(trouvees, None, {"DateDepot": "date_depot"}, "DateDepot")[:MAXIMUM]
    return _contenu(lignes.lire(champs, premieres, _vie=vie), total)


def _contenu(demandes: Iterable[Contenu], total: int) -> Contenu:
    return {"listeDemandePaiement": list(demandes), "total": total}
