from django.apps import AppConfig


class FormationConfig(AppConfig):
    name = "formation"
    verbose_name = "formation"

    def ready(self) -> None:
        from formation import abonnements  # noqa: F401, PLC0415 -- subscribes once the models are loaded
