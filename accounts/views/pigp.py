"""Simulated access of public agents outside the State (comptes-structures.md §2.5, §13.10)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acces import compte_requis, place_requise
from accounts.forms.compte import CompleterForm
from accounts.requete import Requete
from accounts.services import profil


@require_safe
@place_requise
def acces(request: Requete) -> HttpResponse:
    """« Accès PIGP (simulé) »: what the real path is, then the portal."""
    fil = [("Accueil", reverse("accounts:accueil")), ("Accès PIGP (simulé)", None)]
    return render(request, "accounts/pigp.html", {"fil": fil})


@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def completer(request: Requete) -> HttpResponse:
    """First login: complete the data; the identifier is not editable."""
    if not request.compte.pigp:
        return redirect("accounts:compte")
    initial = {champ: getattr(request.compte, champ) for champ in profil.DONNEES_PIGP}
    form = CompleterForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        profil.completer_pigp(request.compte, form.cleaned_data)
        messages.success(request, "Vos données sont complètes.")
        return redirect("accounts:accueil")
    return render(request, "accounts/completer.html", {"form": form}, status=422 if form.is_bound else 200)
