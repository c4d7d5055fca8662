from django.urls import include, path

from formation.views import accueil, documents, etat, exercices, jeu_de_donnees, messagerie, place, rejoindre, sante

app_name = "formation"
urlpatterns = [
    path("", accueil.accueil_public, name="accueil_public"),
    path("rejoindre/", rejoindre.rejoindre, name="rejoindre"),
    path("rejoindre/<str:code>/", rejoindre.rejoindre, name="rejoindre_code"),
    path("place/", place.place, name="place"),
    path("place/quitter/", place.quitter, name="quitter"),
    path("place/documents/", documents.liste, name="documents"),
    path("place/documents/<slug:cle>/", documents.telecharger, name="document"),
    path("place/exercices/", exercices.liste, name="exercices"),
    path("place/exercices/<slug:cle>/", exercices.exercice, name="exercice"),
    path("place/exercices/<slug:cle>/<slug:piece>/", exercices.document, name="exercice_document"),
    path("jeu-de-donnees/", jeu_de_donnees.jeu_de_donnees, name="jeu_de_donnees"),
    path("jeu-de-donnees/csv/", jeu_de_donnees.telecharger, name="jeu_de_donnees_csv"),
    path("etat/", etat.etat, name="etat"),
    path("messagerie/", messagerie.liste, name="messagerie"),
    path("messagerie/<int:pk>/", messagerie.message, name="message"),
    path("formateur/", include("formation.urls_console")),
    path("sante", sante.sante, name="sante"),
]
