"""Searches of the recipient (api.md §6.5): page fields at the root of the first, in an object of the second."""

from typing import Annotated

from django.db.models import Q

from api import criteres, lignes
from api.criteres import Cadre, Ids, Statuts, TypesTravaux
from api.entree import AuPlus, Booleen, Date, Entier, Entree, Montant, Pagination, Parmi, Texte
from api.registre import Appel, Contenu, operation
from invoices import queries_espaces as espaces
from invoices import queries_recues as recues
from invoices.enums import Espace, TypeFacture

# mypy: disable-error-code="valid-type"


class FournisseurCherche(Entree):
    idFournisseur: Entier | None = None
    listeIdService: Ids = ()


class RechercherRecipiendaire(Entree):
    idUtilisateurCourant: Entier | None = None
    typeDemandePaiement: Annotated[str, Parmi(("FACTURE", "FACTURE_TRAVAUX"))] | None = None
    idDestinataire: Entier | None = None
    idServiceExecutant: Entier | None = None
    numeroFacture: Texte = ""
    periodeDateDepotDu: Date | None = None
    periodeDateDepotAu: Date | None = None
    listeTypeFacture: Annotated[tuple[Annotated[str, Parmi(TypeFacture.values)], ...], AuPlus()] = ()
    listeTypeFactureTravaux: TypesTravaux = ()
    listeFournisseurs: Annotated[tuple[FournisseurCherche, ...], AuPlus(criteres.CRITERES_MAX)] = ()
    rechercheSirenFournisseur: Booleen = False
    idStructureValideur: Entier | None = None
    cadreFacturation: Cadre | None = None
    statutCourant: Statuts = ()
    periodeDateFactureDu: Date | None = None
    periodeDateFactureAu: Date | None = None
    montantHTMin: Montant | None = None
    montantHTMax: Montant | None = None
    montantTTCMin: Montant | None = None
    montantTTCMax: Montant | None = None
    montantApayerMin: Montant | None = None
    montantApayerMax: Montant | None = None
    numeroMarche: Texte = ""
    numeroBonCommande: Texte = ""
    factureTelechargeeParDestinataire: Booleen | None = None
    recupererTaille: Booleen = False
    periodeDateHeureEtatCourantDu: Date | None = None
    periodeDateHeureEtatCourantAu: Date | None = None
    paramRecherche: Pagination | None = None


def _fournisseurs(entree: RechercherRecipiendaire) -> Q:
    """One of these suppliers, on these services of his when some are named."""
    simples: list[int] = []
    trouve = Q()
    for cherche in entree.listeFournisseurs:
        if not cherche.listeIdService:
            simples += [cherche.idFournisseur] if cherche.idFournisseur else []
            continue
        du_service = Q(service_fournisseur__in=cherche.listeIdService)
        if cherche.idFournisseur:
            siren = entree.rechercheSirenFournisseur
            du_service &= criteres.par_id("fournisseur", [cherche.idFournisseur], siren=siren)
        trouve |= du_service
    if simples:
        trouve |= criteres.par_id("fournisseur", simples, siren=entree.rechercheSirenFournisseur)
    return trouve


@operation(
    "rechercherFactureRecipiendaire",
    "factures",
    "rechercher/recipiendaire",
    "Rechercher parmi les factures reçues",
    RechercherRecipiendaire,
    exemple={
        "periodeDateHeureEtatCourantDu": "2026-12-01",
        "periodeDateHeureEtatCourantAu": "2026-12-31",
        "paramRecherche": {"pageResultatDemandee": 1, "nbResultatsParPage": 1000},
    },
)
def rechercher_recipiendaire(appel: Appel, entree: RechercherRecipiendaire) -> Contenu:
    types = criteres.types(entree.listeTypeFacture, entree.listeTypeFactureTravaux)
    trouvees = espaces.visibles(appel.droits, Espace.RECUES).filter(
        criteres.filtre(entree), types, _fournisseurs(entree)
    )
    if entree.idDestinataire:
        trouvees = trouvees.filter(destinataire=entree.idDestinataire)
    if entree.factureTelechargeeParDestinataire is not None:
        trouvees = trouvees.filter(telechargee=entree.factureTelechargeeParDestinataire)
    taille = entree.recupererTaille
    return lignes.rechercher(trouvees, entree.paramRecherche, lignes.RECIPIENDAIRE, taille=taille, racine=True)


class ATraiterRecipiendaire(Entree):
    idUtilisateurCourant: Entier | None = None
    idStructure: Entier | None = None
    recupererTaille: Booleen = False
    parametreRechercheFactureATraiterParRecipiendaire: Pagination | None = None


@operation(
    "rechercherFactureATraiterParRecipiendaire",
    "factures",
    "rechercher/atraiter/recipiendaire",
    "Lister les factures reçues à traiter",
    ATraiterRecipiendaire,
    exemple={"parametreRechercheFactureATraiterParRecipiendaire": {"nbResultatsParPage": 10}},
    depreciee=True,
)
def a_traiter_recipiendaire(appel: Appel, entree: ATraiterRecipiendaire) -> Contenu:
    trouvees = recues.a_traiter(appel.droits)
    if entree.idStructure:
        trouvees = trouvees.filter(destinataire=entree.idStructure)
    demande = entree.parametreRechercheFactureATraiterParRecipiendaire
    return lignes.rechercher(trouvees, demande, lignes.RECIPIENDAIRE, taille=entree.recupererTaille)
