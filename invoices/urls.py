"""Domaine « Facturation ». Notifications link to an invoice and to a flow: their paths are fixed."""

from django.urls import path

from invoices.views import accueil, depot, facture, fichiers, flux, saisie, suivi
from structures.views import mandat

app_name = "invoices"
EMISES = "factures-emises/"
urlpatterns = [
    path("", accueil.domaine, name="domaine"),
    path(EMISES, suivi.synthese, name="synthese"),
    path(f"{EMISES}saisir/", saisie.saisir, name="saisir"),
    path(f"{EMISES}destinataires/", saisie.destinataires, name="destinataires"),
    path(f"{EMISES}deposer/", depot.deposer, name="deposer"),
    path(f"{EMISES}rechercher/", suivi.rechercher, name="rechercher"),
    path(f"{EMISES}tableau-de-bord/", suivi.tableau_de_bord, name="tableau_de_bord"),
    path(f"{EMISES}<int:pk>/", facture.facture, name="facture"),
    path(f"{EMISES}<int:pk>/saisie/", saisie.brouillon, name="brouillon"),
    path(f"{EMISES}<int:pk>/depot/", depot.depot, name="depot"),
    path(f"{EMISES}<int:pk>/depot/pages/<int:numero>.png", depot.page, name="page"),
    path(f"{EMISES}<int:pk>/envoyer/", saisie.envoyer, name="envoyer"),
    path(f"{EMISES}<int:pk>/supprimer/", saisie.supprimer, name="supprimer"),
    path(f"{EMISES}<int:pk>/pdf/", fichiers.pdf, name="pdf"),
    path(f"{EMISES}<int:pk>/certificat/", fichiers.certificat, name="certificat"),
    path(f"{EMISES}<int:pk>/pieces/<int:piece>/", fichiers.piece, name="piece"),
    path("mandat/", mandat.souscrire, name="mandat"),
    path("suivi-des-flux/", flux.liste, name="flux"),
    path("suivi-des-flux/<str:numero>/", flux.detail, name="flux_detail"),
]
