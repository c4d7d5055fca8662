from django.urls import URLPattern

app_name = "travaux"
urlpatterns: list[URLPattern] = []
