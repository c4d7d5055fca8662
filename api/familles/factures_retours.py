"""completer, recycler, corriger/valideur/facture, traiterRejet (api.md §6.10 F4 to F7; factures.md §7)."""

from typing import Annotated

from django.db import transaction

from api.entree import AuPlus, Entier, Entree, Parmi, Texte
from api.erreurs import SANS_DROIT, refus
from api.familles.factures_entree import PIECES_MAX, PieceComplementaire, pieces, structure_de
from api.registre import Appel, Contenu, operation
from api.services import factures
from api.sortie import jour
from invoices import lifecycle, queries_espaces
from invoices.enums import Acteur, Action, Espace, Statut
from invoices.models import Facture
from invoices.services import retours, validation
from invoices.services.traitement import auteur
from structures.enums import TypeIdentifiant

REJETS_MAX = 500


class Completer(Entree):
    idUtilisateurCourant: Entier | None = None
    identifiantFactureCPP: Entier | None = None
    commentaire: Texte | None = None
    pieceJointeComplementaire: Annotated[tuple[PieceComplementaire, ...], AuPlus(PIECES_MAX)] = ()


@operation(
    "completerFacture",
    "factures",
    "completer",
    "Compléter une facture suspendue",
    Completer,
    ecrit=True,
    exemple={
        "identifiantFactureCPP": 1,
        "commentaire": "Bon de livraison joint",
        "pieceJointeComplementaire": [
            {
                "pieceJointeComplementaireDesignation": "Bon de livraison",
                "pieceJointeComplementaireType": "BON_LIVRAISON",
                "pieceJointeComplementaireId": 1,
            }
        ],
    },
)
@transaction.atomic
def completer(appel: Appel, entree: Completer) -> Contenu:
    """T28. Official codes: 20000, 20001, 20002."""
    facture = factures.verrouiller(appel.droits, entree.identifiantFactureCPP, Espace.EMISES)
    if facture.statut != Statut.SUSPENDUE:
        raise refus(
            "GDP_MSG_11.033",
            "Le statut de la demande de paiement n'est pas défini à « Suspendue ».",
            f"Elle est « {Statut(facture.statut).label} ».",
        )
    complement = retours.Complement(
        fichiers=pieces(appel.technique, entree.pieceJointeComplementaire), commentaire=entree.commentaire
    )
    with factures.refus_traduits():
        ligne = retours.completer(facture.pk, complement, auteur=auteur(appel.compte))
    return {
        "identifiantFactureCPP": facture.pk,
        "numeroFacture": facture.numero,
        "dateTraitement": jour(ligne.survenu_le),
    }


class Destinataire(Entree):
    codeDestinataire: Texte = ""
    codeServiceExecutant: Texte = ""


class ReferenceRecyclee(Entree):
    numeroBonCommande: Texte | None = None


class Recycler(Entree):
    idUtilisateurCourant: Entier | None = None
    identifiantFactureCPP: Entier | None = None
    destinataire: Destinataire | None = None
    commentaire: Texte | None = None
    reference: ReferenceRecyclee = ReferenceRecyclee()


@operation(
    "recyclerFacture",
    "factures",
    "recycler",
    "Envoyer à nouveau une facture à recycler",
    Recycler,
    ecrit=True,
    exemple={
        "identifiantFactureCPP": 1,
        "destinataire": {"codeDestinataire": "00020003000013", "codeServiceExecutant": "COLLEGES"},
        "reference": {"numeroBonCommande": "CMD-2026-01"},
        "commentaire": "Service corrigé",
    },
)
@transaction.atomic
def recycler(appel: Appel, entree: Recycler) -> Contenu:
    """T29: what is not given stays; a recipient comes with its service, none if none is given."""
    facture = factures.verrouiller(appel.droits, entree.identifiantFactureCPP, Espace.EMISES)
    vers = entree.destinataire or Destinataire(codeServiceExecutant=facture.code_service)
    engagement = entree.reference.numeroBonCommande
    reroutage = retours.Reroutage(
        destinataire_id=structure_de(vers.codeDestinataire) or facture.destinataire_id,
        code_service=vers.codeServiceExecutant,
        numero_engagement=facture.numero_engagement if engagement is None else engagement,
        commentaire=facture.commentaire if entree.commentaire is None else entree.commentaire,
    )
    with factures.refus_traduits():
        ligne = retours.recycler(facture.pk, reroutage, auteur=auteur(appel.compte), droits=appel.droits)
    return {
        "identifiantFactureCPP": facture.pk,
        "numeroFacture": facture.numero,
        "statutFacture": ligne.statut,
        "dateDepot": jour(facture.date_depot),
    }


class CorrigerValideur(Entree):
    idUtilisateurCourant: Entier | None = None
    idFacture: Entier | None = None
    idStructure: Entier = 0
    typeIdentifiantStructure: Annotated[str, Parmi(TypeIdentifiant.values)] = TypeIdentifiant.SIRET.value
    identifiantStructure: Texte = ""


@operation(
    "corrigerValideurFacture",
    "factures",
    "corriger/valideur/facture",
    "Corriger le valideur d'une facture",
    CorrigerValideur,
    ecrit=True,
    exemple={"idFacture": 1, "typeIdentifiantStructure": "SIRET", "identifiantStructure": "00010306900019"},
)
@transaction.atomic
def corriger_valideur(appel: Appel, entree: CorrigerValideur) -> Contenu:
    """T13 by the supplier, T13b by the first valideur: each his own return."""
    facture = factures.verrouiller(appel.droits, entree.idFacture, Espace.EMISES, Espace.A_VALIDER)
    second = facture.statut == Statut.ERREUR_COTRAITANT_SUR_VALIDEUR
    espace, acteur = (Espace.A_VALIDER, Acteur.VALIDEUR_1) if second else (Espace.EMISES, Acteur.FOURNISSEUR)
    if acteur not in queries_espaces.acteurs(facture, appel.droits, espace):
        raise refus(*SANS_DROIT, f"À ce stade, c'est au {acteur.label.lower()} de corriger.")
    structure_id = entree.idStructure or structure_de(entree.identifiantStructure, entree.typeIdentifiantStructure)
    with factures.refus_traduits():
        validation.corriger(facture, structure_id, auteur=auteur(appel.compte))
    return {"idFacture": facture.pk}


class DemandePaiement(Entree):
    idDemandePaiement: Entier = 0


class TraiterRejet(Entree):
    idUtilisateurCourant: Entier | None = None
    listeDemandePaiement: Annotated[tuple[DemandePaiement, ...], AuPlus(REJETS_MAX)] = ()


@operation(
    "traiterFacturesRejetees",
    "factures",
    "traiterRejet",
    "Traiter le rejet de factures",
    TraiterRejet,
    ecrit=True,
    exemple={"listeDemandePaiement": [{"idDemandePaiement": 1}]},
)
@transaction.atomic
def traiter_rejet(appel: Appel, entree: TraiterRejet) -> Contenu:
    """T32, all or none; a rejection treated already stays so."""
    ids = [demande.idDemandePaiement for demande in entree.listeDemandePaiement]
    if not ids:
        raise refus("SBX_013", "Le champ « listeDemandePaiement » est obligatoire.")
    factures.verifier(appel.droits, ids, Espace.EMISES)
    lues = list(Facture.objects.select_related("cohort").filter(pk__in=ids).order_by("pk"))
    for facture in lues:
        if lifecycle.find(facture.situation(), Action.TRAITER_REJET, Acteur.FOURNISSEUR) is None:
            etat = Statut(facture.statut).label
            raise refus(
                "SBX_071",
                "Le statut actuel de la facture ne permet pas cette action : "
                f"la facture {facture.numero} est « {etat} ».",
            )
    retours.traiter_rejets(lues, compte=appel.compte)
    return {}
