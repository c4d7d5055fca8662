"""No room on the disk: said where the file was chosen, nothing half written (factures.md §2.8, §4.1)."""

import errno
import io

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from invoices.enums import Statut
from invoices.models import ActionUtilisateur, Facture, HistoriqueStatut, PieceJointe, Telechargement
from invoices.services import brouillons, telechargements
from sandbox.documents import store
from tests import factories
from tests.invoices.views.conftest import erreurs, url
from tests.invoices.views.test_attaques import _pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def panne(monkeypatch):
    """From now on, writing a file fails, for this reason."""

    def poser(raison=errno.ENOSPC):
        def _save(self, nom, contenu, **_):
            raise OSError(raison, "écriture impossible")

        monkeypatch.setattr(FileSystemStorage, "_save", _save)

    return poser


@pytest.fixture
def suspendue(structure, destinataire, compte):
    return factories.facture(structure, destinataire, compte=compte, statut=Statut.SUSPENDUE)


def fichier():
    return SimpleUploadedFile("bon.pdf", _pdf())


def test_completer(gestionnaire, suspendue, cohort, panne):
    panne()
    champs = {
        "vu": "SUSPENDUE",
        "commentaire": "Voici le bon.",
        "pieces_jointes": fichier(),
        "piece_type": "DIVERS",
        "confirme": "on",
    }
    reponse = gestionnaire.post(url("completer", suspendue.pk), champs)
    assert reponse.status_code == 422
    assert any("n'a plus de place" in e.replace("&#x27;", "'") for e in erreurs(reponse)), erreurs(reponse)
    assert "Voici le bon." in reponse.content.decode()
    with cohort.monde():
        assert not PieceJointe.objects.exists()
        assert Facture.objects.get(pk=suspendue.pk).statut == "SUSPENDUE"
        assert not HistoriqueStatut.objects.filter(statut="COMPLETEE").exists()


def test_deposer_un_pdf(gestionnaire, structure, cohort, panne):
    panne()
    champs = {"fichier": fichier(), "fournisseur": structure.pk, "format": "PDF", "cle": "p"}
    reponse = gestionnaire.post(url("deposer"), champs | {"cadre": "A1_FACTURE_FOURNISSEUR"})
    assert reponse.status_code == 422, reponse.status_code
    assert any("n'a plus de place" in e.replace("&#x27;", "'") for e in erreurs(reponse))
    with cohort.monde():
        assert not Facture.objects.exists()


def test_telecharger_ne_laisse_ni_trace_ni_moitie(gestionnaire, suspendue, cohort, panne):
    panne()
    reponse = gestionnaire.post(url("telecharger", suspendue.pk), {"format": "PDF", "pieces": "Non", "cle": "p"})
    assert reponse.status_code == 422
    assert "plus de place" in reponse.content.decode()
    with cohort.monde():
        assert not ActionUtilisateur.objects.exists()
        assert not PieceJointe.objects.exists()


def test_une_page_le_dit_partout_ailleurs(gestionnaire, suspendue, panne):
    panne()
    reponse = gestionnaire.get(url("pdf", suspendue.pk))
    assert reponse.status_code == 507
    assert "le disque du bac à sable est plein" in reponse.content.decode()


@pytest.mark.parametrize(("message", "attendu"), [("database or disk is full", 507), ("connection lost", 500)])
def test_une_base_pleine(gestionnaire, suspendue, monkeypatch, message, attendu):
    def plein(*_, **__):
        raise OperationalError(message)

    monkeypatch.setattr(telechargements, "tracer_certificat", plein)
    gestionnaire.raise_request_exception = False
    assert gestionnaire.get(url("certificat", suspendue.pk)).status_code == attendu


def _demande(cohort, compte, facture):
    return Telechargement.objects.create(
        cohort=cohort, place=1, compte=compte, espace="factures-emises", factures=[facture.pk], cle="p"
    )


def _fabriquer(travail):
    travail.sortie.write(b"archive")
    return "F.zip"


def test_une_archive_qui_n_entre_pas(monde, compte, suspendue, panne):
    demande = _demande(monde, compte, suspendue)
    panne()
    assert telechargements.produire(demande.pk, _fabriquer)
    demande.refresh_from_db()
    assert (demande.etat, demande.empreinte) == (Telechargement.Etat.ECHEC, "")
    assert "n'a plus de place" in demande.message
    assert telechargements.relancable(demande)


def test_une_autre_panne_d_ecriture_se_voit(monde, compte, suspendue, brouillon, panne):
    demande = _demande(monde, compte, suspendue)
    panne(errno.EIO)
    with pytest.raises(OSError, match="impossible"):
        telechargements.produire(demande.pk, _fabriquer)
    with pytest.raises(OSError, match="impossible"):
        brouillons.joindre(brouillon.pk, [brouillons.Piece(nom="bon.pdf", contenu=b"%PDF")])


def test_un_fichier_qui_n_est_plus_la(monde, compte, suspendue):
    demande = _demande(monde, compte, suspendue)

    def absent(travail):
        raise store.FichierAbsent

    assert telechargements.produire(demande.pk, absent)
    demande.refresh_from_db()
    assert "n'est plus sur le serveur" in demande.message


def test_une_archive_coupee_par_une_panne_est_ecrite_de_nouveau(monde):
    contenu = io.BytesIO(b"archive entiere")
    empreinte = store.store_file(contenu)
    ici = store._storage().path(store.chemin(empreinte))
    with open(ici, "wb") as fichier:
        fichier.write(b"arch")
    assert store.store_file(contenu) == empreinte
    assert store.open_bytes(empreinte) == b"archive entiere"
