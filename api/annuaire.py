"""Structures and services that a request names, found or refused in the same words everywhere.

The directory is public inside a session; an id of another session is like an unknown one.
"""

from typing import Any

from api.erreurs import SANS_DROIT, Refus, refus
from api.registre import Appel
from structures.enums import TypeIdentifiant
from structures.models import Structure
from structures.queries_annuaire import identifiant_cherche


def manquant(champ: str, **contenu: Any) -> Refus:
    return refus("SBX_013", f"Le champ « {champ} » est obligatoire.", **contenu)


def inconnu(champ: str, valeur: object, quoi: str, **contenu: Any) -> Refus:
    raison = f"{champ} {str(valeur)[:60]} : {quoi} de cette session n'a cet identifiant."
    return refus("SBX_014", f"La valeur du champ « {champ} » n'est pas reconnue.", raison, **contenu)


def structure(
    pk: int | None,
    identifiant: str = "",
    type_identifiant: str = "",
    *,
    champ: str = "idStructure",
    vide: dict[str, Any] | None = None,
) -> Structure:
    """The structure of this id, else of this identifier. Raises ``Refus``, ``vide`` beside the envelope.

    An id of 0 is what clients send for none.
    """
    beside = vide or {}
    if pk:
        trouvee = Structure.objects.filter(pk=pk).first()
    elif identifiant:
        trouvee = Structure.objects.filter(
            identifiant=identifiant_cherche(identifiant),
            type_identifiant=type_identifiant or TypeIdentifiant.SIRET,
        ).first()
    else:
        raise manquant(champ, **beside)
    if trouvee is None:
        raise inconnu(champ, pk or identifiant, "aucune structure", **beside)
    return trouvee


def la_sienne(appel: Appel, demandee: Structure, **vide: Any) -> Structure:
    """The same, when the account is attached to it. Raises ``Refus`` 20001 otherwise."""
    if demandee.pk not in appel.droits.rattachees:
        code, message = SANS_DROIT
        raise refus(code, message, f"Le compte technique n'est pas rattaché à {demandee.raison_sociale}.", **vide)
    return demandee
