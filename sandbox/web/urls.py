from django.urls import path

from sandbox.web import views

app_name = "web"
urlpatterns = [path("", views.composants, name="composants")]
