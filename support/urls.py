from django.urls import path

from support import views

app_name = "support"
urlpatterns = [
    path("aide/", views.aide, name="aide"),
    path("aide/glossaire/", views.glossaire, name="glossaire"),
    path("aide/ancien-nouveau/", views.ancien_nouveau, name="ancien_nouveau"),
    path("aide/differences/", views.differences, name="differences"),
    path("accessibilite/", views.accessibilite, name="accessibilite"),
    path("donnees-personnelles/", views.donnees, name="donnees"),
    path("a-propos/", views.a_propos, name="a_propos"),
    path("portail/recherche/", views.recherche, name="recherche"),
    path("portail/commande/", views.commande, name="commande"),
    path("portail/support/nous-contacter/", views.nous_contacter, name="nous_contacter"),
    path("portail/marche/", views.marche, name="marche"),
]
