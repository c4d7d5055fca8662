"""Works cadres: the table is the one of factures.md §1, and the page says what is not offered."""

import pytest
from django.urls import reverse

from invoices.enums import Cadre
from travaux.cadres import CADRES, PAR_CODE, TOUS


def test_la_table_des_cadres_de_travaux():
    attendus = ["A4", "A5", "A6", "A7", "A8", "A10", *(f"A{n}" for n in range(13, 21)), "A22", "A23", "A24", "A25"]
    assert [c.code for c in CADRES] == attendus
    assert all(c.api.startswith(f"{c.code}_") for c in CADRES)
    assert len(PAR_CODE) == len(CADRES)


@pytest.mark.parametrize(
    ("code", "deposant", "validation"),
    [
        ("A4", "Titulaire", "MOE"),
        ("A10", "Sous-traitant", "titulaire, puis MOE"),
        ("A13", "Cotraitant", "mandataire, puis MOE"),
        ("A20", "MOA", "fournisseur"),
        ("A23", "Titulaire", "Personne : la pièce part au service financier"),
    ],
)
def test_qui_depose_et_qui_valide(code, deposant, validation):
    assert (PAR_CODE[code].deposant, PAR_CODE[code].validation) == (deposant, validation)


def test_les_vingt_six_lignes_et_ou_elles_vivent():
    """factures.md §1: A1 to A25, then the value of pieces without a cadre."""
    assert [c.code for c in TOUS] == [*(f"A{n}" for n in range(1, 26)), "–"]
    assert len({c.api for c in TOUS}) == 26
    assert {c.api for c in TOUS if c.simule} == set(Cadre.values)
    lieux = {c.code: c.lieu for c in TOUS}
    assert (lieux["A1"], lieux["A9"], lieux["A3"]) == (
        "Factures émises",
        "Factures émises",
        "Mémoires de frais de justice",
    )
    assert (lieux["A4"], lieux["A21"], lieux["A11"]) == ("Factures de travaux", "Remboursement de taxes", "–")


@pytest.mark.django_db
def test_la_page(gestionnaire, poste):
    url = reverse("travaux:cadres")
    page = gestionnaire.get(url).content.decode().replace("&#x27;", "'")
    assert all(c.libelle in page and c.api in page and c.lieu in page for c in TOUS)
    assert "n'est pas proposé dans cette version" in page
    assert gestionnaire.post(url).status_code == 405


@pytest.mark.django_db
def test_la_page_demande_un_compte(poste):
    assert poste.get(reverse("travaux:cadres")).status_code == 302
