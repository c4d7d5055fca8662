from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sandbox.web"
    label = "web"
    verbose_name = "habillage"
