"""Searches of the issuer (api.md §6.4)."""

from typing import Annotated

from django.db.models import Q

from api import criteres, lignes
from api.criteres import Cadre, Ids, ModeDepot, Statuts, TypeFacture
from api.entree import AuPlus, Booleen, Date, Entier, Entree, Montant, Pagination, Texte
from api.registre import Appel, Contenu, operation
from invoices import queries_espaces as espaces
from invoices import queries_suivi as suivi
from invoices.enums import Espace, Statut

# mypy: disable-error-code="valid-type"


class DestinataireCherche(Entree):
    idDestinataire: Entier | None = None
    listeIdServiceExecutant: Ids = ()
    raisonSocialeStuctDmd: Texte = ""


class RechercherFournisseur(Entree):
    idUtilisateurCourant: Entier | None = None
    listeDestinataire: Annotated[tuple[DestinataireCherche, ...], AuPlus(criteres.CRITERES_MAX)] = ()
    rechercheSirenDestinataire: Booleen = False
    numeroFacture: Texte = ""
    periodeDateDepotDu: Date | None = None
    periodeDateDepotAu: Date | None = None
    typeFacture: TypeFacture | None = None
    idFournisseur: Entier | None = None
    idServiceFournisseur: Entier | None = None
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
    coordonneeBancaire: Entier | None = None
    idUtilisateurCreateur: Ids = ()
    numeroMarche: Texte = ""
    numeroBonCommande: Texte = ""
    numeroFactureOrigine: Texte = ""
    modeDepot: ModeDepot | None = None
    numeroFluxDepot: Texte = ""
    recupererTaille: Booleen = False
    periodeDateHeureEtatCourantDu: Date | None = None
    periodeDateHeureEtatCourantAu: Date | None = None
    rejetTraite: Booleen | None = None
    rechercheFactureParFournisseur: Pagination | None = None


def _destinataires(entree: RechercherFournisseur) -> Q:
    """One of these recipients, on these services of his when some are named."""
    simples: list[int] = []
    trouve = Q()
    for cherche in entree.listeDestinataire:
        criteres_de_lui = Q()
        if cherche.raisonSocialeStuctDmd:
            # A name is one, whatever its punctuation.
            nom = cherche.raisonSocialeStuctDmd.replace(",", " ").replace(";", " ")
            criteres_de_lui &= suivi.partie("destinataire", nom[: criteres.TEXTE_MAX])
        if cherche.listeIdServiceExecutant:
            criteres_de_lui &= Q(service__in=cherche.listeIdServiceExecutant)
        if not criteres_de_lui:
            simples += [cherche.idDestinataire] if cherche.idDestinataire else []
            continue
        if cherche.idDestinataire:
            siren = entree.rechercheSirenDestinataire
            criteres_de_lui &= criteres.par_id("destinataire", [cherche.idDestinataire], siren=siren)
        trouve |= criteres_de_lui
    if simples:
        trouve |= criteres.par_id("destinataire", simples, siren=entree.rechercheSirenDestinataire)
    return trouve


def _rejet(entree: RechercherFournisseur, regime: str) -> Q:
    """« false » asks for nothing, unless rejected ones are asked for (api.md §6.4)."""
    if entree.rejetTraite:
        return (Q(statut=Statut.REJETEE) | suivi.refus_definitif(regime)) & Q(rejet_traite=True)
    if entree.rejetTraite is False and Statut.REJETEE in entree.statutCourant:
        return Q(rejet_traite=False)
    return Q()


@operation(
    "rechercherFactureParFournisseur",
    "factures",
    "rechercher/fournisseur",
    "Rechercher parmi les factures émises",
    RechercherFournisseur,
    exemple={
        "numeroFluxDepot": "CPP0011117000000000000042",
        "rechercheFactureParFournisseur": {"pageResultatDemandee": 1, "nbResultatsParPage": 10},
    },
)
def rechercher_fournisseur(appel: Appel, entree: RechercherFournisseur) -> Contenu:
    visibles = espaces.visibles(appel.droits, Espace.EMISES)
    trouvees = visibles.filter(criteres.filtre(entree), _destinataires(entree), _rejet(entree, appel.cohort.regime))
    if entree.idFournisseur:
        trouvees = trouvees.filter(fournisseur=entree.idFournisseur)
    demande = entree.rechercheFactureParFournisseur
    return lignes.rechercher(trouvees, demande, lignes.FOURNISSEUR, taille=entree.recupererTaille)


class ATraiterFournisseur(Entree):
    idUtilisateurCourant: Entier | None = None
    idStructure: Entier | None = None
    masquerRejetee: Booleen = False
    recupererTaille: Booleen = False
    rechercheFactureATraiterParFournisseur: Pagination | None = None


@operation(
    "rechercherFactureATraiterParFournisseur",
    "factures",
    "rechercher/atraiter/fournisseur",
    "Lister les factures émises à traiter, et celles qui sont en cours",
    ATraiterFournisseur,
    exemple={"masquerRejetee": False, "rechercheFactureATraiterParFournisseur": {"nbResultatsParPage": 10}},
    depreciee=True,
)
def a_traiter_fournisseur(appel: Appel, entree: ATraiterFournisseur) -> Contenu:
    """The portal's two blocks in one list (factures.md §6.1)."""
    regime = appel.cohort.regime
    trouvees = espaces.visibles(appel.droits, Espace.EMISES).filter(suivi.a_traiter(regime) | suivi.en_cours(regime))
    if entree.idStructure:
        trouvees = trouvees.filter(fournisseur=entree.idStructure)
    if entree.masquerRejetee:
        trouvees = trouvees.exclude(statut=Statut.REJETEE)
    demande = entree.rechercheFactureATraiterParFournisseur
    return lignes.rechercher(trouvees, demande, lignes.A_TRAITER_FOURNISSEUR, taille=entree.recupererTaille)
