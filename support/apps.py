from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = "aide"

    def ready(self) -> None:
        from support import domaines  # noqa: F401, PLC0415 -- registers on the portal's home
