"""deposerFluxFacture (api.md §6.3)."""

from accounts.profils import Profil
from api.entree import Booleen, Entier, Entree, Texte
from api.enums import TypePanne
from api.erreurs import Refus, TropDeDemandes, refus
from api.fichiers import PasDuBase64, decoder, taille
from api.registre import GCU, MO, Appel, Contenu, operation
from api.services import pannes
from api.sortie import jour
from invoices import syntaxes
from invoices.enums import EtatFlux, ModeDepot
from invoices.models import Flux
from invoices.services import flux
from sandbox import clock
from structures.models import Structure

CORPS_MAX = 60 * MO
"""More than the others: a flow that is too big is answered, not cut (api.md A-18)."""
NOM_MAX = 200
ATTENTE_MAX = 100
"""Flows of one account that wait for their treatment (api.md A-18)."""
EN_ATTENTE = (EtatFlux.EN_ATTENTE, EtatFlux.EN_COURS)


class DeposerFlux(Entree):
    idUtilisateurCourant: Entier | None = None
    fichierFlux: Texte = ""
    nomFichier: Texte = ""
    syntaxeFlux: Texte = ""
    avecSignature: Booleen = False


def _trop_gros() -> Refus:
    return refus(
        "GDP_MSG_11.022",
        raison=f"Le flux dépasse {flux.TAILLE_MAXIMUM // MO} Mo une fois décodé : partagez vos factures en lots.",
    )


@operation(
    "deposerFluxFacture",
    "factures",
    "deposer/flux",
    "Déposer un flux : XML, Factur-X, ou lot",
    DeposerFlux,
    libelle=GCU,
    ecrit=True,
    corps_max=CORPS_MAX,
    exemple={"fichierFlux": "JVBERi0xLjcK…", "nomFichier": "facture.pdf", "syntaxeFlux": "IN_DP_E2_CII_FACTURX"},
)
def deposer_flux(appel: Appel, entree: DeposerFlux) -> Contenu:
    """At once a number; the compte rendu says the rest."""
    if Flux.objects.filter(compte=appel.compte, etat__in=EN_ATTENTE)[ATTENTE_MAX - 1 : ATTENTE_MAX].exists():
        raise TropDeDemandes(f"{ATTENTE_MAX} flux attendent déjà leur traitement : attendez qu'il avance.", 30)
    if taille(entree.fichierFlux) > flux.TAILLE_MAXIMUM + 3:
        raise _trop_gros()
    _nommer(entree)
    try:
        contenu = decoder(entree.fichierFlux)
    except PasDuBase64 as illisible:
        raise refus("SBX_014", "La valeur du champ « fichierFlux » n'est pas reconnue.", str(illisible)) from illisible
    if len(contenu) > flux.TAILLE_MAXIMUM:
        raise _trop_gros()
    try:
        depose = flux.deposer_flux(
            appel.cohort,
            compte=appel.compte,
            fournisseur=_structure(appel),
            nom=entree.nomFichier,
            contenu=contenu,
            place=appel.place,
            mode=ModeDepot.UPLOAD_API,
            syntaxe=entree.syntaxeFlux,
            incident=_incident(appel),
        )
    except flux.FluxRefuse as refuse:
        raise refus("IRR_EXTRAC", str(refuse)) from refuse
    return {
        "numeroFluxDepot": depose.numero,
        "dateDepot": jour(depose.depose_le),
        "syntaxeFlux": entree.syntaxeFlux if entree.syntaxeFlux in SYNTAXES_RENDUES else None,
    }


INCIDENTS = {TypePanne.FLUX_PARTIEL: EtatFlux.INTEGRE_PARTIEL, TypePanne.FLUX_INCIDENTE: EtatFlux.INCIDENTE}
SYNTAXES_RENDUES = frozenset(code for code in syntaxes.PAR_API if "PDFARCHIVE" not in code)
"""The answer has a shorter enumeration than the request (api.md §10.1)."""


def _incident(appel: Appel) -> str:
    """What the trainer makes of the next flow, once."""
    panne = pannes.rencontree(appel.place, "factures", pannes.DE_FLUX, jeton_emis_le=clock.real_now())
    return INCIDENTS[TypePanne(panne.type)] if panne is not None else ""


def _nommer(entree: DeposerFlux) -> None:
    for champ, valeur in (
        ("fichierFlux", entree.fichierFlux),
        ("nomFichier", entree.nomFichier),
        ("syntaxeFlux", entree.syntaxeFlux),
    ):
        if not valeur:
            raise refus("SBX_013", f"Le champ « {champ} » est obligatoire.")
    if len(entree.nomFichier) > NOM_MAX:
        raise refus("SBX_013", f"Le champ « nomFichier » dépasse {NOM_MAX} caractères.")
    if "." not in entree.nomFichier:
        raise refus("SBX_041", "Le nom de la pièce jointe est invalide.", "nomFichier se donne avec son extension.")
    if entree.syntaxeFlux not in syntaxes.PAR_API:
        raise refus(
            "SBX_014",
            "La valeur du champ « syntaxeFlux » n'est pas reconnue.",
            f"« {entree.syntaxeFlux[:60]} » n'est pas un syntaxeFlux de deposer/flux : {', '.join(syntaxes.SYNTAXES)}.",
        )


def _structure(appel: Appel) -> Structure:
    """The technical account's own, when it may send for it; else nobody may deposit here."""
    if not appel.droits.structures(Profil.FACTURES_EMISES, modification=True):
        raise refus("GDP_MSG_11.005", "L'utilisateur n'a pas les habilitations nécessaires pour soumettre la demande.")
    return appel.technique.structure
