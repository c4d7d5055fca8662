"""« Factures émises »."""

from django.urls import path

from invoices.enums import Espace
from invoices.urls_communes import communes
from invoices.views import depot, fichiers, rejets, retours, saisie, synthese, valideur
from invoices.views.commun import espace_requis

EMISES = f"{Espace.EMISES}/"
urlpatterns = [
    path(EMISES, synthese.synthese, name="synthese"),
    path(f"{EMISES}saisir/", saisie.saisir, name="saisir"),
    path(f"{EMISES}destinataires/", saisie.destinataires, name="destinataires"),
    path(f"{EMISES}valideurs/", saisie.valideurs, name="valideurs"),
    path(f"{EMISES}facture-d-origine/", saisie.indice, name="indice"),
    path(f"{EMISES}deposer/", depot.deposer, name="deposer"),
    path(f"{EMISES}<int:pk>/saisie/", saisie.brouillon, name="brouillon"),
    path(f"{EMISES}<int:pk>/depot/", depot.depot, name="depot"),
    path(f"{EMISES}<int:pk>/depot/pages/<int:numero>.png", depot.page, name="page"),
    path(f"{EMISES}<int:pk>/envoyer/", saisie.envoyer, name="envoyer"),
    path(f"{EMISES}<int:pk>/supprimer/", saisie.supprimer, name="supprimer"),
    path(f"{EMISES}<int:pk>/certificat/", espace_requis(Espace.EMISES)(fichiers.certificat), name="certificat"),
    path(f"{EMISES}<int:pk>/recycler/", retours.recycler, name="recycler"),
    path(f"{EMISES}<int:pk>/completer/", retours.completer, name="completer"),
    path(f"{EMISES}<int:pk>/dupliquer/", retours.dupliquer, name="dupliquer"),
    path(f"{EMISES}rejets/", rejets.rejets, name="rejets"),
    path(f"{EMISES}rejets/acquitter/", rejets.acquitter, name="acquitter"),
    path(f"{EMISES}rejets/traiter/", rejets.traiter_rejets, name="traiter_rejets"),
    path(f"{EMISES}<int:pk>/valideur/", valideur.corriger_le_premier, name="corriger_valideur"),
    *communes(Espace.EMISES),
]
