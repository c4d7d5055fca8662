"""A call that succeeds and one that is refused, for every operation. A new operation writes its own here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.contrat.scene import (
    COMMUNE,
    FOURNISSEUR,
    HOPITAL,
    MONTBRISAC,
    VALIDEUR,
    VALMORAN,
    VOLTAIGNE,
    Scene,
    en_base64,
    pdf,
)

Corps = Callable[[Scene], Any]
INCONNU = 999_999_999


@dataclass(frozen=True)
class Cas:
    """``succes`` by ``qui``; ``refus`` by ``refuse_a`` gets ``code``: a codeRetour, or the status when it is no 200.

    ``rempli``: lists and objects of the answer that the success must not leave empty.
    """

    qui: str
    succes: Corps
    refus: Corps
    code: int
    refuse_a: str = ""
    statut: int = 200
    rempli: tuple[str, ...] = ()


def _rien(scene: Scene) -> Any:
    return {}


def _tableau(scene: Scene) -> Any:
    return [1]


def _facture(nom: str, **reste: Any) -> Corps:
    return lambda s: {"identifiantFactureCPP": s.factures[nom], **reste}


def _id(nom: str, **reste: Any) -> Corps:
    return lambda s: {"idFacture": s.factures[nom], **reste}


def _malformee(qui: str, rempli: str, succes: Corps = _rien) -> Cas:
    """An operation with no business refusal: only a body that is no object is refused."""
    return Cas(qui, succes, _tableau, 400, statut=400, rempli=(rempli,))


def _liste(champ: str, succes: Corps = _rien) -> Cas:
    return _malformee(FOURNISSEUR, champ, succes)


def _recherche(qui: str, champ: str, succes: Corps, vide: Corps, code: int = 20_000) -> Cas:
    return Cas(qui, succes, vide, code, rempli=(champ,))


def _telecharger(scene: Scene) -> Any:
    return {
        "format": "PDF",
        "avecPiecesJointesComplementaires": "Oui",
        "listeFacture": [{"idFacture": scene.factures["recue"]}],
    }


def _constante(**corps: Any) -> Corps:
    return lambda s: corps


T, F, S = "transverses/v1/", "factures/v1/", "structures/v1/"
_INTROUVABLE = _constante(numeroFacture="AUCUNE-999")
_FLUX_INCONNU = _constante(numeroFluxDepot="CPP0011117000000000999999")

CAS: dict[str, Cas] = {
    # --- factures: write
    f"{F}soumettre": Cas(
        FOURNISSEUR,
        lambda s: s.saisie(),
        lambda s: s.saisie(destinataire={"codeDestinataire": "00020009999999"}),
        29004,
    ),
    f"{F}deposer/pdf": Cas(
        FOURNISSEUR,
        lambda s: {"fichierFacture": en_base64(pdf("OCR-1")), "nomFichier": "f.pdf", "formatDepot": "PDF_NON_SIGNE"},
        lambda s: {"fichierFacture": "é", "nomFichier": "f.pdf", "formatDepot": "PDF_NON_SIGNE"},
        29014,
    ),
    f"{F}deposer/flux": Cas(
        FOURNISSEUR,
        lambda s: {
            "fichierFlux": en_base64(b"<a/>"),
            "nomFichier": "a.xml",
            "syntaxeFlux": "IN_DP_E1_UBL_INVOICE",
            "avecSignature": False,
        },
        _constante(fichierFlux="PGEvPg==", nomFichier="a.xml", syntaxeFlux="INCONNUE"),
        29014,
    ),
    f"{F}completer": Cas(
        FOURNISSEUR,
        _facture("suspendue", commentaire="Voici le document"),
        _facture("recue", commentaire="Voici"),
        20_002,
    ),
    f"{F}recycler": Cas(
        FOURNISSEUR,
        _facture(
            "a_recycler",
            destinataire={"codeDestinataire": VALMORAN},
            commentaire="Bon service",
            reference={"numeroBonCommande": "BC-2"},
        ),
        _facture("recue"),
        29071,
    ),
    f"{F}corriger/valideur/facture": Cas(
        FOURNISSEUR,
        lambda s: {"idFacture": s.factures["mauvais_valideur"], "idStructure": s.structures["00010303600018"]},
        lambda s: {"idFacture": s.factures["recue"], "idStructure": s.structures["00010303600018"]},
        29071,
    ),
    f"{F}traiterRejet": Cas(
        FOURNISSEUR,
        lambda s: {"listeDemandePaiement": [{"idDemandePaiement": s.factures["rejetee"]}]},
        _constante(listeDemandePaiement=[{"idDemandePaiement": INCONNU}]),
        20_000,
    ),
    f"{F}traiter/recue": Cas(
        COMMUNE,
        _id("a_traiter", nouveauStatut="MANDATEE", numeroDPMandat="42"),
        _id("a_traiter", nouveauStatut="SUSPENDUE"),
        29072,
    ),
    f"{F}traiter/factureAValider": Cas(
        VALIDEUR,
        _id("a_valider", action="VALIDATION", typeValideur="VALIDEUR_1", complementInfo="Conforme"),
        _id("a_valider", action="REFUS"),
        29072,
    ),
    # --- factures: read
    f"{F}rechercher/fournisseur": _recherche(FOURNISSEUR, "listeFactures", _rien, _INTROUVABLE),
    f"{F}rechercher/atraiter/fournisseur": _recherche(
        FOURNISSEUR, "listeFactures", _rien, lambda s: {"idStructure": INCONNU}
    ),
    f"{F}consulter/fournisseur": Cas(
        FOURNISSEUR, _facture("recue"), _constante(identifiantFactureCPP=INCONNU), 20_000, rempli=("facture",)
    ),
    f"{F}consulter/historique": Cas(
        FOURNISSEUR, _id("suspendue"), _constante(idFacture=INCONNU), 20_000, rempli=("historiquesDesStatuts",)
    ),
    f"{F}telecharger/groupe": Cas(
        COMMUNE,
        _telecharger,
        _constante(format="PDF", listeFacture=[{"idFacture": INCONNU}]),
        20_000,
        rempli=("fichierResultat",),
    ),
    f"{F}rechercher/recipiendaire": _recherche(COMMUNE, "listeFactures", _rien, _INTROUVABLE),
    f"{F}rechercher/atraiter/recipiendaire": Cas(
        COMMUNE, _rien, _rien, 20_000, refuse_a=HOPITAL, rempli=("listeFactures",)
    ),
    f"{F}consulter/recipiendaire": Cas(
        COMMUNE, _facture("suspendue"), _facture("a_valider"), 20_000, rempli=("facture",)
    ),
    f"{F}rechercher/aTraiter/valideur": Cas(
        VALIDEUR, _rien, lambda s: {"idStructure": INCONNU}, 20_000, rempli=("listeFactures",)
    ),
    f"{F}rechercher/valideur": _recherche(VALIDEUR, "listeFactures", _rien, _INTROUVABLE),
    f"{F}consulter/valideur": Cas(VALIDEUR, _facture("a_valider"), _facture("recue"), 20_000, rempli=("facture",)),
    f"{F}recuperer/statutsFactureVisibles/valideur": _malformee(VALIDEUR, "listeStatutFacture"),
    f"{F}rechercher/demandePaiement": _recherche(
        FOURNISSEUR,
        "listeDemandePaiement",
        _constante(roleUtilisateur="FOURNISSEUR"),
        _constante(roleUtilisateur="FOURNISSEUR", numeroFacture="AUCUNE-999"),
    ),
    # --- transverses: flows and files
    f"{T}health-check": Cas(FOURNISSEUR, _rien, _rien, 401, statut=401, rempli=("body",)),
    f"{T}consulterCR": Cas(
        FOURNISSEUR,
        lambda s: {
            "numeroFluxDepot": s.flux["integre"],
            "dateDepot": "2026-12-07T00:00:00+01:00",
            "syntaxFluxType": "x",
        },
        _FLUX_INCONNU,
        20_001,
        rempli=("fichierCR",),
    ),
    f"{T}consulterCRDetaille": Cas(
        FOURNISSEUR,
        lambda s: {"numeroFluxDepot": s.flux["facture_refusee"]},
        _FLUX_INCONNU,
        20_001,
        rempli=("listeErreurDP",),
    ),
    f"{T}ajouter/fichier": Cas(
        FOURNISSEUR,
        lambda s: {
            "pieceJointeFichier": en_base64(pdf("PJ-1")),
            "pieceJointeNom": "pj.pdf",
            "pieceJointeTypeMime": "application/pdf",
            "pieceJointeExtension": "PDF",
        },
        _constante(pieceJointeFichier="PGEvPg==", pieceJointeNom="pj.exe", pieceJointeExtension="EXE"),
        29040,
    ),
    f"{T}detacherPieceJointe": Cas(
        FOURNISSEUR,
        lambda s: {"idPieceJointeObjet": s.pieces["plan"]},
        _constante(idPieceJointeObjet=INCONNU),
        29_045,
    ),
    f"{T}rechercher/pj/moncompte": _recherche(
        FOURNISSEUR, "listePiecesJointes", _rien, _constante(pieceJointeDesignation="aucune")
    ),
    f"{T}rechercher/pj/structure": _recherche(
        FOURNISSEUR,
        "listePiecesJointes",
        lambda s: {"idStructureCPP": s.structures[VOLTAIGNE]},
        lambda s: {"idStructureCPP": s.structures[VOLTAIGNE], "pieceJointeDesignation": "aucune"},
    ),
    f"{T}telecharger/pieceJointe": Cas(
        COMMUNE,
        lambda s: {"objetPieceJointe": "DEMANDE_PAIEMENT", "demandePaiement": _telecharger(s)},
        _constante(objetPieceJointe="SOLLICITATION", sollicitation={"idSollicitation": 1}),
        29_045,
        rempli=("pieceJointe",),
    ),
    # --- transverses: lists
    f"{T}recuperer/devises": _liste("listeDevises", _constante(codeLangue="FR")),
    f"{T}recuperer/pays": _liste("listePays", _constante(codeLangue=None)),
    f"{T}recuperer/tauxtva": _liste("listeTauxTva"),
    f"{T}recuperer/motifs/exonerationtva": _liste("listeMotifsExonerationTva"),
    f"{T}recuperer/modereglements": _liste("listeModePaiement"),
    f"{T}recuperer/modedepot": _liste("listeModeDepot"),
    f"{T}recuperer/formatflux": _liste("listeFormatFlux"),
    f"{T}recuperer/syntaxeflux": _liste("listeSyntaxeFlux", _constante(formatFlux="IN_DP_E1_STRUCT")),
    f"{T}recuperer/cadrefacturation": _liste("listeCadreFacturation", _constante(typeDemandePaiement="FACTURE")),
    f"{T}recuperer/typedp": _liste("listeTypeDemandePaiement"),
    f"{T}recuperer/typefacturetravaux": _liste("listeTypeFactureTravaux"),
    f"{T}recuperer/typeidentifiant/structure": _liste("listeTypeIdentifiant"),
    f"{T}recuperer/typespj": _liste("listeTypePieceJointe", _constante(typeObjet="FACTURE", codeLangue="fr")),
    f"{T}recuperer/etat/typedp": _liste("listeEtatDemandePaiement", _constante(typeDemandePaiement="FACTURE")),
    f"{T}recuperer/etats/traitement": _liste(
        "listeStatutsPossiblesPourTraitement", _constante(statutCourant="MISE_A_DISPOSITION")
    ),
    f"{T}recuperer/motifs/refus/Facture/AValider": _liste("listeMotifRefusFactureAValider"),
    f"{T}rechercher/categorieSollicitation": _recherche(
        FOURNISSEUR, "listeCategories", _rien, _constante(codeCategorie="AUCUNE")
    ),
    f"{T}rechercher/sousCategorieSollicitation": _recherche(
        FOURNISSEUR, "listeSousCategories", _rien, _constante(code="AUCUNE")
    ),
    # --- transverses: structures
    f"{T}recuperer/coordbanc/valides": _recherche(
        FOURNISSEUR,
        "listeCoordonneeBancaire",
        lambda s: {"idStructure": s.structures[VOLTAIGNE]},
        lambda s: {"idStructure": s.structures[VALMORAN]},
        20_001,
    ),
    f"{T}recuperer/structures/actives/fournisseur": _liste("listeStructures"),
    f"{T}recuperer/structures/actives/destinataire": _malformee(COMMUNE, "listeStructures"),
    f"{T}recuperer/structures/actives/facturetravaux": _liste("listeStructures"),
    f"{T}recuperer/structuresPourUtilisateur": _liste("listeStructures"),
    f"{T}rechercher/destinataire": _recherche(
        FOURNISSEUR,
        "listeDestinataires",
        _constante(identifiant=VALMORAN, parametresRecherche={"nbResultatsParPage": 10}),
        _constante(identifiant="00020009999999"),
    ),
    f"{T}rechercher/serviceexecutant": _recherche(
        FOURNISSEUR,
        "listeServices",
        lambda s: {"idDestinataireCPP": s.structures[MONTBRISAC]},
        lambda s: {"idDestinataireCPP": s.structures[MONTBRISAC], "codeServiceExecutant": "AUCUN"},
    ),
    f"{T}consulter/information/siret": Cas(
        FOURNISSEUR, _constante(siretStructure=VALMORAN), _constante(siretStructure="00020009999999"), 20_000
    ),
    f"{T}telecharger/annuaire/destinataire": _liste("fichierResultat"),
    # --- structures
    f"{S}rechercher": _recherche(
        FOURNISSEUR,
        "listeStructures",
        _constante(structure={"identifiantStructure": VALMORAN, "typeIdentifiantStructure": "SIRET"}),
        _constante(structure={"identifiantStructure": "00020009999999"}),
    ),
    f"{S}consulter": Cas(
        FOURNISSEUR,
        lambda s: {"idStructureCPP": s.structures[VALMORAN], "codeLangue": "fr"},
        _constante(idStructureCPP=INCONNU),
        29_014,
        rempli=("parametres", "informationGenerales"),
    ),
    f"{S}rechercher/services": _recherche(
        FOURNISSEUR,
        "listeServices",
        lambda s: {"idStructure": s.structures[MONTBRISAC]},
        lambda s: {"idStructure": s.structures[VOLTAIGNE]},
    ),
    f"{S}consulter/service": Cas(
        FOURNISSEUR,
        lambda s: {"idStructure": s.structures[MONTBRISAC], "idService": next(iter(s.services.values()))},
        lambda s: {"idStructure": s.structures[MONTBRISAC], "idService": INCONNU},
        29_014,
        rempli=("parametres", "informationsGenerales"),
    ),
    f"{S}lister/rattachementsutilisateur": Cas(
        HOPITAL,
        lambda s: {"idStructure": s.structures[MONTBRISAC]},
        lambda s: {"idStructure": s.structures[VALMORAN]},
        20_001,
    ),
    f"{S}rechercher/espaces": _recherche(
        FOURNISSEUR,
        "listeEspace",
        lambda s: {"structure": {"idStructure": s.structures[VOLTAIGNE]}},
        lambda s: {"structure": {"idStructure": s.structures[VALMORAN]}},
        20_001,
    ),
    # --- others
    "utilisateurs/v1/monCompte/recuperer/rattachements": _liste("listeStructureRattachement"),
    "engagementsJuridiques/v1/rechercher": _recherche(
        FOURNISSEUR, "listeEngagementJuridique", _rien, _constante(numeroEngagementJuridique="AUCUN")
    ),
    "facturesTravaux/v1/rechercher": Cas(FOURNISSEUR, _rien, _rien, 20_007),
}
