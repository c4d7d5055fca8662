from django.apps import AppConfig


class StructuresConfig(AppConfig):
    name = "structures"
    verbose_name = "structures"

    def ready(self) -> None:
        from structures import domaines  # noqa: F401, PLC0415 -- registers on the portal's home
