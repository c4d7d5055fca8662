"""``manage.py sftp``: the SFTP server of the EDI partners, until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from edi import hote, serveur


class Command(BaseCommand):
    help = "Serveur SFTP des partenaires EDI : dépôt dans in, relève dans out. S'arrête avec Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.SFTP_PORT, help="port d'écoute (SANDBOX_SFTP_PORT)")
        parser.add_argument("--host", default="0.0.0.0", help="adresse d'écoute")  # noqa: S104 -- the classroom must reach us

    def handle(self, *args: Any, **options: Any) -> None:
        def pret(port: int) -> None:
            self.stdout.write(f"Serveur SFTP sur {options['host']}, port {port}. Clé : {hote.empreinte()}")
            self.stdout.flush()

        try:
            serveur.servir(options["host"], options["port"], pret=pret)
        except (OSError, OverflowError) as erreur:
            raise CommandError(f"Impossible d'écouter sur le port {options['port']} : {erreur}") from erreur
