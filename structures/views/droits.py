"""« Mes habilitations », « Qui peut quoi » (comptes-structures.md §5.2)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from structures import queries_utilisateurs as queries
from structures.acces import droits_de, portail_requis, structure_requise
from structures.enums import StatutRattachement
from structures.models import Structure
from structures.permissions import Acte, permet
from structures.views.cadre import rubriques


@require_safe
@portail_requis()
def mes_habilitations(request: Requete) -> HttpResponse:
    page = paginate(request, queries.habilitations_de(request.compte))
    contexte = {
        "fil": [("Accueil", reverse("accounts:accueil")), ("Mes habilitations", None)],
        "page": page,
        "lignes": [
            (lien, queries.detenus(lien.habilitations.all()), [d for d in lien.services.all() if d.periode])
            for lien in page.object_list
        ],
    }
    return render(request, "structures/mes_habilitations.html", contexte)


@require_safe
@structure_requise(Acte.CONSULTER_UTILISATEURS)
def qui_peut_quoi(request: Requete, structure: Structure) -> HttpResponse:
    """Users × profiles: valid attachments only, since the others give no right."""
    valides = queries.utilisateurs(structure).filter(statut=StatutRattachement.VALIDEE)
    page = paginate(request, valides)
    contexte = rubriques(request, structure, "qui_peut_quoi") | {
        "page": page,
        "colonnes": queries.colonnes(structure),
        "lignes": queries.matrice(structure, page.object_list),
        "peut_gerer": permet(droits_de(request), Acte.GERER_UTILISATEURS, structure.pk),
    }
    return render_partial(request, "structures/qui_peut_quoi.html", "matrice", contexte)
