"""The public door of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from formation.forms.rejoindre import CodeForm
from formation.services import matelas


@require_safe
def accueil_public(request: HttpRequest) -> HttpResponse:
    place = getattr(request, "place", None)
    contexte = {"form": CodeForm(), "avec_jeu": place is not None and matelas.prevu(place.cohort)}
    return render(request, "formation/accueil_public.html", contexte)
