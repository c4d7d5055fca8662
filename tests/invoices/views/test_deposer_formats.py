"""« Déposer facture »: formats, cadres, signature (factures.md §2.4, D-16)."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import ModeDepot, Statut
from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
from invoices.formats.exemples import pdf_texte
from invoices.models import Facture, Flux
from tests import factories
from tests.invoices.formats.signatures import cms, signer
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db

FACTURE = FactureAEcrire(
    numero="ARB-2026-118",
    date_facture=date(2026, 12, 7),
    fournisseur=PartieAEcrire(factories.siret_du_poste(1), "ARBELIN MENUISERIE 01"),
    destinataire=PartieAEcrire(factories.VALMORAN, "COMMUNE DE VALMORAN"),
    lignes=(LigneAEcrire("Fenêtre", Decimal(6), Decimal("412.50")),),
)


@pytest.fixture(scope="module")
def pdf():
    return pdf_texte(FACTURE)


@pytest.fixture
def deposer(gestionnaire, structure):
    def _deposer(contenu, nom="facture.pdf", **champs):
        return gestionnaire.post(
            url("deposer"),
            {
                "cle": "depot-1",
                "format": "PDF",
                "cadre": "A1_FACTURE_FOURNISSEUR",
                "fournisseur": structure.pk,
                "fichier": SimpleUploadedFile(nom, contenu),
            }
            | champs,
        )

    return _deposer


def texte(reponse):
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


@pytest.mark.parametrize(
    ("enveloppe", "apres", "phrase"),
    [
        (cms, b"", "document intact"),
        (cms, b"% ajout", "document modifié depuis la signature"),
        (lambda _: b"\x30\x00", b"", "intégrité non contrôlée"),
    ],
)
def test_un_pdf_signe_se_lit_et_ne_bloque_jamais(gestionnaire, deposer, cohort, pdf, enveloppe, apres, phrase):
    reponse = deposer(signer(pdf, enveloppe) + apres)
    with cohort.monde():
        lue = Facture.objects.get()
    assert lue.mode_depot == ModeDepot.DEPOT_PDF_SIGNE_PORTAIL
    assert lue.extraction["signature"]["nombre"] == 1
    html = texte(gestionnaire.get(reponse.url))
    assert phrase in html
    assert "Certificat non contrôlé" in html
    champs = dict(lue.saisie["champs"]) | {"cle": "depot-2", "version": "1", "action": "envoyer"}
    assert gestionnaire.post(reponse.url, champs).url == url("envoyer", lue.pk)


def test_un_pdf_sans_signature_n_en_dit_rien(gestionnaire, deposer, cohort, pdf):
    reponse = deposer(pdf)
    with cohort.monde():
        assert Facture.objects.get().extraction["signature"] == {}
    assert "Certificat non contrôlé" not in texte(gestionnaire.get(reponse.url))


@pytest.mark.parametrize("cadre", ["A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A9_FACTURE_SOUSTRAITANT"])
def test_le_cadre_choisi_suit(gestionnaire, deposer, cohort, pdf, cadre):
    reponse = deposer(pdf, cadre=cadre)
    with cohort.monde():
        lue = Facture.objects.get()
    assert lue.cadre == cadre
    assert lue.montant_a_payer == (0 if cadre.startswith("A2") else Decimal("2970"))
    html = texte(gestionnaire.get(reponse.url))
    assert 'name="recherche_valideur"' in html
    assert 'name="lignes-0-denomination"' not in html


def test_un_sous_traitant_depose_un_pdf(gestionnaire, deposer, cohort, pdf, structure):
    titulaire = factories.structure(cohort, 2)
    reponse = deposer(pdf, cadre="A9_FACTURE_SOUSTRAITANT")
    with cohort.monde():
        lue = Facture.objects.get()
    champs = dict(lue.saisie["champs"]) | {"cle": "d2", "version": "1", "valideur": str(titulaire.pk)}
    envoi = gestionnaire.post(reponse.url, champs | {"action": "envoyer"})
    with cohort.monde():
        version = Facture.objects.get().version
    gestionnaire.post(envoi.url, {"version": version})
    with cohort.monde():
        envoyee = Facture.objects.get()
    assert (envoyee.statut, envoyee.valideur_id) == (Statut.DEPOSEE, titulaire.pk)


@pytest.mark.parametrize(("taux", "code"), [("20", "TVA5"), ("autre", "")])
def test_le_recapitulatif_du_depot_garde_le_code_du_taux(gestionnaire, deposer, cohort, pdf, taux, code):
    reponse = deposer(pdf)
    with cohort.monde():
        lue = Facture.objects.get()
    rang = {"tva-TOTAL_FORMS": "1", "tva-0-taux": taux, "tva-0-taux_manuel": "15" if not code else ""}
    rang |= {"tva-0-base": "2475", "tva-0-montant": "495"}
    champs = dict(lue.saisie["champs"]) | rang | {"cle": "d2", "version": "1", "action": "enregistrer"}
    reponse = gestionnaire.post(reponse.url, champs)
    with cohort.monde():
        assert [t.code_taux for t in lue.lignes_tva.all()] == [code]
    assert ("Taux inhabituel : <span data-taux-liste>15" in texte(gestionnaire.get(reponse.url))) is not bool(code)


@pytest.mark.parametrize(
    ("nom", "format_choisi", "message"),
    [
        ("facture.xml", "PDF", "est un fichier XML : choisissez le format XML."),
        ("lot.tar.gz", "PDF", "est un fichier TAR : choisissez le format XML."),
        ("facture.pdf", "XML", "ne contient pas de fichier de facture"),
        ("facture.pdf", "DOC", "La valeur du champ « Format » n'est pas reconnue."),
    ],
)
def test_le_format_et_le_fichier_ne_concordent_pas(deposer, cohort, pdf, nom, format_choisi, message):
    reponse = deposer(pdf, nom, format=format_choisi)
    assert reponse.status_code == 422
    assert message in texte(reponse)
    assert 'href="#id_format"' in reponse.content.decode()
    with cohort.monde():
        assert not Facture.objects.exists()
        assert not Flux.objects.exists()


def _zip(**fichiers):
    lot = io.BytesIO()
    with zipfile.ZipFile(lot, "w") as archive:
        for nom, contenu in fichiers.items():
            archive.writestr(f"{nom}.xml", contenu)
    return lot.getvalue()


@pytest.mark.parametrize("nom", ["facture.xml", "lot.zip"])
def test_un_fichier_structure_devient_un_flux(gestionnaire, deposer, cohort, nom):
    xml = ecrire_cii(FACTURE)
    reponse = deposer(_zip(un=xml) if nom.endswith("zip") else xml, nom, format="XML")
    with cohort.monde():
        recu = Flux.objects.get()
        assert not Facture.objects.exists()
    assert reponse.url == url("flux_detail", recu.numero)
    assert f"importé correctement sous le n° {recu.numero}" in texte(gestionnaire.get(reponse.url))


def test_un_flux_refuse_a_la_porte_se_dit_au_champ(deposer, cohort, monkeypatch):
    from invoices.services import flux

    def refuser(*_args, **_nommes):
        raise flux.FluxRefuse("Le lot est vide.")

    monkeypatch.setattr(flux, "deposer_flux", refuser)
    reponse = deposer(b"<a/>", "facture.xml", format="XML")
    assert reponse.status_code == 422
    assert any("Le lot est vide." in e for e in erreurs(reponse))


def test_un_service_impose_l_est_aussi_au_depot(cohort, structure, au_poste, pdf):
    from accounts.profils import Profil
    from structures.enums import Role
    from structures.models import Habilitation
    from tests.conftest import connecter

    atelier = factories.service(structure, "ATELIER")
    qui = factories.compte(cohort, 2)
    factories.rattachement(qui, structure, role=Role.UTILISATEUR)
    with cohort.monde():
        Habilitation.objects.filter(rattachement__compte=qui, profil=Profil.FACTURES_EMISES).update(service=atelier)
    client = connecter(au_poste(2), qui)
    champs = {"cadre": "A1_FACTURE_FOURNISSEUR", "fournisseur": structure.pk, "format": "PDF"}
    reponse = client.post(url("deposer"), champs | {"fichier": SimpleUploadedFile("f.pdf", pdf)})
    with cohort.monde():
        assert Facture.objects.get().service_fournisseur == atelier
    assert client.get(reponse.url).status_code == 200


def test_un_montant_groupe_n_est_pas_une_correction(gestionnaire, deposer, cohort, pdf):
    reponse = deposer(pdf)
    with cohort.monde():
        champs = dict(Facture.objects.get().saisie["champs"]) | {"cle": "d2", "version": "1", "action": "recalculer"}
    assert "corrigé par vous" not in texte(gestionnaire.post(reponse.url, champs | {"montant_ht": "2\u202f475,00"}))
    assert "corrigé par vous" in texte(gestionnaire.post(reponse.url, champs | {"montant_ht": "2\u202f475,01"}))


def test_les_conseils_sont_a_cote_du_champ(gestionnaire, structure):
    html = texte(gestionnaire.get(url("deposer")))
    for conseil in ("une image ou un scan ne donne rien", "« SIRET client »", "Du noir sur fond blanc", "XAdES"):
        assert conseil in html
    assert "data-attente" in html
