from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"
    verbose_name = "demandes de paiement"

    def ready(self) -> None:
        from invoices import domaines, evenements, rappel, tasks  # noqa: F401, PLC0415 -- they register once models are loaded
        from sandbox.events.registry import subscribe  # noqa: PLC0415 -- idem

        subscribe("facture.deposee", tasks.apres_depot)
        subscribe("telechargement.demande", tasks.apres_demande)
