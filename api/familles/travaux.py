"""API Factures de travaux: the search answers, the rest is not simulated yet (api.md §9, A-22)."""

from typing import Annotated

from api.entree import AuPlus, Booleen, Date, Entier, Entree, Pagination, Parmi, Texte
from api.erreurs import refus
from api.listes import rien
from api.registre import Appel, Contenu, operation, pas_encore

API = "facturesTravaux"
ROLES = ("FOURNISSEUR", "MOE", "MOA", "VALIDEUR", "DESTINATAIRE")


class RechercherFacturesTravaux(Entree):
    roleUtilisateur: Annotated[str, Parmi(ROLES)] | None = None
    rechercheFactureTravaux: Pagination | None = None
    idDestinataire: Entier | None = None
    idServiceExecutant: Entier | None = None
    flagTelecharge: Booleen | None = None
    periodeDateHeureEtatCourantDu: Date | None = None
    periodeDateHeureEtatCourantAu: Date | None = None
    listeStatutCourant: Annotated[tuple[Texte, ...], AuPlus()] = ()
    avecSansService: Texte = ""
    uniquementSansPieceSuivante: Booleen = False


@operation(
    "rechercherFactureTravaux",
    API,
    "rechercher",
    "Rechercher des factures de travaux",
    RechercherFacturesTravaux,
    exemple={"roleUtilisateur": "MOA", "rechercheFactureTravaux": {"pageResultatDemandee": 1}},
)
def rechercher_travaux(appel: Appel, entree: RechercherFacturesTravaux) -> Contenu:
    """No works piece exists in the sandbox yet: each search finds nothing."""
    raise refus(
        "GFT_MSG_01.075",
        raison="Le bac à sable ne contient pas encore de facture de travaux.",
        **rien("listeFacturesTravaux", entree.rechercheFactureTravaux),
    )


for _code, _chemin, _resume in (
    ("rechercherFactureTravauxATraiter", "rechercher/atraiter", "Rechercher des factures de travaux à traiter"),
    ("consulterFactureTravaux", "consulter", "Consulter une facture de travaux"),
    ("consulterDossierFacturation", "consulter/dossierfacturation", "Consulter un dossier de facturation"),
    ("completerFactureTravaux", "completer", "Compléter une facture de travaux"),
    ("completerFactureTravauxMoe", "completermoe", "Compléter une facture de travaux, en tant que MOE"),
    ("recyclerFactureTravaux", "recycler", "Recycler une facture de travaux"),
    ("refuserFactureTravaux", "refuser", "Refuser une facture de travaux"),
    ("demanderRecyclagePiecePrecedente", "demander/recyclage", "Demander le recyclage de la pièce précédente"),
    (
        "suspendreOuDemanderACompleterFactureTravaux",
        "suspendre/demander/completer/factureTravaux",
        "Suspendre une facture de travaux, ou demander de la compléter",
    ),
):
    pas_encore(_code, API, _chemin, _resume, sortie="F.WsRetour")
