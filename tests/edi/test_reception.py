"""What becomes of a complete file, whoever brought it (flux-edi.md §3, §7)."""

import errno

import pytest

from edi.models import AccesSftp
from edi.services import reception
from invoices.models import Flux
from sandbox.documents import store
from tests.edi.conftest import cii, nom

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("donne", "contenu", "fichier", "syntaxe"),
    [
        (nom(), cii(), nom() + ".xml", "IN_DP_E1_CII_16B"),
        (nom(interface="1117"), b"%PDF-1.7", nom(interface="1117") + ".pdf", "IN_DP_E2_CII_FACTURX"),
        (nom(), b"\x1f\x8b\x08abc", nom() + ".tar.gz", "IN_DP_E1_CII_16B"),
        ("lot.zip", b"PK\x03\x04", "lot.zip", ""),
        ("bonjour", cii(), "bonjour.xml", "IN_DP_E1_CII_16B"),
        ("a\x00b", b"", "ab.xml", ""),
    ],
    ids=["xml", "pdf", "archive", "extension", "sans-nom", "vide"],
)
def test_le_nom_annonce_la_syntaxe(partenaire, monde, donne, contenu, fichier, syntaxe):
    flux = Flux.objects.get(numero=reception.recevoir(partenaire, donne, contenu))
    assert (flux.nom_fichier, flux.syntaxe, flux.raccordement) == (fichier, syntaxe, partenaire.fiche)
    assert (flux.mode, flux.place, flux.fournisseur) == ("EDI", 1, partenaire.fiche.structure)


def test_personne_ne_peut_signer(partenaire, monde):
    AccesSftp.objects.update(cree_par=None)
    partenaire.cree_par = None
    partenaire.fiche.structure.rattachements.all().delete()
    with pytest.raises(reception.DepotImpossible, match="gestionnaire principal"):
        reception.recevoir(partenaire, nom(), cii())


def test_disque_plein(partenaire, monde, monkeypatch):
    def plein(_):
        raise OSError(errno.ENOSPC, "plein")

    monkeypatch.setattr(store, "store", plein)
    with pytest.raises(reception.DepotImpossible, match="plus de place"):
        reception.recevoir(partenaire, nom(), cii())
    assert not Flux.objects.exists()
