"""Addresses fixed by the contract (api.md §1): mounted at the root."""

from django.urls import path

from api.views import appels, brancher, documentation, jeton, passerelle

app_name = "api"

urlpatterns = [
    path("api/oauth/token", jeton.jeton, name="jeton"),
    path("portail/raccordements/brancher/", brancher.brancher, name="brancher"),
    path("portail/raccordements/brancher/preparer/", brancher.preparer, name="preparer"),
    path("portail/raccordements/appels/", appels.liste, name="appels"),
    path("portail/raccordements/appels/<int:pk>/", appels.detail, name="appel"),
    path("api/docs", documentation.sommaire, name="docs"),
    path("api/docs/codes", documentation.codes_connus, name="docs_codes"),
    path("api/docs/differences", documentation.differences, name="docs_differences"),
    path("api/docs/operations/<path:cle>", documentation.operation, name="docs_operation"),
    path("api/openapi.json", documentation.document, name="openapi"),
    path("cpro/<path:chemin>", passerelle.passer, name="passerelle"),
]
