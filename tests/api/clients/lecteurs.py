"""How strictly two typed clients read an answer: what they would raise on, in a few lines of our own."""

from datetime import datetime
from typing import Any

ENTIER, NOMBRE, TEXTE, BOOLEEN = "entier", "nombre", "texte", "booléen"
JOUR, MINUTE, INSTANT = "jour", "minute", "instant"
_DATES = {JOUR: "%Y-%m-%d", MINUTE: "%Y-%m-%d %H:%M"}
_PAGES = {"pageCourante": ENTIER, "pages": ENTIER, "nbResultatsParPage": ENTIER, "total": ENTIER}
ENVELOPPE = {"codeRetour": ENTIER, "libelle": TEXTE}
_UTILISATEUR = ("Prenom", "Nom", "Email", "Telephone")

# Fields as go-choruspro types them. A field absent here is one that it does not read.
FACTURE_EMISE = {
    **dict.fromkeys(("identifiantFactureCPP", "idDestinataire", "idServiceExecutant", "taille"), ENTIER),
    **dict.fromkeys(("montantHT", "montantTTC", "montantAPayer"), NOMBRE),
    **dict.fromkeys(("codeFournisseur", "codeDestinataire", "designationDestinataire", "numeroFacture"), TEXTE),
    **dict.fromkeys(("statut", "modeDepot", "numeroFluxDepot", "devise", "typeFacture", "numeroMarche"), TEXTE),
    **dict.fromkeys(("dateFacture", "dateDepot", "dateValidation1", "dateValidation2"), JOUR),
    "dateHeureEtatCourant": INSTANT,
    "rejetTraite": BOOLEEN,
}
RECHERCHE_EMISES = {**ENVELOPPE, "listeFactures": [FACTURE_EMISE], "parametresRetour": _PAGES}
FACTURE = {
    "identifiantFactureCPP": ENTIER,
    "numeroFacture": TEXTE,
    "statutFacture": TEXTE,
    "references": {
        "dateCreationFacture": MINUTE,
        **dict.fromkeys(("dateFacture", "dateDepot", "dateEcheancePaiement"), JOUR),
        "tailleTotalePiecesJointes": NOMBRE,
        "typeTva": TEXTE,
    },
    "destinataire": {"idDestinataire": ENTIER, "codeDestinataire": TEXTE, "miseEnPaiementDestinataire": BOOLEEN},
    "montantTotal": dict.fromkeys(("montantHtTotal", "montantTVA", "montantTtcTotal", "montantAPayer"), NOMBRE),
    "recapitulatifDeTva": {
        "ligneTva": [
            {"ligneTvaTauxRefId": ENTIER, "ligneTvaTauxRefCode": TEXTE, "ligneTvaMontantBaseHtParTaux": NOMBRE}
        ]
    },
    "lignesDePoste": {
        "lignePoste": [
            {
                **dict.fromkeys(("lignePosteNumero", "lignePosteUniteCode"), ENTIER),
                **dict.fromkeys(("lignePosteQuantite", "lignePosteMontantUnitaireHT", "lignePosteMontantTva"), NOMBRE),
                **dict.fromkeys(("lignePosteTauxTva", "lignePosteDenomination", "lignePosteUniteLibelle"), TEXTE),
            }
        ]
    },
    "listeDesPiecesJointes": {
        "pieceJointe": [{"pieceJointeId": ENTIER, "pieceJointeTypeCode": TEXTE, "pieceJointeExtension": TEXTE}]
    },
}
CONSULTATION = {**ENVELOPPE, "facture": FACTURE}
HISTORIQUE = {
    **ENVELOPPE,
    "idFacture": ENTIER,
    "statutCourantCode": TEXTE,
    "historiquesDesStatuts": {
        "histoStatut": [
            {
                "histoStatutId": ENTIER,
                "histoStatutCode": TEXTE,
                "histoStatutDatePassage": MINUTE,
                "histoStatutCommentaire": TEXTE,
                **{f"histoStatutUtilisateur{nom}": TEXTE for nom in _UTILISATEUR},
            }
        ],
        "totalHistoStatut": ENTIER,
    },
    "historiquesDesEvenementsComplementaires": {
        "evenement": [{"evenementId": ENTIER, "evenementDateHeure": MINUTE, "evenementQui": TEXTE}]
    },
    "historiquesDesActionsUtilisateurs": {
        "histoAction": [{"histoActionId": ENTIER, "histoActionCode": TEXTE, "histoActionDateHeure": MINUTE}]
    },
    "derniereAction": {"derniereActionId": ENTIER, "derniereActionCode": TEXTE},
}
CR_DETAILLE = {
    **ENVELOPPE,
    "dateDepotFlux": INSTANT,
    "dateHeureEtatCourantFlux": INSTANT,
    "etatCourantDepotFlux": TEXTE,
    "nomFichier": TEXTE,
    "listeErreurDP": [{"numeroDP": TEXTE, "libelleErreurDP": TEXTE, "identifiantFournisseur": TEXTE}],
    "listeErreurTechnique": [{"codeErreur": TEXTE, "natureErreur": TEXTE, "libelleErreur": TEXTE}],
}


def lire_go(valeur: Any, modele: Any, chemin: str = "réponse") -> None:
    """A wrong JSON type, or a date out of form, is an error of decoding; an unknown field is skipped."""
    if isinstance(modele, dict):
        assert isinstance(valeur, dict), f"{chemin} : objet attendu"
        for nom, regle in modele.items():
            if nom in valeur:
                lire_go(valeur[nom], regle, f"{chemin}.{nom}")
    elif isinstance(modele, list):
        assert isinstance(valeur, list), f"{chemin} : liste attendue"
        for rang, element in enumerate(valeur):
            lire_go(element, modele[0], f"{chemin}[{rang}]")
    elif modele in _DATES:
        datetime.strptime(valeur, _DATES[modele])  # noqa: DTZ007 -- as the client reads it
    elif modele == INSTANT:
        assert datetime.fromisoformat(valeur).tzinfo is not None, f"{chemin} : instant avec décalage attendu"
    else:
        attendu = {ENTIER: int, NOMBRE: (int, float), TEXTE: str, BOOLEEN: bool}[modele]
        assert isinstance(valeur, attendu), f"{chemin} : {modele} attendu, {valeur!r} reçu"
        assert modele == BOOLEEN or not isinstance(valeur, bool), f"{chemin} : {modele} attendu"


def lire_zmog(recu: dict[str, Any], requis: set[str], enumerations: dict[str, set[str]]) -> None:
    """A required field that is missing, or a value outside an enumeration, null first of all, raises."""
    assert requis <= set(recu), f"absents : {requis - set(recu)}"
    for nom, valeurs in enumerations.items():
        if nom in recu:
            assert recu[nom] in valeurs, f"{nom} : {recu[nom]!r} hors de sa liste"
