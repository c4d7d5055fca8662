"""Runs in a process of its own: a 30-day jump of a 12-place session, killed at many points, resumed by the next tick.

    python -m tests.sandbox.conducteur NOMBRE_DE_COUPURES

The world is built once in the database of DATABASE_URL; each run is made on a copy of it, by a forked worker that
kills itself (SIGKILL) before its n-th statement. Prints one JSON line: the hash of the uninterrupted run, then for
each point how the first worker ended, the hash after the second, and what it left undone.
"""

import json
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django

PLACES, FACTURES, JOURS = 12, 3, 30


def monter():
    """Twelve seats, three invoices each, all just sent, to recipients of three profiles; a jump is asked for."""
    from django.core.management import call_command

    from invoices.services import deposer
    from sandbox import clock
    from sandbox.cohorts.models import Cohort
    from structures import queries as structures
    from tests import factories

    call_command("migrate", verbosity=0)
    cohort = factories.cohort(places=PLACES)
    cohort.profils = {**cohort.profils, "bon_payeur": cohort.profils["aleatoire"]}
    cohort.save()
    cibles = [factories.publique(cohort, s) for s in (factories.VALMORAN, factories.BELLECOMBE, factories.LYCEE)]
    for place in range(1, PLACES + 1):
        compte = factories.compte(cohort, place)
        entreprise = factories.structure(cohort, place)
        factories.rattachement(compte, entreprise)
        factories.mandat(entreprise)
        for rang in range(FACTURES):
            facture = factories.brouillon(
                entreprise,
                cibles[rang % len(cibles)],
                compte=compte,
                numero=f"F{rang}",
                numero_engagement="E1",
                cle_envoi=f"{place}-{rang}",
            )
            with cohort.monde():
                deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))
    cohort.refresh_from_db()
    Cohort.objects.filter(pk=cohort.pk).update(
        cible=cohort.sim_reference + timedelta(days=JOURS), wake_at=clock.real_now()
    )


def copier(nom):
    """A copy of the world's database under another name, the connection moved to it."""
    from django.db import connection

    origine = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        copie = f"{origine}-{nom}"
        shutil.copy(origine, copie)
        return copie
    import psycopg

    copie = f"{origine}_{nom}"
    with psycopg.connect(_entretien(), autocommit=True) as lien:
        lien.execute(f'DROP DATABASE IF EXISTS "{copie}" WITH (FORCE)')
        lien.execute(f'CREATE DATABASE "{copie}" TEMPLATE "{origine}"')
    return copie


def jeter(copie):
    from django.db import connection

    if connection.vendor == "sqlite":
        for fichier in Path(copie).parent.glob(f"{Path(copie).name}*"):
            fichier.unlink()
        return
    import psycopg

    with psycopg.connect(_entretien(), autocommit=True) as lien:
        lien.execute(f'DROP DATABASE "{copie}" WITH (FORCE)')


def _entretien():
    return urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()


def travailler(base, *, tuer_avant=None, retard=0):
    """A worker gets one tick, ``retard`` real seconds later; its status and what it wrote."""
    from django.db import connection

    lu, ecrit = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ecrit)
        with os.fdopen(lu) as tuyau:
            dit = tuyau.read()
        _, statut = os.waitpid(pid, 0)
        return -os.WTERMSIG(statut) if os.WIFSIGNALED(statut) else os.WEXITSTATUS(statut), json.loads(dit or "null")
    os.close(lu)
    try:
        connection.settings_dict["NAME"] = base
        os.write(ecrit, json.dumps(_un_battement(tuer_avant, retard)).encode())
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _un_battement(tuer_avant, retard):
    from django.db import connection

    from sandbox import clock
    from sandbox.cohorts.models import Cohort
    from sandbox.events import tasks
    from sandbox.events.models import DueEvent
    from sandbox.snapshots.services import state_hash

    vrai = clock.real_now
    clock.real_now = lambda: vrai() + timedelta(seconds=retard)
    compte = 0

    def compter(executer, sql, params, plusieurs, contexte):
        nonlocal compte
        compte += 1
        if compte == tuer_avant:
            os.kill(os.getpid(), signal.SIGKILL)
        return executer(sql, params, plusieurs, contexte)

    with connection.execute_wrapper(compter):
        tasks.tick()
    cohort = Cohort.objects.get()
    with cohort.monde():
        reste = DueEvent.objects.filter(etat="prevu", du_le__lte=cohort.sim_reference).count()
        joues = DueEvent.objects.filter(etat="joue").count()
        echecs = DueEvent.objects.exclude(echec="").count()
    return {
        "hash": state_hash(cohort),
        "instructions": compte,
        "joues": joues,
        "reste": reste,
        "echecs": echecs,
        "saut": cohort.cible is not None,
        "date": cohort.sim_reference.isoformat(),
    }


def principal(coupures):
    django.setup()
    monter()
    copie = copier("entier")
    code, entier = travailler(copie)
    assert code == 0
    jeter(copie)
    essais = []
    for rang in range(coupures):
        point = max(1, round(entier["instructions"] * (rang + 0.5) / coupures) + rang % 7)
        copie = copier(f"k{rang}")
        mort, _ = travailler(copie, tuer_avant=point)
        repris, fin = travailler(copie, retard=60)
        jeter(copie)
        essais.append({"point": point, "mort": mort, "repris": repris, "fin": fin})
    print(json.dumps({"entier": entier, "essais": essais}))


if __name__ == "__main__":
    principal(int(sys.argv[1]))
