"""Technical accounts, simulated PISTE, fiches de raccordement."""

from django.urls import path

from structures.views import comptes_techniques, piste, raccordements

urlpatterns = [
    path("", raccordements.accueil, name="raccordements"),
    path("fiches/", raccordements.liste, name="fiches_raccordement"),
    path("fiches/nouvelle/", raccordements.ouvrir, name="ouvrir_fiche"),
    path("fiches/<int:pk>/", raccordements.fiche, name="fiche_raccordement"),
    path("fiches/<int:pk>/modifier/", raccordements.modifier, name="modifier_fiche"),
    path("fiches/<int:pk>/certificat/", raccordements.renouveler, name="renouveler_fiche"),
    path("fiches/<int:pk>/<slug:action>/", raccordements.avancer, name="avancer_fiche"),
    path("comptes-techniques/", comptes_techniques.liste, name="comptes_techniques"),
    path("comptes-techniques/export.csv", comptes_techniques.exporter, name="exporter_comptes_techniques"),
    path("comptes-techniques/demande/", comptes_techniques.demander, name="demander_compte_technique"),
    path("piste/", piste.consentements, name="piste"),
    path("piste/applications/", piste.applications, name="piste_applications"),
    path("piste/applications/creer/", piste.creer, name="creer_application"),
    path("piste/applications/<int:pk>/", piste.application, name="application_piste"),
    path("piste/applications/<int:pk>/secret/", piste.consulter_secret, name="secret_piste"),
    path("piste/applications/<int:pk>/nouveau-secret/", piste.nouveau_secret, name="nouveau_secret_piste"),
    path("piste/applications/<int:pk>/activite/", piste.activer, name="activer_application"),
]
