"""Factur-X made on the spot: one page for the whole run, its XML for each test."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest

from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
from invoices.formats.exemples import pdf_texte
from invoices.formats.facturx import composer_facturx
from tests import factories

FACTURE = FactureAEcrire(
    numero="FX-1",
    date_facture=date(2026, 12, 7),
    fournisseur=PartieAEcrire(factories.siret_du_poste(1), "ARBELIN MENUISERIE 01"),
    destinataire=PartieAEcrire(factories.VALMORAN, "COMMUNE DE VALMORAN"),
    lignes=(
        LigneAEcrire("Fenêtre", Decimal(6), Decimal("412.50")),
        LigneAEcrire("Livre", Decimal(8), Decimal("18.50"), Decimal("5.5")),
    ),
)


@pytest.fixture(scope="session")
def page_pdfa():
    return pdf_texte(FACTURE, pdfa=True)


def _reecrire(pdf, editer):
    """The same PDF, its attached XML passed through ``editer``: what no tool would compose."""
    sortie = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        for cle in list(document.attachments):
            flux = document.attachments[cle].get_file().obj
            avant = flux.read_bytes()
            apres = editer(avant)
            assert apres != avant, "l'essai n'a rien changé"
            flux.write(apres)
        document.save(sortie)
    return sortie.getvalue()


@pytest.fixture
def facturx(page_pdfa):
    """Bytes of a Factur-X whose invoice differs by these fields; ``editer`` rewrites the attached XML."""

    def faire(editer=None, **champs):
        compose = composer_facturx(page_pdfa, ecrire_cii(replace(FACTURE, **champs)))
        return _reecrire(compose, editer) if editer else compose

    return faire
