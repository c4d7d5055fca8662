"""Fiches, « Créer une structure », « Gérer une structure », « Gérer un service », bank accounts."""

from django.urls import path

from structures.views import banque, creer, gerer, identifiant, organisation, services

urlpatterns = [
    path("", organisation.accueil, name="accueil"),
    path("gerer-une-structure/", gerer.gerer, name="gerer"),
    path("gerer-un-service/", services.gerer_service, name="gerer_service"),
    path("structures/", organisation.liste, name="liste"),
    path("structures/creer/", creer.creer, name="creer"),
    path("structures/<int:pk>/", organisation.fiche, name="fiche"),
    path("structures/<int:pk>/identifiant/", identifiant.changer_identifiant, name="changer_identifiant"),
    path("structures/<int:pk>/services/", services.services, name="services"),
    path("structures/<int:pk>/banque/", banque.liste, name="banque"),
    path("structures/<int:pk>/banque/ajouter/", banque.ajouter, name="banque_ajouter"),
    path("structures/<int:pk>/banque/<int:compte>/", banque.modifier, name="banque_modifier"),
    path("structures/<int:pk>/banque/<int:compte>/defaut/", banque.par_defaut, name="banque_defaut"),
    path("structures/<int:pk>/banque/<int:compte>/desactiver/", banque.desactiver, name="banque_desactiver"),
    path("structures/<int:pk>/banque/<int:compte>/rib/", banque.rib, name="banque_rib"),
]
