"""Answers: the forms of api.md §4 — days, minutes, instants, numbers, absent values — and paging (§4.1)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from api.entree import Pagination
from api.erreurs import RIEN_TROUVE, Refus
from invoices.queries_suivi import minuit

PAR_PAGE_MAX = 10_000


def jour(valeur: date | datetime | None) -> str | None:
    """AAAA-MM-JJ."""
    if isinstance(valeur, datetime):
        valeur = timezone.localtime(valeur).date()
    return None if valeur is None else valeur.isoformat()


def minute(valeur: datetime | None) -> str | None:
    """AAAA-MM-JJ HH:MM."""
    return None if valeur is None else f"{timezone.localtime(valeur):%Y-%m-%d %H:%M}"


def instant(valeur: datetime | None) -> str | None:
    """AAAA-MM-JJTHH:MM:SS.mmm+01:00."""
    return None if valeur is None else timezone.localtime(valeur).isoformat(timespec="milliseconds")


def a_minuit(valeur: date | None) -> datetime | None:
    """A day where a minute or an instant is expected: its first one."""
    return None if valeur is None else minuit(valeur)


def sans_vides(valeur: Any) -> Any:
    """The same, without what is not there: an absent value leaves its field out, an empty list stays."""
    if isinstance(valeur, Mapping):
        return {nom: sans_vides(v) for nom, v in valeur.items() if v is not None and v != ""}
    if isinstance(valeur, list | tuple):
        return [sans_vides(v) for v in valeur]
    return valeur


def _nombre(valeur: object) -> int | float:
    if isinstance(valeur, Decimal):
        return int(valeur) if valeur == valeur.to_integral_value() else float(valeur)
    raise TypeError(f"{type(valeur).__name__} n'est pas une valeur de réponse")


def en_json(contenu: Mapping[str, Any]) -> str:
    """Amounts are numbers, whole ones without decimals."""
    return json.dumps(contenu, ensure_ascii=False, default=_nombre)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results, and what is said of it."""

    courante: int
    par_page: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.par_page)

    @property
    def tranche(self) -> slice:
        debut = (self.courante - 1) * self.par_page
        return slice(debut, debut + self.par_page)

    def champs(self, suffixe: str = "") -> dict[str, int]:
        """The four fields, ``suffixe`` after each inside the blocks of « consulter » and « historique »."""
        return {
            f"pageCourante{suffixe}": self.courante,
            f"pages{suffixe}": self.pages,
            f"nbResultatsParPage{suffixe}": self.par_page,
            f"total{suffixe}": self.total,
        }


def page(demande: Pagination | None, total: int) -> Page:
    """What the caller asked for, brought within bounds: 10 a page by default."""
    demande = demande or Pagination()
    par_page = demande.nbResultatsParPage if 1 <= demande.nbResultatsParPage <= PAR_PAGE_MAX else 10
    # No page number is so far that its offset leaves 64 bits.
    courante = min(max(demande.pageResultatDemandee, 1), total + 1)
    return Page(courante, par_page, total)


def trier(
    lignes: QuerySet[Any], demande: Pagination | None, colonnes: Mapping[str, str | Sequence[str]], defaut: str
) -> QuerySet[Any]:
    """Order by ``triColonne``; an unknown column is the default one, ties are settled by the id (api.md §5).

    What has no value is the smallest, on every database.
    """
    demande = demande or Pagination()
    champs = colonnes.get(demande.triColonne) or colonnes[defaut]
    tous = (champs,) if isinstance(champs, str) else champs
    if demande.triSens == "Ascendant":
        return lignes.order_by(*(F(champ).asc(nulls_first=True) for champ in tous), "pk")
    return lignes.order_by(*(F(champ).desc(nulls_last=True) for champ in tous), "-pk")


def rechercher(
    nom: str,
    lignes: QuerySet[Any],
    demande: Pagination | None,
    ecrire: Callable[[Any], Mapping[str, Any]],
    *,
    racine: bool = False,
    vide: tuple[int, str] = RIEN_TROUVE,
    charger: Callable[[QuerySet[Any]], Iterable[Any]] = iter,
) -> dict[str, Any]:
    """A page of a search. Raises ``Refus`` 20000 with an empty list when nothing is found (api.md A-05).

    ``charger`` reads what the rows of the page show, once it is known which they are.
    """
    trouvee = page(demande, lignes.count())
    contenu = entourer(nom, (ecrire(ligne) for ligne in charger(lignes[trouvee.tranche])), trouvee, racine=racine)
    if not trouvee.total:
        code, libelle = vide
        raise Refus(code, libelle, "La recherche ne trouve rien : élargissez ses critères.", **contenu)
    return contenu


def entourer(nom: str, lignes: Iterable[Mapping[str, Any]], trouvee: Page, *, racine: bool) -> dict[str, Any]:
    """The list and its paging, at the root or in ``parametresRetour`` according to the operation."""
    paging: dict[str, Any] = trouvee.champs() if racine else {"parametresRetour": trouvee.champs()}
    return {nom: list(lignes), **paging}
