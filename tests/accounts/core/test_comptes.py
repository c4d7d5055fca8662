"""Portal accounts: creation, links, password, lock (comptes-structures.md §2.2, §2.3, §2.7; formation.md MSG-3)."""

from datetime import timedelta

import pytest

from accounts import profils, rules
from accounts.enums import EtatCompte, UsageJeton
from accounts.models import Compte, Jeton
from accounts.profils import Profil
from accounts.services import comptes
from formation import abonnements  # noqa: F401 -- the journal listens
from sandbox import clock
from sandbox.cohorts.models import Trace
from sandbox.events import engine
from sandbox.mail.models import Message
from tests import factories

BON = "MotDePasse!2026"
LOGIN = "stagiaire01@session.example"


@pytest.fixture
def decaler(monkeypatch):
    """Move real time, and real time only."""

    def faire(duree):
        instant = clock.real_now() + duree
        monkeypatch.setattr(clock, "real_now", lambda: instant)

    return faire


def creer(monde, **champs):
    return comptes.creer(monde, **({"place": 1, "login_email": LOGIN, "prenom": "Nadia", "nom": "Arbelin"} | champs))


# --- creation and activation


def test_creer_un_compte_envoie_son_lien(monde):
    compte = creer(monde, login_email=f"  {LOGIN.upper()} ", telephone="01 02")
    jeton, message = Jeton.objects.get(), Message.objects.get()
    assert (compte.login_email, compte.contact_email, compte.etat) == (LOGIN, LOGIN, EtatCompte.EN_ATTENTE_ACTIVATION)
    assert (compte.place, str(compte), compte.telephone) == (1, "Nadia Arbelin", "01 02")
    assert (message.adresse, message.place, message.type) == (LOGIN, 1, "activation")
    assert message.objet == "[Bac à sable Chorus Pro] Activez votre compte"
    assert message.lien == f"/portail/activer/{jeton.jeton}/"
    assert message.lien_libelle == "Activer mon compte"
    assert "60 minutes" in message.corps
    assert "Bonjour Nadia Arbelin" in message.corps
    assert str(jeton) == "Activation du compte de Nadia Arbelin"
    assert len(jeton.jeton) >= 32


def test_l_adresse_de_contact_peut_differer(monde):
    compte = creer(monde, contact_email=" Contact@Session.Example ")
    assert compte.contact_email == "contact@session.example"
    assert Message.objects.get().adresse == LOGIN, "le lien va toujours à l'adresse de connexion"


@pytest.mark.parametrize("adresse", [LOGIN, LOGIN.upper(), f" {LOGIN} "])
def test_une_adresse_ne_sert_qu_une_fois_par_session(monde, adresse):
    creer(monde)
    with pytest.raises(comptes.AdresseDejaUtilisee):
        creer(monde, login_email=adresse, place=2)
    assert (Compte.objects.exclude(mot_de_passe="!").count(), Message.objects.count()) == (1, 1)


def test_la_meme_adresse_sert_dans_une_autre_session(cohort, autre_cohort):
    for session in (cohort, autre_cohort):
        with session.monde():
            creer(session)
            assert Compte.objects.exclude(mot_de_passe="!").count() == 1


def test_activer_avec_un_bon_mot_de_passe(monde):
    creer(monde)
    jeton = comptes.jeton_valide(Jeton.objects.get().jeton, UsageJeton.ACTIVATION)
    compte = comptes.choisir_mot_de_passe(jeton, BON)
    assert Compte.objects.get(login_email=LOGIN).etat == EtatCompte.ACTIF
    assert compte.check_password(BON)
    assert compte.mot_de_passe != BON
    assert comptes.connecter(monde, LOGIN, BON).connexions == 0
    assert Compte.objects.get(login_email=LOGIN).connexions == 1


def test_un_mot_de_passe_faible_dit_ce_qui_manque(monde):
    creer(monde)
    with pytest.raises(comptes.MotDePasseRefuse) as refus:
        comptes.choisir_mot_de_passe(Jeton.objects.get(), "motdepasse")
    assert refus.value.regles == [
        "au moins 12 caractères",
        "au moins une majuscule",
        "au moins un chiffre",
        "au moins un caractère spécial (par exemple ! ? - _ @ #)",
    ]
    assert "majuscule ; au moins un chiffre" in str(refus.value)
    assert Jeton.objects.get().est_valide(), "le lien n'est pas consommé"
    assert Compte.objects.get(login_email=LOGIN).etat == EtatCompte.EN_ATTENTE_ACTIVATION


def test_un_lien_ne_sert_qu_une_fois(monde):
    creer(monde)
    jeton = Jeton.objects.get()
    comptes.choisir_mot_de_passe(jeton, BON)
    with pytest.raises(comptes.LienInvalide, match="déjà servi"):
        comptes.choisir_mot_de_passe(jeton, "AutreMotDePasse!1")
    with pytest.raises(comptes.LienInvalide, match="déjà servi") as refus:
        comptes.jeton_valide(jeton.jeton, UsageJeton.ACTIVATION)
    assert refus.value.compte == jeton.compte
    assert Compte.objects.get(login_email=LOGIN).check_password(BON)


def test_un_lien_inconnu_ou_d_un_autre_usage(monde):
    creer(monde)
    for valeur, usage in (("inconnu", UsageJeton.ACTIVATION), (Jeton.objects.get().jeton, UsageJeton.MOT_DE_PASSE)):
        with pytest.raises(comptes.LienInvalide, match="n'existe pas") as refus:
            comptes.jeton_valide(valeur, usage)
        assert refus.value.compte is None


def test_un_lien_dure_60_minutes_reelles(monde, decaler):
    creer(monde)
    jeton = Jeton.objects.get()
    decaler(timedelta(minutes=59, seconds=50))
    assert comptes.jeton_valide(jeton.jeton, UsageJeton.ACTIVATION) == jeton
    decaler(timedelta(seconds=20))
    with pytest.raises(comptes.LienInvalide, match="expiré : il était valable 60 minutes") as refus:
        comptes.jeton_valide(jeton.jeton, UsageJeton.ACTIVATION)
    assert refus.value.compte == jeton.compte


def test_un_saut_de_trente_jours_ne_consomme_pas_le_lien(cohort):
    with cohort.monde():
        creer(cohort)
    engine.advance(cohort, cohort.sim_reference + timedelta(days=30))
    with cohort.monde():
        jeton = Jeton.objects.get()
        assert comptes.jeton_valide(jeton.jeton, UsageJeton.ACTIVATION) == jeton


def test_renvoyer_le_lien_remplace_le_precedent(monde):
    compte = creer(monde)
    premier = Jeton.objects.get().jeton
    comptes.renvoyer_activation(compte)
    with pytest.raises(comptes.LienInvalide, match="déjà servi"):
        comptes.jeton_valide(premier, UsageJeton.ACTIVATION)
    second = Jeton.objects.exclude(jeton=premier).get()
    assert comptes.jeton_valide(second.jeton, UsageJeton.ACTIVATION) == second
    assert Message.objects.count() == 2


def test_un_compte_actif_n_a_plus_d_activation(compte):
    with compte.cohort.monde():
        comptes.renvoyer_activation(compte)
        assert not Message.objects.exists()


# --- forgotten password


def test_mot_de_passe_oublie(cohort, compte):
    with cohort.monde():
        comptes.demander_nouveau_mot_de_passe(cohort, LOGIN.upper())
        message, jeton = Message.objects.get(), Jeton.objects.get()
        assert message.objet == "[Bac à sable Chorus Pro] Réinitialisez votre mot de passe"
        assert message.lien == f"/portail/mot-de-passe/{jeton.jeton}/"
        Compte.objects.update(echecs=3, bloque_jusqua=clock.real_now() + timedelta(hours=1))
        comptes.choisir_mot_de_passe(comptes.jeton_valide(jeton.jeton, UsageJeton.MOT_DE_PASSE), "NouveauMotDePasse!1")
        assert comptes.connecter(cohort, LOGIN, "NouveauMotDePasse!1").pk == compte.pk


def test_une_adresse_inconnue_recoit_la_meme_reponse(monde):
    assert comptes.demander_nouveau_mot_de_passe(monde, "inconnu@session.example") is None
    assert not Message.objects.exists()


def test_un_compte_non_active_recoit_un_lien_d_activation(monde):
    creer(monde)
    comptes.demander_nouveau_mot_de_passe(monde, LOGIN)
    assert list(Message.objects.values_list("type", flat=True)) == ["activation", "activation"]


def test_un_compte_desactive_ne_recoit_rien(cohort):
    factories.compte(cohort, etat=EtatCompte.DESACTIVE)
    with cohort.monde():
        comptes.demander_nouveau_mot_de_passe(cohort, LOGIN)
        assert not Message.objects.exists()


# --- login and lock


def test_se_connecter(cohort, compte):
    with cohort.monde():
        Compte.objects.update(echecs=3)
        assert comptes.connecter(cohort, f" {LOGIN.upper()} ", BON) == compte
        compte.refresh_from_db()
        assert (compte.echecs, compte.connexions, compte.derniere_connexion) == (0, 1, cohort.sim_reference)


@pytest.mark.parametrize(
    ("etat", "message"),
    [
        (EtatCompte.EN_ATTENTE_ACTIVATION, "pas encore activé"),
        (EtatCompte.DESACTIVE, "a été désactivé"),
        (EtatCompte.TECHNIQUE, "n'ouvre pas le portail"),
    ],
)
def test_seul_un_compte_actif_entre(cohort, etat, message):
    factories.compte(cohort, etat=etat)
    with cohort.monde(), pytest.raises(comptes.ConnexionRefusee, match=message):
        comptes.connecter(cohort, LOGIN, BON)


def test_une_adresse_inconnue_n_entre_pas(monde):
    with pytest.raises(comptes.ConnexionRefusee, match="Adresse de connexion ou mot de passe incorrect"):
        comptes.connecter(monde, LOGIN, BON)


def rater(cohort, fois):
    messages = []
    for _ in range(fois):
        with pytest.raises(comptes.ConnexionRefusee) as refus:
            comptes.connecter(cohort, LOGIN, "faux")
        messages.append(str(refus.value))
    return messages


def test_cinq_erreurs_bloquent_et_chacune_dit_ce_qui_reste(cohort, compte):
    with cohort.monde():
        messages = rater(cohort, 5)
        assert [m.split("Il vous reste ")[-1] for m in messages[:4]] == [
            "4 essais avant le blocage.",
            "3 essais avant le blocage.",
            "2 essais avant le blocage.",
            "1 essai avant le blocage.",
        ]
        assert "bloqué après 5 mots de passe faux" in messages[4]
        assert "votre formateur peut aussi le débloquer" in messages[4]
        with pytest.raises(comptes.ConnexionRefusee, match="bloqué"):
            comptes.connecter(cohort, LOGIN, BON)
        assert Compte.objects.get(login_email=LOGIN).est_bloque()


def test_une_reussite_remet_le_compteur_a_zero(cohort, compte):
    with cohort.monde():
        rater(cohort, 4)
        comptes.connecter(cohort, LOGIN, BON)
        assert "4 essais" in rater(cohort, 1)[0]


def test_le_blocage_dure_une_heure_reelle(cohort, compte, decaler):
    with cohort.monde():
        rater(cohort, 5)
        decaler(timedelta(minutes=59, seconds=50))
        with pytest.raises(comptes.ConnexionRefusee, match="bloqué"):
            comptes.connecter(cohort, LOGIN, BON)
        decaler(timedelta(seconds=15))
        assert comptes.connecter(cohort, LOGIN, BON) == compte
        compte.refresh_from_db()
        assert (compte.echecs, compte.bloque_jusqua) == (0, None)


def test_apres_le_blocage_on_a_de_nouveau_cinq_essais(cohort, compte, decaler):
    with cohort.monde():
        rater(cohort, 5)
        decaler(timedelta(hours=1, seconds=1))
        assert "4 essais" in rater(cohort, 1)[0]


def test_avancer_l_horloge_ne_debloque_pas(cohort, compte):
    with cohort.monde():
        rater(cohort, 5)
    engine.advance(cohort, cohort.sim_reference + timedelta(days=10))
    with cohort.monde(), pytest.raises(comptes.ConnexionRefusee, match="bloqué"):
        comptes.connecter(cohort, LOGIN, BON)


def test_le_formateur_debloque(cohort, compte):
    with cohort.monde():
        rater(cohort, 5)
        comptes.debloquer(compte)
        assert comptes.connecter(cohort, LOGIN, BON) == compte


def test_l_heure_de_deblocage_est_dite_dans_le_fuseau_de_la_session(cohort, compte, monkeypatch):
    from datetime import UTC, datetime

    monkeypatch.setattr(clock, "real_now", lambda: datetime(2026, 11, 2, 13, 5, tzinfo=UTC))
    with cohort.monde():
        assert "se débloque seul à 15 h 05 (heure réelle)" in rater(cohort, 5)[4]


def test_bloquer_un_compte_n_en_bloque_pas_un_autre(cohort, compte):
    factories.compte(cohort, 2)
    with cohort.monde():
        rater(cohort, 5)
        assert comptes.connecter(cohort, "stagiaire02@session.example", BON).place == 2


def test_le_journal_apprend_la_vie_des_comptes(cohort, django_capture_on_commit_callbacks):
    with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
        creer(cohort)
        comptes.choisir_mot_de_passe(Jeton.objects.get(), BON)
        rater(cohort, 5)
    with cohort.monde():
        vus = list(Trace.objects.filter(auteur="stagiaire").order_by("pk").values_list("verbe", "objet", "place"))
    assert vus == [(f"{v} son compte", LOGIN, 1) for v in ("crée", "active", "bloque")]


# --- password rules (§2.3)


@pytest.mark.parametrize(
    ("mot_de_passe", "manquent"),
    [
        (BON, []),
        ("Aé1-Aé1-Aé1-", []),
        ("Soulignement_1", []),
        ("MotDePasse!1", []),
        ("MotDePass!1", [0]),
        ("motdepasse!2026", [1]),
        ("MOTDEPASSE!2026", [2]),
        ("MotDePasse!abcd", [3]),
        ("MotDePasse 2026", [4]),
        ("", [0, 1, 2, 3, 4]),
    ],
)
def test_regles_du_mot_de_passe(mot_de_passe, manquent):
    attendu = [rules.REGLES_MOT_DE_PASSE[rang].libelle for rang in manquent]
    assert rules.regles_non_respectees(mot_de_passe, LOGIN) == attendu


@pytest.mark.parametrize("mot_de_passe", ["Nadia.Arbelin-1@Session.example", "NADIA.arbelin-1"])
def test_le_mot_de_passe_n_est_pas_l_adresse(mot_de_passe):
    assert rules.regles_non_respectees(mot_de_passe, "nadia.arbelin-1@session.example") == [
        "différent de l'adresse de connexion"
    ]


@pytest.mark.parametrize(
    ("adresse", "fictive"),
    [
        ("a@session.example", True),
        ("a@VALMORAN.EXAMPLE", True),
        ("a@example.com", False),
        ("a@b.exemple", False),
        ("a@x.example@gmail.com", False),
        ("", False),
    ],
)
def test_une_adresse_de_formation_finit_par_example(adresse, fictive):
    assert rules.est_adresse_de_formation(adresse) is fictive


# --- catalogue of profiles (§5.2)


def test_le_catalogue_des_profils():
    assert [ligne.profil for ligne in profils.CATALOGUE] == list(Profil)
    prives = set(profils.du_gestionnaire(publique=False))
    publics = set(profils.du_gestionnaire(publique=True))
    assert prives - publics == {Profil.FACTURES_A_VALIDER, Profil.MEMOIRES, Profil.REMBOURSEMENT_TIC}
    assert publics - prives == {Profil.FACTURES_RECUES, Profil.SOLLICITATIONS_RECUES}
    assert [ligne.libelle for ligne in profils.offerts(publique=False) if ligne.par_defaut] == [
        "Factures émises",
        "Sollicitations émises",
    ]
