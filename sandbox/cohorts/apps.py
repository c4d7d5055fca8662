from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "sandbox.cohorts"
    verbose_name = "sessions de formation"
