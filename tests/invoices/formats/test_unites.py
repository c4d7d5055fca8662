"""Units of the portal and their codes, there and back."""

import pytest

from invoices.formats import unites


@pytest.mark.parametrize("unite", [*unites.UNITES, "barrique", "H87", "palette de 12"])
def test_une_unite_revient(unite: str) -> None:
    assert unites.lire(*unites.ecrire(unite)) == unite


def test_ce_qui_a_un_code_prend_son_nom() -> None:
    assert unites.lire(*unites.ecrire(" Unite ")) == "unité"
    assert unites.lire(*unites.ecrire("HUR")) == "heure"
    assert unites.ecrire("") == ("C62", "")
    assert unites.lire("XYZ", "Unité : caisse") == "XYZ"
