"""« Second facteur » chosen when a session is created (comptes-structures.md §13.4)."""

import pytest

from formation.forms.console import SessionForm
from formation.services import packs, sessions
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("coche", [True, False])
def test_choisi_a_la_creation(coche):
    form = SessionForm(
        {
            "cle": "c1",
            "titre": "Essai",
            "places": "2",
            "pack": "novices-7h",
            "ancrage": "07/12/2026",
            "regime": "historique",
            "fuseau": "Europe/Paris",
        }
        | ({"second_facteur": "on"} if coche else {}),
        packs=packs.disponibles(),
    )
    assert form.is_valid(), form.errors
    cohort = sessions.creer_une_fois(formateur=factories.formateur(), **form.cleaned_data)
    cohort.refresh_from_db()
    assert cohort.second_facteur is coche
