"""``manage.py demo``: a trainer and a demonstration session, made once."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from formation.services import sessions
from sandbox.cohorts.models import Cohort, Formateur

EMAIL = "formateur@session.example"


class Command(BaseCommand):
    help = "Crée, s'ils n'existent pas, un formateur et une session de démonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        fichier = Path(settings.DATA_DIR) / "formateur-demonstration.txt"
        formateur = Formateur.objects.filter(email=EMAIL).first()
        if formateur is None or not fichier.exists():
            mot_de_passe = secrets.token_urlsafe(9)
            formateur = formateur or Formateur(email=EMAIL, nom="Formateur de démonstration")
            formateur.est_admin = True
            formateur.set_password(mot_de_passe)
            formateur.save()
            fichier.touch(mode=0o600)
            fichier.write_text(mot_de_passe, encoding="utf-8")
        cohort = Cohort.objects.filter(demonstration=True).order_by("pk").first()
        if cohort is None:
            cohort = sessions.creer(
                pack="novices-7h",
                places=6,
                titre="Session de démonstration",
                formateur=formateur,
                demonstration=True,
            )
        faits = {
            "adresse": f"http://localhost:{settings.SANDBOX_PORT}/",
            "formateur": formateur.email,
            "mot_de_passe": fichier.read_text(encoding="utf-8").strip(),
            "code": cohort.code,
        }
        if options["json"]:
            self.stdout.write(json.dumps(faits))
        else:
            self.stdout.write("\n".join(f"{cle} : {valeur}" for cle, valeur in faits.items()))
