"""The public door of the site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from formation.forms.rejoindre import CodeForm


@require_safe
def accueil_public(request: HttpRequest) -> HttpResponse:
    return render(request, "formation/accueil_public.html", {"form": CodeForm()})
