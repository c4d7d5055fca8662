"""``manage.py documenter``: write the tables of docs/genere/ from the code, or say that they are stale."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from formation import documentation
from sandbox import paths


class Command(BaseCommand):
    help = "Écrit les tables de docs/genere/ d'après le code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verifier", action="store_true", help="N'écrit rien ; échoue si une page est périmée.")
        parser.add_argument("--dossier", type=Path, default=paths.ROOT / "docs" / "genere")

    def handle(self, *args: Any, **options: Any) -> None:
        dossier: Path = options["dossier"]
        if not dossier.parent.is_dir():
            raise CommandError(f"Le dossier {dossier.parent} n'existe pas : donnez-en un par --dossier.")
        perimees = []
        for nom in documentation.PAGES:
            texte = documentation.ecrire(nom)
            fichier = dossier / nom
            if fichier.is_file() and fichier.read_text(encoding="utf-8") == texte:
                continue
            perimees.append(nom)
            if not options["verifier"]:
                dossier.mkdir(exist_ok=True)
                fichier.write_text(texte, encoding="utf-8")
        if perimees and options["verifier"]:
            raise CommandError(f"Pages périmées : {', '.join(perimees)}. Lancez « manage.py documenter ».")
        self.stdout.write(f"Pages écrites : {', '.join(perimees)}" if perimees else "Toutes les pages sont à jour.")
