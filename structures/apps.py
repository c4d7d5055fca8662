from django.apps import AppConfig


class StructuresConfig(AppConfig):
    name = "structures"
    verbose_name = "structures"

    def ready(self) -> None:
        from structures import (  # noqa: PLC0415
            domaines,  # noqa: F401 -- registers on the portal's home
            domaines_utilisateurs,  # noqa: F401 -- the same, for attachments
            evenements,  # noqa: F401 -- registers the handlers of simulated persons
            evenements_raccordement,  # noqa: F401 -- registers those of passwords and certificates that end
            gardiens,  # noqa: F401 -- says what a gestionnaire principal may not do with his account
        )
