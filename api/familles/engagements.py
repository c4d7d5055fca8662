"""API Engagements juridiques: clients check the number of an order before they send its invoice (api.md §9)."""

from django.db.models import Q, QuerySet

from api.entree import Date, Entree, Montant, Pagination, Texte
from api.registre import Appel, Contenu, operation
from api.sortie import rechercher, trier
from structures.enums import Nature
from structures.models import Engagement, Structure
from structures.queries_annuaire import identifiant_cherche

COMMANDE, BON_DE_COMMANDE = "COMMANDE", "BON_DE_COMMANDE"
"""Every engagement of the sandbox is an order, under way."""


class RechercherEngagements(Entree):
    """Dates and amounts are read, and filter nothing: the sandbox gives engagements neither."""

    numeroEngagementJuridique: Texte = ""
    structureReceptriceEngagementJuridique: Texte = ""
    etatCourantEngagementJuridique: Texte = COMMANDE
    periodeDateNotificationEJDu: Date | None = None
    periodeDateNotificationEJAu: Date | None = None
    montantTTCMin: Montant | None = None
    montantTTCMax: Montant | None = None
    parametresRecherche: Pagination | None = None


COLONNES = {
    "DateCreationEJ": "pk",
    "NumeroEngagementJuridique": "numero",
    "StructureReceptrice": "structure__raison_sociale",
    "CodeServiceExecutant": "service__code",
}
_ID_MAX = 18
"""Digits of an id: a SIRET has fewer, so that both are looked for."""


def _receptrice(texte: str) -> Q:
    """Engagements of the public body named by its id, SIRET or name.

    Clients also put their own structure there: a private one, which no engagement names, filters nothing.
    """
    nommee = Q(identifiant=identifiant_cherche(texte)) | Q(raison_sociale=texte)
    if texte.isascii() and texte.isdigit() and len(texte) <= _ID_MAX:
        nommee |= Q(pk=int(texte))
    trouvees = dict(Structure.objects.filter(nommee).values_list("pk", "nature"))
    if Nature.PRIVEE in trouvees.values():
        return Q()
    return Q(structure__in=list(trouvees))


def _engagements(entree: RechercherEngagements) -> QuerySet[Engagement]:
    """Only the State's are known to the portal."""
    tous: QuerySet[Engagement] = Engagement.objects.filter(structure__etat_public=True)
    if entree.etatCourantEngagementJuridique != COMMANDE:
        return tous.none()
    if entree.numeroEngagementJuridique:
        tous = tous.filter(numero=entree.numeroEngagementJuridique)
    if entree.structureReceptriceEngagementJuridique:
        tous = tous.filter(_receptrice(entree.structureReceptriceEngagementJuridique))
    return tous.select_related("structure", "service")


@operation(
    "rechercherEngagementJuridique",
    "engagementsJuridiques",
    "rechercher",
    "Rechercher un engagement juridique de l'État",
    RechercherEngagements,
    exemple={
        "numeroEngagementJuridique": "1500261234",
        "structureReceptriceEngagementJuridique": "00020004800015",
        "etatCourantEngagementJuridique": COMMANDE,
    },
)
def rechercher_engagements(appel: Appel, entree: RechercherEngagements) -> Contenu:
    demande = entree.parametresRecherche
    return rechercher(
        "listeEngagementJuridique",
        trier(_engagements(entree), demande, COLONNES, "DateCreationEJ"),
        demande,
        lambda e: {
            "idEngagementJuridique": e.pk,
            "numeroEngagementJuridique": e.numero,
            "libelleTypeEngagementJuridique": BON_DE_COMMANDE,
            "structureReceptrice": e.structure.raison_sociale,
            "codeServiceExecutant": e.service and e.service.code,
            "libelleServiceExecutant": e.service and e.service.libelle,
            "libelleEtatCourantEJ": COMMANDE,
        },
    )
