from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "sandbox.mail"
    verbose_name = "messagerie simulée"
