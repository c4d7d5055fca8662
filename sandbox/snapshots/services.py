"""Take, restore, reset (formation.md CON-9, CON-10): they act on one cohort and cost only what it holds."""

import json
import zlib
from hashlib import sha256
from typing import Any

from django.db import transaction

from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.cohorts.verrou import remise_en_etat
from sandbox.documents import store
from sandbox.events.scheduling import refresh_wake
from sandbox.snapshots import tables
from sandbox.snapshots.models import Snapshot

GARDES = 20
"""Snapshots kept per session, the initial one apart (CON-10)."""
VOLATILES = {
    "events_dueevent": {"joue_le", "reel_le", "cle"},
    "structures_applicationpiste": {"client_id"},
}
"""Columns of real time, of keys made of ids, of what is unique over the installation: no part of the state's hash."""

Contenu = dict[str, list[list[Any]]]


class InstantaneIncompatible(ValueError):
    """The snapshot was made by another version of the schema."""


def _lire(cohort: Cohort) -> Contenu:
    return {table.nom: tables.lire(table, cohort.pk) for table in tables.tables()}


def _hash(contenu: Contenu) -> str:
    """Digest of the world. Real times are left out, ids are read as ranks.

    A database gives again no number that an interrupted transaction had drawn: two runs that did the same things may
    differ by their ids, never by their order.
    """
    rangs: dict[str, dict[Any, int]] = {}
    for table in tables.tables():
        rang_id = table.colonnes.index("id")
        rangs[table.nom] = {ligne[rang_id]: rang for rang, ligne in enumerate(contenu[table.nom])}
    condense = sha256()
    for table in tables.tables():
        tus = [table.colonnes.index(c) for c in {"cohort_id", *VOLATILES.get(table.nom, ())}]
        liens = [(rang, rangs.get(tables.table_visee(champ), {})) for rang, champ in enumerate(table.champs)]
        liens = [(rang, vises) for rang, vises in liens if vises] + [(table.colonnes.index("id"), rangs[table.nom])]
        for ligne in contenu[table.nom]:
            vue = list(ligne)
            for rang in tus:
                vue[rang] = None
            for rang, vises in liens:
                vue[rang] = vises.get(vue[rang])
            condense.update(json.dumps([table.nom, vue], ensure_ascii=False).encode())
    return condense.hexdigest()


def state_hash(cohort: Cohort) -> str:
    """Digest of everything a world holds: equal for two runs that did the same things."""
    return _hash(_lire(cohort))


@transaction.atomic
def take(cohort: Cohort, nom: str, motif: str = "") -> Snapshot:
    """Keep the state of a world under a name; the same name replaces it."""
    contenu = _lire(cohort)
    brut = json.dumps(contenu, ensure_ascii=False, separators=(",", ":")).encode()
    paquet = zlib.compress(brut, 6)
    with cohort.monde():
        instantane, _ = Snapshot.objects.update_or_create(
            cohort=cohort,
            nom=nom,
            defaults={
                "motif": motif,
                "cree_le": clock.real_now(),
                "simule_le": cohort.simulated_now(),
                "horloge_mode": cohort.horloge_mode,
                "empreinte": store.store(paquet),
                "etat_hash": _hash(contenu),
                "schema": tables.schema(),
                "taille": len(paquet),
            },
        )
        anciens = Snapshot.objects.exclude(nom=Snapshot.INITIAL).order_by("-id").values_list("pk", flat=True)[GARDES:]
        Snapshot.objects.filter(pk__in=list(anciens)).delete()
    return instantane


def _charger(instantane: Snapshot) -> Contenu:
    if instantane.schema != tables.schema():
        raise InstantaneIncompatible(
            f"L'instantané « {instantane.nom} » vient d'une autre version du bac à sable : "
            "il ne peut plus être restauré."
        )
    contenu: Contenu = json.loads(zlib.decompress(store.open_bytes(instantane.empreinte)))
    return contenu


@transaction.atomic
def restore(cohort: Cohort, instantane: Snapshot) -> None:
    """Put a world back as it was, identifiers and clock included. Seats and journal are no part of it."""
    contenu = _charger(instantane)
    remise_en_etat(cohort.pk)
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    for table in reversed(tables.tables()):
        tables.effacer(table, cohort.pk)
    for table in tables.tables():
        tables.ecrire(table, contenu[table.nom])
    Cohort.objects.filter(pk=cohort.pk).update(
        sim_reference=instantane.simule_le,
        reel_reference=clock.real_now(),
        horloge_mode=instantane.horloge_mode,
        cible=None,
    )
    cohort.refresh_from_db()
    with cohort.monde():
        refresh_wake(cohort)
    cohort.refresh_from_db()


def initial(cohort: Cohort) -> Snapshot:
    """The snapshot taken when the cohort was made."""
    with cohort.monde():
        return Snapshot.objects.get(nom=Snapshot.INITIAL)


def reset(cohort: Cohort) -> None:
    """Back to the state in which the session was made."""
    restore(cohort, initial(cohort))


def _a_effacer(place: int, present: Contenu) -> dict[str, set[int]]:
    """Ids of the rows of a seat, and of those elsewhere that point to one of them."""
    ids: dict[str, set[int]] = {}
    for table in tables.tables():
        rang_id, rang_place = table.colonnes.index("id"), table.colonnes.index("place")
        liens = [
            (rang, ids[tables.table_visee(champ)])
            for rang, champ in enumerate(table.champs)
            if tables.table_visee(champ) in ids
        ]
        ids[table.nom] = {
            ligne[rang_id]
            for ligne in present[table.nom]
            if ligne[rang_place] == place or any(ligne[rang] in parents for rang, parents in liens)
        }
    return ids


@transaction.atomic
def reset_place(cohort: Cohort, place: int) -> None:
    """Give one seat its initial state back; the clock and the other seats stay where they are."""
    contenu = _charger(initial(cohort))
    remise_en_etat(cohort.pk)
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    ids = _a_effacer(place, _lire(cohort))
    for table in reversed(tables.tables()):
        tables.effacer_ids(table, ids[table.nom])
    for table in tables.tables():
        rang_id, rang_place = table.colonnes.index("id"), table.colonnes.index("place")
        tables.ecrire(
            table,
            [ligne for ligne in contenu[table.nom] if ligne[rang_place] == place or ligne[rang_id] in ids[table.nom]],
        )
    with cohort.monde():
        refresh_wake(cohort)
    cohort.refresh_from_db()


def effacer_monde(cohort: Cohort) -> None:
    """Delete every row of a world (before the session itself goes)."""
    for table in reversed(tables.tables()):
        tables.effacer(table, cohort.pk)
