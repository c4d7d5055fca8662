"""Categories of sollicitations (api.md §7; sollicitations-autres.md §2.5)."""

import pytest

from support.sollicitations import CATEGORIES

CATEGORIE = "transverses/v1/rechercher/categorieSollicitation"
SOUS_CATEGORIE = "transverses/v1/rechercher/sousCategorieSollicitation"
RIEN = {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0}


def test_les_ids_et_les_codes_sont_uniques():
    sous = [s for c in CATEGORIES for s in c.sous_categories]
    assert len({s.pk for s in sous} | {c.pk for c in CATEGORIES}) == len(sous) + len(CATEGORIES)
    assert len({s.code for s in sous}) == len(sous) == 38


def test_toutes_les_categories(fournisseur):
    _, recu = fournisseur.post(CATEGORIE, {"pagination": {"nbResultatsParPage": 100, "triSens": "Ascendant"}})
    assert recu["parametresRetour"]["total"] == 11
    assert recu["listeCategories"][0] == {
        "idTechniqueCategorie": 1,
        "codeCategorie": "COMPTE",
        "libelleCategorie": "Connexion et compte utilisateur",
    }


@pytest.mark.parametrize(
    ("corps", "attendus"),
    [
        pytest.param({"codeCategorie": "emises"}, ["EMISES"], id="code"),
        pytest.param({"libelleCategorie": "depot et"}, ["DEPOT"], id="sans-accent"),
        pytest.param({"libelleCategorie": "factures", "estActif": False}, ["TRAVAUX", "EMISES", "DEPOT"], id="libelle"),
        pytest.param({"codeCategorie": "INCONNU"}, [], id="rien"),
    ],
)
def test_criteres(fournisseur, corps, attendus):
    _, recu = fournisseur.post(CATEGORIE, corps)
    assert [c["codeCategorie"] for c in recu["listeCategories"]] == attendus
    if not attendus:
        assert (recu["codeRetour"], recu["parametresRetour"]) == (20000, RIEN)


def test_sous_categories_d_une_categorie(fournisseur, cohort):
    _, recu = fournisseur.post(SOUS_CATEGORIE, {"idTechniqueCategorie": 4, "estActif": True})
    depuis = "2026-12-07T09:00:00.000+01:00"
    assert recu["listeSousCategories"] == [
        {
            "categorie": [
                {"idTechniqueCategorie": 4, "codeCategorie": "EMISES", "libelleCategorie": "Factures émises"}
            ],
            "ssCategorie": [
                {
                    "idTechniqueCategorie": 401,
                    "code": "EMISES_QUESTION",
                    "libelle": "Question pour une entité publique",
                    "estActif": True,
                    "dateCreation": depuis,
                    "dateDerniereModification": depuis,
                }
            ],
        }
    ]


@pytest.mark.parametrize("sens", ["Ascendant", "Descendant"])
@pytest.mark.parametrize("colonne", ["Code", "Libelle"])
def test_sous_categories_en_pages(fournisseur, colonne, sens):
    def codes(page):
        paging = {"pageResultatDemandee": page, "nbResultatsParPage": 20, "triSens": sens, "triColonne": colonne}
        recu = fournisseur.post(SOUS_CATEGORIE, {"pagination": paging})[1]
        assert recu["parametresRetour"] == {
            "pageCourante": page,
            "pages": 2,
            "nbResultatsParPage": 20,
            "total": 38,
        }
        return [ligne["ssCategorie"][0][colonne.lower()] for ligne in recu["listeSousCategories"]]

    lus = codes(1) + codes(2)
    assert lus == sorted(lus, reverse=sens == "Descendant")


def test_sous_categorie_inconnue(fournisseur):
    _, recu = fournisseur.post(SOUS_CATEGORIE, {"code": "X", "libelle": "Y"})
    assert (recu["codeRetour"], recu["listeSousCategories"], recu["parametresRetour"]) == (20000, [], RIEN)
