"""What clients send is read with the tolerance of the service, and no more (api.md §4)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pydantic import ValidationError

from api.entree import AuPlus, Booleen, Date, Entier, Entree, Montant, Pagination, Parmi, Texte

pytestmark = pytest.mark.unit


class Sous(Entree):
    nom: Texte = "défaut"


class Essai(Entree):
    entier: Entier | None = None
    montant: Montant | None = None
    booleen: Booleen = False
    date: Date | None = None
    texte: Texte = ""
    sens: Annotated[str, Parmi(("Ascendant", "Descendant"))] = "Descendant"
    ids: Annotated[tuple[Entier, ...], AuPlus(3)] = ()
    sous: Sous = Sous()


@pytest.mark.parametrize("vide", [None, "", {}, []], ids=["null", "texte", "objet", "liste"])
@pytest.mark.parametrize("champ", ["entier", "montant", "booleen", "date", "texte", "sens", "ids", "sous"])
def test_un_vide_est_une_absence(champ, vide):
    assert Essai.model_validate({champ: vide}) == Essai()


@pytest.mark.parametrize("corps", [None, [], {}, "", {"inconnu": {"a": [1]}}])
def test_corps_vides_et_champs_inconnus(corps):
    assert Essai.model_validate(corps) == Essai()


@pytest.mark.parametrize(
    ("champ", "recu", "lu"),
    [
        ("entier", 20, 20),
        ("entier", Decimal("20.0"), 20),
        ("entier", "20", 20),
        ("entier", 0, 0),
        ("montant", 1326, Decimal(1326)),
        ("montant", "-12.50", Decimal("-12.50")),
        ("montant", Decimal("130.27200000000002"), Decimal("130.272000")),
        ("booleen", "TRUE", True),
        ("booleen", False, False),
        ("texte", "  a ", "a"),
        ("ids", [1, None, "", 2], (1, 2)),
        ("ids", 7, (7,)),
    ],
)
def test_ce_qui_se_lit(champ, recu, lu):
    assert getattr(Essai.model_validate({champ: recu}), champ) == lu


@pytest.mark.parametrize(
    ("champ", "recu"),
    [
        ("entier", "vingt"),
        ("entier", Decimal("20.5")),
        ("entier", True),
        ("entier", 2**63),
        ("entier", Decimal("1e30")),
        ("entier", "9" * 19),
        ("entier", {"a": 1}),
        ("montant", "1 000,00"),
        ("montant", Decimal("1e400")),
        ("montant", Decimal(10) ** 15),
        ("montant", False),
        ("montant", [1]),
        ("booleen", 1),
        ("booleen", "oui"),
        ("texte", 12),
        ("texte", True),
        ("sens", "Autre"),
        ("ids", [1, 2, 3, 4]),
        ("ids", ["a"]),
        ("sous", "texte"),
        ("sous", [1]),
        ("date", "31/12/2026"),
        ("date", "2026-02-30"),
        ("date", "0001-01-01"),
        ("date", "2026-12-07T25:00:00"),
        ("date", "2026-12-07T10:00:00+99:00"),
        ("date", 20261207),
    ],
)
def test_ce_qui_est_mal_forme(champ, recu):
    with pytest.raises(ValidationError):
        Essai.model_validate({champ: recu})


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("2026-12-07T10:00:00Z", datetime(2026, 12, 7, 10, tzinfo=UTC)),
        ("2026-12-07T10:00:00.123+01:00", datetime(2026, 12, 7, 9, tzinfo=UTC)),
        ("2026-12-07T10:00:00+0100", datetime(2026, 12, 7, 9, tzinfo=UTC)),
        ("2026-12-07 10:00", datetime(2026, 12, 7, 9, tzinfo=UTC)),
        ("2026-07-07T10:00:00", datetime(2026, 7, 7, 8, tzinfo=UTC)),
    ],
)
def test_les_instants(texte, attendu):
    moment = Essai.model_validate({"date": texte}).date
    assert moment.debut == attendu
    assert (moment.fin - moment.debut).total_seconds() == 60


def test_un_jour_va_jusqu_a_sa_fin():
    moment = Essai.model_validate({"date": "2026-12-07"}).date
    assert moment.jour == date(2026, 12, 7)
    assert moment.fin - moment.debut == moment.fin - datetime(2026, 12, 6, 23, tzinfo=UTC)


def test_un_jour_est_celui_de_la_session():
    with timezone.override(ZoneInfo("Indian/Reunion")):
        moment = Essai.model_validate({"date": "2026-12-07"}).date
        assert moment.debut == datetime(2026, 12, 6, 20, tzinfo=UTC)
        assert moment.jour == date(2026, 12, 7)


def test_la_pagination_par_defaut():
    demande = Pagination.model_validate({"pageResultatDemandee": None, "triSense": "Ascendant"})
    assert (demande.pageResultatDemandee, demande.nbResultatsParPage, demande.triSens) == (1, 10, "Descendant")
