"""Check files outside any session: `manage.py controler CHEMIN… [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoices.formats.controle import Controle, controler

EXTENSIONS = (".pdf", ".xml", ".zip", ".tar.gz", ".tgz")


class Command(BaseCommand):
    help = "Contrôle des fichiers de facture (PDF, Factur-X, CII, UBL, archives) sans rien enregistrer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("chemins", nargs="+", metavar="CHEMIN", help="fichier ou dossier")
        parser.add_argument("--json", action="store_true", dest="en_json", help="résultat en JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        chemins = [Path(chemin) for chemin in options["chemins"]]
        absents = [str(chemin) for chemin in chemins if not chemin.exists()]
        if absents:
            raise CommandError("Introuvable : " + ", ".join(absents))
        resultats = [(fichier, controler(fichier)) for chemin in chemins for fichier in _fichiers(chemin)]
        if options["en_json"]:
            lignes = [{"file": str(fichier), **controle.en_dict()} for fichier, controle in resultats]
            self.stdout.write(json.dumps(lignes, ensure_ascii=False, indent=2))
            return
        for ligne in _tableau(resultats):
            self.stdout.write(ligne)


def _fichiers(chemin: Path) -> Iterator[Path]:
    """The file itself, or the invoice files below a folder, sorted."""
    if chemin.is_file():
        yield chemin
        return
    for fichier in sorted(chemin.rglob("*")):
        if fichier.is_file() and fichier.name.lower().endswith(EXTENSIONS):
            yield fichier


def _tableau(resultats: list[tuple[Path, Controle]]) -> Iterator[str]:
    largeur = max([len(str(fichier)) for fichier, _ in resultats], default=7)
    yield f"{'Fichier'.ljust(largeur)}  Nature        Lisible  XSD  EN 16931  Constats"
    for fichier, controle in resultats:
        constats = [*controle.failing_rules, *(f"{c.code} {c.champ}" for c in controle.chorus)]
        yield "  ".join(
            [
                str(fichier).ljust(largeur),
                controle.nature.ljust(12),
                _mot(controle.readable).ljust(7),
                _mot(controle.xsd_valid).ljust(3),
                _mot(controle.en16931_valid).ljust(8),
                controle.erreur or ", ".join(constats),
            ]
        ).rstrip()


def _mot(verdict: bool | None) -> str:
    return "–" if verdict is None else "oui" if verdict else "non"
