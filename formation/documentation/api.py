"""docs/genere/api.md: operations of the API, statuses of the gateway, codes of refusal."""

from collections.abc import Iterable

from api.codes import OFFICIELS, Code, sbx
from api.registre import OPERATIONS, Operation
from formation.documentation.droits import NOMS
from formation.documentation.markdown import codes, oui, tableau
from structures.raccordement import APIS

PASSERELLE = (
    (400, "JSON illisible, type JSON faux, valeur hors d'une liste", "`codeRetour` et `libelle`"),
    (401, "jeton absent, inconnu, expiré", '`{"error": "invalid_token"}`'),
    (401, "`cpro-account` absent, inconnu, mot de passe faux, compte bloqué", "`{}`"),
    (403, "adresse inconnue, API non cochée, opération non encore simulée", "`{}`"),
    (403, "compte technique sans l'habilitation qu'il faut", "la requête, renvoyée"),
    (405, "autre verbe que celui de l'opération", "`{}`"),
    (413, "corps trop gros", "`{}`"),
    (415, "`Content-Type` autre que `application/json`", "`{}`"),
    (429, "trop d'appels : attendre `Retry-After` secondes", "`{}`"),
    (500, "incident, du bac à sable ou posé par le formateur", "`{}`"),
    (504, "réponse qui n'est pas venue, panne posée par le formateur", "`{}`"),
)


def _remarques(operation: Operation) -> str:
    dites = ["écrit"] if operation.ecrit else []
    dites += ["dépréciée"] if operation.depreciee else []
    dites += [f"réservée à « {NOMS[operation.exige]} »"] if operation.exige else []
    return ", ".join(dites) or "–"


def _operations(operations: Iterable[Operation]) -> str:
    return tableau(
        ["Opération", "Adresse", "Ce qu'elle fait", "Simulée", "Remarques"],
        (
            [
                codes([o.code]),
                ("GET " if o.methode == "GET" else "") + codes([o.adresse]),
                o.resume,
                oui(o.executer is not None),
                _remarques(o),
            ]
            for o in operations
        ),
    )


def _codes(tous: Iterable[Code]) -> str:
    return tableau(["codeRetour", "Code", "Quand"], ([c.numero, codes([c.libelle]), c.sens] for c in tous))


def page() -> str:
    operations = [OPERATIONS[cle] for cle in sorted(OPERATIONS)]
    simulees = sum(o.executer is not None for o in operations)
    sections = [
        "# API",
        "",
        f"{len(operations)} opérations, dont {simulees} simulées. Toutes s'appellent en POST, sauf indication ; "
        "champs, types et exemples sont à l'adresse `/api/docs` d'une installation. Ces tables sont celles que lit la "
        "passerelle (`api/registre.py`).",
        "",
        "## Opérations",
        "",
    ]
    for api in APIS.values():
        sections += [f"### {api.libelle}", "", _operations(o for o in operations if o.api == api.code)]
    sections += [
        "## Statuts de la passerelle",
        "",
        "Un refus métier répond 200, avec un `codeRetour` qui n'est pas 0. Les autres statuts disent quelle couche "
        "refuse.",
        "",
        tableau(["Statut", "Quand", "Corps"], PASSERELLE),
        "## Codes du service",
        "",
        _codes(OFFICIELS),
        "## Codes propres au bac à sable",
        "",
        "Le service n'a pas publié la liste de ses refus : ceux qui suivent sont numérotés ici, 29000 et leur rang.",
        "",
        _codes(sbx()),
    ]
    return "\n".join(sections)
