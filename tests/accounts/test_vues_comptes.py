"""Screens of the portal account: creation, activation, login, lock, forgotten password (comptes-structures.md §2)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import captcha
from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from accounts.services import comptes
from sandbox import clock
from sandbox.mail.models import Message
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.factories import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
CREER, CONNEXION, ACCUEIL = reverse("accounts:creer"), reverse("accounts:connexion"), reverse("accounts:accueil")
OUBLIE = reverse("accounts:mot_de_passe_oublie")
HOSTILES = ["a\x00b", "é" * 10_000, "🧱🧾", "\u202eنادية", "<script>alert(1)</script>", "'; --", " "]
LOGIN = "stagiaire01@session.example"


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def saisie(**champs):
    jeton = captcha.nouveau()
    return {
        "login_email": LOGIN,
        "confirmation": LOGIN,
        "prenom": "Nadia",
        "nom": "Morel",
        "telephone": "01 99 00 00 01",
        "contact_email": "",
        "conditions": "on",
        "captcha_jeton": jeton,
        "captcha_reponse": captcha.signes(jeton),
    } | champs


def comptes_de(cohort):
    with cohort.monde():
        return list(Compte.objects.exclude(mot_de_passe="!").order_by("pk"))


def messages_de(cohort, place=1):
    with cohort.monde():
        return list(Message.objects.filter(place=place).order_by("pk"))


def chemin(message):
    return message.lien


class TestAcces:
    @pytest.mark.parametrize("nom", ["accueil", "creer", "cree", "connexion", "mot_de_passe_oublie"])
    def test_sans_poste_on_est_mene_a_l_entree(self, nom):
        reponse = Client().get(reverse(f"accounts:{nom}"))
        assert (reponse.status_code, reponse.url) == (302, reverse("formation:rejoindre"))

    def test_sans_poste_une_requete_htmx_quitte_la_page(self):
        reponse = Client().get(ACCUEIL, headers={"HX-Request": "true"})
        assert reponse.status_code == 204
        assert reponse["HX-Redirect"] == reverse("formation:rejoindre")

    @pytest.mark.parametrize("nom", ["creer", "connexion", "mot_de_passe_oublie"])
    def test_autre_methode(self, poste, nom):
        assert poste.put(reverse(f"accounts:{nom}")).status_code == 405

    def test_deconnexion_et_captcha_en_post_seulement(self, poste):
        assert poste.get(reverse("accounts:deconnexion")).status_code == 405
        assert poste.get(reverse("accounts:captcha")).status_code == 405


class TestAccueil:
    def test_deconnecte_seuls_les_domaines_publics(self, poste):
        reponse = poste.get(ACCUEIL)
        page = texte(reponse)
        assert "Créer un compte" in page
        assert [t.titre for t in reponse.context["tuiles"]] == ["Marché", "Annuaire facturation"]
        assert page.count("Accéder au domaine") == 2
        assert [(o["label"], o["url"]) for o in reponse.context["onglets"]] == [
            ("Support", reverse("support:nous_contacter"))
        ]

    def test_premier_compte_mis_en_avant_puis_connexion(self, poste, compte):
        assert 'btn-secondary" href="/portail/creer-un-compte/"' in texte(poste.get(ACCUEIL))

    def test_premiere_connexion_propose_de_creer_sa_structure(self, poste, compte):
        page = texte(connecter(poste, compte).get(ACCUEIL))
        assert "Bonjour" in page
        assert "Créer une nouvelle structure" in page
        assert "Organisation" in page
        assert "Facturation" not in page.split("<main", 1)[1].split("</main>")[0]

    def test_avec_structure_les_domaines_et_ce_qui_attend(self, poste, compte, structure):
        reponse = connecter(poste, compte).get(ACCUEIL)
        assert {"Facturation", "Organisation"} <= {t.titre for t in reponse.context["tuiles"]}
        assert reponse.context["annonces"] == []
        assert [(t.nombre, t.label) for t in reponse.context["taches"]] == [(1, "mandat de facturation à souscrire")]
        assert structure.raison_sociale in texte(reponse)

    def test_rien_n_attend(self, gestionnaire):
        assert "Rien ne vous attend" in texte(gestionnaire.get(ACCUEIL))

    def test_un_brouillon_attend(self, gestionnaire, brouillon):
        assert [(t.nombre, t.label) for t in gestionnaire.get(ACCUEIL).context["taches"]] == [
            (1, "brouillon à envoyer")
        ]

    @pytest.mark.parametrize(("traite", "attendues"), [(False, 1), (True, 0)])
    @pytest.mark.parametrize("statut", ["REFUSEE_1", "REFUSEE_2"])
    def test_un_refus_attend_jusqu_a_son_traitement(self, gestionnaire, structure, statut, traite, attendues):
        cohort = structure.cohort
        factories.facture(structure, factories.publique(cohort), statut=statut, rejet_traite=traite)
        taches = gestionnaire.get(ACCUEIL).context["taches"]
        labels = [(t.nombre, t.label) for t in taches]
        assert labels == [(1, "facture refusée par un valideur, à traiter")] * attendues

    def test_nombre_de_requetes(self, gestionnaire, django_assert_max_num_queries):
        with django_assert_max_num_queries(11):
            gestionnaire.get(ACCUEIL)


class TestCreation:
    def test_les_champs_dans_l_ordre_du_portail(self, poste):
        noms = list(poste.get(CREER).context["form"].fields)
        assert noms == [
            "login_email",
            "confirmation",
            "prenom",
            "nom",
            "telephone",
            "contact_email",
            "conditions",
            "captcha_jeton",
            "captcha_reponse",
        ]

    def test_creer_envoie_le_lien_et_le_dit(self, cohort, poste):
        reponse = poste.post(CREER, saisie(login_email=f" {LOGIN.upper()} "))
        assert (reponse.status_code, reponse.url) == (302, reverse("accounts:cree"))
        (compte,) = comptes_de(cohort)
        assert (compte.login_email, compte.contact_email, compte.place) == (LOGIN, LOGIN, 1)
        assert compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION
        (message,) = messages_de(cohort)
        assert message.lien.startswith("/portail/activer/")
        assert LOGIN in texte(poste.get(reponse.url))

    def test_l_ecran_de_confirmation_sans_creation_renvoie_au_formulaire(self, poste):
        assert poste.get(reverse("accounts:cree")).status_code == 302

    def test_adresse_de_contact_distincte(self, cohort, poste):
        poste.post(CREER, saisie(contact_email="compta@session.example", telephone=""))
        assert comptes_de(cohort)[0].contact_email == "compta@session.example"

    def test_deux_envois_du_meme_formulaire_un_seul_compte(self, cohort, poste):
        envoi = saisie()
        assert [poste.post(CREER, envoi).status_code for _ in range(2)] == [302, 302]
        assert len(comptes_de(cohort)) == 1
        assert len(messages_de(cohort)) == 1

    def test_adresse_du_voisin(self, cohort, poste):
        client_au_poste(cohort, 2).post(CREER, saisie())
        reponse = poste.post(CREER, saisie(prenom="Karim"))
        assert reponse.status_code == 422
        assert "Un compte existe déjà avec cette adresse" in texte(reponse)
        assert reponse.context["doublon"]
        assert "Mot de passe oublié" in texte(reponse)
        assert len(comptes_de(cohort)) == 1

    def test_meme_adresse_dans_une_autre_session(self, cohort, autre_cohort, poste):
        assert poste.post(CREER, saisie()).status_code == 302
        assert client_au_poste(autre_cohort).post(CREER, saisie()).status_code == 302

    @pytest.mark.parametrize(
        ("champs", "message"),
        [
            ({"login_email": ""}, "obligatoire"),
            ({"login_email": "nadia"}, "incomplète ou mal écrite"),
            ({"login_email": "nadia@orange.fr", "confirmation": "nadia@orange.fr"}, "se termine par .example"),
            ({"login_email": "nadia@example.com", "confirmation": "nadia@example.com"}, "se termine par .example"),
            ({"confirmation": "autre@session.example"}, "Les deux adresses diffèrent"),
            ({"prenom": ""}, "obligatoire"),
            ({"nom": ""}, "obligatoire"),
            ({"telephone": "appelez-moi"}, "s'écrit avec des chiffres"),
            ({"contact_email": "moi@gmail.com"}, "se termine par .example"),
            ({"conditions": ""}, "J'accepte les conditions"),
            ({"captcha_reponse": ""}, "Recopiez les 5 caractères"),
            ({"captcha_reponse": "?????"}, "Ce ne sont pas les caractères affichés"),
            ({"captcha_jeton": "faux"}, "ont expiré"),
            ({"captcha_jeton": ""}, "ont expiré"),
        ],
    )
    def test_saisies_refusees_au_champ_et_gardees(self, cohort, poste, champs, message):
        reponse = poste.post(CREER, saisie() | {"nom": "Gardé"} | champs)
        assert reponse.status_code == 422
        assert message in texte(reponse)
        if "nom" not in champs:
            assert "Gardé" in texte(reponse)
        assert comptes_de(cohort) == []
        assert messages_de(cohort) == []

    def test_captcha_juste_reste_valide_quand_le_reste_est_faux(self, poste):
        envoi = saisie(prenom="")
        reponse = poste.post(CREER, envoi)
        assert reponse.context["captcha_juste"]
        assert envoi["captcha_jeton"] in texte(reponse)

    def test_captcha_faux_est_remplace(self, poste):
        envoi = saisie(captcha_reponse="?????")
        reponse = poste.post(CREER, envoi)
        assert reponse.context["captcha_jeton"] != envoi["captcha_jeton"]

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["login_email", "prenom", "nom", "telephone", "captcha_jeton", "captcha_reponse"])
    def test_jamais_500(self, poste, champ, valeur):
        assert poste.post(CREER, saisie(**{champ: valeur})).status_code in {302, 422}


class TestCaptcha:
    URL = reverse("accounts:captcha")

    def envoyer(self, poste, requete="", **champs):
        return poste.post(self.URL + requete, champs, headers={"HX-Request": "true"})

    def test_epelle_et_dessine_la_meme_chose(self):
        jeton = captcha.nouveau()
        assert "".join(signe.texte for signe in captcha.dessin(jeton)) == captcha.signes(jeton)
        assert len(captcha.epelle(jeton).split(", ")) == captcha.LONGUEUR
        assert captcha.verifier(jeton, f" {captcha.signes(jeton).lower()} ")

    def test_expire(self, monkeypatch):
        jeton = captcha.nouveau()
        monkeypatch.setattr(captcha, "VALIDITE", -1)
        assert not captcha.verifier(jeton, captcha.signes(jeton))

    def test_valider_juste(self, poste):
        jeton = captcha.nouveau()
        reponse = self.envoyer(poste, captcha_jeton=jeton, captcha_reponse=captcha.signes(jeton))
        assert reponse.status_code == 200
        assert "Caractères validés" in texte(reponse)
        assert "<html" not in texte(reponse)

    def test_valider_faux(self, poste):
        reponse = self.envoyer(poste, captcha_jeton=captcha.nouveau(), captcha_reponse="?????")
        assert reponse.status_code == 422
        assert "Ce ne sont pas les caractères affichés" in texte(reponse)

    def test_autres_caracteres(self, poste):
        jeton = captcha.nouveau()
        reponse = self.envoyer(poste, "?autres=1", captcha_jeton=jeton, captcha_reponse="")
        assert reponse.status_code == 200
        assert reponse.context["captcha_jeton"] != jeton
        assert "erreur" not in texte(reponse)

    def test_hors_htmx_le_formulaire_entier(self, poste):
        assert poste.post(self.URL).url == CREER


@pytest.fixture
def lien(cohort, poste):
    """Address of the activation link just received."""
    poste.post(CREER, saisie())
    return chemin(messages_de(cohort)[0])


def perimer(cohort):
    with cohort.monde():
        Jeton.objects.update(expire_le=clock.real_now() - timedelta(seconds=1))


class TestActivation:
    FORT = "Sable-Orange-2026"

    def choisir(self, poste, lien, mot_de_passe=FORT, confirmation=None):
        return poste.post(lien, {"mot_de_passe": mot_de_passe, "confirmation": confirmation or mot_de_passe})

    def test_les_regles_sont_affichees(self, poste, lien):
        page = poste.get(lien)
        assert len(page.context["regles"]) == 6
        assert "au moins 12 caractères" in texte(page)
        assert not any(manque for _, manque in page.context["regles"])

    def test_choisir_active_et_mene_a_la_connexion(self, cohort, poste, lien):
        reponse = self.choisir(poste, lien)
        assert (reponse.status_code, reponse.url) == (302, CONNEXION)
        assert "Votre mot de passe est enregistré" in texte(poste.get(CONNEXION))
        assert comptes_de(cohort)[0].etat == EtatCompte.ACTIF

    def test_mot_de_passe_faible_liste_ce_qui_manque(self, cohort, poste, lien):
        reponse = self.choisir(poste, lien, "court")
        assert reponse.status_code == 422
        assert [libelle for libelle, manque in reponse.context["regles"] if manque] == [
            "au moins 12 caractères",
            "au moins une majuscule",
            "au moins un chiffre",
            "au moins un caractère spécial (par exemple ! ? - _ @ #)",
        ]
        assert comptes_de(cohort)[0].etat == EtatCompte.EN_ATTENTE_ACTIVATION

    def test_confirmation_differente(self, poste, lien):
        reponse = self.choisir(poste, lien, confirmation="Autre-Chose-2026")
        assert reponse.status_code == 422
        assert "Les deux mots de passe diffèrent" in texte(reponse)

    def test_le_mot_de_passe_ne_revient_jamais_dans_la_page(self, poste, lien):
        assert self.FORT not in texte(self.choisir(poste, lien, confirmation="Autre-Chose-2026"))

    def test_lien_expire_renvoye(self, cohort, poste, lien):
        perimer(cohort)
        page = poste.get(lien)
        assert page.status_code == 410
        assert "a expiré" in texte(page)
        assert "Renvoyer le lien" in texte(page)
        assert self.choisir(poste, lien).status_code == 410
        assert poste.post(f"{lien}renvoyer/").url == reverse("accounts:cree")
        nouveau = chemin(messages_de(cohort)[-1])
        assert nouveau != lien
        assert self.choisir(poste, nouveau).status_code == 302

    def test_lien_remplace_ne_sert_plus(self, poste, lien):
        poste.post(f"{lien}renvoyer/")
        assert poste.get(lien).status_code == 410

    def test_lien_deja_servi(self, poste, lien):
        self.choisir(poste, lien)
        page = poste.get(lien)
        assert page.status_code == 410
        assert "déjà actif" in texte(page)
        assert self.choisir(poste, lien, "Autre-Chose-2026").status_code == 410
        assert poste.post(f"{lien}renvoyer/").url == CONNEXION

    def test_lien_inconnu(self, poste):
        page = poste.get(reverse("accounts:activer", args=["nexistepas"]))
        assert page.status_code == 404
        assert "Demander un nouveau lien" in texte(page)
        assert poste.post(reverse("accounts:renvoyer", args=["nexistepas"])).status_code == 404

    def test_lien_d_une_autre_session(self, autre_cohort, lien):
        ailleurs = client_au_poste(autre_cohort)
        assert ailleurs.get(lien).status_code == 404
        assert ailleurs.post(f"{lien}renvoyer/").status_code == 404

    @pytest.mark.parametrize("chemin", ["a%00b", "é", "a" * 2_000, "🧾"])
    def test_lien_hostile(self, poste, chemin):
        assert poste.get(f"/portail/activer/{chemin}/").status_code == 404

    @pytest.mark.parametrize("valeur", HOSTILES)
    def test_mot_de_passe_hostile(self, poste, lien, valeur):
        assert self.choisir(poste, lien, valeur).status_code in {302, 422}


class TestConnexion:
    def connecter(self, poste, mot_de_passe=MOT_DE_PASSE, **champs):
        return poste.post(CONNEXION, {"login_email": LOGIN, "mot_de_passe": mot_de_passe} | champs)

    def test_entrer_et_sortir_garde_le_poste(self, poste, compte):
        assert self.connecter(poste, login_email=LOGIN.upper()).url == ACCUEIL
        assert "Bonjour" in texte(poste.get(ACCUEIL))
        assert poste.get(CONNEXION).url == ACCUEIL
        assert poste.post(reverse("accounts:deconnexion")).url == ACCUEIL
        page = texte(poste.get(ACCUEIL))
        assert "Vous êtes déconnecté" in page
        assert poste.get(reverse("formation:place")).status_code == 200

    def test_la_session_change_de_cle(self, poste, compte):
        poste.session.save()
        avant = poste.session.session_key
        self.connecter(poste)
        assert poste.session.session_key != avant

    def test_mot_de_passe_faux_compte_les_essais_puis_bloque(self, poste, compte):
        for restants in (4, 3, 2, 1):
            reponse = self.connecter(poste, "faux")
            assert reponse.status_code == 422
            assert f"Il vous reste {restants} essai" in texte(reponse)
            assert LOGIN in texte(reponse)
        reponse = self.connecter(poste, "faux")
        assert "Votre compte est bloqué" in texte(reponse)
        assert "heure réelle" in texte(reponse)
        assert "bloqué" in texte(self.connecter(poste))
        with compte.cohort.monde():
            comptes.debloquer(compte)
        assert self.connecter(poste).status_code == 302

    def test_compte_inconnu(self, poste):
        reponse = self.connecter(poste)
        assert reponse.status_code == 422
        assert "créez votre compte" in texte(reponse)

    def test_compte_pas_encore_active(self, poste):
        poste.post(CREER, saisie())
        assert "pas encore activé" in texte(self.connecter(poste))

    def test_compte_de_l_autre_session(self, autre_cohort, compte):
        assert self.connecter(client_au_poste(autre_cohort)).status_code == 422

    def test_suite_de_ce_portail(self, poste, compte):
        suite = reverse("structures:liste")
        reponse = poste.get(suite)
        assert reponse.url == f"{CONNEXION}?suite={suite.replace('/', '%2F')}"
        assert suite in texte(poste.get(reponse.url))
        assert self.connecter(poste, suite=suite).url == suite

    @pytest.mark.parametrize(
        "suite",
        [
            "https://ailleurs.example/",
            "//ailleurs.example/",
            "/\\ailleurs.example",
            "/formateur/",
            "javascript:alert(1)",
            "/portail/\r\nX: y",
            "/portail/\x00",
            "/portail/" + "x" * 10_000,
        ],
    )
    def test_suite_d_ailleurs(self, poste, compte, suite):
        assert suite not in poste.get(CONNEXION, {"suite": suite}).content.decode()
        reponse = self.connecter(poste, suite=suite)
        assert reponse.status_code == 302
        assert reponse.url == ACCUEIL

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["login_email", "mot_de_passe"])
    def test_jamais_500(self, poste, compte, champ, valeur):
        assert self.connecter(poste, **{champ: valeur}).status_code == 422


class TestMotDePasseOublie:
    def test_un_lien_pour_en_choisir_un_autre(self, cohort, poste, compte):
        reponse = poste.post(OUBLIE, {"login_email": LOGIN})
        assert reponse.status_code == 200
        lien = chemin(messages_de(cohort)[0])
        assert lien.startswith("/portail/mot-de-passe/")
        assert "Choisir un nouveau mot de passe" in texte(poste.get(lien))
        nouveau = "Terre-Violette-2026"
        assert poste.post(lien, {"mot_de_passe": nouveau, "confirmation": nouveau}).url == CONNEXION
        assert poste.post(CONNEXION, {"login_email": LOGIN, "mot_de_passe": nouveau}).status_code == 302

    def test_meme_reponse_pour_une_adresse_inconnue(self, cohort, poste):
        reponse = poste.post(OUBLIE, {"login_email": "personne@session.example"})
        assert reponse.status_code == 200
        assert "si le compte existe" in texte(reponse)
        assert messages_de(cohort) == []

    def test_compte_pas_active_recoit_son_activation(self, cohort, poste):
        poste.post(CREER, saisie())
        poste.post(OUBLIE, {"login_email": LOGIN})
        assert chemin(messages_de(cohort)[-1]).startswith("/portail/activer/")

    def test_lien_expire(self, cohort, poste, compte):
        poste.post(OUBLIE, {"login_email": LOGIN})
        perimer(cohort)
        page = poste.get(chemin(messages_de(cohort)[0]))
        assert page.status_code == 410
        assert "Demander un nouveau lien" in texte(page)
        with cohort.monde():
            assert Jeton.objects.get().usage == UsageJeton.MOT_DE_PASSE

    @pytest.mark.parametrize("valeur", ["", "nadia", *HOSTILES])
    def test_adresse_invalide(self, poste, valeur):
        assert poste.post(OUBLIE, {"login_email": valeur}).status_code == 422
