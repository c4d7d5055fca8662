"""Pages, sorting, partials."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from sandbox.web.pagination import page_numbers, paginate
from sandbox.web.partials import wants_partial
from sandbox.web.tri import read_sort

CHAMPS = {"numero": "numero", "depot": "depose_le"}


@pytest.mark.parametrize(
    ("demande", "attendu"),
    [
        ("", 1),
        ("abc", 1),
        ("-4", 6),
        ("0", 6),
        ("2", 2),
        ("999", 6),
        ("9" * 5000, 6),
        ("1.5", 1),
        ("٢", 2),
        ("\x00", 1),
    ],
)
def test_any_page_number_answers_with_a_page(rf: RequestFactory, demande: str, attendu: int) -> None:
    page = paginate(rf.get("/", {"page": demande}), list(range(140)))
    assert page.number == attendu
    assert len(page.object_list) <= 25


@pytest.mark.parametrize(("lignes", "attendu"), [("50", 50), ("100", 100), ("1000000", 25), ("x", 25), ("", 25)])
def test_lines_per_page_are_chosen_in_a_list(rf: RequestFactory, lignes: str, attendu: int) -> None:
    assert paginate(rf.get("/", {"lignes": lignes}), list(range(140))).paginator.per_page == attendu


def test_an_empty_list_has_one_page(rf: RequestFactory) -> None:
    assert paginate(rf.get("/", {"page": "3"}), []).number == 1


def test_long_lists_of_pages_are_elided(rf: RequestFactory) -> None:
    page = paginate(rf.get("/", {"page": "10"}), list(range(500)))
    assert list(page_numbers(page)) == [1, None, 9, 10, 11, None, 20]


@pytest.mark.parametrize(
    ("demande", "ordre"),
    [
        ("numero", ("numero", "pk")),
        ("-numero", ("-numero", "-pk")),
        ("", ("-depose_le", "-pk")),
        ("password", ("-depose_le", "-pk")),
        ("--numero", ("-depose_le", "-pk")),
        ("depose_le", ("-depose_le", "-pk")),
    ],
)
def test_only_named_columns_sort(rf: RequestFactory, demande: str, ordre: tuple[str, ...]) -> None:
    assert read_sort(rf.get("/", {"tri": demande}), CHAMPS, "-depot").ordre == ordre


def test_clicking_a_header_reverses_it(rf: RequestFactory) -> None:
    tri = read_sort(rf.get("/", {"tri": "numero"}), CHAMPS, "-depot")
    assert (tri.sens("numero"), tri.suivant("numero")) == ("ascending", "-numero")
    assert (tri.sens("depot"), tri.suivant("depot")) == ("", "depot")
    with pytest.raises(ValueError, match="inconnu"):
        read_sort(rf.get("/"), CHAMPS, "zzz")


@pytest.mark.parametrize(
    ("boosted", "history", "attendu"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_boosted_and_restored_pages_are_whole(rf: RequestFactory, boosted: bool, history: bool, attendu: bool) -> None:
    request = rf.get("/")
    assert wants_partial(request) is False
    request.htmx = SimpleNamespace(boosted=boosted, history_restore_request=history)
    assert wants_partial(request) is attendu
