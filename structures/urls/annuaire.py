"""Both directories, open to a seat that has no account (comptes-structures.md §8)."""

from django.urls import path

from structures.views import annuaire

urlpatterns = [
    path("", annuaire.accueil, name="annuaire"),
    path("structures-publiques/", annuaire.publiques, name="annuaire_publiques"),
    path("structures-publiques/annuaire.csv", annuaire.telecharger_csv, name="annuaire_csv"),
    path("structures-publiques/annuaire.xml", annuaire.telecharger_xml, name="annuaire_xml"),
    path("structures-publiques/<int:pk>/", annuaire.fiche, name="annuaire_fiche"),
    path("facturation-electronique/", annuaire.facturation, name="annuaire_facturation"),
    path("facturation-electronique/<int:pk>/", annuaire.entite, name="annuaire_entite"),
]
