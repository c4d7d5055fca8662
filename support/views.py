"""Help and legal pages: no seat needed, nothing read from a session.

With a seat: the search box of the portal, and the domaines that are explained without being simulated.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox.web.partials import wants_partial
from structures.acces import place_requise
from support import ecarts, hors_simulation, versions
from support import glossaire as mots
from support import recherche as moteur
from support.acces import resultat
from support.vocabulaire import APPLICATIONS, ESPACES, NOTIONS, Application


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    return render(request, "support/aide.html")


@require_safe
def glossaire(request: HttpRequest) -> HttpResponse:
    return render(request, "support/glossaire.html", {"termes": mots.TERMES, "du_bac": mots.DU_BAC})


@require_safe
def ancien_nouveau(request: HttpRequest) -> HttpResponse:
    """Both tables, with a link to what this version simulates."""

    def liens(cles: tuple[str, ...]) -> list[tuple[Application, str]]:
        return [(APPLICATIONS[cle], url) for cle in cles if (url := moteur.adresse(APPLICATIONS[cle]))]

    contexte = {
        "notions": [(notion, liens(notion.applications)) for notion in NOTIONS],
        "espaces": [(espace, liens(espace.applications)) for espace in ESPACES],
    }
    return render(request, "support/ancien_nouveau.html", contexte)


@require_safe
def differences(request: HttpRequest) -> HttpResponse:
    return render(request, "support/differences.html", {"themes": ecarts.THEMES})


@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "support/accessibilite.html")


@require_safe
def donnees(request: HttpRequest) -> HttpResponse:
    return render(request, "support/donnees.html")


@require_safe
def a_propos(request: HttpRequest) -> HttpResponse:
    contexte = {
        "version": versions.version(),
        "regles": versions.REGLES,
        "habillage": versions.HABILLAGE,
        "bibliotheques": versions.bibliotheques(),
    }
    return render(request, "support/a_propos.html", contexte)


@require_safe
@place_requise
def recherche(request: Requete) -> HttpResponse:
    """« Rechercher une application ou un mot »: a page, or the first suggestions for htmx."""
    demande = request.GET.get("q", "").strip()[: moteur.LONGUEUR_MAXIMUM]
    trouves = moteur.chercher(demande)
    if wants_partial(request):
        choisis = [resultat(request, fiche) for fiche in trouves[: moteur.SUGGESTIONS]]
        contexte = {"demande": demande, "resultats": choisis, "reste": len(trouves) - len(choisis)}
        return render(request, "support/_suggestions.html", contexte)
    resultats = [resultat(request, fiche) for fiche in trouves]
    contexte = {
        "demande": demande,
        "nombre": len(resultats),
        "applications": [r for r in resultats if r.fiche.application],
        "mots": [r for r in resultats if not r.fiche.application],
        "fil": [("Accueil", reverse("accounts:accueil")), ("Recherche", None)],
    }
    return render(request, "support/recherche.html", contexte)


def _absent(request: HttpRequest, domaine: hors_simulation.DomaineAbsent) -> HttpResponse:
    fil = [("Accueil", reverse("accounts:accueil")), (domaine.titre, None)]
    return render(request, "support/domaine_absent.html", {"domaine": domaine, "fil": fil})


@require_safe
@place_requise
def commande(request: Requete) -> HttpResponse:
    return _absent(request, hors_simulation.COMMANDE)


@require_safe
@place_requise
def nous_contacter(request: Requete) -> HttpResponse:
    return _absent(request, hors_simulation.SUPPORT)


@require_safe
@place_requise
def marche(request: Requete) -> HttpResponse:
    return _absent(request, hors_simulation.MARCHE)
