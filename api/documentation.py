"""The OpenAPI document as people read it: families, sheets of operations, tables of fields. Made once per process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from api import openapi
from api.registre import OPERATIONS, Operation
from sandbox import __version__
from support.recherche import plier

Schema = dict[str, Any]
_TYPES = {"integer": "entier", "number": "nombre", "string": "texte", "boolean": "vrai ou faux", "object": "objet"}
_MOTIFS = {
    "^\\d{4}-\\d{2}-\\d{2}$": "jour, AAAA-MM-JJ",
    "^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}$": "minute, AAAA-MM-JJ HH:MM",
}
PROFONDEUR = 6


@dataclass(frozen=True, slots=True)
class Champ:
    """A field, ``niveau`` deep in the object."""

    nom: str
    niveau: int
    type: str
    valeurs: tuple[str, ...] = ()
    aide: str = ""
    obligatoire: bool = False


@dataclass(frozen=True, slots=True)
class Statut:
    numero: int
    sens: str
    corps: str


@dataclass(frozen=True, slots=True)
class Famille:
    nom: str
    phrase: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Fiche:
    """All that is said of an operation."""

    operation: Operation
    requete: tuple[Champ, ...]
    exemple: str
    reponse: tuple[Champ, ...]
    exemple_reponse: str
    statuts: tuple[Statut, ...]


@cache
def document() -> Schema:
    return openapi.document(__version__)


@cache
def en_json() -> bytes:
    """The document, as it is served."""
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


@cache
def empreinte() -> str:
    """Entity tag of the document."""
    return f'"{sha256(en_json()).hexdigest()[:32]}"'


@cache
def familles() -> tuple[Famille, ...]:
    ordre = openapi.en_ordre()
    return tuple(
        Famille(nom, phrase, tuple(o for o in ordre if o.api == nom))
        for nom, phrase in openapi.FAMILLES.items()
        if any(o.api == nom for o in ordre)
    )


def chercher(demande: str) -> tuple[Famille, ...]:
    """Families and operations that hold every word: in the code, the path or the summary, accents apart."""
    mots = plier(demande).split()
    if not mots:
        return familles()
    trouvees = (
        Famille(f.nom, f.phrase, tuple(o for o in f.operations if all(mot in _textes()[o.cle] for mot in mots)))
        for f in familles()
    )
    return tuple(f for f in trouvees if f.operations)


@cache
def _textes() -> dict[str, str]:
    return {cle: plier(f"{o.code} {o.adresse} {o.resume}") for cle, o in OPERATIONS.items()}


def _resoudre(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    vise: Schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return vise


def _type(schema: Schema) -> str:
    if schema.get("type") == "array":
        return f"liste : {_type(_resoudre(schema['items']))}"
    if schema.get("format") == "date":
        return "date : jour ou instant"
    if "pattern" in schema:
        return _MOTIFS.get(schema["pattern"], "instant, AAAA-MM-JJTHH:MM:SS.mmm+01:00")
    return _TYPES.get(str(schema.get("type", "object")), "objet")


def _champs(schema: Schema, niveau: int = 0) -> Iterator[Champ]:
    """Depth first; a list of objects is followed by the fields of one."""
    requis = schema.get("required", ())
    for nom, brut in schema.get("properties", {}).items():
        regle = _resoudre(brut)
        element = _resoudre(regle["items"]) if regle.get("type") == "array" else regle
        yield Champ(
            nom,
            niveau,
            _type(regle),
            tuple(element.get("enum", ())),
            brut.get("description", ""),
            nom in requis,
        )
        if niveau < PROFONDEUR:
            yield from _champs(element, niveau + 1)


def _bonne_reponse(dite: Schema) -> Schema:
    schema: Schema = dite["responses"]["200"]["content"]["application/json"]["schema"]
    return _resoudre(schema.get("anyOf", [schema])[0])


def _en_lignes(valeur: Any) -> str:
    return json.dumps(valeur, ensure_ascii=False, indent=2)


@cache
def fiche(cle: str) -> Fiche:
    """Sheet of an operation. Raises ``KeyError``."""
    operation = OPERATIONS[cle]
    dite: Schema = document()["paths"][operation.adresse][operation.methode.lower()]
    corps = dite.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    simulee = operation.executer is not None
    return Fiche(
        operation,
        tuple(_champs(_resoudre(corps))),
        _en_lignes(dict(operation.exemple)) if operation.methode == "POST" else "",
        tuple(_champs(_bonne_reponse(dite))) if simulee else (),
        _en_lignes(dite["responses"]["200"]["content"]["application/json"]["example"]) if simulee else "",
        tuple(
            Statut(int(statut), reponse["description"], json.dumps(contenu["example"], ensure_ascii=False))
            for statut, reponse in document()["components"]["responses"].items()
            for contenu in reponse["content"].values()
            if statut in dite["responses"]
        ),
    )
