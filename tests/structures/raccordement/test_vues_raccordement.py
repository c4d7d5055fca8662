"""Screens of the domaine « Raccordements »."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from sandbox.cohorts.models import Trace
from sandbox.documents import store
from structures.enums import EtatRaccordement as E
from structures.enums import EtatStructure, Role
from structures.models import ApplicationPiste, CompteTechnique, FicheRaccordement, Structure
from structures.services import comptes_techniques, piste
from tests import factories
from tests.conftest import connecter
from tests.structures.raccordement.conftest import CERTIFICAT

pytestmark = pytest.mark.django_db
DEMANDE = "/portail/raccordements/comptes-techniques/demande/"


def page(client, nom, *args, statut=200, **params):
    reponse = client.get(reverse(f"structures:{nom}", args=args), params)
    assert reponse.status_code == statut
    return reponse.content.decode()


@pytest.fixture
def collegue(au_poste, cohort, structure):
    """Browser of an account attached with these profiles."""

    def faire(*profils, niveau=Niveau.MODIFICATION):
        autre = factories.compte(cohort, 1, login_email="collegue@session.example")
        factories.rattachement(autre, structure, role=Role.UTILISATEUR, profils=list(profils), niveau=niveau)
        return connecter(au_poste(1), autre)

    return faire


def certificat(contenu=CERTIFICAT, nom="societe.pem"):
    return SimpleUploadedFile(nom, contenu)


class TestDomaine:
    def test_on_the_home_of_who_may(self, gestionnaire):
        assert reverse("structures:raccordements") in gestionnaire.get(reverse("accounts:accueil")).content.decode()
        vue = page(gestionnaire, "raccordements")
        for nom in ("fiches_raccordement", "comptes_techniques", "piste"):
            assert reverse(f"structures:{nom}") in vue

    def test_not_of_the_others(self, collegue):
        client = collegue(Profil.FACTURES_EMISES)
        assert reverse("structures:raccordements") not in client.get(reverse("accounts:accueil")).content.decode()
        for nom in ("raccordements", "fiches_raccordement", "piste", "ouvrir_fiche", "comptes_techniques"):
            page(client, nom, statut=403)

    def test_the_profile_is_not_the_management(self, collegue):
        client = collegue(Profil.RACCORDEMENT)
        vue = page(client, "raccordements")
        assert reverse("structures:comptes_techniques") not in vue
        page(client, "demander_compte_technique", statut=403)
        page(client, "ouvrir_fiche")

    def test_reading_is_not_writing(self, collegue, fiche):
        client = collegue(Profil.RACCORDEMENT, niveau=Niveau.CONSULTATION)
        une = fiche()
        vue = page(client, "fiche_raccordement", une.pk)
        assert reverse("structures:modifier_fiche", args=[une.pk]) not in vue
        assert "Nouvelle fiche" not in page(client, "fiches_raccordement")
        page(client, "modifier_fiche", une.pk, statut=403)
        page(client, "ouvrir_fiche", statut=403)
        assert client.post(reverse("structures:avancer_fiche", args=[une.pk, "abandonner"])).status_code == 403

    def test_a_stranger_of_this_world(self, cohort, au_poste, fiche):
        client = connecter(au_poste(2), factories.compte(cohort, 2))
        page(client, "fiche_raccordement", fiche().pk, statut=403)


class TestComptesTechniques:
    def test_created_shown_once(self, gestionnaire, structure, cohort):
        assert "Aucun compte technique" in page(gestionnaire, "comptes_techniques")
        vue = page(gestionnaire, "demander_compte_technique", type="creation")
        assert "TECH_1_00010101400017@cpro.fr" in vue
        envoi = {"type": "creation", "structure": structure.pk, "numero": 1, "cle": "k", "marque": str(structure.pk)}
        reponses = [gestionnaire.post(DEMANDE, envoi) for _ in range(2)]
        assert {r.status_code for r in reponses} == {302}
        assert len({r.url for r in reponses}) == 1
        with cohort.monde():
            technique = CompteTechnique.objects.get(structure=structure)
        vue = gestionnaire.get(reponses[0].url)
        assert vue.headers["Cache-Control"] == "no-store"
        secret = vue.context["confirmation"]["secret"]
        assert secret in vue.content.decode().replace("&amp;", "&")
        assert secret not in gestionnaire.get(reponses[0].url).content.decode()
        with cohort.monde():
            assert comptes_techniques.authentifier(technique.compte.login_email, secret) == technique

    def test_the_same_number_from_two_windows(self, technique, gestionnaire, structure, cohort):
        envoi = {"type": "creation", "structure": structure.pk, "numero": 1, "marque": str(structure.pk)}
        reponse = gestionnaire.post(DEMANDE, envoi)
        assert reponse.status_code == 422
        assert "existe déjà" in reponse.content.decode()
        assert gestionnaire.post(DEMANDE, envoi | {"numero": 2}).status_code == 302
        with cohort.monde():
            assert structure.comptes_techniques.count() == 2

    def test_a_number_that_no_page_gave(self, gestionnaire, structure):
        envoi = {"type": "creation", "structure": structure.pk, "marque": str(structure.pk)}
        assert gestionnaire.post(DEMANDE, envoi | {"numero": "x"}).status_code == 422
        assert gestionnaire.post(DEMANDE, envoi).status_code == 302

    def test_another_structure_draws_the_form_again(self, gestionnaire, structure, compte, cohort):
        seconde = factories.structure(cohort, 1, identifiant="00010199900019", raison_sociale="SECONDE")
        factories.rattachement(compte, seconde)
        envoi = {"type": "creation", "structure": seconde.pk, "numero": 1, "marque": str(structure.pk)}
        reponse = gestionnaire.post(DEMANDE, envoi)
        assert reponse.status_code == 422
        assert "TECH_1_00010199900019@cpro.fr" in reponse.content.decode()
        with cohort.monde():
            assert not seconde.comptes_techniques.exists()

    def test_reset(self, technique, gestionnaire, structure, cohort):
        fait, ancien = technique
        vue = page(gestionnaire, "comptes_techniques")
        assert f"type=reinitialisation&amp;structure={structure.pk}&amp;compte_technique={fait.pk}" in vue
        envoi = {"type": "reinitialisation", "structure": structure.pk, "compte_technique": fait.pk}
        reponse = gestionnaire.post(DEMANDE, envoi | {"marque": str(structure.pk)})
        secret = gestionnaire.get(reponse.url).context["confirmation"]["secret"]
        with cohort.monde():
            assert comptes_techniques.authentifier(fait.compte.login_email, secret) == fait
            assert Trace.objects.filter(objet=fait.compte.login_email).count() <= 2
        assert secret != ancien

    def test_reset_of_a_structure_without_any(self, gestionnaire, structure):
        vue = page(gestionnaire, "demander_compte_technique", type="reinitialisation", structure=structure.pk)
        assert "aucun compte technique" in vue

    def test_of_another_structure_cannot_be_named(self, technique, cohort, au_poste):
        fait, _ = technique
        autre = factories.compte(cohort, 2)
        sienne = factories.structure(cohort, 2)
        factories.rattachement(autre, sienne)
        client = connecter(au_poste(2), autre)
        assert fait.compte.login_email not in page(client, "comptes_techniques")
        for structure in (sienne.pk, fait.structure_id):
            envoi = {"type": "reinitialisation", "structure": structure, "compte_technique": fait.pk}
            assert client.post(DEMANDE, envoi | {"marque": str(structure)}).status_code == 422

    @pytest.mark.parametrize(
        ("jours", "mot"), [(-1, "Expiré"), (1, "Expire dans 1 jour"), (29, "29 jours"), (31, "Valable")]
    )
    def test_when_it_ends(self, technique, gestionnaire, cohort, jours, mot):
        with cohort.monde():
            CompteTechnique.objects.update(expire_le=cohort.simulated_now() + timedelta(days=jours, minutes=1))
        assert mot in page(gestionnaire, "comptes_techniques")

    def test_export_without_the_password(self, technique, gestionnaire):
        reponse = gestionnaire.get(reverse("structures:exporter_comptes_techniques"))
        texte = reponse.content.decode("utf-8-sig")
        assert "TECH_1_00010101400017@cpro.fr;ARBELIN MENUISERIE 01;\t00010101400017" in texte
        assert technique[1] not in texte

    def test_as_many_queries_for_300(self, technique, gestionnaire, structure, cohort, django_assert_max_num_queries):
        with cohort.monde():
            comptes = Compte.objects.bulk_create(
                Compte(cohort=cohort, place=1, login_email=f"TECH_{n}_x@cpro.fr", etat="TECHNIQUE")
                for n in range(2, 302)
            )
            CompteTechnique.objects.bulk_create(
                CompteTechnique(
                    cohort=cohort, place=1, structure=structure, compte=c, numero=n, expire_le=cohort.simulated_now()
                )
                for n, c in enumerate(comptes, 2)
            )
        with django_assert_max_num_queries(25):
            page(gestionnaire, "comptes_techniques")


class TestFiches:
    def test_from_the_first_choice_to_the_sending(self, gestionnaire, structure, cohort):
        assert "Aucune fiche" in page(gestionnaire, "fiches_raccordement")
        page(gestionnaire, "ouvrir_fiche")
        ouvrir = reverse("structures:ouvrir_fiche")
        assert gestionnaire.post(ouvrir, {}).status_code == 422
        choix = {"structure": structure.pk, "mode": "EDI", "environnement": "QUALIFICATION"}
        urls = {gestionnaire.post(ouvrir, choix).url for _ in range(2)}
        assert len(urls) == 1
        url = urls.pop()
        assert gestionnaire.get(url).status_code == 200
        brouillon = {"environnement": "QUALIFICATION", "emetteur": "on", "pour_qui": "PROPRE", "contact_nom": "Nadia"}
        assert gestionnaire.post(url, brouillon | {"enregistrer": "1"}).status_code == 302
        reponse = gestionnaire.post(url, brouillon | {"soumettre": "1"})
        assert reponse.status_code == 422
        for phrase in ("elle n&#x27;a pas été soumise", "Choisissez le protocole", "Joignez le certificat"):
            assert phrase in reponse.content.decode()
        complete = brouillon | {
            "contact_email": "n@session.example",
            "contact_telephone": "0102030405",
            "protocole": "SFTP",
            "adresses_ip": "203.0.113.10 ; 203.0.113.10",
            "certificat": certificat(),
            "certificat_fin": "01/02/2028",
            "code_partenaire": "abc123",
            "interfaces": ["FSO1117A"],
            "soumettre": "1",
        }
        reponse = gestionnaire.post(url, complete)
        assert reponse.status_code == 302
        with cohort.monde():
            fiche = FicheRaccordement.objects.get()
            assert Trace.objects.filter(verbe="raccordement : soumettre").count() <= 1
        assert (fiche.etat, fiche.flux, fiche.code_partenaire) == (E.SOUMISE, ["E2", "CR"], "ABC123")
        assert fiche.adresses_ip == "203.0.113.10"
        assert store.open_bytes(fiche.certificat) == CERTIFICAT
        vue = gestionnaire.get(reponse.url).content.decode()
        assert "CSO1117A" in vue
        assert "secondaire, d'office" in vue
        # too late for the other window
        reponse = gestionnaire.post(url, complete | {"certificat": certificat(), "code_partenaire": "ZZZ999"})
        assert reponse.status_code == 302
        with cohort.monde():
            assert FicheRaccordement.objects.get().code_partenaire == "ABC123"

    def test_a_draft_says_what_is_missing(self, gestionnaire, fiche):
        une = fiche(protocole="", contact_telephone="")
        vue = page(gestionnaire, "fiche_raccordement", une.pk)
        assert "Avant de soumettre" in vue
        assert "Choisissez le protocole" in vue
        assert "societe.pem" in page(gestionnaire, "modifier_fiche", une.pk)

    def test_sent_between_the_reading_and_the_writing(self, gestionnaire, fiche, monkeypatch):
        from structures.services import raccordement

        def trop_tard(*_, **__):
            raise raccordement.EtatDepasse("déjà")

        une = fiche()
        monkeypatch.setattr(raccordement, "enregistrer", trop_tard)
        reponse = gestionnaire.post(
            reverse("structures:modifier_fiche", args=[une.pk]),
            {"environnement": "QUALIFICATION", "pour_qui": "PROPRE"},
        )
        assert reponse.status_code == 302

    @pytest.mark.parametrize(
        ("champ", "valeur", "message"),
        [
            ("adresses_ip", "203.0.113.999", "pas une adresse IP"),
            ("adresses_ip", ",".join(f"203.0.113.{n}" for n in range(11)), "le maximum est de 10"),
            ("adresses_ip", " ".join(f"{n}::2" for n in range(10)) + " 10::1", "11 adresses"),
            ("code_partenaire", "A1", "trois lettres"),
            ("code_partenaire", "CPP001", "code du portail"),
            ("certificat", certificat(b"bonjour"), "pas un certificat"),
            ("certificat", certificat(b"-----BEGIN RSA PRIVATE KEY-----"), "clé privée"),
            ("certificat", certificat(b"x" * 64_001), "maximum"),
            ("certificat", certificat(b"", "vide.crt"), "est vide"),
            ("certificat", certificat(CERTIFICAT, "c.exe"), "type accepté"),
            ("interfaces", ["FSO1113A"], "Sélectionnez"),
            ("flux", ["E4"], "Sélectionnez"),
            ("contact_nom", "a\x00b", "nul n"),
        ],
    )
    def test_what_a_draft_refuses(self, gestionnaire, fiche, champ, valeur, message):
        reponse = gestionnaire.post(
            reverse("structures:modifier_fiche", args=[fiche().pk]),
            {"environnement": "QUALIFICATION", "pour_qui": "PROPRE", champ: valeur},
        )
        assert reponse.status_code == 422
        assert message in reponse.content.decode().replace("&#x27;", "'")

    def test_long_addresses_fit_the_column(self, gestionnaire, fiche):
        """Typed in 200 characters, they are longer once separated by commas."""
        longues = " ".join(f"2001:db8:1:2:3:4:5:{n}" for n in range(10, 19))
        envoi = {"environnement": "QUALIFICATION", "pour_qui": "PROPRE", "adresses_ip": longues}
        reponse = gestionnaire.post(reverse("structures:modifier_fiche", args=[fiche().pk]), envoi)
        assert reponse.status_code == 422
        assert "trop longues" in reponse.content.decode()

    def test_api(self, gestionnaire, fiche, technique, compte, cohort):
        with cohort.monde():
            application = piste.preparer(compte)
        une = fiche(mode="API", interfaces=[], flux=[])
        url = reverse("structures:modifier_fiche", args=[une.pk])
        vue = gestionnaire.get(url).content.decode()
        assert "protocole" not in vue
        assert f"{application.nom} (Sandbox)" in vue
        envoi = {
            "environnement": "QUALIFICATION",
            "pour_qui": "CLIENTS",
            "emetteur": "on",
            "contact_nom": "N",
            "contact_email": "n@session.example",
            "contact_telephone": "01",
            "flux": ["E1", "CDV"],
            "soumettre": "1",
        }
        assert gestionnaire.post(url, envoi).status_code == 422
        envoi |= {"application": application.pk, "compte_technique": technique[0].pk}
        assert gestionnaire.post(url, envoi).status_code == 302
        vue = page(gestionnaire, "fiche_raccordement", une.pk)
        for attendu in (str(application.client_id), technique[0].compte.login_email, "Ses clients", "Soumise"):
            assert attendu in vue

    def test_neither_another_s_application_nor_another_structure_s_account(self, gestionnaire, fiche, cohort):
        autre = factories.compte(cohort, 2)
        with cohort.monde():
            application = piste.preparer(autre)
            sienne = factories.structure(cohort, 2)
            technique, _ = comptes_techniques.creer(sienne, par=autre)
        une = fiche(mode="API")
        for champ, pk in (("application", application.pk), ("compte_technique", technique.pk)):
            envoi = {"environnement": "QUALIFICATION", "pour_qui": "PROPRE", champ: pk}
            assert gestionnaire.post(reverse("structures:modifier_fiche", args=[une.pk]), envoi).status_code == 422

    def test_only_a_draft_is_modified(self, gestionnaire, fiche):
        une = fiche(etat=E.ACTIVE)
        for methode in (gestionnaire.get, gestionnaire.post):
            reponse = methode(reverse("structures:modifier_fiche", args=[une.pk]))
            assert reponse.url == reverse("structures:fiche_raccordement", args=[une.pk])

    def test_refused_then_taken_up_again(self, gestionnaire, fiche):
        une = fiche(etat=E.REFUSEE, motif="Adresse IP injoignable")
        vue = page(gestionnaire, "fiche_raccordement", une.pk)
        assert "Adresse IP injoignable" in vue
        url = reverse("structures:avancer_fiche", args=[une.pk, "reprendre"])
        assert url in vue
        assert gestionnaire.post(url).url == reverse("structures:modifier_fiche", args=[une.pk])
        assert gestionnaire.post(url).url == reverse("structures:fiche_raccordement", args=[une.pk])

    def test_a_draft_is_given_up(self, gestionnaire, fiche):
        une = fiche()
        gestionnaire.post(reverse("structures:avancer_fiche", args=[une.pk, "abandonner"]))
        assert "Clôturée" in page(gestionnaire, "fiche_raccordement", une.pk)

    @pytest.mark.parametrize("action", ["valider", "activer", "soumettre", "renouveler", "voler"])
    def test_a_trainee_does_not_play_the_trainer(self, gestionnaire, fiche, action):
        une = fiche(etat=E.EN_INSTRUCTION)
        assert gestionnaire.post(reverse("structures:avancer_fiche", args=[une.pk, action])).status_code == 404
        assert gestionnaire.get(reverse("structures:avancer_fiche", args=[une.pk, action])).status_code == 405

    def test_renewed(self, gestionnaire, fiche, cohort):
        une = fiche(etat=E.A_RENOUVELER, protocole="", pour_qui="?")
        url = reverse("structures:renouveler_fiche", args=[une.pk])
        assert url in page(gestionnaire, "fiche_raccordement", une.pk)
        assert gestionnaire.get(url).status_code == 200
        assert gestionnaire.post(url, {"certificat_fin": "01/02/2029"}).status_code == 422
        proche = {"certificat": certificat(), "certificat_fin": "10/12/2026"}
        assert "moins de 30 jours" in gestionnaire.post(url, proche).content.decode()
        assert gestionnaire.post(url, {"certificat": certificat(), "certificat_fin": "01/02/2029"}).status_code == 302
        with cohort.monde():
            assert FicheRaccordement.objects.get().etat == E.ACTIVE
        assert gestionnaire.get(url).status_code == 302

    def test_an_inactive_structure_is_not_offered(self, gestionnaire, structure, cohort):
        with cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        choix = {"structure": structure.pk, "mode": "EDI", "environnement": "QUALIFICATION"}
        assert gestionnaire.post(reverse("structures:ouvrir_fiche"), choix).status_code == 422

    def test_as_many_queries_for_300(self, gestionnaire, fiche, cohort, django_assert_max_num_queries):
        with cohort.monde():
            une = fiche()
            champs = {f.attname: getattr(une, f.attname) for f in une._meta.concrete_fields if f.name != "id"}
            FicheRaccordement.objects.bulk_create(FicheRaccordement(**champs) for _ in range(300))
        with django_assert_max_num_queries(25):
            page(gestionnaire, "fiches_raccordement")


class TestPiste:
    def test_ready_made_at_the_first_visit(self, gestionnaire):
        vue = page(gestionnaire, "piste_applications")
        assert "APP_SANDBOX_stagiaire01@session.example" in vue
        assert "PISTE (simulé)" in vue

    def test_each_api_twice(self, gestionnaire):
        vue = page(gestionnaire, "piste")
        assert vue.count('name="api"') == 6
        assert vue.count("piste-accepte") == 6
        url = reverse("structures:piste")
        assert gestionnaire.post(url, {"api": ["factures:PRODUCTION", "sans", "x:y"]}).status_code == 302
        gestionnaire.post(url)
        assert page(gestionnaire, "piste").count('name="api"') == 5

    def test_all_accepted_leaves_no_button(self, gestionnaire, compte, cohort):
        from structures.raccordement import APIS

        with cohort.monde():
            piste.consentir(compte, [(api, "PRODUCTION") for api in APIS])
        assert "Accepter les conditions cochées" not in page(gestionnaire, "piste")

    def test_production_application(self, gestionnaire, compte, cohort):
        creer = reverse("structures:creer_application")
        page(gestionnaire, "creer_application")
        assert gestionnaire.post(creer, {"nom": ""}).status_code == 422
        url = gestionnaire.post(creer, {"nom": "Compta"}).url
        assert gestionnaire.post(creer, {"nom": "Compta"}).status_code == 422
        reponse = gestionnaire.post(url, {"apis": ["factures"]})
        assert reponse.status_code == 422
        assert "Acceptez d" in reponse.content.decode()
        assert gestionnaire.post(url, {"apis": ["inconnue"]}).status_code == 422
        gestionnaire.post(reverse("structures:piste"), {"api": "factures:PRODUCTION"})
        assert gestionnaire.post(url, {"apis": ["factures"]}).status_code == 302
        with cohort.monde():
            assert ApplicationPiste.objects.get(nom="Compta").apis == ["factures"]

    def test_secret_shown_on_demand_only(self, gestionnaire, compte, cohort):
        with cohort.monde():
            application = piste.preparer(compte)
        secret = piste.secret(application)
        assert secret not in page(gestionnaire, "application_piste", application.pk)
        url = reverse("structures:secret_piste", args=[application.pk])
        assert gestionnaire.get(url).status_code == 405
        reponse = gestionnaire.post(url)
        assert secret in reponse.content.decode()
        assert reponse.headers["Cache-Control"] == "no-store"

    def test_new_secret_once(self, gestionnaire, compte, cohort):
        with cohort.monde():
            application = piste.preparer(compte)
        url = reverse("structures:nouveau_secret_piste", args=[application.pk])
        assert 'name="version" value="1"' in gestionnaire.get(url).content.decode()
        for _ in range(2):
            assert gestionnaire.post(url, {"version": "1"}).status_code == 302
        application.refresh_from_db()
        assert application.version_secret == 2
        gestionnaire.post(url, {"version": "²" * 3})
        application.refresh_from_db()
        assert application.version_secret == 3

    def test_off_then_on(self, gestionnaire, compte, cohort):
        with cohort.monde():
            application = piste.preparer(compte)
        url = reverse("structures:activer_application", args=[application.pk])
        gestionnaire.post(url, {"active": "0"})
        assert "Désactivée" in page(gestionnaire, "application_piste", application.pk)
        gestionnaire.post(url, {"active": "1"})
        assert "Désactiver" in page(gestionnaire, "application_piste", application.pk)

    def test_another_account_s_application_is_unknown(self, gestionnaire, cohort):
        with cohort.monde():
            application = piste.preparer(factories.compte(cohort, 2))
        page(gestionnaire, "application_piste", application.pk, statut=404)
        for nom in ("secret_piste", "nouveau_secret_piste", "activer_application"):
            assert gestionnaire.post(reverse(f"structures:{nom}", args=[application.pk])).status_code == 404
