"""« Factures reçues »."""

from django.urls import path

from invoices.enums import Espace
from invoices.urls_communes import communes
from invoices.views import recues, traiter

RECUES = f"{Espace.RECUES}/"
urlpatterns = [
    path(RECUES, recues.synthese, name="recues_synthese"),
    path(f"{RECUES}traiter/", traiter.traiter, name="recues_traiter"),
    *communes(Espace.RECUES),
]
