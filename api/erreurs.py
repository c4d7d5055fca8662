"""How an operation refuses: in a 200 with a ``codeRetour``, or by a status of its own (api.md §3)."""

from collections.abc import Iterable

from invoices.rules import Manquement

NON_OFFICIEL = 29_000
"""``codeRetour`` of our own refusals: 29000 + n for SBX_nnn (api.md A-01)."""
INEXISTANTE = ("GDP_MSG_11.008", "La demande de paiement n'existe pas.")
SANS_DROIT = (
    "GDP_MSG_11.005",
    "L'utilisateur n'a pas les habilitations nécessaires pour soumettre la demande.",
)
_OFFICIELS = {
    "GDP_MSG_11.008": 20_000,
    "GDP_MSG_11.005": 20_001,
    "GDP_MSG_11.022": 20_001,
    "POQ_MSG_01.003": 20_001,
    "GDP_MSG_11.033": 20_002,
    "GFT_MSG_01.075": 20_007,
}
RIEN_TROUVE = (20_000, "TRA_MSG_00.015")
"""An empty search (api.md A-05): the list is there, empty."""


class ErreurApi(Exception):
    """Anything but a success; ``raison`` explains it in French in the journal of calls."""

    def __init__(self, raison: str = "") -> None:
        super().__init__(raison)
        self.raison = raison


class Refus(ErreurApi):
    """A business refusal: HTTP 200, ``codeRetour`` ≠ 0. ``contenu`` goes beside the envelope."""

    def __init__(self, code: int, libelle: str, raison: str = "", **contenu: object) -> None:
        super().__init__(raison or libelle)
        self.code, self.libelle, self.contenu = code, libelle, contenu


class Malformee(ErreurApi):
    """HTTP 400: not JSON, a wrong JSON type, a value outside an enumeration (api.md A-04)."""


class Interdite(ErreurApi):
    """HTTP 403 with an echo of the body: the account is good, the operation is not for it (api.md §3)."""


class TropGrosse(ErreurApi):
    """HTTP 413."""


class TropDeDemandes(ErreurApi):
    """HTTP 429; ``attente``: seconds before the next one."""

    def __init__(self, raison: str, attente: int) -> None:
        super().__init__(raison)
        self.attente = attente


def code_retour(code: str) -> int:
    """Number of an official code, or 29000 + n for SBX_nnn; 29099 for a control that has none."""
    if code in _OFFICIELS:
        return _OFFICIELS[code]
    chiffres = code.removeprefix("SBX_")
    return NON_OFFICIEL + (int(chiffres) if chiffres.isdigit() else 99)


def refus(code: str, message: str = "", raison: str = "", **contenu: object) -> Refus:
    """« CODE - texte » with its number (api.md A-06); ``raison``: what the journal adds."""
    return Refus(code_retour(code), f"{code} - {message}" if message else code, raison, **contenu)


def refus_des_regles(manquements: Iterable[Manquement]) -> Refus:
    """The first of what the rules say, as the service answers one; the journal tells them all."""
    tous = list(manquements)
    premier = tous[0]
    return refus(premier.code, premier.message, " ".join(f"{m.code} : {m.message}" for m in tous))
