from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"
    verbose_name = "demandes de paiement"

    def ready(self) -> None:
        from invoices import evenements  # noqa: F401, PLC0415 -- registers the handlers once the models are loaded
