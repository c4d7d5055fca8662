"""Findings of a flow: the words of the compte rendu, the same for a person, and what to do (flux-edi.md §6)."""

from invoices.formats import libelles
from invoices.formats.chorus import ConstatChorus
from invoices.formats.saxon import Constat as ConstatEn16931
from invoices.models.flux import Constat

INCIDENT = "INCIDENT"
"""Of an incident that a trainer asks for; ours, nothing official bears it."""

_PAR_CODE = {
    INCIDENT: "Ne corrigez rien : déposez-la à nouveau.",
    "IRR_ANTIVIRUS": "Analysez vos fichiers avec un antivirus, retirez celui qui est en cause, puis déposez à nouveau.",
    "IRR_EXTRAC": "Refaites l'archive, en zip ou en tar.gz, avec les seuls fichiers de facture.",
    "IRR_NOM_F": "Renommez les fichiers du lot : un nom simple, sans dossier, de 200 caractères au plus.",
    "IRR_TAILLE": "Partagez vos factures en plusieurs lots.",
    "IRR_TAILLE_F": "Partagez vos factures en plusieurs lots, ou allégez le fichier.",
    "IRR_TYPE": "Faites un lot par syntaxe : un flux ne porte qu'un syntaxeFlux.",
    "IRR_TYPE_F": "Ne gardez dans le lot que des XML, ou que des PDF Factur-X ; un PDF simple se dépose seul.",
    "IRR_SYNTAX": "Produisez à nouveau le fichier dans votre logiciel : ce n'est pas un XML lisible.",
    "IRR_VIDE": "Choisissez le bon fichier : celui-ci ne contient rien.",
    "IRR_VIDE_F": "Choisissez le bon fichier : celui-ci ne contient rien.",
    "IRR_FORM": "Reprenez la forme FSOnnnnA_AAA999_AAA999nnnn + 15 chiffres, ou laissez le nom vide.",
    "IRR_CODE_INTER": "Le code interface du nom est celui du syntaxeFlux choisi.",
    "IRR_CODE_APP": "Utilisez le code application de votre fiche de raccordement.",
    "IRR_UNICITE": "Augmentez la séquence : un nom de flux ne sert qu'une fois.",
    "ERR_XSD_001": "Corrigez la ligne indiquée : elle ne suit pas le schéma de la syntaxe.",
    "DP": "Vérifiez le SIRET du fournisseur : c'est celui d'une structure où vous pouvez émettre des factures.",
    "SBX_001": "Ajoutez le code service au fichier ; l'annuaire donne ceux de ce destinataire.",
    "SBX_002": "Ajoutez le numéro d'engagement : il est sur le bon de commande.",
    "SBX_003": "Ajoutez le code service ou le numéro d'engagement.",
    "SBX_004": "Cherchez le destinataire dans l'annuaire et reprenez son SIRET.",
    "SBX_005": "Reprenez un code service actif de l'annuaire.",
    "SBX_006": "Recopiez l'engagement juridique du bon de commande.",
    "SBX_010": "Donnez à la facture le numéro suivant de votre série.",
    "SBX_022": "Écrivez des montants positifs dans l'avoir.",
    "SBX_030": "Ajoutez au fichier l'identifiant du valideur.",
    "SBX_061": "Choisissez un autre code service : celui-ci est réservé aux entités publiques.",
    "SBX_062": "Ce destinataire ne reçoit que des factures de travaux : vérifiez qui vous a passé commande.",
    "SBX_063": "Reprenez un cadre offert ici : A1, A2, A9 ou A12.",
}
_PAR_CHAMP = {
    "BT-1": "Corrigez le numéro de la facture dans votre logiciel.",
    "BT-2": "Corrigez la date de la facture.",
    "BT-3": "Reprenez un type de document accepté : 380, 381, 384 ou 386.",
    "BT-81": "Ajoutez le mode de paiement, par exemple 30 pour un virement.",
    "BT-112": "Recalculez les totaux de la facture.",
    "BT-115": "Recalculez le montant à payer.",
    "BT-119": "Corrigez le taux de TVA.",
    "BT-125": "Corrigez la pièce jointe, ou retirez-la du fichier.",
    "BT-152": "Corrigez le taux de TVA de la ligne.",
}
_REGLES = {
    "BR-01": "profil absent",
    "BR-06": "raison sociale du fournisseur",
    "BR-07": "raison sociale du destinataire",
    "BR-16": "lignes",
    "BR-27": "mettez la quantité en négatif, pas le prix",
    "BR-28": "mettez la quantité en négatif, pas le prix",
    "BR-CO-09": "numéro de TVA : FR…",
    "BR-CO-17": "calcul de la TVA : base × taux",
    "BR-CO-25": "date d'échéance",
    "BR-CO-26": "SIRET ou numéro de TVA du fournisseur",
    "BR-E-10": "motif d'exonération",
    "BR-AE-10": "motif d'exonération",
}
_FAMILLES = (
    ("BR-CO-", "calcul des totaux"),
    ("BR-CL-", "code inconnu de la liste"),
    ("BR-DEC-", "deux décimales au plus"),
    ("BR-S-", "TVA au taux normal ou réduit"),
    ("BR-", "donnée manquante ou incohérente"),
    ("CII-", "élément ou attribut mal employé"),
    ("UBL-", "élément ou attribut mal employé"),
)
_DEFAUT = "Corrigez cette donnée dans votre logiciel, puis déposez à nouveau la facture."

CHAMPS = {
    "numero": "BT-1",
    "date_facture": "BT-2",
    "code_service": "BT-10",
    "numero_engagement": "BT-13",
    "cadre": "BT-23",
    "fournisseur": "BT-30",
    "destinataire": "BT-47",
    "valideur": "BG-X-36",
}
"""Fields of the form → business terms of the file."""


def constat(
    code: str, champ: str, message: str, *, ubl: bool = False, libelle: str = "", fichier: str = "", detail: str = ""
) -> Constat:
    """One finding as it is kept: what the compte rendu says, what was found, what to do."""
    return {
        "code": code,
        "champ": champ,
        "libelle": libelle or libelles.officiel(code, champ, message, ubl=ubl),
        "message": message,
        "conseil": conseil(code, champ),
        "fichier": fichier[:200],
        "detail": detail[:500],
    }


def conseil(code: str, champ: str = "") -> str:
    """What to do, by the code of the control, else by the field it speaks of."""
    return _PAR_CODE.get(code) or _PAR_CHAMP.get(champ) or _DEFAUT


def de_chorus(trouve: ConstatChorus, *, ubl: bool) -> Constat:
    return constat(trouve.code, trouve.champ, trouve.message, ubl=ubl)


def de_en16931(trouve: ConstatEn16931) -> Constat:
    """A rule of the norm: its text is English, as published; the hint is ours (flux-edi.md §8.3)."""
    indice = _REGLES.get(trouve.regle) or next(
        (sens for debut, sens in _FAMILLES if trouve.regle.startswith(debut)), ""
    )
    garde = constat(trouve.regle, "", trouve.texte, libelle=f"{trouve.regle} : {trouve.texte}", detail=trouve.lieu)
    garde["conseil"] = f"Règle EN 16931 : {indice}." if indice else _DEFAUT
    return garde
