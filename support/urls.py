from django.urls import path

from support import views

app_name = "support"
urlpatterns = [
    path("aide/", views.aide, name="aide"),
    path("aide/glossaire/", views.glossaire, name="glossaire"),
    path("aide/differences/", views.differences, name="differences"),
    path("accessibilite/", views.accessibilite, name="accessibilite"),
    path("donnees-personnelles/", views.donnees, name="donnees"),
    path("a-propos/", views.a_propos, name="a_propos"),
]
