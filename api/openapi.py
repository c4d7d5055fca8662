"""The API as an OpenAPI 3.1 document, written from the table of operations: nothing is said twice.

Requests come from the ``Entree`` that reads them, answers from the models of the contract.
"""

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from api import champs, contrat, exemples
from api.entree import Moment, SansArgument
from api.registre import OPERATIONS, Operation
from api.services import jetons

Schema = dict[str, Any]

FAMILLES = {
    "factures": "Soumettre, déposer, rechercher, consulter, télécharger et traiter des factures.",
    "transverses": "Comptes rendus des flux, pièces jointes, listes de référence.",
    "structures": "Structures, services, rattachements.",
    "utilisateurs": "Ce que voit le compte technique.",
    "engagementsJuridiques": "Engagements de l'État.",
    "facturesTravaux": "Factures de travaux.",
    "piste": "Jeton d'accès.",
}
"""Families, in the order of the reading."""
DESCRIPTION = (
    "Imitation, pour la formation, de l'API de Chorus Pro atteinte par PISTE : mêmes adresses, mêmes champs, mêmes "
    "codes. Données fictives, site non officiel. Un champ absent, null, texte vide, objet vide ou liste vide veut dire "
    "la même chose : rien n'est demandé. Les champs inconnus sont ignorés. Un refus métier répond 200 avec un "
    "codeRetour différent de 0."
)
_REQUETE = "Requete."
_REF = "#/components/schemas/"

STATUTS: dict[int, str] = {
    200: "Réponse, ou refus métier : codeRetour différent de 0.",
    400: "Requête mal formulée : ce n'est pas du JSON, un type ne convient pas, une valeur est hors de sa liste.",
    401: "Jeton ou compte technique absent, inconnu, expiré.",
    403: "Adresse inconnue, API non cochée dans l'application, opération non simulée, ou compte sans l'habilitation.",
    405: "L'opération ne s'appelle pas par ce verbe HTTP.",
    413: "Requête ou résultat trop gros.",
    415: "Le Content-Type n'est pas application/json.",
    429: "Trop de requêtes : attendre le nombre de secondes de Retry-After.",
    500: "Incident, ou panne posée par le formateur.",
    504: "Pas de réponse à temps : panne posée par le formateur.",
}
"""Every status that the gateway may answer (api.md §3)."""

_VIDE: Schema = {"type": "object", "additionalProperties": False}
_ERREURS: dict[int, tuple[Schema, Any]] = {
    400: ({"$ref": f"{_REF}Erreur.MalFormulee"}, {"codeRetour": 400, "libelle": "Requête mal formulée"}),
    401: (
        {"anyOf": [{"$ref": f"{_REF}Erreur.Jeton"}, {"$ref": f"{_REF}Erreur.Vide"}]},
        {"error": "invalid_token"},
    ),
    403: ({"type": "object", "description": "{}, ou l'écho de la requête."}, {}),
    **{statut: ({"$ref": f"{_REF}Erreur.Vide"}, {}) for statut in (405, 413, 415, 429, 500, 504)},
}

_SCHEMAS_ERREURS: dict[str, Schema] = {
    "Erreur.Vide": {**_VIDE, "description": "Corps vide."},
    "Erreur.Jeton": {
        "type": "object",
        "additionalProperties": False,
        "required": ["error"],
        "properties": {"error": {"const": "invalid_token"}},
    },
    "Erreur.MalFormulee": {
        "type": "object",
        "additionalProperties": False,
        "required": ["codeRetour", "libelle"],
        "properties": {"codeRetour": {"const": 400}, "libelle": {"type": "string"}},
    },
    "Erreur.OAuth": {
        "type": "object",
        "additionalProperties": False,
        "required": ["error"],
        "properties": {
            "error": {"enum": ["invalid_client", "invalid_request", "unsupported_grant_type"]},
            "error_description": {"type": "string"},
        },
    },
    "Refus": {
        "type": "object",
        "additionalProperties": False,
        "required": ["codeRetour", "libelle"],
        "description": "Refus métier.",
        "properties": {
            "codeRetour": {"type": "integer", "minimum": 1},
            "libelle": {"type": "string"},
        },
    },
}
_ENTETES = {
    "x-correlationid": {
        "description": "Numéro de l'appel, à rappeler en cas de question.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Id-[0-9a-f]{24} 0$"},
    }
}
_RETRY_AFTER = {"Retry-After": {"description": "Secondes à attendre.", "required": True, "schema": {"type": "string"}}}


def _sans_null(schema: Schema) -> Schema:
    """What pydantic says of a field, for a reader: neither title nor default, null being the same as absent."""
    choix = [s for s in schema.get("anyOf", ()) if s.get("type") != "null"]
    if len(choix) == 1:
        schema = {**{nom: v for nom, v in schema.items() if nom != "anyOf"}, **choix[0]}
    propre = {nom: valeur for nom, valeur in schema.items() if nom not in ("title", "default")}
    if isinstance(propre.get("items"), dict):
        propre["items"] = _sans_null(propre["items"])
    return propre


def _propriete(nom: str, schema: Schema) -> Schema:
    propre = _sans_null(schema)
    aide = champs.aide(nom)
    return {**propre, "description": aide} if aide else propre


def _requetes(operations: Iterable[Operation]) -> tuple[dict[str, str], dict[str, Schema]]:
    """(code of the operation → name of its schema, name → schema); a docstring of the code is not for the reader."""
    modeles = {o.code: o.entree for o in operations if o.entree is not SansArgument}
    carte, racine = models_json_schema(
        [(m, "validation") for m in modeles.values()], ref_template=_REF + _REQUETE + "{model}"
    )
    schemas = {
        _REQUETE + nom: {
            "type": "object",
            "properties": {champ: _propriete(champ, regle) for champ, regle in definition["properties"].items()},
        }
        for nom, definition in racine.get("$defs", {}).items()
        if nom != Moment.__name__  # how a date is kept, not how it is written
    }
    noms = {code: carte[(modele, "validation")]["$ref"].removeprefix(_REF) for code, modele in modeles.items()}
    return noms, schemas


def erreurs() -> dict[str, Schema]:
    """Every answer that is not a 200, by status."""
    return {
        str(statut): {
            "description": STATUTS[statut],
            "headers": _ENTETES | (_RETRY_AFTER if statut == 429 else {}),
            "content": {"application/json": {"schema": schema, "example": exemple}},
        }
        for statut, (schema, exemple) in _ERREURS.items()
    }


def _reponses(operation: Operation) -> Schema:
    communes: Schema = {statut: {"$ref": f"#/components/responses/{statut}"} for statut in erreurs()}
    if operation.executer is None:
        return {statut: communes[statut] for statut in ("401", "403", "405", "429", "500")}
    succes = {"$ref": _REF + operation.modele}
    sans_enveloppe = "libelle" not in contrat.modeles()[operation.modele]["p"]
    return {
        "200": {
            "description": STATUTS[200],
            "headers": _ENTETES,
            "content": {
                "application/json": {
                    "schema": succes if sans_enveloppe else {"anyOf": [succes, {"$ref": f"{_REF}Refus"}]},
                    "example": exemples.reponse(operation),
                }
            },
        }
    } | communes


def _operation(operation: Operation, requetes: dict[str, str]) -> Schema:
    dite: Schema = {
        "operationId": operation.code,
        "tags": [operation.api],
        "summary": operation.resume,
        "responses": _reponses(operation),
        "security": [{"jeton": ["openid"], "compteTechnique": []}],
    }
    if operation.depreciee:
        dite["deprecated"] = True
    if operation.executer is None:
        dite["x-non-simulee"] = True
        dite["description"] = "Non encore simulée : répond 403."
    if operation.methode == "POST":
        schema: Schema = (
            {"$ref": _REF + requetes[operation.code]}
            if operation.code in requetes
            else {"type": ["object", "array", "null"], "maxProperties": 0, "maxItems": 0}
        )
        dite["requestBody"] = {
            "required": False,
            "content": {"application/json": {"schema": schema, "example": dict(operation.exemple)}},
        }
    return dite


def _jeton() -> Schema:
    return {
        "operationId": "obtenirJeton",
        "tags": ["piste"],
        "summary": "Obtenir un jeton d'accès",
        "description": "client_id et client_secret se donnent dans le formulaire, ou par HTTP Basic.",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"const": "client_credentials"},
                            "client_id": {"type": "string"},
                            "client_secret": {"type": "string"},
                            "scope": {"type": "string", "examples": ["openid"]},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "Un jeton, valable une heure.",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["access_token", "token_type", "expires_in", "scope"],
                            "properties": {
                                "access_token": {"type": "string", "minLength": 40},
                                "token_type": {"const": "Bearer"},
                                "expires_in": {"type": "integer"},
                                "scope": {"type": "string"},
                            },
                        },
                        "example": {
                            "access_token": "WzEsMSwxNzk2…",
                            "token_type": "Bearer",
                            "expires_in": int(jetons.DUREE.total_seconds()),
                            "scope": jetons.PORTEE,
                        },
                    }
                },
            },
            "400": {
                "description": "Application inconnue, secret faux, champ manquant, ou autre grant_type.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": f"{_REF}Erreur.OAuth"},
                        "example": {"error": "invalid_client", "error_description": "…"},
                    }
                },
            },
        }
        | {
            str(statut): {
                "description": STATUTS[statut],
                "headers": _RETRY_AFTER if statut == 429 else {},
                "content": {"application/json": {"schema": {"$ref": f"{_REF}Erreur.Vide"}, "example": {}}},
            }
            for statut in (405, 429, 500)
        },
    }


def en_ordre() -> list[Operation]:
    """Operations by family, then by path."""
    rangs = list(FAMILLES)
    return sorted(OPERATIONS.values(), key=lambda o: (rangs.index(o.api), o.chemin.lower()))


def document(version: str) -> Schema:
    """The whole document."""
    operations = en_ordre()
    noms, requetes = _requetes(operations)
    modeles = {m for o in operations if o.executer is not None for m in contrat.avec_dependances(o.modele)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "API du bac à sable",
            "version": version,
            "summary": "Entraînement à la facturation publique",
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": nom, "description": phrase} for nom, phrase in FAMILLES.items()],
        "paths": {"/api/oauth/token": {"post": _jeton()}}
        | {o.adresse: {o.methode.lower(): _operation(o, noms)} for o in operations},
        "components": {
            "schemas": _SCHEMAS_ERREURS | requetes | {nom: contrat.schema(nom, _REF) for nom in sorted(modeles)},
            "responses": erreurs(),
            "securitySchemes": {
                "jeton": {
                    "type": "oauth2",
                    "description": "Jeton de l'application PISTE, dans « Authorization: Bearer ».",
                    "flows": {
                        "clientCredentials": {"tokenUrl": "/api/oauth/token", "scopes": {"openid": "Appeler l'API"}}
                    },
                },
                "compteTechnique": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "cpro-account",
                    "description": "base64 de « login:motdepasse » du compte technique, en UTF-8.",
                },
            },
        },
    }
