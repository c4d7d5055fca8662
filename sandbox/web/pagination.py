"""Pages of a list: 25 lines unless asked otherwise, and any ?page= answers with a page."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAR_PAGE = 25
CHOIX_PAR_PAGE = (25, 50, 100)
PARAM_PAGE = "page"
PARAM_LIGNES = "lignes"
# A page number of more digits than this is a typing error, not a page; int() of a huge string is also slow.
_CHIFFRES_MAX = 9


def lines_per_page(request: HttpRequest, defaut: int = PAR_PAGE) -> int:
    brut = request.GET.get(PARAM_LIGNES, "")
    return int(brut) if brut in {str(n) for n in CHOIX_PAR_PAGE} else defaut


def paginate(request: HttpRequest, objets: Any, par_page: int = PAR_PAGE) -> Page[Any]:
    """Page asked by ?page= : the first one when it is not a number, the last one when it is too far."""
    numero = request.GET.get(PARAM_PAGE, "1")[: _CHIFFRES_MAX + 1]
    paginateur: Paginator[Any] = Paginator(objets, lines_per_page(request, par_page))
    return paginateur.get_page(numero)


def page_numbers(page: Page[Any]) -> Iterator[int | None]:
    """Numbers to show, None standing for an ellipsis: 1 … 4 5 6 … 12."""
    for numero in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        yield numero if isinstance(numero, int) else None
