from django.urls import path

from accounts.views import accueil, connexion, creation, mot_de_passe

app_name = "accounts"
urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("creer-un-compte/", creation.creer, name="creer"),
    path("creer-un-compte/caracteres/", creation.caracteres, name="captcha"),
    path("creer-un-compte/envoye/", creation.envoye, name="cree"),
    path("activer/<slug:jeton>/", mot_de_passe.activer, name="activer"),
    path("activer/<slug:jeton>/renvoyer/", mot_de_passe.renvoyer, name="renvoyer"),
    path("connexion/", connexion.connexion, name="connexion"),
    path("deconnexion/", connexion.deconnexion, name="deconnexion"),
    path("mot-de-passe/", mot_de_passe.oublie, name="mot_de_passe_oublie"),
    path("mot-de-passe/<slug:jeton>/", mot_de_passe.reinitialiser, name="reinitialiser"),
]
