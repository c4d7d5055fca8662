"""What the fields of a request mean, for the reader of the documentation (api.md §4 to §9).

Written by name, as the fields mean the same wherever they come. What an operation does with them is in its own code.
"""

_PAGE = "Page demandée, à partir de 1."
_PAR_PAGE = "Résultats par page : 10 si rien n'est dit, 10 000 au plus."
_SENS = "Ascendant ou Descendant, la valeur par défaut."
_COLONNE = "Colonne de tri, avec une majuscule ; une colonne inconnue donne le tri par défaut."

AIDES: dict[str, str] = {
    # common
    "idUtilisateurCourant": "Ignoré : le compte de cpro-account décide seul. La plupart des clients envoient 0.",
    "codeLangue": "fr ou en ; toute autre valeur vaut fr.",
    "pageResultatDemandee": _PAGE,
    "nbResultatsParPage": _PAR_PAGE,
    "nbResultatsMaximum": "Ancien champ, sans effet.",
    "triSens": _SENS,
    "triColonne": _COLONNE,
    # soumettre
    "modeDepot": "Pour soumettre : SAISIE_API ; ou DEPOT_PDF_API, DEPOT_PDF_SIGNE_API, avec un document.",
    "numeroFactureSaisi": "20 caractères au plus : lettres, chiffres, - _ / +. Obligatoire dans les modes PDF.",
    "dateFacture": "Au plus tard le jour du dépôt. Obligatoire dans les modes PDF.",
    "codeDestinataire": "SIRET du destinataire : structure publique active.",
    "codeServiceExecutant": "Code d'un service actif du destinataire ; « structures/rechercher/services » les donne.",
    "idFournisseur": "idStructureCPP d'une structure du compte technique.",
    "idServiceFournisseur": "0 ou rien : aucun service.",
    "codeCoordonneesBancairesFournisseur": "Identifiant de coordonnées bancaires ; 0 ou rien : aucunes.",
    "codeStructureValideur": "SIRET du valideur, pour les cadres A9 et A12.",
    "codeCadreFacturation": "Un de ceux que donne « recuperer/cadrefacturation ».",
    "deviseFacture": "Un code que donne « recuperer/devises » : EUR.",
    "typeTva": "EXONERATION demande motifExonerationTva.",
    "motifExonerationTva": "Un code du référentiel, ou un texte de 1 024 caractères au plus.",
    "numeroBonCommande": "Numéro d'engagement ; vérifié lorsque le destinataire est l'État.",
    "numeroFactureOrigine": "Pour un avoir.",
    "lignePosteTauxTva": "Un code du référentiel « tauxtva », ou bien lignePosteTauxTvaManuel.",
    "lignePosteTauxTvaManuel": "Un taux en pour cent, sans code.",
    "ligneTvaTaux": "Un code du référentiel « tauxtva », ou bien ligneTvaTauxManuel.",
    "montantHtTotal": "Total hors taxes.",
    "montantTVA": "Total de la TVA.",
    "montantRemiseGlobaleTTC": "Remise sur le total, en positif.",
    "montantTtcTotal": "HT + TVA − remise, à 0,01 près.",
    "montantAPayer": "Au plus le montant TTC ; 0 pour le cadre A2.",
    "pieceJointePrincipale": "Un objet, ou une liste d'un objet : les deux sont lus.",
    "pieceJointePrincipaleId": "Donné par « deposer/pdf » ou « ajouter/fichier ».",
    "pieceJointeComplementaire": "120 Mo en tout, au plus.",
    "pieceJointeComplementaireId": "Donné par « ajouter/fichier ».",
    "pieceJointeComplementaireType": "Un code du référentiel « typespj ».",
    "commentaire": "2 000 caractères au plus.",
    # files and flows
    "fichierFacture": "Le PDF en base64, 10 Mo au plus une fois décodé.",
    "fichierFlux": "Le fichier en base64 : XML, Factur-X, ou lot tar.gz ou zip. 30 Mo au plus une fois décodé.",
    "nomFichier": "200 caractères au plus, avec l'extension.",
    "formatDepot": "PDF_NON_SIGNE, PDF_SIGNE_PADES ou PDF_SIGNE_XADES.",
    "syntaxeFlux": "Dit ce que le fichier contient : IN_DP_E1_CII_16B, IN_DP_E1_UBL_INVOICE, IN_DP_E2_CII_FACTURX…",
    "avecSignature": "Faux si rien n'est dit.",
    "numeroFluxDepot": "Le numéro rendu par « deposer/flux ».",
    "pieceJointeFichier": "Le fichier en base64, 10 Mo au plus une fois décodé.",
    "pieceJointeNom": "50 caractères au plus, avec l'extension.",
    "pieceJointeExtension": "Une de celles que le portail accepte : PDF, XLS, DOC, ZIP, JPG…",
    "format": "PDF, ou PIVOT pour le XML de Chorus Pro.",
    "avecPiecesJointesComplementaires": "Oui ou Non ; pour le format PDF.",
    "listeFacture": "Dix factures au plus sont conseillées.",
    # searches
    "rejetTraite": "« false » ne filtre que si REJETEE est demandé.",
    "factureTelechargeeParDestinataire": "« false » est un filtre, lui aussi.",
    "masquerRejetee": "Vrai : sans les factures rejetées.",
    "recupererTaille": "Vrai : avec la taille des documents.",
    "rechercheSirenDestinataire": "Vrai : toutes les structures du même SIREN.",
    "rechercheSirenFournisseur": "Vrai : toutes les structures du même SIREN.",
    "statutCourant": "Liste de statuts ; vide : tous.",
    "restreindreStructuresPrivees": "Faux : toutes les structures privées. Rien : les publiques, et les vôtres.",
    "identifiantStructure": "SIRET, ou l'identifiant du type indiqué.",
    "espaceFo": "Numéro d'un ancien espace.",
    # treatments
    "idFacture": "Identifiant technique de la facture, rendu par les recherches.",
    "identifiantFactureCPP": "Identifiant technique de la facture, rendu par les recherches.",
    "idEspace": "7, factures reçues, si rien n'est dit.",
    "nouveauStatut": "Un statut que donne « recuperer/etats/traitement ».",
    "motif": "255 caractères au plus ; obligatoire pour SUSPENDUE et REJETEE.",
    "numeroDPMandat": "Numéro du mandat, facultatif.",
    "action": "Réponse du valideur.",
    "motifRefus": "Un codeMotif du référentiel ; obligatoire pour un refus.",
    "typeValideur": "Rien : l'étape en cours.",
    "idPieceJointeObjet": "Rendu par la recherche des pièces jointes.",
    "idStructureCPP": "Identifiant technique d'une structure, rendu par « structures/rechercher ».",
    "idStructure": "Identifiant technique d'une structure, rendu par « structures/rechercher ».",
    "idService": "Identifiant technique d'un service, rendu par « structures/rechercher/services ».",
    "siretStructure": "14 chiffres.",
}


def aide(champ: str) -> str:
    """A sentence, or nothing."""
    if champ in AIDES:
        return AIDES[champ]
    if champ.startswith("periode"):
        return "Un jour, ou un instant. Un jour « …Au » va jusqu'à sa fin."
    for debut, phrase in (
        ("pageResultatDemandee", _PAGE),
        ("nbResultatsParPage", _PAR_PAGE),
        ("triSens", _SENS),
        ("triColonne", _COLONNE),
    ):
        if champ.startswith(debut):
            return phrase
    return ""
