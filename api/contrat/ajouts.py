"""Models of answers that no published contract describes: names of our own (« A. »), fields of api.md §7 and §9."""

from typing import Any

_ENTIER, _TEXTE, _NOMBRE = {"t": "integer"}, {"t": "string"}, {"t": "number"}
_TYPES_IDENTIFIANT = {
    "t": "string",
    "enum": ["SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "AUTRE", "PARTICULIER"],
}
_PAGES = {"parametresRetour": {"ref": "S.ParametresRetour"}}


def _reponse(liste: str, ligne: str, **reste: Any) -> dict[str, Any]:
    champs = {"codeRetour": _ENTIER, "libelle": _TEXTE, liste: {"array": {"ref": ligne}}}
    return {"p": champs | reste, "req": ["codeRetour", "libelle"]}


def _ligne(**champs: Any) -> dict[str, Any]:
    return {"p": champs, "req": []}


MODELES: dict[str, dict[str, Any]] = {
    "A.RechercherEngagementsJuridiques": _reponse("listeEngagementJuridique", "A.EngagementJuridique", **_PAGES),
    "A.EngagementJuridique": _ligne(
        idEngagementJuridique=_ENTIER,
        numeroEngagementJuridique=_TEXTE,
        libelleTypeEngagementJuridique=_TEXTE,
        structureReceptrice=_TEXTE,
        codeServiceExecutant=_TEXTE,
        libelleServiceExecutant=_TEXTE,
        dateNotificationEJ={"t": "date"},
        libelleEtatCourantEJ=_TEXTE,
        montantTotalTtc=_NOMBRE,
    ),
    "A.RechercherFacturesTravaux": _reponse("listeFacturesTravaux", "A.FactureTravaux", **_PAGES),
    "A.FactureTravaux": _ligne(idFactureTravaux=_ENTIER),
    "A.RecupererSyntaxesFlux": _reponse("listeSyntaxeFlux", "A.SyntaxeFlux"),
    "A.SyntaxeFlux": _ligne(syntaxeFlux=_TEXTE),
    "A.RechercherServicesExecutants": _reponse("listeServices", "A.ServiceExecutant", **_PAGES),
    "A.ServiceExecutant": _ligne(idServicesCPP=_ENTIER, codeServiceExecutant=_TEXTE, nomServiceExecutant=_TEXTE),
    "A.RecupererStructuresPourUtilisateur": _reponse("listeStructures", "A.StructurePourUtilisateur"),
    "A.StructurePourUtilisateur": _ligne(
        idStructure=_ENTIER,
        identifiantStructure=_TEXTE,
        designationStructure=_TEXTE,
        typeIdentifiantStructure=_TYPES_IDENTIFIANT,
    ),
}
_V1 = "/cpro/{}/v1/{}"
OPERATIONS: dict[str, str] = {
    _V1.format("engagementsJuridiques", "rechercher"): "A.RechercherEngagementsJuridiques",
    _V1.format("facturesTravaux", "rechercher"): "A.RechercherFacturesTravaux",
    _V1.format("transverses", "recuperer/syntaxeflux"): "A.RecupererSyntaxesFlux",
    _V1.format("transverses", "rechercher/serviceexecutant"): "A.RechercherServicesExecutants",
    _V1.format("transverses", "recuperer/structuresPourUtilisateur"): "A.RecupererStructuresPourUtilisateur",
    _V1.format("transverses", "detacherPieceJointe"): "F.WsRetour",
}
