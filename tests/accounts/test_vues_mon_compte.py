"""Screens of « Mon compte », second factor, several accounts per seat, PIGP (comptes-structures.md §2, §7.1, §13)."""

from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.urls import reverse

from accounts import attente
from accounts.enums import DeuxiemeFacteur, EtatCompte
from accounts.middleware import ATTENTE, CLE, OUVERTS
from accounts.models import CodeConnexion, Compte, Jeton
from accounts.services import comptes, facteur
from formation import abonnements, queries  # noqa: F401 -- the journal listens
from sandbox import clock
from sandbox.cohorts.models import Cohort, Trace
from sandbox.mail.models import Message
from sandbox.web import domaines
from structures.services import structures
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.factories import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
ACCUEIL, CONNEXION = reverse("accounts:accueil"), reverse("accounts:connexion")
COMPTE, CODE, COMPTES = reverse("accounts:compte"), reverse("accounts:code"), reverse("accounts:mes_comptes")
NOTIFICATIONS, DESACTIVER = reverse("accounts:notifications"), reverse("accounts:desactivation")
ADRESSE, APPLICATION = reverse("accounts:changer_adresse"), reverse("accounts:application")
LOGIN, NOUVELLE = "stagiaire01@session.example", "nadia@session.example"
HOSTILES = ["a\x00b", "é" * 10_000, "🧱🧾", "<script>alert(1)</script>", " "]


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def entrer(client, login=LOGIN, mot_de_passe=MOT_DE_PASSE, **champs):
    return client.post(CONNEXION, {"login_email": login, "mot_de_passe": mot_de_passe} | champs)


def relire(compte):
    with compte.cohort.monde():
        return Compte.objects.get(pk=compte.pk)


def dernier_message(cohort, **filtres):
    with cohort.monde():
        return Message.objects.filter(place=1, **filtres).latest("pk")


def code_recu(cohort):
    return dernier_message(cohort, type="code").objet.rsplit(" ", 1)[1]


@pytest.fixture
def moi(poste, compte):
    """Browser of seat 1, its account logged in, no structure."""
    return connecter(poste, compte)


@pytest.fixture
def avec_code(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(second_facteur=True)


class TestAcces:
    NOMS = [
        "compte",
        "notifications",
        "desactivation",
        "application",
        "revenir_courriel",
        "changer_adresse",
        "completer",
    ]

    @pytest.mark.parametrize("nom", NOMS)
    def test_sans_compte_la_connexion_puis_retour(self, poste, nom):
        url = reverse(f"accounts:{nom}")
        assert poste.get(url).url == f"{CONNEXION}?suite={url.replace('/', '%2F')}"

    @pytest.mark.parametrize("nom", [*NOMS, "mes_comptes", "pigp", "code"])
    def test_sans_poste_l_entree(self, nom):
        assert Client().get(reverse(f"accounts:{nom}")).url == reverse("formation:rejoindre")

    @pytest.mark.parametrize("nom", ["reactiver"])
    def test_en_post_seulement(self, poste, nom):
        assert poste.get(reverse(f"accounts:{nom}")).status_code == 405

    def test_menu_du_nom(self, moi):
        page = texte(moi.get(ACCUEIL))
        menu = page.split('class="menu-panneau"')[-1].split("</details>")[0]
        libelles = [
            "Mon compte",
            "Mes rattachements",
            "Mes habilitations",
            "Changer mon adresse de connexion",
            "Changer de compte",
            "Se déconnecter",
        ]
        rangs = [menu.find(libelle) for libelle in libelles]
        assert -1 not in rangs
        assert rangs == sorted(rangs)


class TestMonCompte:
    def test_les_champs_et_la_colonne_de_gauche(self, moi):
        reponse = moi.get(COMPTE)
        page = texte(reponse)
        assert reponse.context["initiales"] == "NP"
        for libelle in ("Nom", "Prénom", "Téléphone", "Adresse du lieu de travail", "Adresse e-mail de contact"):
            assert libelle in page
        assert page.index("Biographie") < page.index("Désactiver mon compte")
        assert "Préférence notifications" in page

    @pytest.mark.parametrize(
        ("champ", "valeur"),
        [
            ("nom", "Arbelin"),
            ("prenom", "Karim"),
            ("telephone", "01 99 00 00 09"),
            ("adresse_travail", "1 rue des Rabots"),
            ("contact_email", "compta@session.example"),
            ("biographie", "Comptable."),
        ],
    )
    def test_modifier_chaque_champ(self, moi, compte, champ, valeur):
        url = reverse("accounts:modifier", args=[champ])
        assert "Enregistrer" in texte(moi.get(url))
        assert moi.post(url, {"valeur": valeur}).url == COMPTE
        assert getattr(relire(compte), champ) == valeur
        assert valeur in texte(moi.get(COMPTE))

    @pytest.mark.parametrize(
        ("champ", "valeur", "message"),
        [
            ("nom", "", "obligatoire"),
            ("telephone", "appelez-moi", "s'écrit avec des chiffres"),
            ("contact_email", "moi@gmail.com", "se termine par .example"),
            ("biographie", "x" * 501, "500"),
        ],
    )
    def test_saisie_refusee_et_gardee(self, moi, compte, champ, valeur, message):
        avant = getattr(relire(compte), champ)
        reponse = moi.post(reverse("accounts:modifier", args=[champ]), {"valeur": valeur})
        assert reponse.status_code == 422
        assert message in texte(reponse)
        assert valeur in texte(reponse)
        assert getattr(relire(compte), champ) == avant

    @pytest.mark.parametrize("champ", ["login_email", "mot_de_passe", "etat", "pk"])
    def test_rien_d_autre_ne_se_modifie(self, moi, champ):
        url = reverse("accounts:modifier", args=[champ])
        assert moi.get(url).status_code == 404
        assert moi.post(url, {"valeur": "x"}).status_code == 404

    @pytest.mark.parametrize("valeur", HOSTILES)
    @pytest.mark.parametrize("champ", ["nom", "telephone", "contact_email", "biographie"])
    def test_jamais_500(self, moi, champ, valeur):
        url = reverse("accounts:modifier", args=[champ])
        assert moi.post(url, {"valeur": valeur}).status_code in {302, 422}

    def test_notifications(self, moi, compte):
        assert texte(moi.get(COMPTE)).count("VRAI") == 1
        page = texte(moi.get(NOTIFICATIONS))
        for libelle in ("Certificats de cessibilité", "Engagements", "Facturation CPRO", "Récapitulatif quotidien"):
            assert libelle in page
        assert moi.post(NOTIFICATIONS, {"notif_engagements": "on", "recap_quotidien": "on"}).url == COMPTE
        lu = relire(compte)
        assert (lu.notif_facturation, lu.notif_engagements, lu.recap_quotidien) == (False, True, True)

    def test_un_gestionnaire_principal_ne_coupe_pas_la_facturation(self, gestionnaire, compte):
        with compte.cohort.monde():
            Compte.objects.filter(pk=compte.pk).update(notif_facturation=False)
        vues = dict(gestionnaire.get(COMPTE).context["notifications"])
        assert vues["Notification Facturation"]
        assert "elles ne se coupent pas" in texte(gestionnaire.get(NOTIFICATIONS))
        gestionnaire.post(NOTIFICATIONS, {})
        assert relire(compte).notif_facturation

    def test_desactiver(self, moi, compte):
        assert moi.post(DESACTIVER, {"type": "DESACTIVER"}).status_code == 422
        reponse = moi.post(DESACTIVER, {"type": "DESACTIVER", "desactiver": "on"})
        assert reponse.url == ACCUEIL
        assert relire(compte).etat == EtatCompte.DESACTIVE
        page = texte(moi.get(ACCUEIL))
        assert "Votre compte est désactivé" in page
        assert "Se connecter" in page
        assert moi.get(reverse("formation:place")).status_code == 200

    def test_desactiver_refuse_au_gestionnaire(self, gestionnaire, compte):
        reponse = gestionnaire.post(DESACTIVER, {"type": "DESACTIVER", "desactiver": "on"})
        assert reponse.status_code == 422
        assert "transférez d'abord ce rôle" in texte(reponse)
        assert relire(compte).etat == EtatCompte.ACTIF

    def test_reactiver_depuis_la_connexion(self, poste, cohort):
        compte = factories.compte(cohort, etat=EtatCompte.DESACTIVE)
        assert "Réactiver mon compte" not in texte(entrer(poste, mot_de_passe="faux"))
        reponse = entrer(poste, suite=COMPTE)
        assert reponse.status_code == 422
        assert "Réactiver mon compte" in texte(reponse)
        assert "Bonjour" not in texte(poste.get(ACCUEIL))
        assert poste.post(reverse("accounts:reactiver")).url == COMPTE
        assert relire(compte).etat == EtatCompte.ACTIF
        assert poste.get(COMPTE).status_code == 200

    def test_reactiver_sans_mot_de_passe(self, poste, cohort):
        compte = factories.compte(cohort, etat=EtatCompte.DESACTIVE)
        assert poste.post(reverse("accounts:reactiver")).url == CONNEXION
        assert relire(compte).etat == EtatCompte.DESACTIVE


class TestAdresse:
    def demander(self, client, **champs):
        return client.post(
            ADRESSE, {"nouvelle": NOUVELLE, "confirmation": NOUVELLE, "mot_de_passe": MOT_DE_PASSE} | champs
        )

    def test_du_formulaire_au_lien(self, moi, cohort, compte):
        assert "Adresse actuelle" in texte(moi.get(ADRESSE))
        assert NOUVELLE in texte(self.demander(moi))
        lien = dernier_message(cohort).lien
        assert moi.head(lien).status_code == 200
        assert relire(compte).login_email == LOGIN
        assert moi.get(lien).url == COMPTE
        assert relire(compte).login_email == NOUVELLE
        assert moi.get(lien).status_code == 410
        assert moi.head(lien).status_code == 410

    def test_le_lien_se_suit_sans_etre_connecte(self, moi, poste, cohort, compte):
        self.demander(moi)
        ailleurs = client_au_poste(cohort)
        assert ailleurs.get(dernier_message(cohort).lien).url == CONNEXION
        assert entrer(ailleurs, NOUVELLE).url == ACCUEIL

    @pytest.mark.parametrize(
        ("champs", "message"),
        [
            ({"mot_de_passe": "faux"}, "incorrect"),
            ({"confirmation": "autre@session.example"}, "Les deux adresses diffèrent"),
            ({"nouvelle": LOGIN, "confirmation": LOGIN}, "déjà votre adresse"),
            ({"nouvelle": "moi@gmail.com", "confirmation": "moi@gmail.com"}, "se termine par .example"),
        ],
    )
    def test_refus(self, moi, cohort, champs, message):
        reponse = self.demander(moi, **champs)
        assert reponse.status_code == 422
        assert message in texte(reponse)
        with cohort.monde():
            assert not Jeton.objects.exists()

    def test_deja_prise_aux_deux_moments(self, moi, cohort, compte):
        factories.compte(cohort, 2)
        prise = "stagiaire02@session.example"
        assert "autre compte" in texte(self.demander(moi, nouvelle=prise, confirmation=prise))
        self.demander(moi)
        factories.compte(cohort, 3, login_email=NOUVELLE)
        reponse = moi.get(dernier_message(cohort).lien)
        assert reponse.status_code == 409
        assert relire(compte).login_email == LOGIN

    def test_lien_inconnu(self, poste):
        assert poste.get(reverse("accounts:confirmer_adresse", args=["nexistepas"])).status_code == 404


class TestSecondFacteur:
    def test_coupe_par_defaut(self, poste, compte):
        assert entrer(poste).url == ACCUEIL

    def test_le_portail_ne_s_ouvre_qu_avec_le_code(self, avec_code, poste, cohort, compte):
        assert entrer(poste, suite=COMPTE).url == CODE
        assert CLE not in poste.session
        assert poste.get(COMPTE).status_code == 302
        assert relire(compte).connexions == 0
        assert LOGIN in texte(poste.get(CODE))
        assert poste.post(CODE, {"code": code_recu(cohort)}).url == COMPTE
        assert ATTENTE not in poste.session
        assert relire(compte).connexions == 1
        assert poste.get(COMPTE).status_code == 200

    def test_meme_avec_un_autre_compte_deja_ouvert(self, avec_code, moi, cohort):
        factories.compte(cohort, login_email=NOUVELLE)
        assert entrer(moi, NOUVELLE).url == CODE
        assert LOGIN in texte(moi.get(COMPTE))

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", *HOSTILES])
    def test_code_mal_ecrit(self, avec_code, poste, compte, code):
        entrer(poste)
        assert poste.post(CODE, {"code": code}).status_code == 422
        assert CLE not in poste.session

    def test_code_faux_puis_renvoye(self, avec_code, poste, cohort, compte):
        entrer(poste)
        faux = f"{(int(code_recu(cohort)) + 1) % 1_000_000:06d}"
        reponse = poste.post(CODE, {"code": faux})
        assert "essais restants : 4" in texte(reponse)
        assert poste.post(CODE, {"renvoyer": "1"}).url == CODE
        assert "Un nouveau code est parti" in texte(poste.get(CODE))
        assert poste.post(CODE, {"code": code_recu(cohort)}).url == ACCUEIL

    def test_code_trop_vieux(self, avec_code, poste, cohort, compte):
        entrer(poste)
        with cohort.monde():
            CodeConnexion.objects.update(expire_le=clock.real_now() - timedelta(seconds=1))
        assert "trop vieux" in texte(poste.post(CODE, {"code": code_recu(cohort)}))

    def test_sans_mot_de_passe_pas_de_page_de_code(self, avec_code, poste, compte):
        assert poste.get(CODE).url == CONNEXION
        assert poste.post(CODE, {"code": "123456"}).url == CONNEXION

    def test_l_attente_expire_ou_tombe_avec_le_mot_de_passe(self, avec_code, poste, cohort, compte, monkeypatch):
        entrer(poste)
        with cohort.monde():
            compte.set_password("AutreMotDePasse!1")
            compte.save()
        assert poste.get(CODE).url == CONNEXION
        entrer(poste, mot_de_passe="AutreMotDePasse!1")
        assert poste.get(CODE).status_code == 200
        monkeypatch.setattr(attente, "VALIDITE", timedelta(seconds=-1))
        assert poste.get(CODE).url == CONNEXION

    def test_l_attente_d_une_autre_session_ne_vaut_rien(self, avec_code, poste, autre_cohort, compte):
        entrer(poste)
        ailleurs = client_au_poste(autre_cohort)
        session = ailleurs.session
        session[ATTENTE] = poste.session[ATTENTE]
        session.save()
        assert ailleurs.get(CODE).url == CONNEXION

    def test_reactiver_demande_aussi_le_code(self, avec_code, poste, cohort):
        factories.compte(cohort, etat=EtatCompte.DESACTIVE)
        entrer(poste)
        assert poste.post(reverse("accounts:reactiver")).url == CODE


class TestApplication:
    def cle(self, client):
        return client.get(APPLICATION).context["cle_compacte"]

    def test_choisir_puis_entrer_puis_revenir_au_courriel(self, moi, cohort, compte):
        secret = self.cle(moi)
        assert secret == self.cle(moi)
        assert 'class="qr"' in texte(moi.get(APPLICATION))
        totp = pyotp.TOTP(secret)
        assert moi.post(APPLICATION, {"code": "000000"}).status_code in {302, 422}
        assert moi.post(APPLICATION, {"code": totp.at(clock.real_now())}).url == COMPTE
        assert relire(compte).deuxieme_facteur == DeuxiemeFacteur.TOTP
        assert moi.get(APPLICATION).url == COMPTE
        navigateur = client_au_poste(cohort)
        assert entrer(navigateur).url == CODE
        assert "application d'authentification" in texte(navigateur.get(CODE))
        suivant = totp.at(clock.real_now() + timedelta(seconds=30))
        assert navigateur.post(CODE, {"code": suivant}).url == ACCUEIL
        confirmation = reverse("accounts:revenir_courriel")
        assert "Le mot de passe suffira" in texte(moi.get(confirmation))
        assert moi.post(confirmation).url == COMPTE
        assert relire(compte).secret_totp == ""

    def test_code_faux(self, moi, compte, monkeypatch):
        self.cle(moi)
        monkeypatch.setattr(facteur, "_pas", lambda *_: None)
        reponse = moi.post(APPLICATION, {"code": "123456"})
        assert reponse.status_code == 422
        assert "Ce n'est pas le code de cette clé" in texte(reponse)
        assert relire(compte).deuxieme_facteur == DeuxiemeFacteur.COURRIEL

    def test_chaque_compte_a_sa_cle(self, moi, cohort):
        premiere = self.cle(moi)
        connecter(moi, factories.compte(cohort, login_email=NOUVELLE))
        assert self.cle(moi) != premiere

    def test_quand_la_session_demande_un_code(self, avec_code, moi):
        assert "par courriel à chaque connexion" in texte(moi.get(reverse("accounts:revenir_courriel")))


class TestMesComptes:
    @pytest.fixture
    def second(self, cohort):
        return factories.compte(cohort, login_email=NOUVELLE, prenom="Karim", nom="Second")

    def test_liste_ceux_du_poste_seulement(self, moi, cohort, structure, second):
        factories.compte(cohort, 2)
        factories.compte(cohort, login_email="TECH_1@cpro.fr", etat=EtatCompte.TECHNIQUE)
        reponse = moi.get(COMPTES)
        assert [ligne["compte"].login_email for ligne in reponse.context["lignes"]] == [LOGIN, NOUVELLE]
        assert [ligne["courant"] for ligne in reponse.context["lignes"]] == [True, False]
        assert structure.raison_sociale in texte(reponse)

    def test_vide(self, poste):
        assert "Aucun compte n'a encore été créé" in texte(poste.get(COMPTES))
        assert "Les comptes de ce poste" not in texte(poste.get(CONNEXION))

    def test_nombre_de_requetes(self, moi, cohort, django_assert_num_queries, second):
        moi.get(COMPTES)
        with cohort.monde():
            modele = Compte.objects.get(pk=second.pk)
        avec_deux = self.compter(moi)
        for rang in range(20):
            modele.pk, modele.login_email = None, f"x{rang}@session.example"
            with cohort.monde():
                modele.save(force_insert=True)
        assert self.compter(moi) == avec_deux

    def compter(self, client):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as vues:
            client.get(COMPTES)
        return len(vues)

    def test_passer_sans_retaper_a_un_compte_deja_ouvert(self, poste, compte, second):
        entrer(poste)
        entrer(poste, NOUVELLE)
        assert poste.post(reverse("accounts:passer", args=[compte.pk])).url == ACCUEIL
        assert poste.session[CLE]["id"] == compte.pk
        assert poste.post(reverse("accounts:passer", args=[second.pk])).url == ACCUEIL
        assert poste.get(reverse("formation:place")).status_code == 200

    def test_sinon_la_connexion_preremplie(self, moi, second):
        reponse = moi.post(reverse("accounts:passer", args=[second.pk]))
        assert reponse.url == f"{CONNEXION}?compte={second.pk}"
        assert f'value="{NOUVELLE}"' in texte(moi.get(reponse.url))

    def test_un_mot_de_passe_change_ferme_le_compte_ouvert(self, poste, cohort, compte, second):
        entrer(poste)
        entrer(poste, NOUVELLE)
        with cohort.monde():
            compte.set_password("AutreMotDePasse!1")
            compte.save()
        assert poste.post(reverse("accounts:passer", args=[compte.pk])).url.startswith(CONNEXION)

    def test_un_compte_desactive_n_est_plus_ouvert(self, poste, cohort, compte, second):
        entrer(poste)
        entrer(poste, NOUVELLE)
        with cohort.monde():
            Compte.objects.filter(pk=compte.pk).update(etat=EtatCompte.DESACTIVE)
        assert poste.post(reverse("accounts:passer", args=[compte.pk])).url.startswith(CONNEXION)

    def test_jamais_celui_d_un_autre_poste(self, moi, cohort):
        voisin = factories.compte(cohort, 2)
        assert moi.post(reverse("accounts:passer", args=[voisin.pk])).status_code == 404
        assert moi.get(CONNEXION, {"compte": voisin.pk}).status_code == 302

    @pytest.mark.parametrize("numero", ["abc", "9" * 30, "-1", "²", "0"])
    def test_numero_hostile(self, poste, compte, numero):
        assert poste.get(CONNEXION, {"compte": numero}).status_code == 200

    def test_se_deconnecter_ferme_tous_les_comptes(self, poste, compte, second):
        entrer(poste)
        entrer(poste, NOUVELLE)
        poste.post(reverse("accounts:deconnexion"))
        assert OUVERTS not in poste.session
        assert poste.post(reverse("accounts:passer", args=[compte.pk])).url.startswith(CONNEXION)

    def test_une_session_alteree_n_ouvre_rien(self, poste, compte):
        session = poste.session
        session[OUVERTS] = ["n'importe quoi"]
        session.save()
        assert poste.post(reverse("accounts:passer", args=[compte.pk])).url.startswith(CONNEXION)


class TestPigp:
    def test_interstitiel(self, poste):
        assert "Agent public hors État" in texte(poste.get(CONNEXION))
        page = texte(poste.get(reverse("accounts:pigp")))
        assert "Accès PIGP (simulé)" in page
        assert f"{CONNEXION}?pigp=1" in page

    def test_premiere_connexion_complete_les_donnees(self, poste, cohort):
        compte = factories.compte(cohort, pigp=True)
        completer = reverse("accounts:completer")
        assert entrer(poste).url == completer
        assert LOGIN in texte(poste.get(completer))
        assert poste.post(completer, {"nom": "A"}).status_code == 422
        donnees = {"contact_email": NOUVELLE, "nom": "A", "prenom": "B", "adresse_travail": "1 place de la Mairie"}
        assert poste.post(completer, donnees | {"login_email": "pirate@session.example"}).url == ACCUEIL
        lu = relire(compte)
        assert (lu.login_email, lu.contact_email, lu.adresse_travail) == (LOGIN, NOUVELLE, "1 place de la Mairie")
        poste.post(reverse("accounts:deconnexion"))
        assert entrer(poste).url == ACCUEIL

    def test_venir_du_pigp_la_premiere_fois_marque_le_compte(self, poste, compte):
        assert 'name="pigp"' in texte(poste.get(CONNEXION, {"pigp": "1"}))
        assert entrer(poste, pigp="1").url == reverse("accounts:completer")
        assert relire(compte).pigp

    def test_et_pas_les_suivantes(self, poste, cohort):
        compte = factories.compte(cohort, connexions=3)
        assert entrer(poste, pigp="1").url == ACCUEIL
        assert not relire(compte).pigp

    def test_les_autres_comptes_n_ont_rien_a_completer(self, moi):
        assert moi.get(reverse("accounts:completer")).url == COMPTE


def test_compte_technique_refuse_a_la_connexion(poste):
    for login in ("TECH_12@cpro.fr", "tech_12@cpro.fr"):
        reponse = entrer(poste, login)
        assert reponse.status_code == 422
        assert "réservé à l'API" in texte(reponse)


def test_lien_d_activation_expire(poste, cohort):
    with cohort.monde():
        neuf = comptes.creer(cohort, place=1, login_email=LOGIN, prenom="Nadia", nom="A")
        comptes.expirer_activation(neuf)
        lien = Message.objects.get().lien
    reponse = poste.get(lien)
    assert reponse.status_code == 410
    assert "<h1>Lien expiré</h1>" in texte(reponse)
    assert "Renvoyer le lien" in texte(reponse)


def test_une_tuile_publique_s_ouvre_sans_compte(monkeypatch, poste, compte):
    monkeypatch.setattr(domaines, "_tuiles", {})
    monkeypatch.setattr(domaines, "_publics", set())

    def tuile(_request):
        return domaines.Tuile("Essai public", "Une phrase.", "/portail/", "book")

    domaines.register_domaine(1, tuile, public=True)
    domaines.register_domaine(2, lambda _request: None, public=True)
    assert "Essai public" in texte(poste.get(ACCUEIL))
    domaines.register_domaine(1, tuile)
    assert "Essai public" not in texte(poste.get(ACCUEIL))
    assert "Essai public" in texte(connecter(poste, compte).get(ACCUEIL))


class TestConsole:
    def url(self, cohort, nom, *reste):
        return reverse(f"formation:{nom}", args=[cohort.code, *reste])

    def test_l_interrupteur_du_second_facteur(self, cohort, formateur_client):
        url, page = self.url(cohort, "second_facteur"), self.url(cohort, "session")
        assert "<strong>coupé</strong>" in texte(formateur_client.get(page))
        envoi = {"actif": "1", "cle": "c1"}
        for _ in range(2):
            assert formateur_client.post(url, envoi).url == page
        assert "<strong>actif</strong>" in texte(formateur_client.get(page))
        formateur_client.post(url, {"actif": "1", "cle": "c2"})
        formateur_client.post(url, {"actif": "0", "cle": "c3"})
        cohort.refresh_from_db()
        assert not cohort.second_facteur
        with cohort.monde():
            verbes = list(
                Trace.objects.filter(verbe__endswith="second facteur").order_by("pk").values_list("verbe", flat=True)
            )
        assert verbes == ["active le second facteur", "coupe le second facteur"]
        assert formateur_client.get(url).status_code == 405

    def test_faire_expirer_un_lien(self, cohort, formateur_client):
        with cohort.monde():
            neuf = comptes.creer(cohort, place=1, login_email=LOGIN, prenom="Nadia", nom="A")
        poste = self.url(cohort, "poste", 1)
        assert "Faire expirer le lien" in texte(formateur_client.get(poste))
        url = self.url(cohort, "expirer", 1, neuf.pk)
        for _ in range(2):
            assert formateur_client.post(url, {"cle": "x1"}).url == poste
        with cohort.monde():
            assert not Jeton.objects.get().est_valide()
            assert Trace.objects.filter(verbe="fait expirer le lien d'activation").count() == 1

    def test_siret_d_un_client_dans_les_bloques(self, cohort, compte, django_capture_on_commit_callbacks):
        valmoran = factories.publique(cohort)
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            structures.signaler_siret_client(cohort, valmoran, place=1)
        with cohort.monde():
            assert [(b.poste.numero, b.raison) for b in queries.grille(cohort).blocages] == [
                (1, f"SIRET d'un client saisi comme le sien : {valmoran}")
            ]
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            structures.creer(cohort, compte=compte, siret=factories.siret_du_poste(1))
        with cohort.monde():
            assert queries.grille(cohort).blocages == []

    def test_doublon_d_adresse_dans_les_bloques(self, cohort, monkeypatch, django_capture_on_commit_callbacks):
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            comptes.signaler_doublon(cohort, 2, LOGIN)
        with cohort.monde():
            blocages = queries.grille(cohort).blocages
            assert [(b.poste.numero, b.raison) for b in blocages] == [
                (2, f"Doublon d'adresse : {LOGIN} a déjà un compte dans la session")
            ]
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            comptes.creer(cohort, place=2, login_email="stagiaire02@session.example", prenom="B", nom="C")
        with cohort.monde():
            assert queries.grille(cohort).blocages == []
