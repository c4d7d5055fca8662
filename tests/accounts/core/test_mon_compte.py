"""Second factor, address, notifications, deactivation: services of the account (comptes-structures.md §2.3, §2.4)."""

from datetime import timedelta

import pyotp
import pytest

from accounts import gardiens, queries, rules
from accounts.enums import DeuxiemeFacteur, EtatCompte, UsageJeton
from accounts.gardiens import Geste
from accounts.models import CodeConnexion, Compte, Jeton
from accounts.services import adresse, comptes, facteur, profil
from formation import abonnements  # noqa: F401 -- the journal listens
from invoices.services import notifications
from sandbox import clock
from sandbox.cohorts.models import Trace
from sandbox.mail.models import Message
from structures.enums import EtatStructure, Role
from structures.models import Structure
from tests import factories
from tests.factories import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
LOGIN = "stagiaire01@session.example"
NOUVELLE = "nadia@session.example"


@pytest.fixture
def decaler(monkeypatch):
    """Move real time, and real time only."""

    def faire(duree):
        instant = clock.real_now() + duree
        monkeypatch.setattr(clock, "real_now", lambda: instant)

    return faire


@pytest.fixture
def moi(cohort, compte):
    """The account of seat 1, its world open."""
    with cohort.monde():
        yield compte


def code_recu():
    return Message.objects.filter(type="code").latest("pk").objet.rsplit(" ", 1)[1]


def faux(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestCodeParCourriel:
    def test_le_code_va_a_l_adresse_de_connexion_et_n_est_pas_garde_en_clair(self, moi):
        Compte.objects.update(contact_email="ailleurs@session.example")
        facteur.commencer(moi)
        message = Message.objects.get(type="code")
        assert (message.adresse, message.place) == (LOGIN, 1)
        assert "10 minutes" in message.corps
        assert len(code_recu()) == 6
        assert code_recu() not in CodeConnexion.objects.get().code
        assert str(CodeConnexion.objects.get()) == "Code de Nadia Poste01"

    def test_il_ne_sert_qu_une_fois(self, moi):
        facteur.envoyer(moi)
        code = code_recu()
        facteur.verifier(moi, f" {code[:3]} {code[3:]} ")
        with pytest.raises(facteur.CodeRefuse, match="Aucun code n'attend plus"):
            facteur.verifier(moi, code)

    def test_deux_envois_rapproches_un_seul_message(self, moi, decaler):
        facteur.envoyer(moi)
        facteur.envoyer(moi)
        assert Message.objects.filter(type="code").count() == 1
        decaler(timedelta(minutes=2))
        facteur.envoyer(moi)
        assert Message.objects.filter(type="code").count() == 2

    def test_renvoyer_annule_le_precedent(self, moi):
        facteur.envoyer(moi)
        premier = code_recu()
        facteur.envoyer(moi, encore=True)
        if code_recu() != premier:
            with pytest.raises(facteur.CodeRefuse, match="Ce n'est pas le code reçu"):
                facteur.verifier(moi, premier)
        facteur.verifier(moi, code_recu())

    def test_il_dure_dix_minutes_reelles(self, moi, decaler):
        facteur.envoyer(moi)
        decaler(timedelta(minutes=10, seconds=1))
        with pytest.raises(facteur.CodeRefuse, match="trop vieux"):
            facteur.verifier(moi, code_recu())

    def test_cinq_essais_faux_l_annulent(self, moi):
        facteur.envoyer(moi)
        code = code_recu()
        for restants in (4, 3, 2, 1, 0):
            with pytest.raises(facteur.CodeRefuse, match=f"essais restants : {restants}"):
                facteur.verifier(moi, faux(code))
        with pytest.raises(facteur.CodeRefuse, match="Cinq codes faux"):
            facteur.verifier(moi, code)
        facteur.envoyer(moi, encore=True)
        facteur.verifier(moi, code_recu())

    def test_un_compte_bloque_n_entre_pas_meme_avec_le_bon_code(self, moi):
        facteur.envoyer(moi)
        moi.bloque_jusqua = clock.real_now() + timedelta(minutes=5)
        with pytest.raises(comptes.ConnexionRefusee, match="bloqué"):
            facteur.verifier(moi, code_recu())

    def test_le_code_pris_par_une_autre_fenetre(self, moi, monkeypatch):
        facteur.envoyer(moi)
        vu = facteur._courant(moi)
        CodeConnexion.objects.update(utilise_le=clock.real_now())
        monkeypatch.setattr(facteur, "_courant", lambda _: vu)
        with pytest.raises(facteur.CodeRefuse):
            facteur.verifier(moi, code_recu())


class TestApplication:
    @pytest.fixture
    def cle(self, moi):
        secret = facteur.nouveau_secret()
        facteur.activer_application(moi, secret, pyotp.TOTP(secret).at(clock.real_now()))
        return secret

    def test_un_premier_code_prouve_la_cle(self, moi):
        secret = facteur.nouveau_secret()
        bon = pyotp.TOTP(secret).at(clock.real_now())
        with pytest.raises(facteur.CodeRefuse, match="Ce n'est pas le code de cette clé"):
            facteur.activer_application(moi, secret, "é12345")
        assert not facteur.par_application(moi)
        facteur.activer_application(moi, secret, bon)
        moi.refresh_from_db()
        assert (moi.deuxieme_facteur, moi.secret_totp) == (DeuxiemeFacteur.TOTP, secret)

    def test_l_adresse_dit_le_compte_et_l_emetteur(self, moi):
        url = facteur.adresse_totp(moi, "ABCDEFGH" * 4)
        assert url.startswith("otpauth://totp/")
        assert "stagiaire01%40session.example" in url
        assert f"secret={'ABCDEFGH' * 4}" in url

    def test_demande_meme_si_la_session_ne_demande_rien(self, cohort, moi, cle):
        assert facteur.est_demande(cohort, moi)
        facteur.commencer(moi)
        assert not Message.objects.filter(type="code").exists()

    def test_un_code_ne_sert_qu_une_fois_ni_un_plus_ancien(self, moi, cle, decaler):
        totp = pyotp.TOTP(cle)
        decaler(timedelta(seconds=90))
        code = totp.at(clock.real_now())
        facteur.verifier(moi, code)
        for deja in (code, totp.at(clock.real_now() - timedelta(seconds=30))):
            with pytest.raises(comptes.ConnexionRefusee, match="ou il a déjà servi"):
                facteur.verifier(moi, deja)
        decaler(timedelta(seconds=60))
        facteur.verifier(moi, totp.at(clock.real_now()))

    def test_cinq_codes_faux_bloquent_le_compte(self, moi, cle):
        for restants in (4, 3, 2, 1):
            with pytest.raises(comptes.ConnexionRefusee, match=f"reste {restants} essai"):
                facteur.verifier(moi, "abcdef")
        with pytest.raises(comptes.ConnexionRefusee, match="bloqué"):
            facteur.verifier(moi, "abcdef")

    def test_sans_son_application_un_code_par_courriel(self, moi, cle):
        facteur.envoyer(moi, encore=True)
        facteur.verifier(moi, code_recu())

    def test_retour_au_courriel(self, cohort, moi, cle):
        facteur.revenir_au_courriel(moi)
        moi.refresh_from_db()
        assert (moi.deuxieme_facteur, moi.secret_totp) == (DeuxiemeFacteur.COURRIEL, "")
        assert not facteur.est_demande(cohort, moi)


class TestAdresse:
    def lien(self):
        return Jeton.objects.filter(usage=UsageJeton.ADRESSE).latest("pk").jeton

    def test_rien_ne_change_avant_le_lien(self, moi):
        adresse.demander(moi, f" {NOUVELLE.upper()} ", MOT_DE_PASSE)
        message = Message.objects.get()
        assert (message.adresse, message.lien) == (NOUVELLE, f"/portail/mon-compte/adresse/{self.lien()}/")
        assert Compte.objects.get(pk=moi.pk).login_email == LOGIN

    def test_le_lien_change_l_adresse_et_previent_l_ancienne(self, moi, cohort):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        fait = adresse.confirmer(self.lien())
        assert (fait.login_email, fait.contact_email) == (NOUVELLE, NOUVELLE)
        prevenue = Message.objects.latest("pk")
        assert (prevenue.adresse, prevenue.lien) == (LOGIN, "")
        assert NOUVELLE in prevenue.corps
        assert comptes.connecter(cohort, NOUVELLE, MOT_DE_PASSE) == moi
        with pytest.raises(comptes.LienInvalide, match="déjà servi"):
            adresse.confirmer(self.lien())

    def test_une_adresse_de_contact_distincte_reste(self, moi):
        moi.contact_email = "compta@session.example"
        moi.save()
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        assert adresse.confirmer(self.lien()).contact_email == "compta@session.example"

    def test_mot_de_passe_faux_compte_comme_a_la_connexion(self, moi):
        with pytest.raises(comptes.ConnexionRefusee, match="reste 4 essais"):
            adresse.demander(moi, NOUVELLE, "faux")
        assert not Jeton.objects.exists()

    def test_la_meme_adresse(self, moi):
        with pytest.raises(adresse.MemeAdresse):
            adresse.demander(moi, LOGIN.upper(), MOT_DE_PASSE)

    def test_deja_prise_a_la_demande(self, moi, cohort):
        factories.compte(cohort, 2)
        with pytest.raises(comptes.AdresseDejaUtilisee):
            adresse.demander(moi, "stagiaire02@session.example", MOT_DE_PASSE)

    def test_prise_entre_temps(self, moi, cohort):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        factories.compte(cohort, 2, login_email=NOUVELLE)
        with pytest.raises(comptes.AdresseDejaUtilisee):
            adresse.confirmer(self.lien())
        assert Compte.objects.get(pk=moi.pk).login_email == LOGIN
        assert Message.objects.count() == 1

    def test_une_nouvelle_demande_remplace_la_precedente(self, moi):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        premier = self.lien()
        adresse.demander(moi, "autre@session.example", MOT_DE_PASSE)
        with pytest.raises(comptes.LienInvalide):
            adresse.confirmer(premier)

    def test_le_lien_dure_60_minutes_reelles(self, moi, decaler):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        decaler(timedelta(minutes=60, seconds=1))
        with pytest.raises(comptes.LienInvalide, match="expiré"):
            adresse.confirmer(self.lien())

    def test_un_compte_desactive_ne_change_pas(self, moi):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        Compte.objects.filter(pk=moi.pk).update(etat=EtatCompte.DESACTIVE)
        with pytest.raises(comptes.LienInvalide, match="désactivé"):
            adresse.confirmer(self.lien())

    def test_deux_fenetres_suivent_le_lien(self, moi):
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        jeton = Jeton.objects.select_related("compte").get()
        Jeton.objects.update(utilise_le=clock.real_now())
        with pytest.raises(comptes.LienInvalide, match="déjà servi"):
            adresse._changer(jeton)

    def test_les_liens_envoyes_a_l_ancienne_adresse_ne_valent_plus(self, moi, cohort):
        comptes.demander_nouveau_mot_de_passe(cohort, LOGIN)
        oublie = Jeton.objects.get().jeton
        adresse.demander(moi, NOUVELLE, MOT_DE_PASSE)
        adresse.confirmer(self.lien())
        with pytest.raises(comptes.LienInvalide):
            comptes.jeton_valide(oublie, UsageJeton.MOT_DE_PASSE)


class TestProfil:
    def test_modifier_un_champ(self, moi):
        profil.modifier(moi, "telephone", "01 99 00 00 02")
        profil.modifier(moi, "contact_email", "")
        moi.refresh_from_db()
        assert (moi.telephone, moi.contact_email) == ("01 99 00 00 02", LOGIN)

    def test_completer_ses_donnees(self, moi):
        profil.venu_du_pigp(moi)
        profil.completer_pigp(
            moi, {"contact_email": NOUVELLE, "nom": "A", "prenom": "B", "adresse_travail": "1 place de la Mairie"}
        )
        moi.refresh_from_db()
        assert (moi.pigp, moi.login_email, moi.contact_email) == (True, LOGIN, NOUVELLE)
        assert (str(moi), moi.adresse_travail) == ("B A", "1 place de la Mairie")

    def choix(self, **coches):
        return dict.fromkeys(profil.NOTIFICATIONS, False) | coches

    def test_chacun_coupe_ce_qu_il_veut(self, moi):
        profil.regler_notifications(moi, self.choix(recap_quotidien=True))
        moi.refresh_from_db()
        assert (moi.notif_facturation, moi.recap_quotidien) == (False, True)
        assert not gardiens.notifie_facturation(moi)

    def test_un_gestionnaire_principal_ne_coupe_pas_la_facturation(self, moi, structure):
        with pytest.raises(profil.GesteRefuse, match="gestionnaire principal"):
            profil.regler_notifications(moi, self.choix())
        profil.regler_notifications(moi, self.choix(notif_facturation=True, notif_engagements=True))
        moi.refresh_from_db()
        assert moi.notif_engagements

    def test_coupee_avant_de_devenir_gestionnaire_elle_part_quand_meme(self, moi, facture_deposee):
        Compte.objects.filter(pk=moi.pk).update(notif_facturation=False)
        facture_deposee.cree_par.refresh_from_db()
        ligne = facture_deposee.historique.latest("pk")
        notifications.notifier(facture_deposee, ligne, ("N4",))
        assert Message.objects.filter(type="N4").count() == 1
        moi.rattachements.update(role=Role.UTILISATEUR)
        notifications.notifier(facture_deposee, ligne, ("N4",))
        assert Message.objects.filter(type="N4").count() == 1


class TestDesactivation:
    def test_le_compte_se_ferme_avec_ses_liens(self, moi, cohort):
        comptes.demander_nouveau_mot_de_passe(cohort, LOGIN)
        facteur.envoyer(moi)
        profil.desactiver(moi)
        profil.desactiver(moi)
        assert Compte.objects.get(pk=moi.pk).etat == moi.etat == EtatCompte.DESACTIVE
        assert not CodeConnexion.objects.exists()
        with pytest.raises(comptes.LienInvalide):
            comptes.jeton_valide(Jeton.objects.get().jeton, UsageJeton.MOT_DE_PASSE)

    def test_refuse_au_gestionnaire_d_une_structure_active(self, moi, structure):
        with pytest.raises(profil.GesteRefuse, match="ARBELIN MENUISERIE 01 : transférez d'abord ce rôle"):
            profil.desactiver(moi)
        Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        profil.desactiver(moi)

    def test_un_simple_utilisateur_peut(self, moi, structure):
        moi.rattachements.update(role=Role.UTILISATEUR)
        profil.desactiver(moi)

    def test_reactiver_apres_le_bon_mot_de_passe(self, moi, cohort):
        profil.desactiver(moi)
        with pytest.raises(comptes.ConnexionRefusee, match="incorrect"):
            comptes.identifier(cohort, LOGIN, "faux")
        with pytest.raises(comptes.CompteDesactive) as refus:
            comptes.identifier(cohort, LOGIN, MOT_DE_PASSE)
        profil.reactiver(refus.value.compte)
        profil.reactiver(refus.value.compte)
        assert comptes.identifier(cohort, LOGIN, MOT_DE_PASSE) == moi

    def test_un_lien_d_avant_ne_reactive_pas(self, moi, cohort):
        comptes.demander_nouveau_mot_de_passe(cohort, LOGIN)
        Compte.objects.filter(pk=moi.pk).update(etat=EtatCompte.DESACTIVE)
        comptes.choisir_mot_de_passe(Jeton.objects.select_related("compte").get(), "AutreMotDePasse!1")
        assert Compte.objects.get(pk=moi.pk).etat == EtatCompte.DESACTIVE

    def test_le_journal_le_dit(self, cohort, compte, django_capture_on_commit_callbacks):
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            adresse.demander(compte, NOUVELLE, MOT_DE_PASSE)
            change = adresse.confirmer(Jeton.objects.get().jeton)
            profil.desactiver(change)
            profil.reactiver(change)
            comptes.signaler_doublon(cohort, 2, NOUVELLE)
        with cohort.monde():
            verbes = list(
                Trace.objects.filter(auteur=Trace.Auteur.STAGIAIRE).order_by("pk").values_list("verbe", flat=True)
            )
            assert verbes == [
                "change d'adresse de connexion",
                "désactive son compte",
                "réactive son compte",
                "saisit une adresse déjà prise",
            ]


class TestComptesTechniques:
    @pytest.mark.parametrize("adresse", ["TECH_1234@cpro.fr", " tech_1234@CPRO.fr ", "Tech_x@cpro.FR"])
    def test_refuses_qu_ils_existent_ou_non(self, monde, adresse):
        assert rules.est_adresse_technique(adresse)
        messages = set()
        for existe in (False, True):
            if existe:
                factories.compte(monde, login_email="TECH_1234@cpro.fr", etat=EtatCompte.TECHNIQUE)
            with pytest.raises(comptes.ConnexionRefusee, match="réservé à l'API, il n'ouvre pas le portail") as refus:
                comptes.identifier(monde, adresse, MOT_DE_PASSE)
            messages.add(str(refus.value))
        assert len(messages) == 1

    @pytest.mark.parametrize(
        "adresse", ["tech_@session.example", "tech@cpro.fr", "x tech_1@cpro.fr", "tech_1@cpro.frx"]
    )
    def test_les_autres_adresses(self, adresse):
        assert not rules.est_adresse_technique(adresse)

    def test_une_adresse_gardee_en_capitales_se_retrouve_telle_que_tapee(self, cohort):
        compte = factories.compte(cohort, login_email="Nadia@Session.example")
        with cohort.monde():
            assert comptes.identifier(cohort, " Nadia@Session.example ", MOT_DE_PASSE) == compte


def test_une_personne_simulee_n_est_de_personne(cohort, compte):
    robot = factories.compte(cohort, login_email="claire@mirandol.example")
    with cohort.monde():
        Compte.objects.filter(pk=robot.pk).update(mot_de_passe="!")
        factories.compte(cohort, login_email="TECH_1@cpro.fr", etat=EtatCompte.TECHNIQUE)
        assert list(queries.du_poste(1)) == [compte]
        comptes.demander_nouveau_mot_de_passe(cohort, "claire@mirandol.example")
        assert not Message.objects.exists()


def test_le_formateur_fait_expirer_le_lien(monde):
    neuf = comptes.creer(monde, place=1, login_email=NOUVELLE, prenom="Nadia", nom="A")
    assert comptes.est_le_meme_envoi(1, login_email=NOUVELLE, prenom="Nadia", nom="A")
    assert not comptes.est_le_meme_envoi(2, login_email=NOUVELLE, prenom="Nadia", nom="A")
    comptes.expirer_activation(neuf)
    with pytest.raises(comptes.LienInvalide, match="expiré") as refus:
        comptes.jeton_valide(Jeton.objects.get().jeton, UsageJeton.ACTIVATION)
    assert refus.value.expire


def test_un_gardien_ne_s_inscrit_qu_une_fois(monkeypatch, compte):
    monkeypatch.setattr(gardiens, "_gardiens", {geste: [] for geste in Geste})
    monkeypatch.setattr(gardiens, "_structures", [])

    def non(_compte):
        return "non"

    def noms(ids):
        return {pk: ["A"] for pk in ids}

    for _ in range(2):
        gardiens.register(Geste.DESACTIVER, non)
        gardiens.register_structures(noms)
    assert gardiens.objections(Geste.DESACTIVER, compte) == ["non"]
    assert gardiens.structures_de([compte]) == {compte.pk: ["A"]}
