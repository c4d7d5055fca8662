"""Packs: folders of declarative files with a published schema (formation.md PAC-1). No code inside."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox import paths
from structures.identifiants import est_siret


class PackInvalide(ValueError):
    """The pack cannot be used; the message names the file, the place in it, what was found."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack once read: what it says of itself, its cast, its profiles, those of the packs it includes first."""

    id: str
    version: str
    titre: str
    duree: str
    public: str
    description: str
    places: int
    entites: dict[str, list[dict[str, Any]]]
    profils: dict[str, Any]


def _toml(chemin: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise PackInvalide(f"{chemin.name} : {erreur}") from erreur


@cache
def schema(dossier: Path) -> dict[str, Any]:
    contenu: dict[str, Any] = json.loads((dossier / "schema.json").read_text(encoding="utf-8"))
    return contenu


def _constat(erreur: ValidationError) -> str:
    """What is wrong, in French; the library speaks English."""
    regle, attendu, trouve = erreur.validator, erreur.validator_value, erreur.instance
    match regle:
        case "required":
            return f"il manque {', '.join(f'« {cle} »' for cle in attendu if cle not in trouve)}."
        case "additionalProperties" if attendu is False:
            connues = erreur.schema.get("properties", {})
            return f"clé inconnue : {', '.join(f'« {cle} »' for cle in trouve if cle not in connues)}."
        case "enum":
            return f"« {trouve} » n'est pas l'une des valeurs permises : {', '.join(map(str, attendu))}."
        case _:
            return f"« {trouve} » ne respecte pas la règle « {regle} : {attendu} » du schéma."


def _valider(document: dict[str, Any], dossier: Path, racine: Path) -> None:
    erreurs = sorted(Draft202012Validator(schema(racine)).iter_errors(document), key=lambda e: list(e.absolute_path))
    if erreurs:
        premiere = erreurs[0]
        ou = " › ".join(str(p) for p in premiere.absolute_path) or "racine"
        raise PackInvalide(f"Pack « {dossier.name} », {ou} : {_constat(premiere)}")
    entites = document.get("entites", {})
    for nature in ("publiques", "privees", "insee"):
        for entite in entites.get(nature, []):
            if not est_siret(entite["siret"]):
                raise PackInvalide(
                    f"Pack « {dossier.name} », {entite['raison_sociale']} : "
                    f"la clé du SIRET {entite['siret']} est fausse."
                )


def _document(dossier: Path) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for nom in ("pack", "entites", "profils"):
        if (dossier / f"{nom}.toml").is_file():
            document[nom] = _toml(dossier / f"{nom}.toml")
    return document


def _verifier_unicite(entites: dict[str, list[dict[str, Any]]], identifiant: str) -> None:
    """A SIRET names one actor, a base one kind of company per seat."""
    for cle, natures in (("siret", ("publiques", "privees", "insee")), ("base", ("par_poste",))):
        vus: set[str] = set()
        for entite in (e for nature in natures for e in entites.get(nature, [])):
            if entite[cle] in vus:
                raise PackInvalide(
                    f"Pack « {identifiant} », {entite['raison_sociale']} : {entite[cle]} sert deux fois."
                )
            vus.add(entite[cle])


def lire(identifiant: str, racine: Path | None = None) -> Pack:
    """Read and check a pack, with those it includes. Raises ``PackInvalide``."""
    racine = racine or Path(paths.PACKS_DIR)
    dossier = racine / identifiant
    if not (dossier / "pack.toml").is_file():
        connus = ", ".join(p.id for p in disponibles(racine))
        raise PackInvalide(f"Le pack « {identifiant} » n'existe pas. Packs disponibles : {connus}.")
    document = _document(dossier)
    _valider(document, dossier, racine)
    entites: dict[str, list[dict[str, Any]]] = {}
    profils: dict[str, Any] = {}
    inclus = document["pack"].get("inclut", [])
    for nom in inclus:
        if not (racine / nom).is_dir():
            raise PackInvalide(f"Pack « {identifiant} » : le pack inclus « {nom} » n'existe pas.")
    morceaux = [_document(racine / nom) for nom in inclus]
    for nom, morceau in zip(inclus, morceaux, strict=True):
        _valider({"pack": document["pack"], **morceau}, racine / nom, racine)
    for morceau in [*morceaux, document]:
        for nature, lignes in morceau.get("entites", {}).items():
            entites.setdefault(nature, []).extend(lignes)
        profils |= morceau.get("profils", {})
    _verifier_unicite(entites, identifiant)
    for publique in entites.get("publiques", []):
        if (profil := publique.get("profil")) and profil not in profils:
            raise PackInvalide(f"{publique['raison_sociale']} : le profil « {profil} » n'existe pas.")
    entete = document["pack"]
    return Pack(
        id=entete["id"],
        version=entete["version"],
        titre=entete["titre"],
        duree=entete["duree"],
        public=entete.get("public", ""),
        description=entete["description"],
        places=entete.get("places", 12),
        entites=entites,
        profils=profils,
    )


def disponibles(racine: Path | None = None) -> list[Pack]:
    """Packs that a trainer may choose, by title."""
    racine = racine or Path(paths.PACKS_DIR)
    return sorted((lire(p.parent.name, racine) for p in racine.glob("*/pack.toml")), key=lambda pack: pack.titre)
