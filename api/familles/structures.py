"""API Structures: the chain that AIFE documents, search → parameters → services → service (api.md §8)."""

from datetime import date, datetime
from typing import Annotated

from django.db.models import Case, F, IntegerField, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from api import annuaire
from api.entree import Booleen, Entier, Entree, Pagination, Parmi, Texte
from api.listes import rien
from api.registre import Appel, Contenu, operation
from api.sortie import a_minuit, instant, rechercher, trier
from structures import queries_annuaire
from structures.enums import EtatService, EtatStructure, Nature, TypeActe, TypeIdentifiant
from structures.models import ActeGestion, CompteTechnique, Service, Structure
from structures.mots import mots
from structures.pays import CODES, nom
from structures.queries_annuaire import Recherche, identifiant_cherche, mots_cherches

VALMORAN = "00020001400017"


class CriteresStructure(Entree):
    identifiantStructure: Texte = ""
    typeIdentifiantStructure: Annotated[str, Parmi(TypeIdentifiant.values)] | None = None
    raisonSocialeStructure: Texte = ""
    libelleStructure: Texte = ""
    nomStructure: Texte = ""
    prenomStructure: Texte = ""
    adresseCodePostal: Texte = ""
    adresseVille: Texte = ""
    adresseCodePays: Texte = ""
    typeStructure: Annotated[str, Parmi(Nature.values)] | None = None
    statutStructure: Annotated[str, Parmi((EtatStructure.ACTIF.value, EtatStructure.INACTIF.value))] | None = None
    estMOA: Booleen = False
    estMOAUniquement: Booleen = False


class RechercherStructure(Entree):
    structure: CriteresStructure = CriteresStructure()
    restreindreStructuresPrivees: Booleen = True
    parametres: Pagination | None = None


COLONNES = {
    "IdentifiantStructure": "identifiant",
    "DesignationStructure": "raison_sociale",
    "TypeIdentifiantStructure": "type_identifiant",
    "Statut": "etat",
}
_MOTS = {
    "raisonSocialeStructure": "R",
    "libelleStructure": "R",
    "nomStructure": "N",
    "prenomStructure": "P",
    "adresseVille": "V",
}
"""Field → letter of the index of words. The index does not tell the raison sociale from the libellé."""


def _recherche(c: CriteresStructure) -> Recherche | None:
    """What is asked; None: a text of signs only, which nothing answers to."""
    textes = [(getattr(c, champ), lettre) for champ, lettre in _MOTS.items()]
    if any(texte and not mots(texte) for texte, _ in textes):
        return None
    conditions: dict[str, object] = {}
    for colonne, valeur in (
        ("type_identifiant", c.typeIdentifiantStructure),
        ("nature", c.typeStructure),
        ("etat", c.statutStructure),
        ("pays", c.adresseCodePays and nom(c.adresseCodePays.upper())),
        ("avec_moa", c.estMOA),
        ("moa_uniquement", c.estMOAUniquement),
    ):
        if valeur:
            conditions[colonne] = valeur
    return Recherche(
        mots=tuple(mot for texte, lettre in textes for mot in mots_cherches(texte, lettre)),
        identifiant=identifiant_cherche(c.identifiantStructure),
        code_postal=c.adresseCodePostal.replace(" ", "").upper(),
        conditions=conditions,
    )


def _statut(structure: Structure) -> str:
    return "ACTIVE" if structure.est_active else "INACTIVE"


@operation(
    "rechercherStructure",
    "structures",
    "rechercher",
    "Rechercher une structure dans l'annuaire",
    RechercherStructure,
    exemple={
        "structure": {"identifiantStructure": VALMORAN, "typeIdentifiantStructure": "SIRET"},
        "restreindreStructuresPrivees": False,
        "parametres": {"pageResultatDemandee": 1, "nbResultatsParPage": 10},
    },
)
def rechercher_structure(appel: Appel, entree: RechercherStructure) -> Contenu:
    """Begins with the identifier and the words given; restricted: public ones, and those of the account."""
    cherchee = _recherche(entree.structure)
    trouvees = Structure.objects.none() if cherchee is None else queries_annuaire.toutes(cherchee)
    if entree.restreindreStructuresPrivees:
        trouvees = trouvees.filter(Q(nature=Nature.PUBLIQUE) | Q(pk__in=appel.droits.rattachees))
    return rechercher(
        "listeStructures",
        trier(trouvees, entree.parametres, COLONNES, "IdentifiantStructure"),
        entree.parametres,
        lambda s: {
            "idStructureCPP": s.pk,
            "identifiantStructure": s.identifiant,
            "typeIdentifiantStructure": s.type_identifiant,
            "designationStructure": s.raison_sociale,
            "statut": _statut(s),
        },
    )


class ConsulterStructure(Entree):
    idStructureCPP: Entier | None = None
    idStructure: Entier | None = None
    codeLangue: Texte = ""


@operation(
    "consulterStructure",
    "structures",
    "consulter",
    "Consulter une structure et ses paramètres",
    ConsulterStructure,
    exemple={"idStructureCPP": 1, "codeLangue": "fr"},
)
def consulter_structure(appel: Appel, entree: ConsulterStructure) -> Contenu:
    structure = annuaire.structure(entree.idStructureCPP or entree.idStructure, champ="idStructureCPP")
    return {
        "informationGenerales": _generalites(appel, structure),
        "adressePostaleDuSiege": _adresse(structure),
        "parametres": {
            "codeServiceDoitEtreRenseigne": structure.service_obligatoire,
            "numeroEJDoitEtreRenseigne": structure.engagement_obligatoire,
            "gestionNumeroEJOuCodeService": structure.engagement_ou_service,
            "estMoaUniquement": structure.moa_uniquement,
            "getaMoa": structure.avec_moa,
            "estValideurDelegue": structure.valideur_delegue,
            "statutMiseEnPaiementNestPasRemonte": structure.mise_en_paiement_non_remontee,
            "recevoirDonneesViaEDI": structure.recoit_donnees_edi,
            "connexionEDI": structure.emetteur_flux_edi,
            "nonDiffusibleInsee": structure.non_diffusible_insee,
        },
    }


def _generalites(appel: Appel, s: Structure) -> Contenu:
    """The end of the technical password is for those of the structure."""
    expire = None
    if s.pk in appel.droits.rattachees:
        expire = CompteTechnique.objects.filter(structure=s).aggregate(premier=Min("expire_le"))["premier"]
    return {
        "idStructureCPP": s.pk,
        "idStructureOrigine": s.origine_id,
        "identifiantStructure": s.identifiant,
        "typeIdentifiantStructure": s.type_identifiant,
        "structurePriveePublique": s.nature,
        "raisonSocialeStructure": s.raison_sociale,
        "libelleStructure": s.libelle,
        "nomStructure": s.nom,
        "prenomStructure": s.prenom,
        "emailStructure": s.email,
        "numeroRcsStructure": s.numero_rcs,
        "numeroTVA": s.numero_tva,
        "estValideurDeleguee": s.valideur_delegue,
        "dateExpirationMotPasseCompteTech": instant(expire),
        "listeStructureDupliquees": [
            {"structureDupliquee": pk}
            for pk in Structure.objects.filter(origine=s).order_by("pk").values_list("pk", flat=True)
        ],
    }


def _adresse(s: Structure) -> Contenu:
    return {
        "adresse": s.adresse,
        "complementAdresse1": s.complement_adresse,
        "codePostal": s.code_postal,
        "ville": s.ville,
        "pays": CODES.get(s.pays, s.pays),
        "telephone": s.telephone,
        "fax": s.fax,
    }


class RechercherServices(Entree):
    idStructure: Entier | None = None
    parametresRechercherServicesStructure: Pagination | None = None


_SANS_DEBUT, _SANS_FIN = date(1, 1, 1), date(9999, 12, 31)
COLONNES_SERVICES = {
    "CodeService": "code",
    "LibelleService": "libelle",
    "DateDbtService": "tri_debut",
    "DateFinService": "tri_fin",
    "EstActif": "tri_actif",
}


def _services(structure: Structure) -> QuerySet[Service]:
    """A service without limit began before the others, and ends after them."""
    services: QuerySet[Service] = Service.objects.filter(structure=structure).exclude(etat=EtatService.SUPPRIME)
    return services.annotate(
        tri_debut=Coalesce(F("debut"), Value(_SANS_DEBUT)),
        tri_fin=Coalesce(F("fin"), Value(_SANS_FIN)),
        tri_actif=Case(When(queries_annuaire.actif_ce_jour(), then=1), default=0, output_field=IntegerField()),
    )


@operation(
    "rechercherServicesStructure",
    "structures",
    "rechercher/services",
    "Lister les services d'une structure",
    RechercherServices,
    exemple={"idStructure": 1, "parametresRechercherServicesStructure": {"nbResultatsParPage": 10}},
)
def rechercher_services(appel: Appel, entree: RechercherServices) -> Contenu:
    demande = entree.parametresRechercherServicesStructure
    structure = annuaire.structure(entree.idStructure, vide=rien("listeServices", demande))
    return rechercher(
        "listeServices",
        trier(_services(structure), demande, COLONNES_SERVICES, "CodeService"),
        demande,
        lambda s: {
            "idService": s.pk,
            "codeService": s.code,
            "libelleService": s.libelle,
            "estActif": bool(s.tri_actif),
            "statutService": s.etat,
        },
    )


class ConsulterService(Entree):
    idStructure: Entier | None = None
    idService: Entier | None = None
    codeLangue: Texte = ""


@operation(
    "consulterServiceStructure",
    "structures",
    "consulter/service",
    "Consulter un service et ce qu'il exige",
    ConsulterService,
    exemple={"idStructure": 1, "idService": 1, "codeLangue": "fr"},
)
def consulter_service(appel: Appel, entree: ConsulterService) -> Contenu:
    """A service of this structure; the structure may be left out, its service says which."""
    if not entree.idService:
        raise annuaire.manquant("idService")
    services = Service.objects.select_related("structure").filter(pk=entree.idService)
    if entree.idStructure:
        services = services.filter(structure=annuaire.structure(entree.idStructure))
    service = services.exclude(etat=EtatService.SUPPRIME).first()
    if service is None:
        raise annuaire.inconnu("idService", entree.idService, "aucun service")
    return {
        "informationsGenerales": {
            "codeService": service.code,
            "nomService": service.libelle,
            "descriptionService": service.description,
        },
        "adressePostale": {"adresse": service.adresse, "telephone": service.telephone},
        "parametres": {
            "dateCreation": instant(service.cree_le or service.structure.cree_le),
            "dateModification": instant(_modifie_le(service)),
            "dateDebutValidite": instant(a_minuit(service.debut)),
            "dateFinValidite": instant(a_minuit(service.fin)),
            "miseEnPaiement": service.mise_en_paiement,
            "numeroEngagement": service.engagement_obligatoire,
        },
    }


_MODIFICATIONS = (TypeActe.SERVICE_MODIFIE, TypeActe.SERVICE_ACTIVE, TypeActe.SERVICE_DESACTIVE)


def _modifie_le(service: Service) -> datetime | None:
    """As « Historique » says; its lines name a service by its code, then maybe its libellé."""
    actes = ActeGestion.objects.filter(
        Q(objet=service.code) | Q(objet__startswith=f"{service.code} – "),
        structure=service.structure,
        type__in=_MODIFICATIONS,
    )
    return actes.order_by("-pk").values_list("survenu_le", flat=True).first()
