"""A session made once by the product, then written again, row for row, for each test that asks for the same one.

Making a session costs a test ten times what it checks; its rows are the same each time, but for its trainer. The rows
of a first making are kept by process, and written anew only onto the very database state that it was made from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django_scopes import scopes_disabled

from sandbox.cohorts.models import Cohort, Formateur
from sandbox.documents import store
from tests import factories

Lignes = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Modele:
    """What making a session added: its files, and by table the order, its rows, where among them its trainer stands."""

    pk: Any
    fichiers: list[bytes]
    tables: list[tuple[str, str, list[tuple[Any, ...]], list[int]]]


_MODELES: dict[Any, Modele] = {}


def prendre(formateur: Formateur, **reglages: Any) -> Cohort:
    """As ``factories.cohort``, faster from the second time on."""
    cle = (tuple(sorted(reglages.items())), _codes())
    modele = _MODELES.get(cle)
    if modele is not None:
        try:
            with transaction.atomic():
                _ecrire(modele, formateur)
            for contenu in modele.fichiers:
                store.store(contenu)
            return _lue(modele.pk)
        except IntegrityError:
            # The test had already written rows of its own under these numbers.
            return factories.cohort(formateur=formateur, **reglages)
    avant, deja = _lignes(), _fichiers()
    cohort = factories.cohort(formateur=formateur, **reglages)
    fichiers = [chemin.read_bytes() for chemin in _fichiers() - deja]
    _MODELES[cle] = Modele(cohort.pk, fichiers, _ajouts(avant, _lignes()))
    return cohort


def _fichiers() -> set[Path]:
    dossier = Path(settings.STORAGES["documents"]["OPTIONS"]["location"])
    return {chemin for chemin in dossier.rglob("*") if chemin.is_file()}


def _codes() -> tuple[str, ...]:
    with scopes_disabled():
        return tuple(Cohort.objects.order_by("pk").values_list("code", flat=True))


def _lue(pk: Any) -> Cohort:
    with scopes_disabled():
        return Cohort.objects.select_related("formateur").get(pk=pk)


def _modeles() -> list[Any]:
    """Every table of the product and of Django; foreign keys are checked at the end, in any order then."""
    return [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]


def _lignes() -> Lignes:
    with connection.cursor() as curseur:
        lues = {}
        for modele in _modeles():
            table = connection.ops.quote_name(modele._meta.db_table)
            curseur.execute(f"SELECT {_colonnes(modele)} FROM {table}")  # noqa: S608
            lues[modele._meta.db_table] = curseur.fetchall()
        return lues


def _colonnes(modele: Any) -> str:
    return ", ".join(connection.ops.quote_name(champ.column) for champ in modele._meta.local_concrete_fields)


def _ajouts(avant: Lignes, apres: Lignes) -> list[tuple[str, str, list[tuple[Any, ...]], list[int]]]:
    tables = []
    for modele in _modeles():
        nom = modele._meta.db_table
        deja = set(avant[nom])
        neuves = [ligne for ligne in apres[nom] if ligne not in deja]
        if not neuves:
            continue
        champs = modele._meta.local_concrete_fields
        formateurs = [
            rang
            for rang, champ in enumerate(champs)
            if champ.related_model is not None and champ.related_model._meta.label == settings.AUTH_USER_MODEL
        ]
        trous = ", ".join(["%s"] * len(champs))
        ordre = f"INSERT INTO {connection.ops.quote_name(nom)} ({_colonnes(modele)}) VALUES "  # noqa: S608
        tables.append((ordre, f"({trous})", neuves, formateurs))
    return tables


def _ecrire(modele: Modele, formateur: Formateur) -> None:
    with connection.cursor() as curseur:
        for ordre, trous, lignes, formateurs in modele.tables:
            if formateurs:
                lignes = [
                    tuple(formateur.pk if r in formateurs and v is not None else v for r, v in enumerate(ligne))
                    for ligne in lignes
                ]
            # Several rows an order, within what SQLite takes of parameters.
            par_ordre = max(1, 30_000 // len(lignes[0]))
            for debut in range(0, len(lignes), par_ordre):
                lot = lignes[debut : debut + par_ordre]
                curseur.execute(ordre + ", ".join([trous] * len(lot)), [v for ligne in lot for v in ligne])
