"""Key words and patterns of the recognition of a plain PDF. All of them are applied to flattened text
(lower case, no accent, plain spaces) except the values, which are checked as they were written."""

from __future__ import annotations

import re

NUMERO = r"(?:n\s?[°o]s?\b\.?|n°|no\.|numero|№|#)"
SUITE = r"\s*[:#.=\-]?\s*"
"""Between a key word and its value."""

SIRET = re.compile(r"(?<![\d])(\d(?:[ .]{0,2}\d){13})(?![ .]?\d)")
SIRET_MOT = re.compile(r"\bsiret\b")
SIRET_CLIENT = re.compile(r"\bsiret\b[\s(:]*(?:du |de la |de l'|d'|des )?(?:client|dest)")
MINISTERE = re.compile(r"\bministere\b")

DATE = re.compile(
    r"(?<!\d)(?:(?P<j>\d{1,2})\s?[/.\-]\s?(?P<m>\d{1,2})\s?[/.\-]\s?(?P<a>\d{4})|(?P<a2>\d{4})-(?P<m2>\d{2})-(?P<j2>\d{2}))(?!\d)"
)
DATE_MOTS = (
    re.compile(r"\bdate\s+(?:de\s+(?:la\s+|l')?(?:facture|facturation|avoir)|d'(?:emission|avoir|etablissement))\b"),
    re.compile(
        r"\bdate\b(?!\s*(?:limite|butoir|d'|de\s|du\s|des\s|prevue|client))",
    ),
    re.compile(r"\b(?:facture|avoir)\b[^:]{0,40}?\b(?:du|en date du|le)(?=\s+\d)"),
)
DATE_AUTRES = re.compile(r"echeance|livraison|reglement|paiement|commande|limite|prestation|debut|fin\b|valeur")

NUMERO_VALEUR = re.compile(r"[A-Za-z0-9][A-Za-z0-9+\-_/]{0,19}(?![\w+\-/])")
NUMERO_MOTS = (
    re.compile(rf"\b(?:facture|avoir)\s*{NUMERO}"),
    re.compile(rf"{NUMERO}\s*(?:de\s+|d')?(?:la\s+|l')?(?:facture|avoir)\b"),
    re.compile(r"\breference\s+(?:de\s+)?(?:la\s+)?facture\b"),
    re.compile(r"^\s*(?:facture|avoir)\b(?=\s*:?\s*\S*\d\S*\d)"),
)

SERVICE_VALEUR = re.compile(r"[A-Z0-9][A-Z0-9_\-/@]{0,99}(?![\w@/\-])")
SERVICE_MOTS = (
    re.compile(r"\bcode\s+(?:du\s+)?service(?:\s+(?:executant|destinataire|client))?\b"),
    re.compile(rf"\bservice\s+executant(?:\s*{NUMERO})?"),
    re.compile(rf"\bservice\b(?:\s*{NUMERO})?(?=\s*:)"),
    re.compile(rf"\bservice\b(?:\s*{NUMERO})?(?=\s+\S*\d)"),
    re.compile(r"\bse\b(?=\s*:)"),
    re.compile(r"\bse\b(?=\s+\S*\d)"),
)

ENGAGEMENT_VALEUR = re.compile(r"[A-Z0-9][A-Z0-9\-_/]{0,49}(?![\w/\-]|[.,]\d)")
ENGAGEMENT_MOTS = (
    re.compile(rf"\bengagement\b(?:\s+juridique)?(?:\s*\(?\bej\b\)?)?(?:\s*{NUMERO})?"),
    re.compile(rf"\bej\b(?:\s*{NUMERO})?"),
    re.compile(rf"\bbdc\b(?:\s*{NUMERO})?"),
    re.compile(rf"\bcommande\b(?:\s+client)?(?:\s*{NUMERO})?"),
)

MONTANT = re.compile(
    r"(?<![\w.,/])-?\s?"
    r"(?:\d{1,3}(?: \d{3})+|\d{1,3}(?:\.\d{3})+(?=,\d)|\d{1,3}(?:,\d{3})+(?=\.\d)|\d{1,12})(?:[.,]\d{1,6})?"
    r"(?![\d]|[.,/\-]\d|\s?%)"
)
SANS_GROUPE = re.compile(r"(?<![\w.,/])-?\d{1,12}[.,]\d{2}(?![\d]|\s?%)")

MONTANT_MOTS = {
    "ht": (
        re.compile(
            r"\b(?:montant\s+)?total\s+(?:general\s+|net\s+|facture\s+|des\s+lignes\s+)?(?:eur\s+|€\s*)?(?:h\.?\s?t\b\.?|hors\s+tax\w*)"
        ),
        re.compile(r"\bmontant\s+(?:total\s+|net\s+)?(?:eur\s+|€\s*)?(?:h\.?\s?t\b\.?|hors\s+tax\w*)"),
        re.compile(r"\b(?:net|base)\s+h\.?\s?t\b\.?"),
    ),
    "tva": (
        re.compile(r"\b(?:montant\s+)?(?:total|totale?s?)\s+(?:de\s+(?:la\s+)?)?(?:des\s+)?(?:t\.?v\.?a\b\.?|taxes)"),
        re.compile(r"\bmontant\s+(?:de\s+(?:la\s+)?)?(?:eur\s+)?t\.?v\.?a\b\.?"),
        re.compile(
            r"(?<!taux )(?<!taux de )(?<!numero )(?<!numero de )(?<!hors )"
            r"\bt\.?v\.?a\b\.?(?!\s*(?:intra|fr\s?\d|[°:]?\s*fr))"
        ),
    ),
    "ttc": (
        re.compile(
            r"\b(?:montant\s+)?total\s+(?:general\s+|net\s+|facture\s+|a\s+payer\s+)?(?:eur\s+|€\s*)?(?:t\.?\s?t\.?\s?c\b\.?|toutes\s+taxes)"
        ),
        re.compile(r"\bmontant\s+(?:total\s+)?(?:eur\s+|€\s*)?(?:t\.?\s?t\.?\s?c\b\.?|toutes\s+taxes)"),
    ),
    "net": (re.compile(r"\b(?:net|montant|reste)\s+a\s+payer\b"),),
}
NUMERO_TVA = re.compile(r"(?:n\s?°|numero|no|identifiant|id\.?)\s*(?:de\s+)?(?:la\s+)?$")

AVOIR = re.compile(r"(?<!pour )(?<!sans )(?<!apres )(?<!peut )(?<!doit )(?<!devez )\bavoir\b")

EURO = re.compile(r"€|\beur(?:o|os)?\b")
DEVISE_PRES_D_UN_MONTANT = re.compile(
    r"\d\s?(?P<apres>aed|aud|bgn|brl|cad|chf|cny|czk|dkk|dzd|gbp|hkd|huf|inr|isk|jpy|krw|mad|mxn|nok|nzd|pln|ron|sek|sgd"
    r"|thb|tnd|try|usd|xaf|xof|xpf|zar)\b"
)
DEVISE_MOT = re.compile(r"\b(?:devise|monnaie|currency)\s*:?\s*(?P<code>[a-z]{3})\b")
