"""consulterHistoriqueFacture: statuses, other events, actions of the users (api.md §6.8)."""

from typing import Any

from accounts.models import Compte
from api import blocs, espaces
from api.blocs import Bloc, Sens
from api.contrat import valeurs
from api.entree import Entier, Entree, Texte
from api.erreurs import INEXISTANTE, refus
from api.registre import Appel, Contenu, operation
from api.sortie import minute
from invoices import queries_lecture as lecture
from invoices.models import ActionUtilisateur, EvenementComplementaire, Facture, HistoriqueStatut
from structures.models import Structure

# mypy: disable-error-code="valid-type"

ACTIONS = valeurs("F.DerniereAction", "derniereActionCode")
"""The portal keeps one more, of the certificat de dépôt."""


class PageStatuts(Entree):
    pageResultatDemandeeListeHistoStatut: Entier | None = None
    nbResultatsParPageListeHistoStatut: Entier | None = None
    triSensListeHistoStatut: Sens | None = None
    triColonneListeHistoStatut: Texte = ""


class PageEvenements(Entree):
    pageResultatDemandeeListeHistoEvenement: Entier | None = None
    nbResultatsParPageListeHistoEvenement: Entier | None = None
    triSensListeHistoEvenement: Sens | None = None
    triColonneListeHistoEvenement: Texte = ""


class PageActions(Entree):
    pageResultatDemandeeListeHistoAction: Entier | None = None
    nbResultatsParPageListeHistoAction: Entier | None = None
    triSensListeHistoAction: Sens | None = None
    triColonneListeHistoAction: Texte = ""


class ConsulterHistorique(Entree):
    idUtilisateurCourant: Entier | None = None
    idFacture: Entier | None = None
    idEspace: Entier | None = None
    nbResultatsMaximum: Entier | None = None
    paramRechercheHistoStatuts: PageStatuts | None = None
    paramRechercheHistoEvenementsComplementaires: PageEvenements | None = None
    paramRechercheHistoActionsUtilisateurs: PageActions | None = None


_PERSONNE = {"Prenom": "prenom", "Nom": "nom", "Email": "contact_email", "Telephone": "telephone"}
_COLONNES_STATUTS: dict[str, tuple[str, ...]] = {
    "HistoStatutDatePassage": ("survenu_le",),
    "HistoStatutCode": ("statut",),
    "HistoStatutCommentaire": ("motif", "commentaire"),
    **{f"HistoStatutUtilisateur{nom}": (f"compte__{champ}",) for nom, champ in _PERSONNE.items()},
}
_COLONNES_EVENEMENTS: dict[str, tuple[str, ...]] = {
    "EvenementDateHeure": ("survenu_le",),
    "EvenementLibelle": ("libelle",),
    "EvenementQui": ("auteur",),
}
_COLONNES_ACTIONS: dict[str, tuple[str, ...]] = {
    "HistoActionDateHeure": ("faite_le",),
    "HistoActionCode": ("code",),
    **{f"HistoActionUtilisateur{nom}": (f"compte__{champ}",) for nom, champ in _PERSONNE.items()},
}


@operation(
    "consulterHistoriqueFacture",
    "factures",
    "consulter/historique",
    "Lire l'historique d'une facture",
    ConsulterHistorique,
    exemple={"idFacture": 42, "paramRechercheHistoStatuts": {"nbResultatsParPageListeHistoStatut": 100}},
)
def consulter_historique(appel: Appel, entree: ConsulterHistorique) -> Contenu:
    """As the application named by ``idEspace`` shows it; else the first in which the account sees the invoice."""
    for espace in espaces.de_facturation(entree.idEspace):
        facture = lecture.trouver(appel.droits, espace, entree.idFacture or 0)
        if facture is not None:
            break
    else:
        raise refus(*INEXISTANTE)
    trace = lecture.figer(appel.droits, facture)
    toutes = lecture.jusqu_a_son_depart(list(facture.historique.order_by("survenu_le", "pk")), trace)
    visibles = [ligne.pk for ligne in lecture.statuts(facture, toutes, espace)]
    lignes = HistoriqueStatut.objects.filter(pk__in=visibles).select_related("compte")
    actions = lecture.actions(facture, espace).filter(code__in=ACTIONS)
    derniere = actions.order_by("-faite_le", "-pk").first()

    def statut(ligne: HistoriqueStatut) -> Bloc:
        return _statut(facture, ligne)

    contenu: dict[str, Any] = {
        "idFacture": facture.pk,
        "numeroFacture": facture.numero,
        "modeDepot": facture.mode_depot,
        "statutCourantCode": facture.statut,
        "historiquesDesStatuts": blocs.liste(
            "histoStatut",
            "HistoStatut",
            lignes,
            blocs.pagination(entree.paramRechercheHistoStatuts, "Descendant"),
            _COLONNES_STATUTS,
            statut,
        ),
        "historiquesDesEvenementsComplementaires": blocs.liste(
            "evenement",
            "Evenement",
            lecture.evenements(facture),
            blocs.pagination(entree.paramRechercheHistoEvenementsComplementaires, "Descendant"),
            _COLONNES_EVENEMENTS,
            _evenement,
        ),
        "historiquesDesActionsUtilisateurs": blocs.liste(
            "histoAction",
            "HistoAction",
            actions,
            blocs.pagination(entree.paramRechercheHistoActionsUtilisateurs, "Descendant"),
            _COLONNES_ACTIONS,
            _action,
        ),
    }
    if derniere is not None:
        contenu["derniereAction"] = {"derniereActionId": derniere.pk, "derniereActionCode": derniere.code}
    return contenu


def _personne(prefixe: str, compte: Compte | None, nom: str = "", structure: Structure | None = None) -> Bloc:
    """A person; else the name under which it was done, and how to reach the structure that somebody plays."""
    if compte is not None:
        return {f"{prefixe}{suffixe}": getattr(compte, champ) for suffixe, champ in _PERSONNE.items()}
    joue = {f"{prefixe}Email": structure.email, f"{prefixe}Telephone": structure.telephone} if structure else {}
    return {f"{prefixe}Nom": nom, **joue}


def _statut(facture: Facture, ligne: HistoriqueStatut) -> Bloc:
    structure = lecture.structure_de(facture, ligne.acteur) if ligne.robot else None
    return {
        "histoStatutId": ligne.pk,
        "histoStatutCode": ligne.statut,
        "histoStatutDatePassage": minute(ligne.survenu_le),
        "histoStatutCommentaire": lecture.commentaire_d_etat(ligne.motif, ligne.commentaire),
        **_personne("histoStatutUtilisateur", ligne.compte, ligne.auteur, structure),
    }


def _evenement(evenement: EvenementComplementaire) -> Bloc:
    return {
        "evenementId": evenement.pk,
        "evenementLibelle": evenement.libelle,
        "evenementQui": str(evenement.compte) if evenement.compte else evenement.auteur,
        "evenementDateHeure": minute(evenement.survenu_le),
    }


def _action(action: ActionUtilisateur) -> Bloc:
    return {
        "histoActionId": action.pk,
        "histoActionCode": action.code,
        "histoActionDateHeure": minute(action.faite_le),
        **_personne("histoActionUtilisateur", action.compte),
    }
