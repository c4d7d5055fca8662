"""Categories of sollicitations: all that the API says of them (api.md §7, « Sollicitations »)."""

from api.entree import Booleen, Entier, Entree, Pagination, Texte
from api.listes import rechercher
from api.registre import Appel, Contenu, operation
from api.sortie import instant
from structures.mots import normaliser
from support.sollicitations import CATEGORIES, Categorie


class RechercherCategories(Entree):
    """``estActif`` filters nothing: they are all active."""

    codeCategorie: Texte = ""
    libelleCategorie: Texte = ""
    estActif: Booleen | None = None
    pagination: Pagination | None = None


class RechercherSousCategories(Entree):
    idTechniqueCategorie: Entier | None = None
    code: Texte = ""
    libelle: Texte = ""
    estActif: Booleen | None = None
    pagination: Pagination | None = None


def _convient(code: str, libelle: str, code_voulu: str, libelle_voulu: str) -> bool:
    """The code, whatever its case, and a part of the label, whatever its accents."""
    return code_voulu.upper() in ("", code) and normaliser(libelle_voulu) in normaliser(libelle)


def _ligne(categorie: Categorie) -> Contenu:
    return {
        "idTechniqueCategorie": categorie.pk,
        "codeCategorie": categorie.code,
        "libelleCategorie": categorie.libelle,
    }


@operation(
    "rechercherCategoriesSollicitation",
    "transverses",
    "rechercher/categorieSollicitation",
    "Rechercher une catégorie de sollicitation",
    RechercherCategories,
    exemple={"libelleCategorie": "Factures", "pagination": {"triSens": "Ascendant"}},
)
def categories(appel: Appel, entree: RechercherCategories) -> Contenu:
    return rechercher(
        "listeCategories",
        (_ligne(c) for c in CATEGORIES if _convient(c.code, c.libelle, entree.codeCategorie, entree.libelleCategorie)),
        entree.pagination,
        ("codeCategorie", "libelleCategorie", "idTechniqueCategorie"),
    )


@operation(
    "rechercherSousCategoriesSollicitation",
    "transverses",
    "rechercher/sousCategorieSollicitation",
    "Rechercher une sous-catégorie de sollicitation",
    RechercherSousCategories,
    exemple={"idTechniqueCategorie": 2, "pagination": {"triSens": "Ascendant"}},
)
def sous_categories(appel: Appel, entree: RechercherSousCategories) -> Contenu:
    """A row for each sub-category: its category beside it. Both as old as the session."""
    depuis = instant(appel.cohort.depart())
    lignes = [
        {
            "categorie": [_ligne(c)],
            "ssCategorie": [
                {
                    "idTechniqueCategorie": s.pk,
                    "code": s.code,
                    "libelle": s.libelle,
                    "estActif": True,
                    "dateCreation": depuis,
                    "dateDerniereModification": depuis,
                }
            ],
            "code": s.code,
            "libelle": s.libelle,
        }
        for c in CATEGORIES
        for s in c.sous_categories
        if entree.idTechniqueCategorie in (None, 0, c.pk) and _convient(s.code, s.libelle, entree.code, entree.libelle)
    ]
    trouvees = rechercher("listeSousCategories", lignes, entree.pagination, ("code", "libelle"))
    for ligne in trouvees["listeSousCategories"]:
        del ligne["code"], ligne["libelle"]
    return trouvees
