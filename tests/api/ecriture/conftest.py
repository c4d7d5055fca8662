"""A PDF to deposit, drawn once: its text names the supplier and the recipient of the pack."""

from dataclasses import replace

import pytest

from invoices.formats.cii import PartieAEcrire
from invoices.formats.exemples import facture_exemple, pdf_chiffre, pdf_facturx, pdf_texte
from tests.api.appels import VALMORAN, VOLTAIGNE

FACTURE = replace(
    facture_exemple(),
    numero="V-2026-001",
    fournisseur=PartieAEcrire(VOLTAIGNE, "VOLTAIGNE ÉLECTRICITÉ EURL"),
    destinataire=PartieAEcrire(VALMORAN, "COMMUNE DE VALMORAN"),
    code_service="",
)


@pytest.fixture(scope="session")
def pdf():
    return pdf_texte(FACTURE)


@pytest.fixture(scope="session")
def facturx():
    return pdf_facturx(FACTURE)


@pytest.fixture(scope="session")
def chiffre(pdf):
    return pdf_chiffre(pdf)
