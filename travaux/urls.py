from django.urls import path

from travaux import views

app_name = "travaux"
urlpatterns = [path("", views.cadres, name="cadres")]
