"""Domaine « Facturation ». Notifications link to an invoice and to a flow: their paths are fixed."""

from django.urls import path

from invoices import urls_a_valider, urls_emises, urls_flux, urls_recues
from invoices.views import accueil
from structures.views import mandat

app_name = "invoices"
urlpatterns = [
    path("", accueil.domaine, name="domaine"),
    path("mandat/", mandat.souscrire, name="mandat"),
    *urls_emises.urlpatterns,
    *urls_recues.urlpatterns,
    *urls_a_valider.urlpatterns,
    *urls_flux.urlpatterns,
]
