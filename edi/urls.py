"""Access of an EDI partner, among the raccordements."""

from django.urls import path

from edi import views

app_name = "edi"

urlpatterns = [
    path("<int:pk>/sftp/", views.acces, name="acces"),
    path("<int:pk>/sftp/ouvrir/", views.ouvrir, name="ouvrir"),
    path("<int:pk>/sftp/cle/", views.ajouter_cle, name="ajouter_cle"),
    path("<int:pk>/sftp/cle/retirer/", views.retirer_cle, name="retirer_cle"),
    path("<int:pk>/sftp/annuaire/", views.demander_annuaire, name="annuaire"),
    path("<int:pk>/sftp/out/<int:fichier>/", views.sortant, name="sortant"),
]
