"""Everything under /portail/ that belongs to structures, one module a subject."""

from django.urls import include, path

from structures.urls import annuaire, raccordements, structures, utilisateurs

app_name = "structures"
urlpatterns = [
    path("organisation/", include(structures.urlpatterns)),
    path("", include(utilisateurs.urlpatterns)),
    path("annuaire/", include(annuaire.urlpatterns)),
    path("raccordements/", include(raccordements.urlpatterns)),
]
