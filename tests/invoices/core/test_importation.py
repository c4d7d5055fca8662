"""What « Déposer facture » reads, and what it leaves empty (factures.md §2.4)."""

from dataclasses import replace
from types import SimpleNamespace

from invoices.formats.cii import PartieAEcrire
from invoices.formats.exemples import pdf_texte
from invoices.services import importation
from tests import factories
from tests.invoices.core.conftest import FACTURE


def lire(pdf, miennes=()):
    return importation.lire_pdf(pdf, importation.examiner(pdf), miennes)


def test_un_ministere_designe_l_etat(monde):
    champ = SimpleNamespace(valeur="Ministère")
    etat = factories.publique(monde, factories.ETAT)
    lue = SimpleNamespace(siret_destinataire=None, ministere=champ)
    assert importation._destinataire(lue) == (champ, etat)
    assert importation._destinataire(SimpleNamespace(siret_destinataire=None, ministere=None)) == (None, None)


def test_un_destinataire_inconnu_devient_une_recherche(monde, structure):
    inconnu = PartieAEcrire("00029999900019", "INCONNUE")
    lue = lire(pdf_texte(replace(FACTURE, destinataire=inconnu)), [structure])
    assert "destinataire" not in lue.champs
    assert lue.champs["recherche"] == "00029999900019"
    assert lue.champs["fournisseur"] == str(structure.pk)
    assert lue.champs["numero"] == "FX-1"


def test_un_fournisseur_qui_n_est_pas_le_sien_reste_vide(monde):
    assert "fournisseur" not in lire(pdf_texte(FACTURE)).champs
