"""« Accès SFTP » of a fiche, in the browser."""

import asyncssh
import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from edi.models import AccesSftp, FichierSortant
from edi.services import presence, reception
from invoices.models import Flux
from structures.enums import EtatRaccordement, Role
from tests import factories
from tests.conftest import connecter, fermer
from tests.edi.conftest import cii, nom

pytestmark = pytest.mark.django_db


def url(fiche, vue="acces", *suite):
    return reverse(f"edi:{vue}", args=[fiche.pk, *suite])


def lire(client, fiche):
    page = client.get(url(fiche))
    assert page.status_code == 200
    return " ".join(BeautifulSoup(page.content, "html.parser").get_text().split())


def test_de_la_fiche_au_premier_mot_de_passe(gestionnaire, fiche, cohort):
    une = fiche()
    assert url(une) in gestionnaire.get(reverse("structures:fiche_raccordement", args=[une.pk])).content.decode()
    texte = lire(gestionnaire, une)
    assert "Le serveur SFTP n'est pas démarré" in texte
    assert "--sftp" in texte
    page = gestionnaire.post(url(une, "ouvrir"), {"version": "0"})
    secret = page.context["secret"]
    assert (page.status_code, page.headers["Cache-Control"], len(secret)) == (200, "no-store", 20)
    assert secret in page.content.decode()
    texte = lire(gestionnaire, une)
    assert secret not in texte
    assert f"sftp -P 2222 {cohort.code.lower()}-abc123@testserver" in texte
    encore = gestionnaire.post(url(une, "ouvrir"), {"version": "0"}, follow=True)
    assert "a déjà été tiré" in encore.content.decode()
    assert gestionnaire.post(url(une, "ouvrir"), {"version": "1"}).context["secret"] != secret


def test_le_serveur_demarre_se_voit_sur_son_port(gestionnaire, fiche):
    presence.battre(2299)
    texte = lire(gestionnaire, fiche())
    assert "n'est pas démarré" not in texte
    assert "2299" in texte
    presence.cesser(2299)
    assert presence.port_ouvert() is None


def test_avant_la_validation(gestionnaire, fiche):
    une = fiche(etat=EtatRaccordement.SOUMISE)
    assert "s'ouvre quand la fiche EDI est validée" in lire(gestionnaire, une)
    assert "validée" in gestionnaire.post(url(une, "ouvrir"), {"version": "x"}, follow=True).content.decode()
    assert not AccesSftp._base_manager.exists()


def test_validee_l_acces_se_prepare(gestionnaire, fiche):
    une = fiche(etat=EtatRaccordement.VALIDEE)
    assert "préparez l'accès" in lire(gestionnaire, une)
    assert gestionnaire.post(url(une, "ouvrir"), {"version": "0"}).context["secret"]


def test_les_cles(gestionnaire, partenaire, cohort):
    fiche = partenaire.fiche
    cle = asyncssh.generate_private_key("ssh-ed25519", comment="poste").export_public_key().decode()
    for _ in range(2):
        assert gestionnaire.post(url(fiche, "ajouter_cle"), {"cle": cle}).status_code == 302
    refus = gestionnaire.post(url(fiche, "ajouter_cle"), {"cle": "bonjour"})
    assert (refus.status_code, "OpenSSH" in refus.content.decode()) == (422, True)
    assert gestionnaire.post(url(fiche, "ajouter_cle"), {}).status_code == 422
    with cohort.monde():
        (gardee,) = AccesSftp.objects.get().cles
    assert gardee["empreinte"] in lire(gestionnaire, fiche)
    for _ in range(2):
        gestionnaire.post(url(fiche, "retirer_cle"), {"empreinte": gardee["empreinte"]})
    assert gardee["empreinte"] not in lire(gestionnaire, fiche)


def test_in_et_out(gestionnaire, partenaire, cohort, autre_cohort):
    fiche = partenaire.fiche
    with cohort.monde():
        reception.recevoir(partenaire, nom(), cii())
        reception.recevoir(partenaire, "FEN1200A_X", b"<x/>")
        flux = Flux.objects.get()
    for _ in range(2):
        assert gestionnaire.post(url(fiche, "annuaire")).status_code == 302
    texte = gestionnaire.get(url(fiche)).content.decode()
    assert reverse("invoices:flux_detail", args=[flux.numero]) in texte
    assert "FEN1200A_X" in texte
    with cohort.monde():
        sortant = FichierSortant.objects.get()
    assert sortant.nom in texte
    fichier = gestionnaire.get(url(fiche, "sortant", sortant.pk))
    assert b"AnnuaireStructuresPubliques" in b"".join(fichier.streaming_content)
    fermer(fichier)
    assert gestionnaire.get(url(fiche, "sortant", 0)).status_code == 404


def test_l_annuaire_refuse_et_l_acces_qui_manque(gestionnaire, fiche, ouvrir):
    une, autre = fiche(interfaces=["FSO1106A"]), fiche(code_partenaire="XYZ789")
    ouvrir(une)
    assert "pas abonnée" in gestionnaire.post(url(une, "annuaire"), follow=True).content.decode()
    for vue in ("annuaire", "ajouter_cle", "retirer_cle"):
        assert gestionnaire.post(url(autre, vue)).status_code == 404


def test_en_consultation_on_regarde_sans_toucher(partenaire, cohort, au_poste):
    qui = factories.compte(cohort, 1, login_email="lecteur@session.example")
    factories.rattachement(
        qui,
        partenaire.fiche.structure,
        role=Role.UTILISATEUR,
        profils=[Profil.RACCORDEMENT],
        niveau=Niveau.CONSULTATION,
    )
    client = connecter(au_poste(1), qui)
    texte = lire(client, partenaire.fiche)
    assert partenaire.identifiant in texte
    assert "Nouveau mot de passe" not in texte
    assert client.post(url(partenaire.fiche, "ouvrir"), {"version": "1"}).status_code == 403
    assert client.post(url(partenaire.fiche, "annuaire")).status_code == 403
