from importlib import import_module

from django.apps import AppConfig


class EdiConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "edi"
    verbose_name = "EDI (SFTP)"

    def ready(self) -> None:
        import_module("edi.evenements")
        import_module("edi.abonnements")
