"""API Utilisateurs: the attachments of the calling account (api.md §9)."""

from django.db.models import Prefetch

from accounts.enums import EtatCompte
from api.entree import Entree, Pagination
from api.registre import Appel, Contenu, operation
from api.sortie import a_minuit, minute, rechercher, trier
from structures.enums import Role, StatutRattachement
from structures.models import Rattachement, RattachementService


class RattachementsMonCompte(Entree):
    parametresRecherche: Pagination | None = None


COLONNES = {
    "IdStructure": "structure",
    "IdentifiantStructure": "structure__identifiant",
    "DesignationStructure": "structure__raison_sociale",
    "TypeIdentifiantStructure": "structure__type_identifiant",
    "RoleUtilisateur": "role",
    "StatutRattachementStructure": "statut",
}


@operation(
    "recupererRattachementsMonCompteUtilisateur",
    "utilisateurs",
    "monCompte/recuperer/rattachements",
    "Lister les structures auxquelles le compte est rattaché",
    RattachementsMonCompte,
    exemple={"parametresRecherche": {"triColonne": "IdStructure", "triSens": "Ascendant"}},
)
def rattachements(appel: Appel, entree: RattachementsMonCompte) -> Contenu:
    """Valid attachments, and the services that each names: none bears on the whole structure."""
    services = RattachementService.objects.select_related("service").order_by("service__code", "pk")
    liens = (
        Rattachement.objects.filter(compte=appel.technique.compte_id, statut=StatutRattachement.VALIDEE)
        .select_related("structure")
        .prefetch_related(Prefetch("services", services))
    )
    demande = entree.parametresRecherche
    # A technical account is one that works.
    etat = appel.compte.etat
    statut = EtatCompte.ACTIF if etat == EtatCompte.TECHNIQUE else etat
    return rechercher(
        "listeStructureRattachement",
        trier(liens, demande, COLONNES, "IdStructure"),
        demande,
        lambda lien: _lien(lien) | {"statutUtilisateur": statut},
    )


def _lien(lien: Rattachement) -> Contenu:
    return {
        "idRattachementStructure": lien.pk,
        "idStructure": lien.structure_id,
        "identifiantStructure": lien.structure.identifiant,
        "typeIdentifiantStructure": lien.structure.type_identifiant,
        "designationStructure": lien.structure.raison_sociale,
        "roleUtilisateur": Role(lien.role).name,
        "statutRattachementStructure": lien.statut,
        "listeServicesRattache": [_service(rattache) for rattache in lien.services.all()],
    }


def _service(rattache: RattachementService) -> Contenu:
    service = rattache.service
    return {
        "idRattachementService": rattache.pk,
        "idService": service.pk,
        "codeService": service.code,
        "libelleService": service.libelle,
        "dateDbtService": minute(a_minuit(service.debut)),
        "dateFinService": minute(a_minuit(service.fin)),
        "estActif": service.est_actif,
        "statutService": service.etat,
        "statutRattachementService": rattache.statut,
    }
