"""docs/genere/packs.md: the packs at hand, their cast, and the fields that a pack may hold."""

from collections.abc import Iterator
from typing import Any

from formation.documentation.markdown import cellule, codes, oui, tableau
from formation.services import packs
from formation.services.controle_packs import PRESENTES
from invoices.enums import Statut
from invoices.robots import ORDRE, textes
from sandbox import paths
from sandbox.cohorts.enums import Regime
from structures import rules
from structures.identifiants import siret_de_base
from structures.robots import MOTIF_PAR_DEFAUT

PARAMETRES = ("etat_public", "service_obligatoire", "engagement_obligatoire", "engagement_ou_service", "moa_uniquement")
TYPES = {"string": "texte", "integer": "entier", "number": "nombre", "boolean": "oui/non", "array": "liste"}


def _limites(champ: dict[str, Any]) -> str:
    dits = [str(champ["description"])] if "description" in champ else []
    dits += [f"{champ['maxLength']} caractères au plus"] if "maxLength" in champ else []
    dits += [f"forme `{champ['pattern']}`"] if "pattern" in champ else []
    dits += [f"au moins {champ['minimum']}"] if "minimum" in champ else []
    dits += [f"au plus {champ['maximum']}"] if "maximum" in champ else []
    dits += ["parmi " + codes(champ["enum"])] if "enum" in champ else []
    return ", ".join(dits) or "–"


def _type(champ: dict[str, Any]) -> str:
    if "$ref" in champ:
        return f"voir « {champ['$ref'].rpartition('/')[2]} »"
    if "items" in champ:
        vise = champ["items"]
        return "liste de " + (f"« {vise['$ref'].rpartition('/')[2]} »" if "$ref" in vise else "textes")
    if "enum" in champ:
        return "choix"
    return TYPES.get(champ.get("type", ""), "table")


def _champs(definition: dict[str, Any]) -> str:
    exiges = definition.get("required", [])
    return tableau(
        ["Champ", "Type", "Obligatoire", "Limites"],
        (
            [f"`{nom}`", _type(champ), oui(nom in exiges), _limites(champ)]
            for nom, champ in definition["properties"].items()
        ),
    )


def _exigence(entite: dict[str, Any]) -> str:
    valeurs = {cle: bool(entite.get(cle)) for cle in PARAMETRES}
    return rules.PHRASES[rules.cas(rules.Parametres(**valeurs))]


def _remarques(entite: dict[str, Any]) -> str:
    dites = [] if entite.get("active", True) else ["inactive"]
    dites += ["n'accepte que des factures de travaux"] if entite.get("moa_uniquement") else []
    dites += [f"délai de paiement {entite['delai_paiement']} jours"] if "delai_paiement" in entite else []
    dites += ["engagements " + codes(entite["engagements"])] if entite.get("engagements") else []
    return " ; ".join(dites) or "–"


def _gestionnaires(entites: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for nature in PRESENTES:
        for entite in entites.get(nature, []):
            if "gestionnaire" in entite:
                yield entite["raison_sociale"], entite["gestionnaire"]


def _reponse(gestionnaire: dict[str, Any]) -> str:
    refus = f"« {gestionnaire.get('motif', MOTIF_PAR_DEFAUT)} »"
    if gestionnaire.get("accepte", "personne") == "personne":
        return f"refuse : {refus}"
    qui = "son poste" if gestionnaire["accepte"] == "poste" else "tous"
    return f"accepte {qui} ({codes(gestionnaire.get('profils', [])) or 'sans profil'}) ; refuse les autres : {refus}"


def _collegue(collegue: dict[str, Any]) -> str:
    dits = ["demande son rattachement dès que la structure existe"]
    dits += ["refait sa demande une fois"] if "refus" in collegue else []
    if faute := collegue.get("maladresse"):
        dits.append(f"désactive `{faute['service']}` {faute['jours']} j après avoir reçu `{faute['profil']}`")
    return " ; ".join(dits)


def _distribution(pack: packs.Pack) -> list[str]:
    entites = pack.entites
    return [
        "### Destinataires publics",
        "",
        tableau(
            ["Nom", "SIRET", "Exigence", "Services", "Profil", "Remarques"],
            (
                [
                    e["raison_sociale"],
                    f"`{e['siret']}`",
                    _exigence(e),
                    codes(s["code"] for s in e.get("services", [])) or "–",
                    codes([e["profil"]]) if e.get("profil") else "–",
                    _remarques(e),
                ]
                for e in entites.get("publiques", [])
            ),
        ),
        "### Entreprises",
        "",
        tableau(
            ["Nom", "SIRET", "Présente"],
            [
                *([e["raison_sociale"], f"`{e['siret']}`", "sur le portail"] for e in entites.get("privees", [])),
                *(
                    [
                        e["raison_sociale"],
                        f"`{siret_de_base(e['base'].replace('{ii}', '01'))}` (poste 01)",
                        "sur le portail" if e.get("sur_le_portail") else "dans la base INSEE simulée, une par poste",
                    ]
                    for e in entites.get("par_poste", [])
                ),
                *(
                    [
                        e["raison_sociale"],
                        f"`{e['siret']}`",
                        "base INSEE simulée" + ("" if e.get("active", True) else ", fermée"),
                    ]
                    for e in entites.get("insee", [])
                ),
            ],
        ),
        "### Personnages",
        "",
        "Gestionnaire principal simulé de chaque structure, et collègues. Sans un mot de plus, il refuse.",
        "",
        tableau(
            ["Personne", "Adresse", "Structure", "Ce qu'elle fait"],
            (
                *(
                    [f"{g['prenom']} {g['nom']}", f"`{g['courriel']}`", nom, _reponse(g)]
                    for nom, g in _gestionnaires(entites)
                ),
                *(
                    [f"{c['prenom']} {c['nom']}", f"`{c['courriel']}`", f"base `{c['base']}`", _collegue(c)]
                    for c in entites.get("collegues", [])
                ),
            ),
        ),
        "### Profils de réaction",
        "",
        "Jours simulés après la mise à disposition, glissés au jour ouvré suivant. Un tiret : statut jamais posé.",
        "",
        tableau(
            ["Profil", "Nom", *(Statut(s).label for s in ORDRE), "Particularité"],
            (
                [
                    f"`{cle}`",
                    p["libelle"],
                    *(p["etapes"].get(s.value, "–") for s in ORDRE),
                    ", ".join(
                        [
                            *(["ne répond pas de lui-même"] if p.get("silencieux") else []),
                            *([f"délais tirés au sort, ± {round(100 * p['alea'])} %"] if p.get("alea") else []),
                            *(f"option `{nom}`" for nom in p.get("options", {})),
                        ]
                    )
                    or "–",
                ]
                for cle, p in pack.profils.items()
            ),
        ),
        "### Commandes",
        "",
        "Ce à quoi les robots comparent un dépôt. Sans commande reconnue, aucun reproche.",
        "",
        tableau(
            ["Clé", "Exercice", "Fournisseur", "Client", "Service", "Références", "Cadre", "HT", "Pièces demandées"],
            (_commande(commande) for commande in pack.commandes),
        ),
        "### Exercices",
        "",
        "Ce que prépare « Commencer » sur le poste, et les documents remis.",
        "",
        tableau(
            ["N°", "Titre", "Durée", "Règles", "Factures préparées", "Déposées par d'autres", "Documents"],
            (_exercice(exercice) for exercice in pack.exercices.get("exercices", [])),
        ),
    ]


def _textes() -> str:
    """What a counterpart says of each mistake when the order has no words of its own."""
    return tableau(["Nom", "Texte ordinaire"], ([f"`{nom}`", texte] for nom, texte in textes.TEXTES.items()))


def _commande(commande: dict[str, Any]) -> list[str]:
    pieces = [piece["libelle"] for piece in commande.get("pieces", [])]
    references = [*commande.get("engagements", []), *filter(None, [commande.get("marche")])]
    return [
        f"`{commande['cle']}`",
        commande.get("exercice", "–"),
        f"`{commande.get('base') or commande['fournisseur']}`",
        f"`{commande['client']}`",
        f"`{commande['service']}`" if "service" in commande else "–",
        codes(references) or "–",
        commande["cadre"].split("_")[0],
        commande["ht"],
        ", ".join(pieces) or "–",
    ]


def _exercice(exercice: dict[str, Any]) -> list[str]:
    factures = (f"`{f['numero']}` ({Statut(f['statut']).label})" for f in exercice.get("factures", []))
    return [
        exercice["numero"],
        exercice["titre"],
        f"{exercice['duree']} min",
        Regime(exercice["regime"]).label if "regime" in exercice else "toutes",
        ", ".join(factures) or "–",
        codes(exercice.get("fournisseurs", [])) or "–",
        codes(document["nom"] for document in exercice.get("documents", [])) or "–",
    ]


def page() -> str:
    schema = packs.schema(paths.PACKS_DIR)
    definitions = schema["$defs"]
    disponibles = packs.disponibles()
    sections = [
        "# Packs et distribution",
        "",
        "Comment les écrire : [packs.md](../packs.md).",
        "",
        "## Packs livrés",
        "",
        tableau(
            ["Pack", "Titre", "Version", "Durée", "Places", "Public", "Contenu"],
            ([f"`{p.id}`", p.titre, p.version, p.duree, p.places, p.public, p.description] for p in disponibles),
        ),
        f"## Distribution du pack `{disponibles[0].id}`",
        "",
        *_distribution(disponibles[0]),
        "## Champs d'un pack",
        "",
        cellule(schema["description"]),
        "",
        "### pack.toml",
        "",
        _champs(schema["properties"]["pack"]),
        "### entites.toml",
        "",
        _champs(schema["properties"]["entites"]),
    ]
    for nom in ("publique", "service", "etablissement", "par_poste", "gestionnaire", "collegue", "refus", "maladresse"):
        sections += [f"#### {nom}", "", _champs(definitions[nom])]
    sections += ["### profils.toml", "", _champs(definitions["profil"]), "#### etapes", ""]
    sections.append(_champs(definitions["profil"]["properties"]["etapes"]))
    sections += ["### matelas.toml", "", _champs(schema["properties"]["matelas"])]
    for nom in ("entite_du_jeu", "facture_du_jeu"):
        sections += [f"#### {nom}", "", _champs(definitions[nom])]
    sections += ["### commandes.toml", "", _champs(schema["properties"]["commandes"])]
    for nom in ("commande", "ligne_commandee", "piece_attendue", "leurre", "depot"):
        sections += [f"#### {nom}", "", _champs(definitions[nom])]
    sections += ["#### Textes du robot", "", _textes()]
    sections += ["### exercices.toml", "", _champs(schema["properties"]["exercices"])]
    for nom in ("exercice", "facture_passee", "document_exercice"):
        sections += [f"#### {nom}", "", _champs(definitions[nom])]
    return "\n".join(sections)
