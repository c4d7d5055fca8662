from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "sandbox.documents"
    verbose_name = "fichiers"
