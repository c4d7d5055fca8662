"""Is this installation well? Facts for the /sante page: no secret, no name, no path (formation.md ADM-4)."""

import io
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from pypdf import PdfReader

from sandbox import __version__, clock
from sandbox.cohorts.models import Cohort
from sandbox.events import battement

RETARD_MAXIMUM = timedelta(seconds=60)
"""Lag of a due waking after which the state is no longer ok (ADM-4)."""
DISQUE_MINIMUM = 500 * 1024 * 1024
POLICES = "Noto Sans, DejaVu Sans, sans-serif"
TEMOIN = "é€"


@dataclass(frozen=True, slots=True)
class Sonde:
    """One thing looked at: ``bien`` or not, in words, and its figure for machines."""

    cle: str
    libelle: str
    bien: bool
    texte: str
    valeur: Any = None


@dataclass(frozen=True, slots=True)
class Sante:
    base_joignable: bool
    sondes: list[Sonde]

    @property
    def etat(self) -> str:
        return "ok" if all(sonde.bien for sonde in self.sondes) else "degrade"

    def en_json(self) -> dict[str, Any]:
        return {
            "etat": self.etat,
            "version": __version__,
            "sondes": {s.cle: {"bien": s.bien, "texte": s.texte, "valeur": s.valeur} for s in self.sondes},
        }


def _base() -> Sonde:
    genre = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    debut = time.perf_counter()
    try:
        with connection.cursor() as curseur:
            curseur.execute("SELECT 1")
            curseur.fetchone()
    except DatabaseError:
        return Sonde("base", "Base de données", False, f"{genre} ne répond pas.")
    duree = round((time.perf_counter() - debut) * 1000, 1)
    return Sonde("base", "Base de données", True, f"{genre} répond en {duree:.1f} ms.".replace(".", ",", 1), duree)


def _moteur() -> Sonde:
    courtier = "Redis" if settings.REDIS_URL else "file d'attente sur disque"
    age = battement.age()
    if age is None:
        return Sonde("moteur", "Travail de fond", False, f"Jamais vu ({courtier}). Démarrez le service de fond.")
    secondes = int(age.total_seconds())
    if age > battement.SILENCE:
        texte = f"Silencieux depuis {secondes} s ({courtier}). Redémarrez le service de fond."
        return Sonde("moteur", "Travail de fond", False, texte, secondes)
    return Sonde("moteur", "Travail de fond", True, f"Dernier battement il y a {secondes} s ({courtier}).", secondes)


def _retard() -> Sonde:
    plus_ancien = Cohort.objects.filter(wake_at__isnull=False).aggregate(m=Min("wake_at"))["m"]
    retard = max(clock.real_now() - plus_ancien, timedelta()) if plus_ancien else timedelta()
    secondes = int(retard.total_seconds())
    texte = "Aucun évènement en retard." if secondes < 2 else f"Le plus ancien évènement dû attend depuis {secondes} s."
    return Sonde("retard", "Retard des horloges", retard <= RETARD_MAXIMUM, texte, secondes)


def _disque() -> Sonde:
    libre = shutil.disk_usage(settings.DATA_DIR).free
    giga = f"{libre / 1024**3:.1f}".replace(".", ",")
    return Sonde("disque", "Espace disque", libre >= DISQUE_MINIMUM, f"{giga} Go libres.", libre)


@cache
def _essai_pdf() -> tuple[str, str]:
    """Version of the engine, and what can be read back of a page of it. Once a process: fonts do not come and go."""
    try:
        import weasyprint  # noqa: PLC0415 -- slow, and its system libraries may be missing
    except (ImportError, OSError):
        return "", ""
    page = weasyprint.HTML(string=f"<p style='font-family: {POLICES}'>{TEMOIN}</p>").write_pdf()
    return weasyprint.__version__, PdfReader(io.BytesIO(page)).pages[0].extract_text()


def _pdf() -> list[Sonde]:
    version, lu = _essai_pdf()
    if not version:
        absent = "WeasyPrint ou ses bibliothèques manquent : ni cartes, ni certificats."
        return [Sonde("pdf", "Documents PDF", False, absent)]
    lisible = TEMOIN in lu
    polices = "Les documents ont leurs polices." if lisible else "Aucune police installée : les PDF seraient vides."
    return [
        Sonde("pdf", "Documents PDF", True, f"WeasyPrint {version}.", version),
        Sonde("polices", "Polices", lisible, polices),
    ]


def ausculter() -> Sante:
    """Look at everything; when the database does not answer, at the rest only."""
    base = _base()
    sondes = [base]
    if base.bien:
        sondes += [_moteur(), _retard()]
    return Sante(base.bien, [*sondes, _disque(), *_pdf()])
