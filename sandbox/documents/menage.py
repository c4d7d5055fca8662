"""Remove the files that no row references, sparing those of the last day (a deposit under way)."""

from datetime import timedelta

from django.apps import apps
from django.core.files.storage import storages
from django_scopes import scopes_disabled

from sandbox import clock
from sandbox.documents import store
from sandbox.documents.fields import EmpreinteField

DELAI = timedelta(days=1)


def referenced() -> set[str]:
    """Every digest that a row of any cohort holds."""
    trouves: set[str] = set()
    with scopes_disabled():
        for model in apps.get_models():
            for champ in model._meta.get_fields():
                if isinstance(champ, EmpreinteField):
                    valeurs = model._base_manager.exclude(**{champ.name: ""}).values_list(champ.name, flat=True)
                    trouves.update(v for v in valeurs.iterator() if v)
    return trouves


def purge(delai: timedelta = DELAI) -> int:
    """Delete unreferenced files older than ``delai``; returns how many."""
    storage, limite, gardes = storages["documents"], clock.real_now() - delai, referenced()
    orphelins = [
        nom for nom in store.listing() if nom not in gardes and storage.get_modified_time(store.chemin(nom)) <= limite
    ]
    return store.delete(orphelins) + store.purge_derives(gardes)
