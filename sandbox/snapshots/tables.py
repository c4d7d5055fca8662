"""Which tables make a world, and how their rows travel: text that both databases accept back unchanged."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from sandbox.cohorts.scoping import MondeModel

Valeur = Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the world: its columns in order, its place among the foreign keys."""

    nom: str
    colonnes: tuple[str, ...]
    champs: tuple["models.Field[Any, Any]", ...]

    @property
    def colonnes_sql(self) -> str:
        return ", ".join(connection.ops.quote_name(c) for c in self.colonnes)

    @property
    def nom_sql(self) -> str:
        return connection.ops.quote_name(self.nom)


def table_visee(champ: "models.Field[Any, Any]") -> str:
    """Table that a foreign key points to, empty for another kind of column."""
    vise = champ.related_model
    return str(vise._meta.db_table) if champ.is_relation and isinstance(vise, type) else ""


def _parents(model: type[models.Model], monde: set[type[models.Model]]) -> set[type[models.Model]]:
    return {
        champ.related_model
        for champ in model._meta.concrete_fields
        if champ.is_relation and champ.related_model in monde and champ.related_model is not model
    }


@cache
def tables() -> tuple[Table, ...]:
    """Tables of a world, parents before children."""
    monde: set[type[models.Model]] = {m for m in apps.get_models() if issubclass(m, MondeModel)}
    reste = sorted(monde, key=lambda m: m._meta.db_table)
    ordre: list[type[models.Model]] = []
    while reste:
        libre = next(m for m in reste if _parents(m, monde) <= set(ordre))
        ordre.append(libre)
        reste.remove(libre)
    return tuple(
        Table(
            nom=m._meta.db_table,
            colonnes=tuple(str(f.column) for f in m._meta.concrete_fields),
            champs=tuple(m._meta.concrete_fields),
        )
        for m in ordre
    )


@cache
def schema() -> str:
    """Digest of the tables and columns: a snapshot is restored only on the schema that made it."""
    texte = "\n".join(f"{t.nom}({','.join(t.colonnes)})" for t in tables())
    return sha256(texte.encode()).hexdigest()


def _datetime(valeur: Valeur) -> Valeur:
    if isinstance(valeur, datetime):
        valeur = valeur.astimezone(UTC).replace(tzinfo=None) if valeur.tzinfo else valeur
        return valeur.isoformat(sep=" ")
    return valeur


def _date(valeur: Valeur) -> Valeur:
    return valeur.isoformat() if isinstance(valeur, date) else valeur


def _json(valeur: Valeur) -> Valeur:
    if isinstance(valeur, dict | list):
        from json import dumps  # noqa: PLC0415 -- PostgreSQL only

        return dumps(valeur, ensure_ascii=False, sort_keys=True)
    return valeur


def _decimal(places: int) -> Callable[[Valeur], Valeur]:
    gabarit = f"{{:.{places}f}}"
    return lambda valeur: None if valeur is None else gabarit.format(Decimal(str(valeur)))


def _uuid(valeur: Valeur) -> Valeur:
    """32 hexadecimal digits, as SQLite keeps it."""
    return valeur.hex if isinstance(valeur, UUID) else valeur


def _bool(valeur: Valeur) -> Valeur:
    return None if valeur is None else bool(valeur)


@cache
def _convertisseurs(table: Table) -> tuple[tuple[int, Callable[[Valeur], Valeur]], ...]:
    trouves: list[tuple[int, Callable[[Valeur], Valeur]]] = []
    for rang, champ in enumerate(table.champs):
        nature = champ.get_internal_type()
        if nature == "DateTimeField":
            trouves.append((rang, _datetime))
        elif nature == "DateField":
            trouves.append((rang, _date))
        elif nature == "DecimalField":
            trouves.append((rang, _decimal(champ.decimal_places)))  # type: ignore[attr-defined]
        elif nature == "BooleanField":
            trouves.append((rang, _bool))
        elif nature == "JSONField":
            trouves.append((rang, _json))
        elif nature == "UUIDField":
            trouves.append((rang, _uuid))
    return tuple(trouves)


def lire(table: Table, cohort_id: int) -> list[list[Valeur]]:
    """Rows of a world in one table, by id, in portable form."""
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {table.colonnes_sql} FROM {table.nom_sql} WHERE cohort_id = %s ORDER BY id",  # noqa: S608
            [cohort_id],
        )
        lignes = [list(ligne) for ligne in curseur.fetchall()]
    for rang, convertir in _convertisseurs(table):
        for ligne in lignes:
            ligne[rang] = convertir(ligne[rang])
    return lignes


def ecrire(table: Table, lignes: Sequence[Sequence[Valeur]]) -> None:
    """Insert rows in portable form, their identifiers kept, several hundred a statement."""
    if not lignes:
        return
    largeur = len(table.colonnes)
    lot = max(
        1, min(500, connection.features.max_query_params // largeur if connection.features.max_query_params else 500)
    )
    valeurs = f"({', '.join(['%s'] * largeur)})"
    with connection.cursor() as curseur:
        for debut in range(0, len(lignes), lot):
            tranche = lignes[debut : debut + lot]
            curseur.execute(
                f"INSERT INTO {table.nom_sql} ({table.colonnes_sql}) VALUES "  # noqa: S608
                + ", ".join([valeurs] * len(tranche)),
                [valeur for ligne in tranche for valeur in ligne],
            )


def effacer(table: Table, cohort_id: int) -> None:
    with connection.cursor() as curseur:
        curseur.execute(f"DELETE FROM {table.nom_sql} WHERE cohort_id = %s", [cohort_id])  # noqa: S608


def effacer_ids(table: Table, ids: Iterable[int]) -> None:
    liste = list(ids)
    with connection.cursor() as curseur:
        for debut in range(0, len(liste), 500):
            tranche = liste[debut : debut + 500]
            curseur.execute(
                f"DELETE FROM {table.nom_sql} WHERE id IN ({', '.join(['%s'] * len(tranche))})",  # noqa: S608
                tranche,
            )
