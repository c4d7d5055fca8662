from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox.web import dates


def test_french_dates() -> None:
    assert dates.long_date(date(2026, 12, 7)) == "lundi 7 décembre 2026"
    assert dates.long_date(date(2026, 12, 1)) == "mardi 1er décembre 2026"
    assert dates.abbreviated_date(date(2026, 8, 3)) == "lun. 3 août 2026"
    assert dates.short_date(date(2026, 2, 3)) == "03/02/2026"
    assert dates.timestamp(datetime(2026, 12, 7, 9, 5, tzinfo=UTC)) == "07/12/2026 à 09\u00a0h\u00a005"


@pytest.mark.parametrize(
    ("ecoule", "attendu"),
    [
        (timedelta(seconds=-5), "à l'instant"),
        (timedelta(seconds=59), "à l'instant"),
        (timedelta(minutes=12), "depuis 12\u00a0min"),
        (timedelta(hours=23, minutes=59), "depuis 23\u00a0h"),
        (timedelta(days=3, hours=20), "depuis 3\u00a0j"),
    ],
)
def test_age(ecoule: timedelta, attendu: str) -> None:
    assert dates.age(ecoule) == attendu
