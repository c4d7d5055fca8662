from django.urls import path

from accounts.views import (
    accueil,
    adresse,
    compte,
    connexion,
    creation,
    entree,
    facteur,
    mes_comptes,
    mot_de_passe,
    pigp,
)

app_name = "accounts"
urlpatterns = [
    path("", accueil.accueil, name="accueil"),
    path("creer-un-compte/", creation.creer, name="creer"),
    path("creer-un-compte/caracteres/", creation.caracteres, name="captcha"),
    path("creer-un-compte/envoye/", creation.envoye, name="cree"),
    path("activer/<slug:jeton>/", mot_de_passe.activer, name="activer"),
    path("activer/<slug:jeton>/renvoyer/", mot_de_passe.renvoyer, name="renvoyer"),
    path("connexion/", connexion.connexion, name="connexion"),
    path("connexion/code/", entree.code, name="code"),
    path("connexion/reactiver/", entree.reactiver, name="reactiver"),
    path("deconnexion/", connexion.deconnexion, name="deconnexion"),
    path("mot-de-passe/", mot_de_passe.oublie, name="mot_de_passe_oublie"),
    path("mot-de-passe/<slug:jeton>/", mot_de_passe.reinitialiser, name="reinitialiser"),
    path("mon-compte/", compte.compte, name="compte"),
    path("mon-compte/notifications/", compte.notifications, name="notifications"),
    path("mon-compte/desactiver/", compte.desactivation, name="desactivation"),
    path("mon-compte/application/", facteur.application, name="application"),
    path("mon-compte/application/courriel/", facteur.courriel, name="revenir_courriel"),
    path("mon-compte/adresse/", adresse.changer, name="changer_adresse"),
    path("mon-compte/adresse/<slug:jeton>/", adresse.confirmer, name="confirmer_adresse"),
    path("mon-compte/modifier/<slug:champ>/", compte.modifier, name="modifier"),
    path("mes-comptes/", mes_comptes.liste, name="mes_comptes"),
    path("mes-comptes/<int:pk>/", mes_comptes.passer, name="passer"),
    path("pigp/", pigp.acces, name="pigp"),
    path("pigp/completer/", pigp.completer, name="completer"),
]
