"""Help and legal pages: no seat needed, nothing read from a session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from support import ecarts, versions
from support import glossaire as mots


@require_safe
def aide(request: HttpRequest) -> HttpResponse:
    return render(request, "support/aide.html")


@require_safe
def glossaire(request: HttpRequest) -> HttpResponse:
    contexte = {"portails": mots.PORTAILS, "termes": mots.TERMES, "du_bac": mots.DU_BAC}
    return render(request, "support/glossaire.html", contexte)


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
