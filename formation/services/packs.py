"""Packs: folders of declarative files with a published schema (formation.md PAC-1). No code inside."""

import json
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from formation.services import controle_packs as controle
from formation.services.controle_commandes import verifier_commandes
from formation.services.controle_packs import PackInvalide
from sandbox import paths

__all__ = ["Pack", "PackInvalide", "disponibles", "lire", "schema"]
FICHIERS = ("pack", "entites", "profils", "matelas", "exercices", "commandes")


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
    matelas: dict[str, Any] = field(default_factory=dict)
    """« Matelas de données » that a seat may generate; empty when the pack has none."""
    exercices: dict[str, Any] = field(default_factory=dict)
    """Missions, documents and initial states (``formation.services.exercices``); empty when the pack has none."""
    commandes: tuple[dict[str, Any], ...] = ()
    """What the counterparts have ordered, to compare deposits to (SIM-2)."""


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
        fichier, *endroit = premiere.absolute_path or ("racine",)
        ou = " › ".join([f"{fichier}.toml" if fichier in FICHIERS else str(fichier), *map(str, endroit)])
        raise PackInvalide(f"Pack « {dossier.name} », {ou} : {_constat(premiere)}")
    controle.verifier_cles(document.get("entites", {}), dossier.name)


def _document(dossier: Path) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for nom in FICHIERS:
        if (dossier / f"{nom}.toml").is_file():
            document[nom] = _toml(dossier / f"{nom}.toml")
    return document


def _reunir(morceaux: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The actors of these folders, in order, each with its gestionnaire: the default one, then its own words."""
    entites: dict[str, list[dict[str, Any]]] = {}
    defaut: dict[str, Any] = {}
    for morceau in morceaux:
        lus = dict(morceau.get("entites", {}))
        defaut = defaut | lus.pop("gestionnaire", {})
        for nature, lignes in lus.items():
            entites.setdefault(nature, []).extend(dict(ligne) for ligne in lignes)
    for nature in controle.PRESENTES:
        for entite in entites.get(nature, []):
            propre = entite.get("gestionnaire")
            if (propre or defaut) and controle.sur_le_portail(nature, entite):
                entite["gestionnaire"] = defaut | (propre or {})
    return entites


def _commandes(morceaux: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The orders of these folders; one says for all of them whether bank accounts are watched (ERR-12)."""
    lus = [morceau.get("commandes", {}) for morceau in morceaux]
    banque = {"controle_banque": True} if any(lu.get("controle_banque") for lu in lus) else {}
    return tuple({**commande, **banque} for lu in lus for commande in lu.get("commandes", []))


def lire(identifiant: str, racine: Path | None = None) -> Pack:
    """Read and check a pack, with those it includes; read again when a file has changed. Raises ``PackInvalide``."""
    racine = racine or Path(paths.PACKS_DIR)
    fichiers = [*sorted(racine.glob("*/*.toml")), racine / "schema.json"]
    etats = [(str(fichier), fichier.stat()) for fichier in fichiers]
    return _lire(identifiant, racine, tuple((nom, etat.st_mtime_ns, etat.st_size) for nom, etat in etats))


@lru_cache(maxsize=32)
def _lire(identifiant: str, racine: Path, etat: tuple[tuple[str, int, int], ...]) -> Pack:
    dossier = racine / identifiant
    if not (dossier / "pack.toml").is_file():
        connus = ", ".join(p.id for p in disponibles(racine))
        raise PackInvalide(f"Le pack « {identifiant} » n'existe pas. Packs disponibles : {connus}.")
    document = _document(dossier)
    _valider(document, dossier, racine)
    inclus = document["pack"].get("inclut", [])
    for nom in inclus:
        if not (racine / nom).is_dir():
            raise PackInvalide(f"Pack « {identifiant} » : le pack inclus « {nom} » n'existe pas.")
    morceaux = [_document(racine / nom) for nom in inclus]
    for nom, morceau in zip(inclus, morceaux, strict=True):
        _valider({"pack": document["pack"], **morceau}, racine / nom, racine)
    profils: dict[str, Any] = {}
    matelas: dict[str, Any] = {}
    exercices: dict[str, Any] = {}
    for morceau in [*morceaux, document]:
        profils |= morceau.get("profils", {})
        matelas = morceau.get("matelas", matelas)
        exercices = morceau.get("exercices", exercices)
    entites = _reunir([*morceaux, document])
    controle.verifier_unicite(entites, identifiant)
    controle.verifier_gestionnaires(entites, identifiant)
    controle.verifier_collegues(entites, identifiant)
    controle.verifier_adresses(entites, identifiant)
    controle.verifier_matelas(matelas, entites, identifiant)
    controle.verifier_exercices(exercices, entites, identifiant)
    commandes = _commandes([*morceaux, document])
    verifier_commandes({"commandes": commandes}, entites, identifiant)
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
        matelas=matelas,
        exercices=exercices,
        commandes=commandes,
    )


def disponibles(racine: Path | None = None) -> list[Pack]:
    """Packs that a trainer may choose, by title."""
    racine = racine or Path(paths.PACKS_DIR)
    return sorted((lire(p.parent.name, racine) for p in racine.glob("*/pack.toml")), key=lambda pack: pack.titre)
