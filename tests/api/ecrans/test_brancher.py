"""« Brancher votre logiciel »: what it shows to whom, and « Préparer mon accès »."""

import re
import subprocess
from base64 import b64encode
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.profils import Profil
from api import commandes
from api.services import branchement
from structures.enums import EtatStructure, Role
from structures.models import ApplicationPiste, CompteTechnique, Rattachement, Structure
from structures.services import comptes_techniques, piste
from tests import factories
from tests.api.appels import demander_jeton, entete_compte
from tests.conftest import client_au_poste, connecter

BRANCHER, PREPARER = reverse("api:brancher"), reverse("api:preparer")
MIRANDOL = "ATELIER MIRANDOL ARCHITECTES 01"


def lire(client, **choix):
    return client.get(BRANCHER, choix).content.decode()


def valeurs(page):
    """The values of the first command, as bash reads them."""
    texte = unescape(re.search(r'<code data-bas-commande="valeurs">(.*?)</code>', page, re.S)[1])
    noms = ("BASE", "CLIENT_ID", "CLIENT_SECRET", "LOGIN", "MOT_DE_PASSE", "CPRO_ACCOUNT")
    script = texte + "\n" + "\n".join(f'printf "%s\\n" "${nom}"' for nom in noms)
    lues = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(zip(noms, lues, strict=True))


def preparer(client, structure, **reste):
    return client.post(PREPARER, {"structure": structure.pk}, **reste)


@pytest.fixture
def mirandol(cohort):
    """A structure of seat 1 whose access came with the session."""
    with cohort.monde():
        return Structure.objects.get(raison_sociale=MIRANDOL)


class TestPage:
    def test_the_addresses_are_those_that_the_browser_sees(self, gestionnaire):
        page = gestionnaire.get(BRANCHER, headers={"Host": "192.168.7.20:8000"}).content.decode()
        assert "<code>http://192.168.7.20:8000</code>" in page
        assert "http://192.168.7.20:8000/api/oauth/token" in page
        assert valeurs(page)["BASE"] == "http://192.168.7.20:8000"

    def test_nothing_yet(self, gestionnaire):
        page = lire(gestionnaire)
        assert "Préparer mon accès" in page
        assert page.count("À faire") == 3
        assert valeurs(page)["CLIENT_SECRET"] == "VOTRE_CLIENT_SECRET"

    def test_it_writes_nothing(self, cohort, gestionnaire, compte):
        lire(gestionnaire)
        with cohort.monde():
            assert not ApplicationPiste.objects.filter(compte=compte).exists()

    def test_with_an_access_and_a_first_call(self, gestionnaire, application, technique, appel):
        appel(statut=403, raison="API non cochée.")
        page = lire(gestionnaire)
        assert "API non cochée." in page
        assert "Préparer mon accès" not in page
        bon = appel()
        appel(statut=500)
        page = lire(gestionnaire)
        assert reverse("api:appel", args=[bon.pk]) in page
        assert "À faire" not in page
        assert str(application.client_id) in page
        assert technique.compte.login_email in page
        assert reverse("structures:demander_compte_technique") in page

    def test_its_own_password_is_shown_to_nobody_any_more(self, gestionnaire, application, technique):
        lues = valeurs(lire(gestionnaire))
        assert lues["MOT_DE_PASSE"] == "MOT_DE_PASSE_DU_COMPTE_TECHNIQUE"
        assert lues["LOGIN"] == technique.compte.login_email

    def test_the_secret_is_only_behind_show(self, gestionnaire, application):
        page = lire(gestionnaire)
        secret = piste.secret(application)
        dehors = re.sub(r"<details>.*?</details>", "", page, flags=re.S)
        dehors = re.sub(r'data-bas-copier="[^"]*"', "", dehors)
        assert secret in page
        assert secret not in dehors

    def test_it_is_kept_by_nobody_on_the_way(self, gestionnaire):
        assert gestionnaire.get(BRANCHER)["Cache-Control"] == "no-store"

    def test_a_disabled_application_is_to_do(self, gestionnaire, application, technique):
        with application.cohort.monde():
            piste.activer(application, active=False)
        page = lire(gestionnaire)
        assert "Cette application est désactivée" in page
        assert page.count("À faire") == 2

    def test_an_expired_account_is_to_do_and_comes_last(self, cohort, gestionnaire, compte, structure, technique):
        with cohort.monde():
            second, _ = comptes_techniques.creer(structure, par=compte)
            comptes_techniques.faire_expirer(technique, nom="AIFE")
        assert valeurs(lire(gestionnaire))["LOGIN"] == second.compte.login_email
        expire = lire(gestionnaire, compte=technique.pk)
        assert valeurs(expire)["LOGIN"] == technique.compte.login_email
        assert "Expiré" in expire

    @pytest.mark.parametrize("choix", ["0", "-1", "x", "\x00", "9" * 30])
    def test_an_account_that_is_not_offered(self, gestionnaire, technique, choix):
        assert valeurs(lire(gestionnaire, compte=choix))["LOGIN"] == technique.compte.login_email

    def test_without_the_right_to_make_an_account(self, cohort, structure):
        collegue = factories.compte(cohort, 1, login_email="collegue@session.example")
        factories.rattachement(collegue, structure, role=Role.UTILISATEUR, profils=[Profil.RACCORDEMENT])
        page = lire(connecter(client_au_poste(cohort), collegue))
        assert "Préparer mon accès" not in page
        assert "Seul le gestionnaire principal peut le créer" in page


class TestCompteFourni:
    """Technical accounts that came with the session: their password is computed, and is the gestionnaire's."""

    def test_the_gestionnaire_reads_it_and_it_opens_the_api(self, cohort, gestionnaire, compte, mirandol, application):
        with cohort.monde():
            Rattachement.objects.filter(structure=mirandol, role=Role.GESTIONNAIRE_PRINCIPAL).update(compte=compte)
        page = lire(gestionnaire)
        lues = valeurs(page)
        assert lues["CPRO_ACCOUNT"] in page
        assert b64encode(f"{lues['LOGIN']}:{lues['MOT_DE_PASSE']}".encode()).decode() == lues["CPRO_ACCOUNT"]
        jeton = demander_jeton(application).json()["access_token"]
        entetes = {"Authorization": f"Bearer {jeton}", "cpro-account": lues["CPRO_ACCOUNT"]}
        assert Client().get("/cpro/transverses/v1/health-check", headers=entetes).status_code == 200

    def test_another_user_does_not(self, cohort, mirandol):
        with cohort.monde():
            technique = CompteTechnique.objects.select_related("compte").get(structure=mirandol)
        collegue = factories.compte(cohort, 1, login_email="collegue@session.example")
        factories.rattachement(collegue, mirandol, role=Role.UTILISATEUR, profils=[Profil.RACCORDEMENT])
        page = lire(connecter(client_au_poste(cohort), collegue))
        assert technique.compte.login_email in page
        assert comptes_techniques.mot_de_passe_fourni(technique) not in page
        assert "Connu du gestionnaire principal" in page


class TestPreparer:
    def test_the_access_and_its_password_once(self, cohort, gestionnaire, compte, structure):
        assert preparer(gestionnaire, structure).url == BRANCHER
        page = lire(gestionnaire)
        lues = valeurs(page)
        assert "il ne sera plus affiché" in page
        with cohort.monde():
            technique = CompteTechnique.objects.select_related("compte").get(structure=structure)
            application = ApplicationPiste.objects.get(compte=compte)
            assert comptes_techniques.authentifier(lues["LOGIN"], lues["MOT_DE_PASSE"]) == technique
        assert lues["CPRO_ACCOUNT"] == entete_compte(lues["LOGIN"], lues["MOT_DE_PASSE"])
        assert lues["CLIENT_SECRET"] == piste.secret(application)
        assert lues["MOT_DE_PASSE"] not in lire(gestionnaire)

    def test_a_head_request_does_not_spend_the_password(self, gestionnaire, structure):
        preparer(gestionnaire, structure)
        gestionnaire.head(BRANCHER)
        assert "il ne sera plus affiché" in lire(gestionnaire)

    def test_sent_twice_it_makes_one_account_and_still_shows_its_password(self, cohort, gestionnaire, structure):
        preparer(gestionnaire, structure)
        assert preparer(gestionnaire, structure).url == BRANCHER
        page = lire(gestionnaire)
        assert "il ne sera plus affiché" in page
        assert "a son compte technique" in page
        with cohort.monde():
            assert CompteTechnique.objects.filter(structure=structure).count() == 1

    def test_a_structure_that_is_not_active(self, cohort, gestionnaire, structure):
        with cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        preparer(gestionnaire, structure)
        page = lire(gestionnaire)
        assert "activez-la" in page
        assert "Préparer mon accès" not in page
        with cohort.monde():
            assert not CompteTechnique.objects.filter(structure=structure).exists()
            assert not ApplicationPiste.objects.filter(compte__place=1, compte__personnage__isnull=True).exists()

    def test_one_of_several(self, cohort, gestionnaire, compte, structure):
        seconde = factories.structure(cohort, 2)
        factories.rattachement(compte, seconde)
        assert lire(gestionnaire).count("<option") == 2
        preparer(gestionnaire, seconde)
        with cohort.monde():
            assert CompteTechnique.objects.get(pret=False).structure_id == seconde.pk

    def test_a_structure_that_he_does_not_manage(self, cohort, gestionnaire, mirandol):
        assert preparer(gestionnaire, mirandol).status_code == 404
        autre = factories.structure(cohort, 2)
        assert preparer(gestionnaire, autre).status_code == 404

    @pytest.mark.parametrize("structure_choisie", ["x", "-1", "9" * 30, "1.0", "١"])
    def test_what_is_not_a_structure(self, gestionnaire, structure_choisie):
        assert gestionnaire.post(PREPARER, {"structure": structure_choisie}).status_code == 404

    def test_no_structure_said(self, gestionnaire):
        assert gestionnaire.post(PREPARER).url == BRANCHER
        assert "Dites pour quelle structure" in lire(gestionnaire)

    def test_the_service_takes_the_application_that_is_there(self, cohort, compte, structure, application):
        with cohort.monde():
            structure.cohort = cohort
            reprise, technique, mot_de_passe = branchement.preparer(structure, par=compte)
            assert reprise == application
            assert comptes_techniques.authentifier(technique.compte.login_email, mot_de_passe) == technique
            with pytest.raises(comptes_techniques.CompteTechniqueRefuse):
                branchement.preparer(structure, par=compte)


class TestCommandes:
    ACCES = commandes.Acces(
        base="http://poste d'essai",
        client_id="c-1",
        client_secret="s'e$c`ret",
        login="TECH_1@cpro.fr",
        mot_de_passe="a!'\"$(b)\\",
        siret="00010101400017",
    )

    def test_values_survive_the_shell(self):
        page = f'<code data-bas-commande="valeurs">{commandes.commandes(self.ACCES)[0].texte}</code>'
        lues = valeurs(page)
        assert (lues["BASE"], lues["CLIENT_SECRET"], lues["MOT_DE_PASSE"]) == (
            self.ACCES.base,
            self.ACCES.client_secret,
            self.ACCES.mot_de_passe,
        )

    def test_only_the_values_hold_secrets_and_their_mask_has_none(self):
        premiere, *suite = commandes.commandes(self.ACCES)
        assert "s'e$c`ret" not in premiere.masquee
        assert "$(b)" not in premiere.masquee
        assert premiere.masquee.count(commandes.MASQUE) == 2
        assert not any(c.masquee or "ret" in c.texte.replace("secret", "").replace("SECRET", "") for c in suite)

    def test_nothing_to_mask(self):
        assert commandes.commandes(commandes.Acces(base="http://x"))[0].masquee == ""

    @pytest.mark.parametrize("commande", commandes.commandes(ACCES), ids=lambda c: c.cle)
    def test_bash_reads_each_of_them(self, commande):
        fini = subprocess.run(["bash", "-n", "-c", commande.texte], capture_output=True, text=True, check=False)
        assert (fini.returncode, fini.stderr) == (0, "")
