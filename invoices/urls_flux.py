"""« Suivi des flux »."""

from django.urls import path

from invoices.views import flux, flux_detail

urlpatterns = [
    path("suivi-des-flux/", flux.liste, name="flux"),
    path("suivi-des-flux/accueil/", flux.accueil, name="flux_accueil"),
    path("suivi-des-flux/tableau-de-bord/", flux.tableau, name="flux_tableau"),
    path("suivi-des-flux/deposer/", flux_detail.deposer, name="flux_deposer"),
    path("suivi-des-flux/<str:numero>/", flux_detail.detail, name="flux_detail"),
    path("suivi-des-flux/<str:numero>/fichier/", flux_detail.fichier, name="flux_fichier"),
    path("suivi-des-flux/<str:numero>/compte-rendu.json", flux_detail.cr_json, name="flux_compte_rendu"),
    path("suivi-des-flux/<str:numero>/compte-rendu.pdf", flux_detail.cr_pdf, name="flux_compte_rendu_pdf"),
]
