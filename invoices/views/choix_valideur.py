"""Search of a structure to validate: whoever is active, but those that may not be chosen."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.requete import Requete
from invoices.models import Facture
from sandbox.web.partials import wants_partial
from structures import queries as structures
from structures.models import Structure

RESULTATS = 8


def exclues(facture: Facture, *, second: bool) -> frozenset[int]:
    """Never a valideur of this invoice: its supplier, who answered « mauvais valideur », the one who chooses."""
    deja = (facture.fournisseur_id, facture.valideur_id, facture.valideur_2_id if second else None)
    return frozenset(pk for pk in deja if pk is not None)


def chercher(texte: str, sauf: Iterable[int]) -> dict[str, Any]:
    """Context of the results: the first structures, and whether there are more."""
    ecartees = frozenset(sauf)
    texte = texte.strip()[:100]
    trouvees = structures.rechercher_actives(texte, RESULTATS + 1 + len(ecartees)) if texte else []
    liste = [structure for structure in trouvees if structure.pk not in ecartees]
    return {"recherche": texte, "resultats": liste[:RESULTATS], "resultats_suite": len(liste) > RESULTATS}


def fragment(request: Requete, facture: Facture, nom: str, *, second: bool) -> HttpResponse | None:
    """Results as one types, for HTMX; None when the page itself is asked."""
    if not (wants_partial(request) and "recherche" in request.GET):
        return None
    contexte = chercher(request.GET["recherche"], exclues(facture, second=second))
    return render(request, "invoices/_resultats_valideur.html", contexte | {"nom": nom})


def choisie(pk: int | None) -> Structure | None:
    """The structure already chosen on the form, to draw it again."""
    return Structure.objects.filter(pk=pk).first() if pk else None
