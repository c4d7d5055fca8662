"""Choose the identifier of a supplier or a recipient among those that a file gives."""

from __future__ import annotations

from collections.abc import Iterable

from invoices.formats.codes import SCHEMAS, type_identifiant

Candidat = tuple[str, str]
"""(scheme as written, value)."""


def choisir_identifiant(candidats: Iterable[Candidat]) -> tuple[str, str, str]:
    """(identifier, type, scheme): the first SIRET, else the first of a known type, else a SIREN, else nothing.

    The caller gives the candidates in the order in which Chorus Pro looks them up.
    """
    retenus = [(schema, "".join(valeur.split())) for schema, valeur in candidats if valeur]
    types = [(valeur, type_identifiant(schema, valeur), schema) for schema, valeur in retenus]
    for voulu in (("SIRET",), tuple(sorted(set(SCHEMAS.values()) - {"SIRET", "AUTRE"})), ("SIREN",)):
        for choix in types:
            if choix[1] in voulu and (choix[2] or choix[1] == "SIRET"):
                return choix
    return "", "", ""
