"""Code lists of the files and their names on the portal."""

from __future__ import annotations

from collections.abc import Sequence

TYPES_DOCUMENT = {"380": "FACTURE", "384": "FACTURE", "386": "FACTURE", "381": "AVOIR"}

MODES_PAIEMENT = {
    "10": "ESPECE",
    "20": "CHEQUE",
    "30": "VIREMENT",
    "31": "VIREMENT",
    "42": "VIREMENT",
    "58": "VIREMENT",
    "49": "PRELEVEMENT",
    "59": "PRELEVEMENT",
    "48": "AUTRE",
    "97": "REPORT",
    "1": "AUTRE",
    "01": "AUTRE",
    "ZZZ": "AUTRE",
}

CADRES = frozenset(f"A{n}" for n in range(1, 26))
CADRES_FACTURES = frozenset({"A1", "A2", "A9", "A12"})
CADRES_TRAVAUX = frozenset(f"A{n}" for n in (4, 5, 6, 7, 8, 10, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25))
CADRES_AVEC_VALIDEUR = frozenset({"A9", "A12"})

CATEGORIES_TVA = frozenset(["S", "Z", "E", "AE", "K", "G", "O", "L", "M"])
CATEGORIES_SANS_TVA = frozenset(["AE", "K", "G", "O", "Z"])

EXIGIBILITE_ENCAISSEMENT = frozenset({"72", "432", "TVA_SUR_ENCAISSEMENT"})

SCHEMAS = {
    "1": "SIRET",
    "0002": "SIRET",
    "0009": "SIRET",
    "2": "UE_HORS_FRANCE",
    "0223": "UE_HORS_FRANCE",
    "3": "HORS_UE",
    "ETR": "HORS_UE",
    "0227": "HORS_UE",
    "4": "RIDET",
    "RIDET": "RIDET",
    "0228": "RIDET",
    "5": "TAHITI",
    "TAHITI": "TAHITI",
    "0229": "TAHITI",
    "6": "AUTRE",
    "7": "PARTICULIER",
    "0226": "PARTICULIER",
    "SIRET": "SIRET",
}
SCHEMA_SERVICE = "0224"

MIME_EXTENSIONS = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/csv": "csv",
    "text/xml": "xml",
    "application/xml": "xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}


_PIECES = (
    "bmp bz2 csv doc docx fax gif gz gzip htm html jpeg jpg odp ods odt p7s pdf png pps ppt pptx rtf svg tgz tif tiff"
    " txt xhtml xlc xlm xls xlsx xml zip"
)
EXTENSIONS_PIECES = frozenset(_PIECES.split())
NOM_PIECE_MAX = 50
PIECE_MAX = 10_000_000


def type_identifiant(schema: str, valeur: str) -> str:
    """Name of the type of identifier; fourteen digits without a scheme are a SIRET, nine under 0002 a SIREN."""
    if not valeur:
        return ""
    nom = SCHEMAS.get(schema.upper() if not schema.isdigit() else schema, "")
    if not nom and not schema and valeur.isdigit() and len(valeur) == 14:
        return "SIRET"
    if nom == "SIRET" and len(valeur) == 9 and valeur.isdigit():
        return "SIREN"
    return nom or "AUTRE"


def type_tva(categories: Sequence[str], exigibilite: str) -> str:
    connues = {c for c in categories if c}
    if connues == {"E"}:
        return "EXONERATION"
    if connues and connues <= CATEGORIES_SANS_TVA:
        return "SANS_TVA"
    return "TVA_SUR_ENCAISSEMENT" if exigibilite in EXIGIBILITE_ENCAISSEMENT else "TVA_SUR_DEBIT"


def mode_paiement(code: str, *, absent: str) -> str:
    """Portal name of a payment code; `absent` is what a missing code means in that syntax."""
    return MODES_PAIEMENT.get(code.strip().upper(), "") if code.strip() else absent
