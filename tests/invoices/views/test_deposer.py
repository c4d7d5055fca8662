"""« Déposer facture »: what is read in a PDF, what is refused at the door, what a Factur-X becomes."""

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import EtatFlux, ModeDepot, Statut
from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire
from invoices.formats.exemples import pdf_chiffre, pdf_facturx, pdf_scan, pdf_texte
from invoices.formats.facturx import remplacer_xml
from invoices.models import Facture, Flux, PieceJointe
from invoices.services import flux as service_flux
from tests import factories
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db

EXERCICE_3 = FactureAEcrire(
    numero="ARB-2026-118",
    date_facture=date(2026, 12, 7),
    fournisseur=PartieAEcrire(factories.siret_du_poste(1), "ARBELIN MENUISERIE 01"),
    destinataire=PartieAEcrire(factories.VALMORAN, "COMMUNE DE VALMORAN"),
    lignes=(
        LigneAEcrire("Fenêtre bois 120 × 135, fourniture", Decimal(6), Decimal("412.50")),
        LigneAEcrire("Pose, heures", Decimal(18), Decimal(48)),
        LigneAEcrire("Évacuation des déchets, forfait", Decimal(1), Decimal(135)),
    ),
    numero_engagement="2026-BC-0147",
)


@pytest.fixture(scope="module")
def pdf():
    return pdf_texte(EXERCICE_3)


@pytest.fixture(scope="module")
def facturx():
    return pdf_facturx(dataclasses.replace(EXERCICE_3, numero="ARB-2026-120"))


@pytest.fixture
def deposer(gestionnaire, structure):
    def _deposer(contenu, nom="facture.pdf", **champs):
        return gestionnaire.post(
            url("deposer"),
            {
                "cle": "depot-1",
                "cadre": "A1_FACTURE_FOURNISSEUR",
                "fournisseur": structure.pk,
                "fichier": SimpleUploadedFile(nom, contenu),
            }
            | champs,
        )

    return _deposer


def rien_d_ecrit(cohort):
    with cohort.monde():
        return not Facture.objects.exists() and not Flux.objects.exists() and not PieceJointe.objects.exists()


def test_le_pdf_est_lu_verifie_puis_envoye(gestionnaire, deposer, cohort, destinataire, pdf):
    reponse = deposer(pdf)
    with cohort.monde():
        lue = Facture.objects.get()
    assert reponse.url == url("depot", lue.pk)
    assert (lue.statut, lue.mode_depot) == (Statut.INTERPRETEE_OCR, ModeDepot.DEPOT_PDF_PORTAIL)
    assert (lue.numero, lue.date_facture, lue.destinataire_id) == ("ARB-2026-118", date(2026, 12, 7), destinataire.pk)
    assert (lue.montant_ht, lue.montant_tva, lue.montant_ttc, lue.montant_a_payer) == (
        Decimal("3474"),
        Decimal("694.80"),
        Decimal("4168.80"),
        Decimal("4168.80"),
    )
    html = gestionnaire.get(reponse.url).content.decode()
    assert html.count("lu dans le document, à vérifier") >= 8
    assert 'data-repere="numero"' in html
    assert 'name="lignes-0-denomination"' not in html
    champs = dict(lue.saisie["champs"]) | {"cle": "depot-2", "version": "1"}
    inversion = gestionnaire.post(reponse.url, champs | {"montant_a_payer": "4186,80", "action": "envoyer"})
    assert inversion.status_code == 422
    assert any("inversé" in e for e in erreurs(inversion))
    assert "corrigé par vous" in inversion.content.decode()
    corrige = gestionnaire.post(reponse.url, champs | {"cle": "depot-2", "version": "2", "action": "envoyer"})
    assert corrige.url == url("envoyer", lue.pk)
    with cohort.monde():
        version = Facture.objects.get().version
    assert gestionnaire.post(corrige.url, {"version": version}).url == url("facture", lue.pk)
    with cohort.monde():
        assert Facture.objects.get().statut == Statut.DEPOSEE
    assert gestionnaire.get(url("pdf", lue.pk)).content == pdf


def test_image_d_une_page(gestionnaire, deposer, autre_client, cohort, pdf):
    deposer(pdf)
    with cohort.monde():
        pk = Facture.objects.get().pk
    image = gestionnaire.get(url("page", pk, 1))
    assert image.headers["Content-Type"] == "image/png"
    assert image.content == gestionnaire.get(url("page", pk, 1)).content
    assert gestionnaire.get(url("page", pk, 2)).status_code == 404
    assert gestionnaire.get(url("page", pk, 99)).status_code == 404
    assert autre_client.get(url("page", pk, 1)).status_code == 404


def test_un_scan_est_garde_et_les_champs_restent_vides(gestionnaire, deposer, cohort, pdf):
    reponse = deposer(pdf_scan(pdf))
    with cohort.monde():
        lue = Facture.objects.get()
    assert (lue.numero, lue.montant_ht) == ("", None)
    html = gestionnaire.get(reponse.url).content.decode()
    assert "une image ou un scan" in html
    champs = dict(lue.saisie["champs"]) | {"cle": "x", "version": "1", "action": "envoyer"}
    assert gestionnaire.post(reponse.url, champs).status_code == 422


@pytest.mark.parametrize(
    ("nom", "contenu", "message"),
    [
        ("facture.pdf", b"", "est vide"),
        ("facture.pdf", b"Bonjour", "n'est pas un PDF"),
        ("facture.txt", b"Bonjour", "n'est pas d'un type accepté"),
        ("facture.pdf", "chiffre", "mot de passe"),
        ("facture.pdf", "tronque", "abîmé ou incomplet"),
    ],
)
def test_fichier_refuse_a_son_champ(deposer, cohort, pdf, nom, contenu, message):
    octets = {"chiffre": lambda: pdf_chiffre(pdf), "tronque": lambda: b"%PDF-1.7\n1 0 obj"}.get(
        contenu, lambda: contenu
    )()
    reponse = deposer(octets, nom)
    assert reponse.status_code == 422
    assert message in reponse.content.decode().replace("&#x27;", "'")
    assert 'href="#id_fichier"' in reponse.content.decode()
    assert rien_d_ecrit(cohort)


def test_fichier_absent_structure_ou_cadre_inconnus(gestionnaire, deposer, cohort, pdf):
    assert gestionnaire.post(url("deposer"), {}).status_code == 422
    assert deposer(pdf, fournisseur="999999").status_code == 422
    assert deposer(pdf, cadre="A4_PROJET_DECOMPTE").status_code == 422
    assert rien_d_ecrit(cohort)


def test_un_double_clic_depose_une_fois(deposer, cohort, pdf):
    assert deposer(pdf).url == deposer(pdf).url
    with cohort.monde():
        assert Facture.objects.count() == 1


def test_une_facturx_devient_un_flux_puis_une_facture(gestionnaire, deposer, cohort, facturx):
    reponse = deposer(facturx)
    with cohort.monde():
        recu = Flux.objects.get()
        assert not Facture.objects.exists()
    assert reponse.url == url("flux_detail", recu.numero)
    html = gestionnaire.get(reponse.url).content.decode()
    assert f"importé correctement sous le n° {recu.numero}" in html
    assert "every 1s" in html
    with cohort.monde():
        service_flux.integrer(recu.pk)
        facture = Facture.objects.get()
    html = gestionnaire.get(reponse.url).content.decode()
    assert url("facture", facture.pk) in html
    assert "every 1s" not in html
    assert "Intégré" in gestionnaire.get(url("flux")).content.decode()


def test_un_flux_rejete_dit_pourquoi(gestionnaire, deposer, cohort, structure, destinataire, facturx):
    factories.facture(structure, destinataire, numero="ARB-2026-120")
    reponse = deposer(facturx)
    with cohort.monde():
        recu = Flux.objects.get()
        service_flux.integrer(recu.pk)
        assert Flux.objects.get().etat == EtatFlux.REJETE
    html = gestionnaire.get(reponse.url).content.decode()
    assert "SBX_010" in html
    assert "Donnez à la facture un autre numéro : le sien est déjà pris." in html
    assert "peut servir" not in html


@pytest.mark.parametrize(
    "xml",
    [
        b"<rsm:CrossIndustryInvoice",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b"<autre/>",
    ],
)
def test_facturx_illisible_rien_n_est_ecrit(deposer, cohort, facturx, xml):
    reponse = deposer(remplacer_xml(facturx, xml))
    assert reponse.status_code == 422
    assert "Rien n&#x27;a été déposé" in reponse.content.decode()
    assert rien_d_ecrit(cohort)


def test_flux_d_une_autre_session_404(autre_client, deposer, cohort, facturx):
    deposer(facturx)
    with cohort.monde():
        numero = Flux.objects.get().numero
    assert autre_client.get(url("flux_detail", numero)).status_code == 404
    assert autre_client.get(url("flux_detail", "inconnu")).status_code == 404
