"""Wording of a compte rendu: texts seen in the wild kept as they are, others in their style (flux-edi.md §6)."""

from __future__ import annotations

import re
import unicodedata

from invoices.formats.balises import NOMS, balise
from invoices.formats.schemas import ErreurSchema

LIBELLE_MAX = 255
_LONGUEUR = re.compile(r"dépasse(?:r)? (\d+) caractères")
_TYPE = re.compile(
    r"Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '([^']+)')?: '(.*)' is not a valid value of the .*"
    r"'(?:\{[^}]*\}|xs:)?([^']+)'",
    re.DOTALL,
)
_MANQUE = re.compile(
    r"Element '(?:\{[^}]*\})?([^']+)': Missing child element\(s\)\. Expected is (?:one of )?\( (.*) \)"
)
_INATTENDU = re.compile(
    r"Element '(?:\{[^}]*\})?([^']+)': This element is not expected\.(?: Expected is (?:one of )?\( (.*) \))?"
)
_INCONNU = re.compile(r"Element '(?:\{[^}]*\})?([^']+)': No matching global declaration")
_ESPACE_DE_NOMS = re.compile(r"\{[^}]*\}")
_DECIMAUX = frozenset({"AmountType", "QuantityType", "PercentType", "MeasureType", "NumericType", "RateType"})


def sans_accent(texte: str) -> str:
    """Comptes rendus are written without accents."""
    plat = unicodedata.normalize("NFKD", texte.replace("’", "'").replace("«", '"').replace("»", '"'))
    return "".join(c for c in plat if not unicodedata.combining(c)).replace("\u202f", " ").replace("\xa0", " ")


def officiel(code: str, champ: str, message: str, *, ubl: bool) -> str:
    """Text of a functional refusal: that of flux-edi.md §6 where there is one, else ours in the same style."""
    chemin = balise(champ, ubl=ubl)
    nom = NOMS.get(champ, "")
    if code == "DP":
        return f"L'{NOMS['BT-30']} (balise : {chemin}) n'est pas reference dans notre systeme. "
    if chemin and nom and (code == "mandatory" or code in ("SBX_001", "SBX_002", "SBX_003")):
        return f"L'element {chemin} est obligatoire."
    longueur = _LONGUEUR.search(message)
    if chemin and nom and longueur:
        return f"Le champ {nom} ({chemin}) ne doit pas depasser {longueur[1]} caracteres"
    texte = sans_accent(message)
    return f"{texte} (balise : {chemin})" if chemin else texte


def xsd(erreur: ErreurSchema, *, position: int = 0) -> str:
    """One finding of the schema, as Xerces words it, with its line and its position."""
    lieu = f" - ligne: {erreur.ligne} - position: {position or erreur.position or 1}"
    return f"IRRECEVABILITE: {_xerces(erreur.message)}{lieu}"


def valeur_illisible(valeur: str, sorte: str, ligne: int, position: int) -> str:
    return (
        f"IRRECEVABILITE: cvc-datatype-valid.1.2.1: '{valeur}' is not a valid value for '{sorte}'."
        f" - ligne: {ligne} - position: {position}"
    )


def _xerces(message: str) -> str:
    """The four common cases; anything else is said by the validator itself."""
    if trouve := _TYPE.search(message):
        sorte = "decimal" if trouve[4] in _DECIMAUX else trouve[4]
        return f"cvc-datatype-valid.1.2.1: '{trouve[3]}' is not a valid value for '{sorte}'."
    if trouve := _MANQUE.search(message):
        return (
            f"cvc-complex-type.2.4.b: The content of element '{trouve[1]}' is not complete. "
            f"One of '{{{_liste(trouve[2])}}}' is expected."
        )
    if trouve := _INATTENDU.search(message):
        debut = f"Invalid content was found starting with element '{trouve[1]}'."
        if trouve[2]:
            return f"cvc-complex-type.2.4.a: {debut} One of '{{{_liste(trouve[2])}}}' is expected."
        return f"cvc-complex-type.2.4.d: {debut} No child element is expected at this point."
    if trouve := _INCONNU.search(message):
        return f"cvc-elt.1: Cannot find the declaration of element '{trouve[1]}'."
    return _ESPACE_DE_NOMS.sub("", message)


def en_francais(erreur: ErreurSchema) -> str:
    """The same for a person."""
    message = erreur.message
    if trouve := _TYPE.search(message):
        return f"la valeur « {trouve[3][:60]} » de {trouve[1]} n'est pas du type attendu."
    if trouve := _MANQUE.search(message):
        return f"{trouve[1]} est incomplet : il manque {_liste(trouve[2])[:120]}."
    if trouve := _INATTENDU.search(message):
        suite = f", où {_liste(trouve[2])[:120]} est attendu" if trouve[2] else ""
        return f"{trouve[1]} n'est pas à sa place{suite}."
    return "l'élément ne suit pas le schéma de la syntaxe."


def _liste(noms: str) -> str:
    return _ESPACE_DE_NOMS.sub("", noms)
