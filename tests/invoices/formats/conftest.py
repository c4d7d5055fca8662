"""Files and invoices shared by the tests of the formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from invoices.formats.cii import FactureAEcrire
from invoices.formats.exemples import facture_exemple, pdf_facturx, pdf_texte


@pytest.fixture(scope="session")
def corpus() -> Path:
    return Path(__file__).parents[2] / "data" / "corpus"


@pytest.fixture(scope="session")
def facture() -> FactureAEcrire:
    return facture_exemple()


@pytest.fixture(scope="session")
def page_texte(facture: FactureAEcrire) -> bytes:
    return pdf_texte(facture)


@pytest.fixture(scope="session")
def page_facturx(facture: FactureAEcrire) -> bytes:
    return pdf_facturx(facture)
