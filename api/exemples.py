"""An answer that a reader can look at, made from its model: the same at each run, and valid (api.md §4)."""

import re
from typing import Any

from api import contrat
from api.registre import Operation

_DATES = {
    "jour": "2026-12-07",
    "minute": "2026-12-07 10:04",
    "instant": "2026-12-07T10:04:12.000+01:00",
}
_VALEURS: dict[str, Any] = {
    "modeDepot": "SAISIE_API",
    "codeCadreFacturation": "A1_FACTURE_FOURNISSEUR",
    "statut": "MISE_A_DISPOSITION",
    "statutFacture": "DEPOSEE",
    "statutCourantCode": "MISE_A_DISPOSITION",
    "nouveauStatut": "MANDATEE",
    "histoStatutCode": "DEPOSEE",
    "etatCourantFlux": "IN_INTEGRE",
    "etatCourantDepotFlux": "IN_INTEGRE",
    "syntaxeFlux": "IN_DP_E2_CII_FACTURX",
    "modePaiement": "VIREMENT",
    "numeroFacture": "20260000000000000014",
    "numeroFluxDepot": "CPP0011117000000000000042",
    "nomFichier": "FSO1117A_CPP001_CPP0011117000000000000042",
    "nomFichierFlux": "FSO1117A_CPP001_CPP0011117000000000000042",
    "devise": "EUR",
    "codeDevise": "EUR",
    "codeDeviseFacture": "EUR",
    "libelleDevise": "Euro",
    "codePays": "FR",
    "libellePays": "France",
    "fichierResultat": "UEsDBBQAAAAI…",
    "fichierCR": "JVBERi0xLjcK…",
    "pieceJointe": "JVBERi0xLjcK…",
    "body": "L'API CPRO est actuellement disponible et fonctionnel.",
    "statusCode": "OK",
    "statusCodeValue": 200,
    "destinataireEtat": "NON",
    "commentaire": "Merci de rappeler notre référence.",
    "ville": "VALMORAN",
    "codePostal": "99010",
    "email": "facturation@arbelin.example",
}
_TEXTES = (
    (r"(?i)^siren", "000200014"),
    (
        r"(?i)siret|^identifiant|^code(Destinataire|Fournisseur|Valideur|Moe|Moa)|code(Siret|Structure)",
        "00020001400017",
    ),
    (r"(?i)destinataire.*(designation|nom|libelle)|^designation|raisonSociale", "COMMUNE DE VALMORAN"),
    (r"(?i)codeService", "SRV-01"),
    (r"(?i)service", "Service technique"),
    (r"(?i)pays", "FR"),
    (r"(?i)prenom", "Nadia"),
    (r"(?i)nom", "Loriot"),
    (r"(?i)numero", "2026-0147"),
    (r"(?i)adresse", "1 place de la Mairie"),
    (r"(?i)^code", "CODE"),
    (r"(?i)^date", "2026-12-07"),
)
_NOMBRES = (
    (r"^codeRetour$", 0),
    (r"^nbResultatsParPage", 10),
    (r"^(page|pages|total|premier|numero|lignePosteNumero)", 1),
    (r"(?i)tva$|TauxRefValeur|Manuel$", 20),
    (r"(?i)montant|base|valeur", 1200.5),
    (r"(?i)quantite", 12),
    (r"(?i)taille", 48213),
)


def _texte(nom: str) -> str:
    return next((texte for motif, texte in _TEXTES if re.search(motif, nom)), "texte")


def _nombre(nom: str, *, entier: bool) -> int | float:
    trouve = next((valeur for motif, valeur in _NOMBRES if re.search(motif, nom)), 4021)
    return int(trouve) if entier else trouve


def _champ(nom: str, regle: dict[str, Any]) -> Any:
    if "ref" in regle:
        return _objet(regle["ref"])
    if "array" in regle:
        return [_champ(nom, regle["array"])]
    if "enum" in regle:
        prefere = _VALEURS.get(nom)
        return prefere if prefere in regle["enum"] else regle["enum"][0]
    if nom in _VALEURS:
        return _VALEURS[nom]
    match regle["t"]:
        case "boolean":
            return True
        case "date":
            return _DATES[contrat.forme_de_date(nom)]
        case "string":
            return _texte(nom)
        case genre:
            return _nombre(nom, entier=genre == "integer")


def _objet(modele: str) -> dict[str, Any]:
    return {nom: _champ(nom, regle) for nom, regle in contrat.modeles()[modele]["p"].items()}


def reponse(operation: Operation) -> dict[str, Any]:
    """A success of this operation: the envelope first, as people read it."""
    contenu = _objet(operation.modele)
    if "libelle" not in contenu:
        return contenu
    return {"codeRetour": 0, "libelle": operation.libelle} | {
        nom: valeur for nom, valeur in contenu.items() if nom not in ("codeRetour", "libelle")
    }
