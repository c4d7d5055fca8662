"""Forms of the answers: dates, numbers, absent values, paging (api.md §4, §4.1)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import F

from api import contrat
from api.entree import Pagination
from api.erreurs import Refus
from api.sortie import en_json, entourer, instant, jour, minute, page, rechercher, sans_vides, trier
from structures.models import Structure

ETE = datetime(2026, 7, 1, 8, 5, 3, 120_000, tzinfo=UTC)


def test_les_trois_formes_de_date():
    assert (jour(ETE), minute(ETE), instant(ETE)) == (
        "2026-07-01",
        "2026-07-01 10:05",
        "2026-07-01T10:05:03.120+02:00",
    )
    assert jour(date(2026, 1, 2)) == "2026-01-02"
    assert jour(None) is minute(None) is instant(None) is None


def test_une_valeur_absente_n_est_pas_ecrite():
    assert sans_vides({"a": None, "b": "", "c": 0, "d": False, "e": [], "f": [{"g": None}]}) == {
        "c": 0,
        "d": False,
        "e": [],
        "f": [{}],
    }


def test_les_montants_sont_des_nombres():
    assert en_json({"a": Decimal("130.272"), "b": Decimal("1326.00")}) == '{"a": 130.272, "b": 1326}'
    with pytest.raises(TypeError):
        en_json({"a": object()})


@pytest.mark.parametrize(
    ("demande", "tranche", "pages"),
    [
        (None, (0, 10), 3),
        ({"pageResultatDemandee": 3}, (20, 30), 3),
        ({"nbResultatsParPage": 7, "pageResultatDemandee": 2}, (7, 14), 4),
        ({"nbResultatsParPage": 0, "pageResultatDemandee": -4}, (0, 10), 3),
        ({"nbResultatsParPage": 99_999}, (0, 10), 3),
        ({"nbResultatsParPage": 10_000}, (0, 10_000), 1),
    ],
)
def test_les_pages(demande, tranche, pages):
    trouvee = page(None if demande is None else Pagination.model_validate(demande), 25)
    assert ((trouvee.tranche.start, trouvee.tranche.stop), trouvee.pages) == (tranche, pages)


def test_une_page_au_dela_de_la_fin_est_vide():
    trouvee = page(Pagination(pageResultatDemandee=2**62), 25)
    assert trouvee.tranche.start > 25
    assert page(None, 0).champs("Suite") == {
        "pageCouranteSuite": 1,
        "pagesSuite": 0,
        "nbResultatsParPageSuite": 10,
        "totalSuite": 0,
    }


def test_une_recherche_vide_garde_sa_liste(monde):
    with pytest.raises(Refus) as refus:
        rechercher("listeStructures", Structure.objects.none(), None, lambda s: {})
    assert (refus.value.code, refus.value.libelle) == (20_000, "TRA_MSG_00.015")
    assert refus.value.contenu["listeStructures"] == []
    assert refus.value.contenu["parametresRetour"]["total"] == 0


def test_les_pages_a_la_racine():
    assert entourer("lignes", [{}], page(None, 1), racine=True)["total"] == 1


def test_le_tri(monde):
    colonnes = {"DesignationStructure": "raison_sociale", "IdentifiantStructure": ("identifiant",)}
    croissant = Pagination(triColonne="IdentifiantStructure", triSens="Ascendant")
    lues = [s.identifiant for s in trier(Structure.objects.all(), croissant, colonnes, "DesignationStructure")]
    assert lues == sorted(lues)
    inconnue = trier(Structure.objects.all(), Pagination(triColonne="Autre"), colonnes, "DesignationStructure")
    assert inconnue.query.order_by == (F("raison_sociale").desc(nulls_last=True), "-pk")


def test_chaque_modele_du_contrat_a_ses_references():
    for nom in contrat.operations().values():
        assert contrat.avec_dependances(nom) <= set(contrat.modeles())
