"""Content-addressed files and their clean-up (DESIGN « Files »)."""

import os
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from sandbox import clock
from sandbox.documents import menage, store, tasks
from sandbox.documents.fields import EmpreinteField
from tests import factories


def vieillir(empreinte, age=timedelta(days=2)):
    instant = (clock.real_now() - age).timestamp()
    os.utime(storages["documents"].path(store.chemin(empreinte)), (instant, instant))


def test_un_fichier_se_retrouve_par_son_empreinte():
    empreinte = store.store(b"facture")
    assert empreinte == sha256(b"facture").hexdigest()
    assert store.exists(empreinte)
    assert store.open_bytes(empreinte) == b"facture"
    assert store.listing() == [empreinte]


def test_les_memes_octets_ne_s_ecrivent_qu_une_fois(monkeypatch):
    un = store.store(b"x")
    vieillir(un)
    avant = storages["documents"].get_modified_time(store.chemin(un))
    assert store.store(b"x") == un
    assert storages["documents"].get_modified_time(store.chemin(un)) == avant
    assert store.listing() == [un]


def test_un_fichier_vide_se_range_aussi():
    assert store.open_bytes(store.store(b"")) == b""


def test_un_fichier_absent_le_dit():
    with pytest.raises(store.FichierAbsent, match="0" * 64):
        store.open_bytes("0" * 64)
    assert not store.exists("0" * 64)
    assert store.listing() == []


def test_effacer_compte_ce_qui_existait():
    empreinte = store.store(b"x")
    assert store.delete([empreinte, empreinte, "0" * 64]) == 1
    assert not store.exists(empreinte)


def test_le_menage_garde_ce_qu_une_ligne_reference(facture_deposee, cohort):
    facture, certificat, orphelin = store.store(b"facture"), store.store(b"certificat"), store.store(b"orphelin")
    with cohort.monde():
        facture_deposee.pieces.create(cohort=cohort, place=1, nom="f.pdf", empreinte=facture, taille=7)
        type(facture_deposee).objects.filter(pk=facture_deposee.pk).update(certificat=certificat)
    for empreinte in store.listing():
        vieillir(empreinte)
    assert menage.purge() == 1
    assert not store.exists(orphelin)
    assert store.exists(facture)
    assert store.exists(certificat)
    assert menage.referenced() >= {facture, certificat}
    assert "" not in menage.referenced()


def test_le_menage_epargne_un_depot_en_cours(db):
    recent = store.store(b"en cours de depot")
    assert menage.purge() == 0
    assert store.exists(recent)
    assert menage.purge(timedelta(seconds=-5)) == 1


def test_le_menage_epargne_les_autres_sessions_et_leurs_instantanes(cohort, autre_cohort):
    from formation.services import sessions
    from sandbox.snapshots import services

    garde = services.initial(autre_cohort).empreinte
    parti = services.initial(cohort).empreinte
    sessions.purger(cohort)
    for empreinte in store.listing():
        vieillir(empreinte)
    tasks.menage()
    assert store.exists(garde)
    assert not store.exists(parti)


def test_copier_une_session_ne_copie_aucun_octet(cohort):
    from sandbox.snapshots import services

    with cohort.monde():
        services.take(cohort, "un")
        services.take(cohort, "deux")
    assert len(store.listing()) == 1, "l'état n'a pas changé : un seul paquet"


def test_une_empreinte_tient_dans_sa_colonne(db):
    assert EmpreinteField(max_length=3).max_length == 64
    factories.cohort()
    assert all(len(nom) == 64 for nom in store.listing())


def test_le_menage_emporte_les_images_de_ce_qui_n_est_plus_reference(facture_deposee, cohort):
    """A purged session leaves nothing on disk, page images included (formation.md RGPD-3)."""
    garde, perdu = store.store(b"%PDF-garde"), store.store(b"%PDF-perdu")
    with cohort.monde():
        facture_deposee.certificat = garde
        facture_deposee.save(update_fields=["certificat"])
    storage = storages["documents"]
    for empreinte in (garde, perdu):
        storage.save(store.nom_derive(empreinte, "1.png"), ContentFile(b"image"))
    assert menage.purge() == 1
    assert storage.exists(store.nom_derive(garde, "1.png"))
    assert not storage.exists(store.nom_derive(perdu, "1.png"))
