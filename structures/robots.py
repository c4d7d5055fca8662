"""What a simulated gestionnaire answers to a request, from the pack's script (formation.md Table C). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOTIF_PAR_DEFAUT = "Vous n'êtes pas connu de notre structure."


@dataclass(frozen=True, slots=True)
class Reponse:
    """Accepted with these profiles, or refused with this reason."""

    accepte: bool
    profils: tuple[str, ...] = ()
    motif: str = ""


def repondre(
    script: Mapping[str, Any], *, place_du_demandeur: int | None, place_de_la_structure: int | None
) -> Reponse:
    """``accepte``: « tous », « poste » (the seat to which the structure belongs) or « personne »."""
    qui = script.get("accepte", "personne")
    du_poste = place_du_demandeur is not None and place_du_demandeur == place_de_la_structure
    if qui == "tous" or (qui == "poste" and du_poste):
        return Reponse(accepte=True, profils=tuple(script.get("profils", ())))
    return Reponse(accepte=False, motif=script.get("motif") or MOTIF_PAR_DEFAUT)
