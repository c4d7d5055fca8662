"""Attachments: shown without being opened, taken one by one or together, under names that bend nothing."""

import io
import zipfile

import pytest
from PIL import Image

from accounts.profils import Profil
from invoices.enums import Espace, Statut
from invoices.models import PieceJointe
from invoices.services import documents
from sandbox.documents import store
from sandbox.web.templatetags.bas import horodatage
from structures.enums import Role
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db
EICAR = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


def png(taille=(8, 8)):
    sortie = io.BytesIO()
    Image.new("RGB", taille, "navy").save(sortie, "PNG")
    return sortie.getvalue()


@pytest.fixture
def recue(structure, destinataire, compte):
    return factories.facture(structure, destinataire, compte=compte, numero="F-R", statut=Statut.MISE_A_DISPOSITION)


@pytest.fixture
def joindre(recue, compte):
    def _joindre(nom, contenu=b"contenu", **champs):
        with recue.cohort.monde():
            return PieceJointe.objects.create(
                cohort=recue.cohort,
                place=1,
                facture=recue,
                nom=nom,
                empreinte=store.store(contenu),
                taille=len(contenu),
                ajoutee_par=compte,
                **champs,
            )

    return _joindre


@pytest.fixture
def agent(cohort, destinataire, au_poste):
    """An agent of the recipient."""
    compte = factories.compte(cohort, 1, login_email="agent@valmoran.example", prenom="Aline", nom="Valmoran")
    factories.rattachement(compte, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    return connecter(au_poste(1), compte)


def test_l_onglet_dit_tout_de_chaque_piece(gestionnaire, joindre, recue):
    piece = joindre(
        "devis.pdf", designation="Devis signé", ligne=3, signalement="Le PDF contient une action exécutable."
    )
    html = gestionnaire.get(url("facture", recue.pk) + "?volet=pieces").content.decode()
    texte = " ".join(html.split())
    for mot in ("devis.pdf", "Devis signé", "Le PDF contient une action exécutable.", "par Nadia Poste01", "Ko"):
        assert mot in texte
    assert " ".join(horodatage(piece.ajoutee_le).split()) in texte
    for nom in ("apercu", "piece"):
        assert url(nom, recue.pk, piece.pk) in html
    assert url("pieces_zip", recue.pk) in html


def test_les_liens_restent_dans_l_application(agent, joindre, recue):
    piece = joindre("devis.pdf")
    html = agent.get(url("recues_facture", recue.pk) + "?volet=pieces").content.decode()
    assert url("recues_apercu", recue.pk, piece.pk) in html
    assert url("recues_pieces_zip", recue.pk) in html
    assert f"/{Espace.EMISES}/{recue.pk}/pieces" not in html


def test_un_pdf_se_montre_page_par_page(gestionnaire, joindre, facture_deposee):
    with facture_deposee.cohort.monde():
        from invoices.documents import facture_pdf

        contenu = facture_pdf.rendre(documents.charger(facture_deposee.pk))
    piece = joindre("devis.pdf", contenu)
    html = gestionnaire.get(url("apercu", piece.facture_id, piece.pk)).content.decode()
    image = url("apercu_image", piece.facture_id, piece.pk, 1)
    assert image in html
    reponse = gestionnaire.get(image)
    assert reponse.content.startswith(b"\x89PNG")
    assert reponse.headers["Content-Type"] == "image/png"
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert gestionnaire.get(image).content == reponse.content
    assert gestionnaire.get(url("apercu_image", piece.facture_id, piece.pk, 2)).status_code == 404


def test_un_long_pdf_dit_ce_qui_manque(gestionnaire, joindre):
    import pikepdf

    sortie = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(13):
            pdf.add_blank_page()
        pdf.save(sortie)
    piece = joindre("long.pdf", sortie.getvalue())
    html = gestionnaire.get(url("apercu", piece.facture_id, piece.pk)).content.decode()
    assert "10 premières pages sur 13" in " ".join(html.split())
    assert html.count("<figure>") == 10


def test_une_image_est_redessinee(gestionnaire, joindre):
    piece = joindre("photo.jpg", png() + b"<script>alert(1)</script>")
    image = url("apercu_image", piece.facture_id, piece.pk, 1)
    assert image in gestionnaire.get(url("apercu", piece.facture_id, piece.pk)).content.decode()
    reponse = gestionnaire.get(image)
    assert (reponse.headers["Content-Type"], b"script" in reponse.content) == ("image/png", False)
    assert gestionnaire.get(url("apercu_image", piece.facture_id, piece.pk, 2)).status_code == 404


@pytest.mark.parametrize(
    ("nom", "contenu", "phrase"),
    [
        ("plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "n'affiche que les PDF"),
        ("page.html", b"<script>alert(1)</script>", "n'affiche que les PDF"),
        ("tableau.xlsx", b"PK", "n'affiche que les PDF"),
        ("abime.pdf", b"%PDF-1.7 rien", "ne peut pas être affiché"),
        ("abime.png", b"<svg/>", "ne peut pas être affiché"),
    ],
)
def test_le_reste_se_telecharge_sans_s_ouvrir(gestionnaire, joindre, nom, contenu, phrase):
    piece = joindre(nom, contenu)
    html = " ".join(gestionnaire.get(url("apercu", piece.facture_id, piece.pk)).content.decode().split())
    assert phrase in html
    assert "<figure>" not in html
    assert gestionnaire.get(url("apercu_image", piece.facture_id, piece.pk, 1)).status_code == 404
    reponse = gestionnaire.get(url("piece", piece.facture_id, piece.pk))
    assert reponse.content == contenu
    assert reponse.headers["Content-Disposition"].startswith("attachment")
    assert "html" not in reponse.headers["Content-Type"]
    assert "svg" not in reponse.headers["Content-Type"]


def test_un_fichier_signale_est_montre_avec_un_avertissement(gestionnaire, joindre):
    piece = joindre("macro.pdf", EICAR, signalement="Le contrôle antivirus refuse ce fichier.")
    html = " ".join(gestionnaire.get(url("apercu", piece.facture_id, piece.pk)).content.decode().split())
    assert "Fichier signalé : Le contrôle antivirus refuse ce fichier." in html


@pytest.mark.parametrize("nom", ["../../e\r\nSet-Cookie: x=1.pdf", "a\u202efdp.exe", "a\x01b.pdf", "é" * 200])
def test_aucun_nom_n_entre_tel_quel_dans_un_en_tete(gestionnaire, joindre, nom):
    piece = joindre(nom)
    entete = gestionnaire.get(url("piece", piece.facture_id, piece.pk)).headers["Content-Disposition"]
    assert not set(entete) & set("\r\n\x00\x01\u202e/\\")
    assert ".." not in entete
    assert len(entete) < 1200
    assert "Set-Cookie" not in gestionnaire.get(url("piece", piece.facture_id, piece.pk)).headers


def test_tout_en_une_archive(gestionnaire, joindre, recue):
    joindre("devis.pdf", b"un")
    joindre("../devis.pdf", b"deux")
    reponse = gestionnaire.get(url("pieces_zip", recue.pk))
    octets = b"".join(reponse.streaming_content)
    assert reponse.headers["Content-Type"] == "application/zip"
    assert reponse.headers["Content-Length"] == str(len(octets))
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.namelist() == ["PJ01_Facture F-R.pdf", "PJ02_devis.pdf", "PJ03_devis.pdf"]
        assert archive.read("PJ03_devis.pdf") == b"deux"


def test_un_brouillon_n_a_pas_d_archive(gestionnaire, brouillon):
    reponse = gestionnaire.get(url("pieces_zip", brouillon.pk))
    assert reponse.status_code == 409
    assert "l'archive est proposée après l'envoi".replace("'", "&#x27;") in reponse.content.decode()


def test_un_fichier_perdu_est_introuvable(gestionnaire, joindre, recue):
    piece = joindre("devis.pdf")
    with recue.cohort.monde():
        store.delete([piece.empreinte])
    assert gestionnaire.get(url("pieces_zip", recue.pk)).status_code == 404
    assert gestionnaire.get(url("piece", recue.pk, piece.pk)).status_code == 404
    assert "ne peut pas être affiché" in " ".join(
        gestionnaire.get(url("apercu", recue.pk, piece.pk)).content.decode().split()
    )


def test_la_piece_d_une_autre_facture_n_est_pas_la(gestionnaire, joindre, facture_deposee):
    piece = joindre("devis.pdf")
    for nom in ("piece", "apercu"):
        assert gestionnaire.get(url(nom, facture_deposee.pk, piece.pk)).status_code == 404
    assert gestionnaire.get(url("apercu_image", facture_deposee.pk, piece.pk, 1)).status_code == 404


@pytest.mark.parametrize(
    ("format", "debut", "fin"),
    [("cii", b"<?xml", "CII.xml"), ("ubl", b"<?xml", "UBL.xml"), ("factur-x", b"%PDF-", "Factur-X.pdf")],
)
def test_une_facture_s_exporte_pour_un_autre_logiciel(gestionnaire, recue, joindre, format, debut, fin):
    joindre("bon.pdf", b"%PDF-1.4 bon")
    adresse = url("echange", recue.pk)
    page = gestionnaire.get(url("facture", recue.pk) + "?volet=pieces").content.decode()
    assert f"{adresse}?format={format}" in page
    reponse = gestionnaire.get(adresse, {"format": format})
    assert reponse.status_code == 200
    assert fin in reponse.headers["Content-Disposition"]
    assert b"".join(reponse).startswith(debut)


def test_un_format_inconnu_ou_un_fichier_perdu_n_est_pas_la(gestionnaire, recue, joindre, brouillon):
    assert gestionnaire.get(url("echange", recue.pk), {"format": "xcbl"}).status_code == 404
    assert gestionnaire.get(url("echange", brouillon.pk)).status_code == 404
    piece = joindre("bon.pdf", b"%PDF-1.4 perdu")
    store.delete([piece.empreinte])
    assert gestionnaire.get(url("echange", recue.pk)).status_code == 404
