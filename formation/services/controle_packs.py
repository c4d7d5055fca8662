"""What the schema cannot say of a pack: keys, doubles, rights that do not exist. Each refusal says where, in French."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from accounts.profils import offerts
from invoices import lifecycle
from invoices.enums import Cadre, Motif, Statut
from sandbox.cohorts.enums import Regime
from structures.identifiants import est_siret

Entites = Mapping[str, Any]
PRESENTES = ("publiques", "privees", "par_poste")
"""Kinds of actors that are, or may be, on the portal when the session starts."""
AVEC_VALIDEUR = (Cadre.A9, Cadre.A12)
CADRE_PAR_DEFAUT = Cadre.A1


class PackInvalide(ValueError):
    """The pack cannot be used; the message names the file, the place in it, what was found."""


def sur_le_portail(nature: str, entite: Mapping[str, Any]) -> bool:
    """Does this actor have a structure when the session starts?"""
    return nature != "par_poste" or bool(entite.get("sur_le_portail"))


def verifier_cles(entites: Entites, ou: str) -> None:
    """Every SIRET has true keys."""
    for nature in ("publiques", "privees", "insee"):
        for entite in entites.get(nature, []):
            if not est_siret(entite["siret"]):
                raise PackInvalide(
                    f"Pack « {ou} », entites.toml, {entite['raison_sociale']} : "
                    f"la clé du SIRET {entite['siret']} est fausse."
                )


def verifier_unicite(entites: Entites, ou: str) -> None:
    """A SIRET names one actor, a base one kind of company per seat."""
    for cle, natures in (("siret", ("publiques", "privees", "insee")), ("base", ("par_poste",))):
        vus: set[str] = set()
        for entite in (e for nature in natures for e in entites.get(nature, [])):
            if entite[cle] in vus:
                raise PackInvalide(
                    f"Pack « {ou} », entites.toml, {entite['raison_sociale']} : {entite[cle]} sert deux fois."
                )
            vus.add(entite[cle])


def _gestionnaires(entites: Entites) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for nature in PRESENTES:
        for entite in entites.get(nature, []):
            if "gestionnaire" in entite:
                yield nature, entite, entite["gestionnaire"]


def _verifier_profils(profils: list[str], *, publique: bool, ou: str) -> None:
    connus = {ligne.profil.value for ligne in offerts(publique=publique)}
    for profil in profils:
        if profil not in connus:
            nature = "publique" if publique else "privée"
            raise PackInvalide(f"{ou} : le profil « {profil} » n'existe pas sur une structure {nature}.")


def verifier_gestionnaires(entites: Entites, ou: str) -> None:
    """Each one has a name and an address of his own, and gives rights that exist on his structure."""
    for nature, entite, gestionnaire in _gestionnaires(entites):
        lieu = f"Pack « {ou} », entites.toml, {entite['raison_sociale']} › gestionnaire"
        manquent = [f"« {cle} »" for cle in ("prenom", "nom", "courriel") if cle not in gestionnaire]
        if manquent:
            raise PackInvalide(f"{lieu} : il manque {', '.join(manquent)}.")
        if nature == "par_poste" and "{" not in gestionnaire["courriel"]:
            raise PackInvalide(
                f"{lieu} › courriel : « {gestionnaire['courriel']} » servirait à tous les postes ; ajoutez {{ii}}."
            )
        _verifier_profils(gestionnaire.get("profils", []), publique=nature == "publiques", ou=f"{lieu} › profils")


def verifier_collegues(entites: Entites, ou: str) -> None:
    """Each one waits for a company that the trainee will create, and has an address of his own."""
    bases = {e["base"]: sur_le_portail("par_poste", e) for e in entites.get("par_poste", [])}
    for collegue in entites.get("collegues", []):
        lieu = f"Pack « {ou} », entites.toml, collegues, {collegue['prenom']} {collegue['nom']}"
        if collegue["base"] not in bases:
            raise PackInvalide(f"{lieu} › base : {collegue['base']} n'est celle d'aucune entité « par_poste ».")
        if bases[collegue["base"]]:
            raise PackInvalide(
                f"{lieu} › base : cette structure est déjà sur le portail, or un collègue attend que le stagiaire la "
                "crée."
            )
        if "{" not in collegue["courriel"]:
            raise PackInvalide(
                f"{lieu} › courriel : « {collegue['courriel']} » servirait à tous les postes ; ajoutez {{ii}}."
            )
        if "maladresse" in collegue:
            _verifier_profils([collegue["maladresse"]["profil"]], publique=False, ou=f"{lieu} › maladresse › profil")


def verifier_adresses(entites: Entites, ou: str) -> None:
    """A login address names one person in the session."""
    siren = [(g["courriel"], (e.get("siret") or e["base"])[:9]) for _, e, g in _gestionnaires(entites)]
    adresses = [courriel.replace("{siren}", base) for courriel, base in siren]
    adresses += [c["courriel"] for c in entites.get("collegues", [])]
    doubles = [adresse for adresse, fois in Counter(adresses).items() if fois > 1]
    if doubles:
        raise PackInvalide(f"Pack « {ou} », entites.toml : l'adresse {doubles[0]} sert deux fois.")


def _prises(entites: Entites) -> set[str]:
    """First six digits of every identifier of the cast."""
    sirets = [e["siret"] for nature in ("publiques", "privees", "insee") for e in entites.get(nature, [])]
    return {siret[:6] for siret in sirets} | {e["base"][:6] for e in entites.get("par_poste", [])}


def _verifier_entite_du_jeu(entite: Mapping[str, Any], structures: Mapping[str, Any], ou: str) -> None:
    if "rattache_a" in entite:
        if entite["rattache_a"] not in structures:
            raise PackInvalide(f"{ou} › rattache_a : aucune entité n'a la clé « {entite['rattache_a']} ».")
        cible = structures[entite["rattache_a"]]
    elif {"nature", "base"} <= set(entite):
        cible = entite
    else:
        raise PackInvalide(f"{ou} : il faut « nature » et « base », ou « rattache_a ».")
    publique = cible["nature"] == "publique"
    if "base" in entite and (entite["base"][3] == "2") != publique:
        raise PackInvalide(f"{ou} › base : 0001 pour une entité privée, 0002 pour une publique.")
    _verifier_profils(entite.get("profils", []), publique=publique, ou=f"{ou} › profils")


def _verifier_facture_du_jeu(facture: Mapping[str, Any], entites: Mapping[str, Any], ou: str) -> None:
    cadre = facture.get("cadre", CADRE_PAR_DEFAUT)
    destinataire = entites.get(facture["destinataire"], {})
    if destinataire.get("nature") != "publique":
        raise PackInvalide(f"{ou} › destinataire : « {facture['destinataire']} » n'est pas une entité publique du jeu.")
    if cadre in AVEC_VALIDEUR and "nature" not in entites.get(facture.get("valideur", ""), {}):
        raise PackInvalide(f"{ou} › valideur : ce cadre en demande un, par sa clé dans le jeu.")
    if facture["statut"] in (Statut.A_VALIDER_1, Statut.REFUSEE_1) and cadre not in AVEC_VALIDEUR:
        raise PackInvalide(f"{ou} › statut : « {facture['statut']} » n'existe que pour les cadres A9 et A12.")
    if facture.get("motif", Motif.AUTRE) not in Motif.values:
        raise PackInvalide(f"{ou} › motif : « {facture['motif']} » est inconnu.")
    motive = any(
        row.target == facture["statut"] and "motif" in row.needs
        for row in lifecycle.CYCLE.rows
        if not row.regimes or Regime.HISTORIQUE in row.regimes
    )
    if (motive or facture["statut"] == Statut.COMPLETEE) and "motif" not in facture:
        raise PackInvalide(f"{ou} › motif : le statut « {facture['statut']} » en demande un.")


def verifier_matelas(matelas: Mapping[str, Any], entites: Entites, ou: str) -> None:
    """Its identifiers are free, its keys lead somewhere, its invoices can be played."""
    lieu = f"Pack « {ou} », matelas.toml"
    jeu = matelas.get("entites", [])
    cles = {e["cle"]: e for e in jeu}
    prises = _prises(entites)
    for rang, entite in enumerate(jeu):
        endroit = f"{lieu}, entites › {rang} ({entite['cle']})"
        if cles[entite["cle"]] is not entite:
            raise PackInvalide(f"{endroit} › cle : « {entite['cle']} » sert deux fois.")
        _verifier_entite_du_jeu(entite, {c: e for c, e in cles.items() if "nature" in e}, endroit)
        if (base := entite.get("base", "")[:6]) in prises:
            raise PackInvalide(f"{endroit} › base : {base} est déjà le début d'un identifiant de la distribution.")
        prises |= {base} - {""}
    for rang, facture in enumerate(matelas.get("factures", [])):
        _verifier_facture_du_jeu(facture, cles, f"{lieu}, factures › {rang}")
    emetteur = cles.get("fournisseur", {})
    if matelas.get("factures") and not (emetteur.get("mandat") and "GP" in emetteur.get("comptes", [])):
        raise PackInvalide(
            f"{lieu}, factures : il faut une entité « fournisseur » pour les émettre, avec un compte GP et un mandat."
        )


def verifier_exercices(exercices: Mapping[str, Any], entites: Mapping[str, Any], identifiant: str) -> None:
    """Every client is of the cast, every set of lines exists, no key is used twice."""
    sirets = {publique["siret"] for publique in entites.get("publiques", [])}
    connues = exercices.get("lignes", {})
    cles = [exercice["cle"] for exercice in exercices.get("exercices", [])]
    if doubles := {cle for cle in cles if cles.count(cle) > 1}:
        raise PackInvalide(f"Pack « {identifiant} », exercices.toml : clé en double : {', '.join(sorted(doubles))}.")
    for exercice in exercices.get("exercices", []):
        for piece in [*exercice.get("factures", []), *exercice.get("documents", [])]:
            ou = f"Pack « {identifiant} », exercices.toml, {exercice['cle']}"
            if piece["client"] not in sirets:
                raise PackInvalide(f"{ou} : le client {piece['client']} n'est pas dans la distribution.")
            if (nom := piece.get("lignes")) and nom not in connues:
                raise PackInvalide(f"{ou} : les lignes « {nom} » ne sont pas décrites.")
