"""What every measure shares: a database of its own, thrown away, alternating rounds, a small table."""

import atexit
import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

RACINE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(RACINE))


def preparer() -> None:
    """Django on an empty, migrated database: a temporary SQLite file, or one made beside that of DATABASE_URL."""
    dossier = tempfile.mkdtemp(prefix="mesure-")
    atexit.register(shutil.rmtree, dossier, ignore_errors=True)
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        import psycopg

        base, entretien = f"mesure_{os.getpid()}", urlsplit(url)._replace(path="/postgres").geturl()

        def sql(ordre: str) -> None:
            with psycopg.connect(entretien, autocommit=True) as lien:
                lien.execute(ordre)

        sql(f"CREATE DATABASE {base}")
        atexit.register(sql, f"DROP DATABASE {base} WITH (FORCE)")
        os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{base}").geturl()
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{dossier}/mesure.sqlite3"
    os.environ["SANDBOX_DATA_DIR"] = dossier
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.settings_test"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def duree(action: Callable[[], object]) -> float:
    """Seconds that one call takes, the garbage collector at rest."""
    gc.collect()
    gc.disable()
    debut = time.perf_counter()
    action()
    fin = time.perf_counter()
    gc.enable()
    return fin - debut


def alterner(tours: int, *actions: Callable[[], object]) -> list[list[float]]:
    """Rounds of each action in turn, so that a slow moment of the machine falls on all; the first round is not kept."""
    temps: list[list[float]] = [[] for _ in actions]
    for tour in range(tours + 1):
        for rang, action in enumerate(actions):
            mesure = duree(action)
            if tour:
                temps[rang].append(mesure)
    return temps


def meilleur(temps: list[float]) -> float:
    """The best round: what the code costs when the machine does nothing else."""
    return min(temps)


def tableau(titre: str, entetes: list[str], lignes: list[list[str]]) -> None:
    """Print a table in plain text, the first column to the left."""
    from django.db import connection

    largeurs = [max(len(ligne[rang]) for ligne in [entetes, *lignes]) for rang in range(len(entetes))]
    print(f"\n{titre} ({connection.vendor}, Python {sys.version.split()[0]})")
    for ligne in [entetes, ["-" * largeur for largeur in largeurs], *lignes]:
        cellules = [
            c.ljust(n) if not rang else c.rjust(n) for rang, (c, n) in enumerate(zip(ligne, largeurs, strict=True))
        ]
        print("  ".join(cellules))


def verdict(tenu: bool) -> str:
    return "tenu" if tenu else "manqué"


def rapport(valeur: float, decimales: int = 2) -> str:
    return f"{valeur:.{decimales}f}".replace(".", ",")


def ms(secondes: float) -> str:
    return f"{secondes * 1000:.1f} ms"


def poste(cohort: object, place: int) -> tuple[object, object]:
    """Account and company of a seat, with its mandate."""
    from tests import factories

    compte = factories.compte(cohort, place)
    entreprise = factories.structure(cohort, place)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)
    return compte, entreprise


def envoyer(cohort: object, places: int, factures: int) -> None:
    """So many invoices per seat, just sent to the town of Valmoran."""
    from invoices.services import deposer
    from structures import queries
    from tests import factories

    valmoran = factories.publique(cohort)
    for place in range(1, places + 1):
        compte, entreprise = poste(cohort, place)
        for rang in range(factures):
            facture = factories.brouillon(entreprise, valmoran, compte=compte, numero=f"F{rang:03d}")
            with cohort.monde():
                deposer.envoyer(facture.pk, compte=compte, droits=queries.droits(compte))
    cohort.refresh_from_db()
