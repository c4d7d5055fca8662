"""What the portal's home shows: each application registers its own tile, counters and notices, from its AppConfig.

The home page lies below the applications and imports none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Tuile:
    """Domaine or application that this account may open."""

    titre: str
    phrase: str
    url: str
    icone: str


@dataclass(frozen=True, slots=True)
class Tache:
    """Something that waits for the account: « 3 factures à recycler »."""

    nombre: int
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Annonce:
    """Window shown above the tiles: what to do first, and where."""

    titre: str
    phrase: str
    url: str
    action: str
    autres: tuple[tuple[str, str], ...] = ()
    """Other ways out: (words, address)."""


FabriqueEtape = Callable[[HttpRequest], str]
FabriqueTuile = Callable[[HttpRequest], Tuile | None]
FabriqueTaches = Callable[[HttpRequest], Iterable[Tache]]
FabriqueAnnonce = Callable[[HttpRequest], Annonce | None]

_tuiles: dict[int, FabriqueTuile] = {}
_publics: set[int] = set()
_taches: dict[int, FabriqueTaches] = {}
_annonces: dict[int, FabriqueAnnonce] = {}
_etapes: dict[int, FabriqueEtape] = {}


def register_domaine(rang: int, fabrique: FabriqueTuile, *, public: bool = False) -> None:
    """``rang`` gives the order of the tiles; the maker answers None when the account may not open the domaine.

    ``public``: the domaine is open before login too (comptes-structures.md §7.1); its maker is then asked without an
    account, and must not need one.
    """
    _tuiles[rang] = fabrique
    if public:
        _publics.add(rang)
    else:
        _publics.discard(rang)


def register_taches(rang: int, fabrique: FabriqueTaches) -> None:
    _taches[rang] = fabrique


def register_annonce(rang: int, fabrique: FabriqueAnnonce) -> None:
    _annonces[rang] = fabrique


def register_etape(rang: int, fabrique: FabriqueEtape) -> None:
    """Asked once an account has logged in; an address answered is where it must go first."""
    _etapes[rang] = fabrique


def premiere_etape(request: HttpRequest) -> str:
    """Every maker is asked: they also note what the next page has to show."""
    demandees = [fabrique(request) for _, fabrique in sorted(_etapes.items())]
    return next((url for url in demandees if url), "")


def tuiles(request: HttpRequest) -> list[Tuile]:
    return [tuile for _, fabrique in sorted(_tuiles.items()) if (tuile := fabrique(request)) is not None]


def tuiles_publiques(request: HttpRequest) -> list[Tuile]:
    """Domaines open without an account: the only tiles of the logged-out home."""
    ouvertes = [fabrique for rang, fabrique in sorted(_tuiles.items()) if rang in _publics]
    return [tuile for fabrique in ouvertes if (tuile := fabrique(request)) is not None]


def taches(request: HttpRequest) -> list[Tache]:
    """Only what does wait: a count of zero is not shown."""
    return [tache for _, fabrique in sorted(_taches.items()) for tache in fabrique(request) if tache.nombre]


def annonces(request: HttpRequest) -> list[Annonce]:
    return [annonce for _, fabrique in sorted(_annonces.items()) if (annonce := fabrique(request)) is not None]
