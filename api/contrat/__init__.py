"""The published models of the answers, as data: types, enumerations, required fields (api.md §16 [1], [2], [3]).

``schemas.json`` holds ``ops`` (path → model) and ``defs`` (model → fields ``p``, required ``req``). A field is a
reference (``ref``), a list (``array``) or a scalar (``t``, maybe ``enum``). Where the live service is known to answer
otherwise than its model, ``ECARTS`` says so, with its source.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from api.contrat import ajouts

_FICHIER = Path(__file__).with_name("schemas.json")

ECARTS: dict[str, dict[str, Any]] = {
    # The model forgets the envelope and requires what recognition may not find (api.md §6.2).
    "F.WsRetourDeposerPdfFacture": {
        "req": ["codeRetour", "libelle"],
        "p": {"codeRetour": {"t": "integer"}, "libelle": {"t": "string"}},
    },
    # Typed integer, but amounts have cents (api.md §6.6).
    "F.FactureRechercheValideur": {
        "p": {nom: {"t": "number"} for nom in ("montantAPayer", "montantHT", "montantTTC")},
    },
}
"""Amendments to the models: fields added or retyped, list of the required ones replaced."""


FORMES_DE_DATE = {
    "jour": r"^\d{4}-\d{2}-\d{2}$",
    "minute": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$",
    "instant": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}(Z|[+-]\d{2}:\d{2})$",
}
_A_LA_MINUTE = frozenset(
    {
        *("histoStatutDatePassage", "histoActionDateHeure", "evenementDateHeure", "dateCreationFacture"),
        *("dateDbtService", "dateFinService"),
    }
)
_INSTANTS = frozenset(
    {
        *("dateDepotFlux", "dateHeureEtatCourant", "dateHeureEtatCourantFlux", "dateExpirationMotPasseCompteTech"),
        *("dateCreation", "dateModification", "dateDebutValidite", "dateFinValidite", "dateDerniereModification"),
        *("dateDebut", "dateFin"),
    }
)


def forme_de_date(champ: str) -> str:
    """jour, minute or instant: the models say « date » for the three, strict clients do not (api.md §4, [3])."""
    return "minute" if champ in _A_LA_MINUTE else "instant" if champ in _INSTANTS else "jour"


@cache
def _lu() -> dict[str, Any]:
    lu: dict[str, Any] = json.loads(_FICHIER.read_text(encoding="utf-8"))
    return lu


@cache
def modeles() -> dict[str, dict[str, Any]]:
    """Every model, amended."""
    trouves: dict[str, dict[str, Any]] = {}
    for nom, publie in _lu()["defs"].items():
        ecart = ECARTS.get(nom, {})
        trouves[nom] = {"p": publie["p"] | ecart.get("p", {}), "req": ecart.get("req", publie["req"])}
    return trouves | ajouts.MODELES


@cache
def operations() -> dict[str, str]:
    """Path of each operation of the contract, published or added → name of the model of its answer."""
    publiees: dict[str, str] = _lu()["ops"]
    return publiees | ajouts.OPERATIONS


def valeurs(modele: str, champ: str) -> list[str]:
    """Enumeration of a field, in the order of the contract."""
    lues: list[str] = modeles()[modele]["p"][champ]["enum"]
    return lues


def _champ(nom: str, champ: dict[str, Any], prefixe: str) -> dict[str, Any]:
    if "ref" in champ:
        return {"$ref": prefixe + champ["ref"]}
    if "array" in champ:
        return {"type": "array", "items": _champ(nom, champ["array"], prefixe)}
    if champ["t"] == "date":
        return {"type": "string", "pattern": FORMES_DE_DATE[forme_de_date(nom)]}
    return {"type": champ["t"]} | ({"enum": champ["enum"]} if "enum" in champ else {})


def schema(nom: str, prefixe: str = "#/components/schemas/") -> dict[str, Any]:
    """JSON Schema of a model: nothing but its fields, no null."""
    modele = modeles()[nom]
    objet: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {champ: _champ(champ, regle, prefixe) for champ, regle in modele["p"].items()},
    }
    return objet | ({"required": sorted(modele["req"])} if modele["req"] else {})


def _references(champ: dict[str, Any]) -> Iterator[str]:
    if "ref" in champ:
        yield champ["ref"]
    if "array" in champ:
        yield from _references(champ["array"])


def avec_dependances(nom: str) -> set[str]:
    """The model and all those that it refers to."""
    vus: set[str] = set()
    reste = [nom]
    while reste:
        courant = reste.pop()
        if courant not in vus:
            vus.add(courant)
            reste += [r for champ in modeles()[courant]["p"].values() for r in _references(champ)]
    return vus


def champs_listes(nom: str) -> list[str]:
    """Lists named in the model of an answer: always present in a success (api.md §4)."""
    return [champ for champ, regle in modeles()[nom]["p"].items() if "array" in regle]
