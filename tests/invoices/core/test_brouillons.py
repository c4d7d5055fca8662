"""Drafts raced by a second click, and documents drawn up twice (factures.md §2.4, §2.15)."""

import pytest
from django.db import IntegrityError

from invoices.depot import Depot
from invoices.enums import ModeDepot, Statut
from invoices.models import Facture, PieceJointe
from invoices.services import brouillons, documents
from invoices.services.brouillons import Demande, Piece
from sandbox.documents import store


@pytest.fixture
def demande(structure):
    return Demande(
        depot=Depot(mode=ModeDepot.DEPOT_PDF_PORTAIL, fournisseur_id=structure.pk, destinataire_id=None, numero="F-9"),
        cle="page-1",
    )


def importer(demande, compte):
    with compte.cohort.monde():
        return brouillons.importer(
            demande,
            cohort=compte.cohort,
            compte=compte,
            place=1,
            document=Piece(nom="f.pdf", contenu=b"%PDF"),
            extraction={"pages": 1},
        )


def enregistrer(demande, compte):
    with compte.cohort.monde():
        return brouillons.enregistrer(demande, cohort=compte.cohort, compte=compte, place=1)


def test_un_pdf_depose_deux_fois_par_la_meme_page_fait_un_brouillon(demande, compte, cohort):
    premier = importer(demande, compte)
    assert importer(demande, compte) == premier
    with cohort.monde():
        assert Facture.objects.get().statut == Statut.INTERPRETEE_OCR
        assert PieceJointe.objects.count() == 1


def test_deux_clics_au_meme_instant_font_un_brouillon(demande, compte, cohort, monkeypatch):
    """The second has read that the page had made nothing: the constraint sends it back to the first one's draft."""
    premier = enregistrer(demande, compte)
    vrai, aveugle = brouillons.du_formulaire, iter([None])
    monkeypatch.setattr(brouillons, "du_formulaire", lambda cle: next(aveugle, "relire") and vrai(cle))
    assert enregistrer(demande, compte) == premier
    with cohort.monde():
        assert Facture.objects.get().version == 2


@pytest.mark.parametrize("faire", [importer, enregistrer])
def test_une_autre_contrainte_n_est_pas_un_second_clic(demande, compte, cohort, monkeypatch, faire):
    def refuser(*_args):
        raise IntegrityError("autre chose")

    monkeypatch.setattr(brouillons, "_creer", refuser)
    with pytest.raises(IntegrityError, match="autre chose"):
        faire(demande, compte)
    with cohort.monde():
        assert not Facture.objects.exists()


def test_la_meme_piece_jointe_deux_fois_n_en_fait_qu_une(brouillon, cohort):
    piece = Piece(nom="bl.pdf", contenu=b"bon", type="inconnu", designation="d" * 150)
    with cohort.monde():
        assert brouillons.joindre(brouillon.pk, [piece, piece]) == []
        assert brouillons.joindre(brouillon.pk, [piece, Piece(nom="autre.pdf", contenu=b"bon")]) == []
        jointes = list(PieceJointe.objects.order_by("pk").values_list("nom", "type", "taille"))
    assert jointes == [("bl.pdf", "DIVERS", 3), ("autre.pdf", "DIVERS", 3)]


def test_une_piece_refusee_n_en_laisse_aucune(brouillon, cohort):
    with cohort.monde():
        refus = brouillons.joindre(
            brouillon.pk, [Piece(nom="bon.pdf", contenu=b"x"), Piece(nom="facture.exe", contenu=b"x")]
        )
        assert [m.code for m in refus] == ["SBX_040"]
        assert not PieceJointe.objects.exists()


def test_le_document_dessine_deux_fois_au_meme_instant_n_existe_qu_une_fois(facture_deposee, cohort):
    def rendre(facture):
        """While this one draws, another has finished."""
        PieceJointe.objects.create(
            cohort=cohort, facture=facture, principale=True, nom="f.pdf", empreinte=store.store(b"pdf"), taille=3
        )
        return b"pdf"

    with cohort.monde():
        piece = documents.facture_en_pdf(facture_deposee, rendre)
        assert piece == PieceJointe.objects.get()
