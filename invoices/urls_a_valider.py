"""« Factures à valider »: its own screens, and those that the three applications share."""

from django.urls import path

from invoices.enums import Espace
from invoices.urls_communes import communes
from invoices.views import a_valider, valideur

A_VALIDER = f"{Espace.A_VALIDER}/"
urlpatterns = [
    path(A_VALIDER, a_valider.synthese, name="a_valider_synthese"),
    path(f"{A_VALIDER}circuit/", a_valider.circuit, name="a_valider_circuit"),
    path(f"{A_VALIDER}<int:pk>/repondre/", a_valider.repondre, name="a_valider_repondre"),
    path(f"{A_VALIDER}<int:pk>/valideur/", valideur.corriger_le_second, name="a_valider_corriger"),
    *communes(Espace.A_VALIDER),
]
