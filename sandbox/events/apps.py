from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "sandbox.events"
    verbose_name = "évènements prévus"
