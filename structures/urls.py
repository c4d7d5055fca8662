from django.urls import path

from structures.views import organisation

app_name = "structures"
urlpatterns = [
    path("", organisation.accueil, name="accueil"),
    path("structures/", organisation.liste, name="liste"),
    path("structures/creer/", organisation.creer, name="creer"),
    path("structures/<int:pk>/", organisation.fiche, name="fiche"),
]
