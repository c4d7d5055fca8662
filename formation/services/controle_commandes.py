"""What the schema cannot say of the orders of a pack: actors and services of the cast, amounts that add up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from formation.services.controle_packs import Entites, PackInvalide
from invoices.enums import Cadre
from invoices.robots import attentes, textes

AVEC_VALIDEUR = (Cadre.A9, Cadre.A12)


def _fournisseur(commande: Mapping[str, Any], privees: set[str], bases: set[str], ou: str) -> None:
    if ("base" in commande) == ("fournisseur" in commande):
        raise PackInvalide(f"{ou} : il faut « base » ou « fournisseur », l'un des deux.")
    if "base" in commande and commande["base"] not in bases:
        raise PackInvalide(f"{ou} › base : {commande['base']} n'est celle d'aucune entité « par_poste ».")
    if "fournisseur" in commande and commande["fournisseur"] not in privees:
        raise PackInvalide(f"{ou} › fournisseur : {commande['fournisseur']} n'est pas une entreprise du pack.")


def _valideur(commande: Mapping[str, Any], privees: set[str], bases: set[str], ou: str) -> None:
    valideur = commande.get("valideur", "")
    if (commande["cadre"] in AVEC_VALIDEUR) != bool(valideur):
        raise PackInvalide(f"{ou} › valideur : il en faut un pour les cadres A9 et A12, et pour eux seulement.")
    if valideur and valideur not in privees | bases:
        raise PackInvalide(f"{ou} › valideur : {valideur} n'est pas une entreprise du pack.")


def _client(commande: Mapping[str, Any], publiques: Mapping[str, Mapping[str, Any]], ou: str) -> None:
    client = publiques.get(commande["client"])
    if client is None:
        raise PackInvalide(f"{ou} › client : {commande['client']} n'est pas un destinataire du pack.")
    codes = {service["code"] for service in client.get("services", [])}
    for code in filter(None, (commande.get("service", ""), *commande.get("services", {}))):
        if code not in codes:
            raise PackInvalide(f"{ou} › service : {client['raison_sociale']} n'a pas de service « {code} ».")
    if client.get("etat_public"):
        inconnus = set(commande.get("engagements", [])) - set(client.get("engagements", []))
        if inconnus:
            raise PackInvalide(f"{ou} › engagements : l'État ne connaît pas {', '.join(sorted(inconnus))}.")


def _montants(commande: Mapping[str, Any], ou: str) -> None:
    lue = attentes.lire(commande["cle"], commande, ancrage=attentes.SANS_DATE)
    for nom, calcule in (("ht", lue.ht), ("tva", lue.tva)):
        if calcule != Decimal(commande[nom]):
            raise PackInvalide(f"{ou} › {nom} : {commande[nom]} écrit, les lignes font {calcule}.")


def _textes(commande: Mapping[str, Any], ou: str) -> None:
    for nom, texte in commande.get("textes", {}).items():
        if nom not in textes.TEXTES:
            raise PackInvalide(f"{ou} › textes : « {nom} » n'est le nom d'aucune erreur.")
        if inconnus := textes.jetons(texte) - textes.JETONS:
            raise PackInvalide(f"{ou} › textes › {nom} : « {{{min(inconnus)}}} » n'est pas remplacé.")


def _depots(commande: Mapping[str, Any], ou: str) -> None:
    depots = commande.get("depots", [])
    cles = {depot["cle"] for depot in depots}
    if depots and "fournisseur" not in commande:
        raise PackInvalide(f"{ou} › depots : seule une entreprise du pack dépose d'elle-même.")
    for depot in depots:
        if depot.get("apres_refus", depot["cle"]) not in cles:
            raise PackInvalide(f"{ou} › depots : « {depot['apres_refus']} » n'est la clé d'aucun dépôt.")


def verifier_commandes(commandes: Mapping[str, Any], entites: Entites, ou: str) -> None:
    """Each order is between actors of the pack, its texts are read, its lines make its amounts."""
    publiques = {e["siret"]: e for e in entites.get("publiques", [])}
    privees = {e["siret"] for e in entites.get("privees", [])}
    bases = {e["base"] for e in entites.get("par_poste", [])}
    vues: set[str] = set()
    for commande in commandes.get("commandes", []):
        endroit = f"Pack « {ou} », commandes.toml, {commande['cle']}"
        if commande["cle"] in vues:
            raise PackInvalide(f"{endroit} : la clé sert deux fois.")
        vues.add(commande["cle"])
        _fournisseur(commande, privees, bases, endroit)
        _client(commande, publiques, endroit)
        _valideur(commande, privees, bases, endroit)
        _montants(commande, endroit)
        _textes(commande, endroit)
        _depots(commande, endroit)
