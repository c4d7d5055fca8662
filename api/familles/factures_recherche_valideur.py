"""Searches of the valideur, and the statuses that he sees (api.md §6.6)."""

from typing import Annotated

from django.db.models import Q

from accounts.profils import Profil
from api import criteres, lignes
from api.criteres import Cadre, Statuts, TypeDemande, TypeFacture, TypeId, TypesTravaux
from api.entree import AuPlus, Booleen, Date, Entier, Entree, Montant, Pagination, Texte
from api.registre import Appel, Contenu, operation
from invoices import queries_espaces as espaces
from invoices import queries_validation as validation
from invoices.enums import DE_VALIDATION, VISIBLES, Espace, Statut
from invoices.models import FactureQuerySet

# mypy: disable-error-code="valid-type"


def _repondre(appel: Appel, trouvees: FactureQuerySet, demande: Pagination | None) -> Contenu:
    miennes = appel.droits.structures(Profil.FACTURES_A_VALIDER)
    return lignes.rechercher(trouvees, demande, lignes.valideur(miennes))


class ATraiterValideur(Entree):
    idUtilisateurCourant: Entier | None = None
    idStructure: Entier | None = None
    typeIdentifiantStructure: TypeId | None = None
    identifiantStructure: Texte = ""
    pagination: Pagination | None = None


@operation(
    "rechercherFactureATraiterParValideur",
    "factures",
    "rechercher/aTraiter/valideur",
    "Lister les factures à valider",
    ATraiterValideur,
    exemple={"pagination": {"pageResultatDemandee": 1, "nbResultatsParPage": 10}},
)
def a_traiter_valideur(appel: Appel, entree: ATraiterValideur) -> Contenu:
    """Of a structure: those on which this very structure is awaited."""
    trouvees = validation.a_traiter(appel.droits)
    if entree.idStructure or entree.identifiantStructure:
        siennes = Q()
        for statut, (partie, _) in validation.ATTENTES.items():
            elle = criteres.structure(
                partie, entree.idStructure, entree.typeIdentifiantStructure, entree.identifiantStructure
            )
            siennes |= Q(statut=statut) & elle
        trouvees = trouvees.filter(siennes)
    return _repondre(appel, trouvees, entree.pagination)


class RechercherValideur(Entree):
    idUtilisateurCourant: Entier | None = None
    typeDemandePaiement: TypeDemande | None = None
    idDestinataire: Entier | None = None
    rechercheSirenDestinataire: Booleen = False
    idServiceExecutant: Entier | None = None
    numeroFacture: Texte = ""
    periodeDateDepotDu: Date | None = None
    periodeDateDepotAu: Date | None = None
    listeTypeFacture: Annotated[tuple[TypeFacture, ...], AuPlus()] = ()
    listeTypeFactureTravaux: TypesTravaux = ()
    idFournisseur: Entier | None = None
    rechercheSirenFournisseur: Booleen = False
    idServiceFournisseur: Entier | None = None
    idStructureValideur: Entier | None = None
    idStructureMoe: Entier | None = None
    idStructureMoa: Entier | None = None
    cadreFacturation: Cadre | None = None
    statutCourant: Statuts = ()
    periodeDateFactureDu: Date | None = None
    periodeDateFactureAu: Date | None = None
    montantHTMin: Montant | None = None
    montantHTMax: Montant | None = None
    montantTTCMin: Montant | None = None
    montantTTCMax: Montant | None = None
    montantAPayerMin: Montant | None = None
    montantAPayerMax: Montant | None = None
    numeroMarche: Texte = ""
    numeroEngagement: Texte = ""
    pagination: Pagination | None = None


@operation(
    "rechercherFactureParValideur",
    "factures",
    "rechercher/valideur",
    "Rechercher parmi les factures soumises à la validation",
    RechercherValideur,
    exemple={"statutCourant": ["A_VALIDER_1"], "pagination": {"nbResultatsParPage": 10}},
)
def rechercher_valideur(appel: Appel, entree: RechercherValideur) -> Contenu:
    trouvees = espaces.visibles(appel.droits, Espace.A_VALIDER).filter(
        criteres.filtre(entree),
        criteres.types(entree.listeTypeFacture, entree.listeTypeFactureTravaux),
        criteres.structure("destinataire", entree.idDestinataire, siren=entree.rechercheSirenDestinataire),
        criteres.structure("fournisseur", entree.idFournisseur, siren=entree.rechercheSirenFournisseur),
    )
    return _repondre(appel, trouvees, entree.pagination)


class StatutsVisibles(Entree):
    idUtilisateurCourant: Entier | None = None


@operation(
    "recupererStatutsFactureVisiblesParValideur",
    "factures",
    "recuperer/statutsFactureVisibles/valideur",
    "Lister les statuts dans lesquels un valideur voit une facture",
    StatutsVisibles,
)
def statuts_visibles(appel: Appel, entree: StatutsVisibles) -> Contenu:
    """The ten of validation, then those of the recipient (factures.md §5.2)."""
    vus = sorted(
        VISIBLES[Espace.A_VALIDER], key=lambda statut: (statut not in DE_VALIDATION, list(Statut).index(statut))
    )
    return {"listeStatutFacture": [{"codeStatutFacture": str(statut)} for statut in vus]}
