"""What an account holds on a structure: its services, its espaces (api.md §8)."""

from typing import Annotated, Any

from accounts.models import Compte
from api import annuaire
from api.entree import Entier, Entree, Pagination, Parmi, Texte
from api.erreurs import RIEN_TROUVE, Refus
from api.espaces import LIBELLES, NUMEROS
from api.listes import rechercher, rien
from api.registre import Appel, Contenu, operation
from api.sortie import a_minuit, instant
from structures import queries
from structures.enums import StatutRattachement, TypeIdentifiant
from structures.models import Rattachement, RattachementService


class StructureDe(Entree):
    """A structure by its id, else by its identifier."""

    idStructure: Entier | None = None
    identifiantStructure: Texte = ""
    typeIdentifiantStructure: Annotated[str, Parmi(TypeIdentifiant.values)] | None = None


class RattachementsUtilisateur(StructureDe):
    idUtilisateur: Entier | None = None
    adresseEmailConnexionUtilisateur: Texte = ""
    parametresListerRattachementsStructureUtilisateur: Pagination | None = None


def _compte(appel: Appel, entree: RattachementsUtilisateur) -> Compte | None:
    """The person named, else the technical account itself."""
    if entree.idUtilisateur:
        return Compte.objects.filter(pk=entree.idUtilisateur).first()
    if entree.adresseEmailConnexionUtilisateur:
        return Compte.objects.filter(login_email=entree.adresseEmailConnexionUtilisateur).first()
    return appel.compte


@operation(
    "listerRattachementsStructureUtilisateur",
    "structures",
    "lister/rattachementsutilisateur",
    "Lister les services auxquels un utilisateur de votre structure est rattaché",
    RattachementsUtilisateur,
    exemple={"idStructure": 1, "adresseEmailConnexionUtilisateur": "stagiaire01@session.example"},
)
def rattachements_utilisateur(appel: Appel, entree: RattachementsUtilisateur) -> Contenu:
    """``premierService``: no service of this structure is validated for him yet (sandbox decision)."""
    demande = entree.parametresListerRattachementsStructureUtilisateur
    vide = rien("listeServices", demande)
    structure = annuaire.structure(
        entree.idStructure, entree.identifiantStructure, entree.typeIdentifiantStructure or "", vide=vide
    )
    annuaire.la_sienne(appel, structure, **vide)
    compte = _compte(appel, entree)
    liens = Rattachement.objects.filter(structure=structure, compte=compte)
    if compte is None or not liens.exists():
        raise Refus(*RIEN_TROUVE, "Cet utilisateur n'est pas rattaché à cette structure.", **vide)
    services = list(RattachementService.objects.filter(rattachement__in=liens).select_related("service"))
    contenu: Contenu = {
        "idStructure": structure.pk,
        "identifiantStructure": structure.identifiant,
        "designationStructure": structure.raison_sociale,
        "premierService": not any(s.statut == StatutRattachement.VALIDEE for s in services),
    }
    if not services:
        raise Refus(*RIEN_TROUVE, "Cet utilisateur est rattaché à toute la structure.", **(vide | contenu))
    lignes = (
        {
            "idRattachement": s.pk,
            "idService": s.service_id,
            "codeService": s.service.code,
            "nomService": s.service.libelle,
            "dateDebut": instant(a_minuit(s.debut)),
            "dateFin": instant(a_minuit(s.fin)),
            "statutRattachement": s.statut,
            "commentaire": s.commentaire,
        }
        for s in services
    )
    return contenu | rechercher("listeServices", lignes, demande, ("codeService", "nomService", "statutRattachement"))


class RechercherEspaces(Entree):
    structure: StructureDe = StructureDe()
    idService: Entier | None = None
    parametresRechercherEspaces: Pagination | None = None


COLONNES_ESPACES = (
    *("codeEspace", "libelleEspace", "codeService", "libelleService"),
    *("idEspaceFo", "idService", "etatCourant", "typeHabilitation"),
)


@operation(
    "rechercherEspaces",
    "structures",
    "rechercher/espaces",
    "Lister les espaces de votre structure auxquels le compte est habilité",
    RechercherEspaces,
    exemple={"structure": {"idStructure": 1}},
    depreciee=True,
)
def rechercher_espaces(appel: Appel, entree: RechercherEspaces) -> Contenu:
    """An espace is a profile that the account holds here, on the whole structure or on a service."""
    demande, visee = entree.parametresRechercherEspaces, entree.structure
    vide = rien("listeEspace", demande)
    structure = annuaire.structure(
        visee.idStructure, visee.identifiantStructure, visee.typeIdentifiantStructure or "", vide=vide
    )
    annuaire.la_sienne(appel, structure, **vide)
    tenues = (
        queries.en_vigueur()
        .filter(rattachement__compte=appel.technique.compte_id, rattachement__structure=structure)
        .select_related("service")
    )
    if entree.idService:
        tenues = tenues.filter(service=entree.idService)
    return rechercher("listeEspace", (_espace(tenue) for tenue in tenues), demande, COLONNES_ESPACES)


def _espace(tenue: Any) -> Contenu:
    return {
        "idEspaceFo": tenue.pk,
        "codeEspace": NUMEROS[tenue.profil],
        "libelleEspace": LIBELLES[tenue.profil],
        "idService": tenue.service_id,
        "codeService": tenue.service and tenue.service.code,
        "libelleService": tenue.service and tenue.service.libelle,
        "etatCourant": "ACTIVE",
        "typeHabilitation": tenue.niveau,
    }
