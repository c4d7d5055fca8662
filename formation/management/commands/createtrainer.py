"""``manage.py createtrainer EMAIL``: a trainer who may open sessions."""

import json
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from sandbox.cohorts.models import Formateur


class Command(BaseCommand):
    help = "Crée un compte de formateur, ou change son mot de passe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--nom", default="")
        parser.add_argument("--mot-de-passe", help="Sinon, un mot de passe est tiré au sort et affiché.")
        parser.add_argument("--admin", action="store_true", help="Voit toutes les sessions.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as erreur:
            raise CommandError(f"« {email} » n'est pas une adresse électronique.") from erreur
        mot_de_passe = options["mot_de_passe"] or secrets.token_urlsafe(12)
        formateur = Formateur.objects.filter(email=email).first() or Formateur(email=email)
        formateur.nom = options["nom"] or formateur.nom
        formateur.est_admin = options["admin"] or formateur.est_admin
        formateur.set_password(mot_de_passe)
        formateur.save()
        if options["json"]:
            self.stdout.write(json.dumps({"formateur": email, "mot_de_passe": mot_de_passe}))
        else:
            self.stdout.write(f"Formateur {email}, mot de passe : {mot_de_passe}")
