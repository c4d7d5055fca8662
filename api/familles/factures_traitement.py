"""traiterUneFactureRecue, traiterFactureAValider (api.md §6.10 F16, F20; factures.md §3.3, §5)."""

from typing import Annotated

from django.db import transaction

from accounts.profils import Profil
from api.entree import Entier, Entree, Parmi, Texte
from api.erreurs import SANS_DROIT, refus
from api.registre import Appel, Contenu, operation
from api.services import factures
from api.sortie import jour
from invoices import queries_espaces
from invoices.enums import MOTIFS, Action, Cadre, Espace, Motif, Qualite, Statut
from invoices.lifecycle import Canal
from invoices.models import Facture
from invoices.services import traitement, validation
from invoices.services.echeances import RANGS
from invoices.services.transitions import COMMENTAIRE_MAXIMUM

NUMERO_MANDAT_MAXIMUM = 50
TRAVAUX = "TRANSMISE_MOA"
"""Sent by connectors, for works invoices."""


def _borne(champ: str, valeur: str, maximum: int) -> None:
    if len(valeur) > maximum:
        raise refus("SBX_013", f"Le champ « {champ} » dépasse {maximum} caractères.", f"{len(valeur)} envoyés.")


class TraiterRecue(Entree):
    idUtilisateurCourant: Entier | None = None
    idFacture: Entier | None = None
    nouveauStatut: Texte = ""
    motif: Texte = ""
    numeroDPMandat: Texte = ""


@operation(
    "traiterUneFactureRecue",
    "factures",
    "traiter/recue",
    "Changer le statut d'une facture reçue",
    TraiterRecue,
    exige=Profil.FACTURES_RECUES,
    ecrit=True,
    exemple={"idFacture": 1, "nouveauStatut": "SUSPENDUE", "motif": "Document manquant"},
)
@transaction.atomic
def traiter_recue(appel: Appel, entree: TraiterRecue) -> Contenu:
    """Any status from any open one: nobody imposes an order. Two calls at once are played one after the other."""
    facture = factures.verrouiller(appel.droits, entree.idFacture, Espace.RECUES)
    _borne("motif", entree.motif, COMMENTAIRE_MAXIMUM)
    _borne("numeroDPMandat", entree.numeroDPMandat, NUMERO_MANDAT_MAXIMUM)
    if not entree.nouveauStatut:
        raise refus("SBX_013", "Le champ « nouveauStatut » est obligatoire.")
    if entree.nouveauStatut == TRAVAUX:
        raise refus("SBX_071", "Le statut actuel de la facture ne permet pas cette action.", "Réservé aux travaux.")
    with factures.refus_traduits():
        ligne = traitement.traiter(facture, _demande(entree), auteur=traitement.auteur(appel.compte))
    return {
        "idFacture": facture.pk,
        "numeroFacture": facture.numero,
        "dateTraitement": jour(ligne.survenu_le),
        "nouveauStatut": ligne.statut,
    }


def _demande(entree: TraiterRecue) -> traitement.Traitement:
    """A free text is the motif « AUTRE » with that comment; a code is itself (factures.md §3.5)."""
    motif, commentaire = entree.motif, ""
    if motif and motif not in Motif.values:
        motive = traitement.action_vers(entree.nouveauStatut) in MOTIFS
        motif, commentaire = (Motif.AUTRE if motive else ""), entree.motif
    return traitement.Traitement(
        statut=entree.nouveauStatut,
        motif=motif,
        commentaire=commentaire,
        numero_mandat=entree.numeroDPMandat,
        strict=False,
        canal=Canal.API,
    )


VALIDATION, REFUS = "VALIDATION", "REFUS"
ACTIONS = (VALIDATION, REFUS, "MISE_EN_PAIEMENT", "MISE_EN_RECYCLAGE", "SUSPENSION", "REJET")
"""Those of the published enumeration; the last four are of works."""
REFUSER = {str(Motif.ERR_VALIDEUR): Action.MAUVAIS_VALIDEUR, str(Motif.AUT_MOTIF_ERR_VALIDEUR): Action.REFUSER}
ETAPES = {"VALIDEUR_1": 1, "VALIDEUR_2": 2}


class TraiterAValider(Entree):
    idUtilisateurCourant: Entier | None = None
    idFacture: Entier | None = None
    action: Annotated[str, Parmi(ACTIONS)] | None = None
    typeValideur: Texte = ""
    idValideur: Entier = 0
    motifRefus: Texte = ""
    complementInfo: Texte = ""


@operation(
    "traiterFactureAValider",
    "factures",
    "traiter/factureAValider",
    "Valider ou refuser une facture de sous-traitant ou de cotraitant",
    TraiterAValider,
    ecrit=True,
    exemple={"idFacture": 1, "action": "VALIDATION", "typeValideur": "VALIDEUR_1", "complementInfo": "Conforme"},
)
@transaction.atomic
def traiter_a_valider(appel: Appel, entree: TraiterAValider) -> Contenu:
    """Only the valideur of the step under way; a cotraitant who validates names the second one."""
    facture = factures.verrouiller(appel.droits, entree.idFacture, Espace.A_VALIDER)
    _borne("complementInfo", entree.complementInfo, COMMENTAIRE_MAXIMUM)
    action = _action(entree)
    rang = _etape(appel, facture, entree.typeValideur)
    with factures.refus_traduits():
        reponse = validation.Reponse(
            action=action,
            qualite=_qualite(facture, rang, entree) if action == Action.VALIDER else "",
            motif=entree.motifRefus if action != Action.VALIDER else "",
            complement=entree.complementInfo,
            valideur_2=entree.idValideur or None,
            strict=False,
            canal=Canal.API,
        )
        ligne = validation.repondre(facture, reponse, auteur=traitement.auteur(appel.compte))
    return {
        "idFacture": facture.pk,
        "numeroFacture": facture.numero,
        "dateTraitement": jour(ligne.survenu_le),
        "statutFacture": ligne.statut,
    }


def _action(entree: TraiterAValider) -> Action:
    match entree.action:
        case None:
            raise refus("SBX_013", "Le champ « action » est obligatoire.")
        case "VALIDATION":
            return Action.VALIDER
        case "REFUS":
            pass
        case _:
            raise refus("SBX_014", "La valeur du champ « action » n'est pas reconnue.", "VALIDATION ou REFUS.")
    if not entree.motifRefus:
        raise refus("SBX_072", "Le motif est obligatoire.")
    if entree.motifRefus not in REFUSER:
        motifs = ", ".join(REFUSER)
        raise refus("SBX_014", "La valeur du champ « motifRefus » n'est pas reconnue.", f"Motifs : {motifs}.")
    return REFUSER[entree.motifRefus]


def _etape(appel: Appel, facture: Facture, nommee: str) -> int:
    """1 or 2: the step under way, of which this account must be the valideur (api.md A-17)."""
    rang = RANGS.get(Statut(facture.statut))
    if nommee and nommee not in ETAPES:
        raise refus("SBX_014", "La valeur du champ « typeValideur » n'est pas reconnue.", "VALIDEUR_1 ou VALIDEUR_2.")
    if rang is None or ETAPES.get(nommee, rang) != rang:
        etat = Statut(facture.statut).label
        raise refus("SBX_071", f"Le statut actuel de la facture ne permet pas cette action : elle est « {etat} ».")
    if validation.ACTEURS[rang] not in queries_espaces.acteurs(facture, appel.droits, Espace.A_VALIDER):
        raise refus(*SANS_DROIT, "Cette étape est celle de l'autre valideur.")
    return rang


def _qualite(facture: Facture, rang: int, entree: TraiterAValider) -> str:
    """Naming a second valideur is what a cotraitant does (factures.md §5.1)."""
    if entree.idValideur and rang == 1 and facture.cadre == Cadre.A9:
        return Qualite.COTRAITANT
    return validation.qualites(facture)[0]
