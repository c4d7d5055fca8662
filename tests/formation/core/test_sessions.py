"""Make, list, purge sessions, and every command of the shell (formation.md SES-1, SES-3; DESIGN §6)."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from formation.services import exports, packs, sessions
from formation.services.packs import PackInvalide
from formation.services.sessions import SessionRefusee
from sandbox import calendrier
from sandbox.cohorts.models import Cohort, Formateur, Participant, Trace
from sandbox.snapshots.models import Snapshot
from sandbox.snapshots.services import state_hash
from structures.models import ApplicationPiste, CompteTechnique, EntrepriseInsee, Structure
from structures.services import comptes_techniques, piste
from tests import factories


def lancer(*arguments):
    sortie = StringIO()
    call_command(*arguments, stdout=sortie)
    return sortie.getvalue()


def en_json(*arguments):
    texte = lancer("cohort", *map(str, arguments), "--json")
    assert texte.count("\n") <= 1, "une ligne, pour les scripts"
    return json.loads(texte)


# --- services


def test_une_session_prete_a_rejoindre(formateur):
    session = factories.cohort(places=3, formateur=formateur, regime="reforme-2026", fuseau="Indian/Reunion")
    assert len(session.code) == 8
    assert set(session.code) <= set(sessions.ALPHABET)
    assert (session.etat, session.horloge_mode, session.jour) == ("preparee", "stopped", 0)
    assert session.simulated_now() == session.depart()
    assert session.simulated_now().astimezone(session.zone).hour == 9
    with session.monde():
        assert [p.numero for p in Participant.objects.all()] == [1, 2, 3]
        assert all(p.pin.isdigit() and len(p.pin) == 4 and not p.pris for p in Participant.objects.all())
        assert Snapshot.objects.get().nom == "initial"
        assert Trace.objects.get().verbe == "session créée"
        for place in (1, 2, 3):
            siret = factories.siret_du_poste(place)
            assert EntrepriseInsee.objects.get(siret=siret).place == place
            assert not Structure.objects.filter(identifiant=siret).exists(), "le stagiaire la crée"
            assert Structure.objects.get(raison_sociale=f"ATELIER MIRANDOL ARCHITECTES {place:02d}").place == place
        assert EntrepriseInsee.objects.filter(active=False).count() >= 1


def test_le_titre_la_graine_et_l_ancrage_ont_un_defaut(db):
    session = sessions.creer(pack="libre", places=1)
    assert session.titre == "Pratique libre"
    assert len(session.graine) == 12
    assert calendrier.est_ouvre(session.ancrage)
    assert sessions.creer(pack="libre", places=1).graine != session.graine


@pytest.mark.parametrize(
    ("reglages", "champ", "message"),
    [
        ({"places": 0}, "places", r"de 1 à 60 \(0 demandées\)"),
        ({"places": 61}, "places", "de 1 à 60"),
        ({"regime": "ancien"}, "regime", "Régime inconnu : « ancien »"),
        ({"ancrage": date(2026, 12, 25)}, "ancrage", "le 25/12/2026 ne l'est pas. Prochain : 28/12/2026"),
        ({"ancrage": date(2026, 12, 6)}, "ancrage", "Prochain : 07/12/2026"),
    ],
)
def test_reglages_refuses(db, reglages, champ, message):
    with pytest.raises(SessionRefusee, match=message) as refus:
        factories.cohort(**reglages)
    assert refus.value.champ == champ
    assert not Cohort.objects.exists()


def test_un_code_deja_pris_en_fait_tirer_un_autre(cohort, monkeypatch):
    codes = iter([cohort.code, cohort.code, "NEUF2345"])
    monkeypatch.setattr(sessions, "_code_libre", lambda: next(codes))
    assert factories.cohort().code == "NEUF2345"


def test_une_entite_sans_acces_n_a_pas_de_compte_technique(formateur, monkeypatch):
    """A pack says for each entity whether a program may speak for it."""
    complet = packs.lire("novices-7h")
    publiques = [{**e, "acces_api": e["siret"] != factories.VALMORAN} for e in complet.entites["publiques"]]
    prive = replace(complet, entites={**complet.entites, "publiques": publiques})
    monkeypatch.setattr(packs, "lire", lambda nom: prive)
    session = factories.cohort(formateur=formateur)
    with session.monde():
        pourvues = set(CompteTechnique.objects.values_list("structure__identifiant", flat=True))
    assert factories.VALMORAN not in pourvues
    assert factories.HOPITAL in pourvues


def test_sans_code_libre_on_ne_tourne_pas_sans_fin(cohort, monkeypatch):
    monkeypatch.setattr(sessions, "_code_libre", lambda: cohort.code)
    with pytest.raises(RuntimeError, match="code de session"):
        factories.cohort()


def test_la_base_borne_une_session(cohort):
    from django.db import transaction

    for champs in ({"places": 61}, {"horloge_vitesse": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Cohort.objects.filter(pk=cohort.pk).update(**champs)


def test_montrer_dit_les_postes_et_les_comptes(cohort, compte, structure):
    factories.compte(cohort, None, login_email="agent@valmoran.example")
    faits = exports.montrer(cohort)
    premier = faits["postes"][0]
    with cohort.monde():
        assert premier["pin"] == Participant.objects.get(numero=1).pin
    assert (premier["siret"], premier["courriel"]) == ("00010101400017", "stagiaire01@session.example")
    assert premier["comptes"] == [
        {
            "login": "stagiaire01@session.example",
            "nom": "Nadia Poste01",
            "etat": "ACTIF",
            "structures": [{"siret": "00010101400017", "nom": "ARBELIN MENUISERIE 01", "role": "GP"}],
        }
    ]
    assert [p["comptes"] for p in faits["postes"][1:]] == [[], []]
    assert [c["login"] for c in faits["comptes_communs"]] == ["agent@valmoran.example"]
    json.dumps(faits)


def test_montrer_dit_qui_gere_quoi_et_qui_est_joue(cohort, compte, structure):
    faits = exports.montrer(cohort)
    parties = {s["siret"]: s for s in faits["structures"]}
    assert parties["00010101400017"] == {
        "siret": "00010101400017",
        "idStructureCPP": structure.pk,
        "nom": "ARBELIN MENUISERIE 01",
        "nature": "PRIVEE",
        "etat": "ACTIF",
        "place": 1,
        "comptes": [{"login": "stagiaire01@session.example", "role": "GP", "statut": "VALIDEE"}],
    }
    gestion = {"login": "helene.vautrin@valmoran.example", "role": "GP", "statut": "VALIDEE"}
    technique = {"login": f"TECH_1_{factories.VALMORAN}@cpro.fr", "role": "TECHNIQUE", "statut": "VALIDEE"}
    assert parties[factories.VALMORAN]["comptes"] == [gestion, technique]
    roles = [(p["role"], p["place"]) for p in faits["personnages"]]
    assert roles.count(("COLLEGUE", 2)) == 1
    assert len([r for r in roles if r[0] == "GESTIONNAIRE"]) == len(faits["structures"]) - 1
    json.dumps(faits)


def test_montrer_dit_les_acces_techniques(cohort, structure):
    """Login, client id and secret, for scripts that call the API; the password only of those that the pack gives."""
    technique = factories.compte(cohort, login_email="tech_1_00010101400017@cpro.example", etat="TECHNIQUE")
    with cohort.monde():
        CompteTechnique.objects.create(
            cohort=cohort, place=1, compte=technique, structure=structure, numero=1, expire_le=cohort.depart()
        )
        application = ApplicationPiste.objects.create(
            cohort=cohort, place=1, compte=technique, nom="Logiciel", environnement="SANDBOX"
        )
    faits = exports.montrer(cohort)
    *fournis, le_sien = faits["comptes_techniques"]
    assert (le_sien["login"], le_sien["siret"], le_sien["place"]) == (technique.login_email, "00010101400017", 1)
    assert "mot_de_passe" not in le_sien
    vue = faits["applications_piste"][-1]
    assert (vue["client_id"], vue["client_secret"]) == (str(application.client_id), piste.secret(application))
    json.dumps(faits)
    # The cast of the pack, then one architect for each of the three seats.
    assert [f["place"] for f in fournis] == [None] * (len(fournis) - 3) + [1, 2, 3]
    valmoran = next(f for f in fournis if f["siret"] == factories.VALMORAN)
    assert b64decode(valmoran["cpro_account"]).decode() == f"{valmoran['login']}:{valmoran['mot_de_passe']}"
    with cohort.monde():
        assert comptes_techniques.authentifier(valmoran["login"], valmoran["mot_de_passe"]).pret
    assert len(faits["applications_piste"]) == len(faits["comptes_techniques"])


def test_deux_sessions_de_meme_graine_n_ont_pas_les_memes_secrets(cohort, autre_cohort):
    """Same logins, for the same identifiers; neither the same password nor the same application."""
    ici, la = exports.montrer(cohort), exports.montrer(autre_cohort)

    def valeurs(faits, liste, nom):
        return {ligne[nom] for ligne in faits[liste] if nom in ligne}

    assert valeurs(ici, "comptes_techniques", "login") == valeurs(la, "comptes_techniques", "login")
    assert not valeurs(ici, "comptes_techniques", "mot_de_passe") & valeurs(la, "comptes_techniques", "mot_de_passe")
    assert not valeurs(ici, "applications_piste", "client_id") & valeurs(la, "applications_piste", "client_id")


@pytest.mark.parametrize("pack", ["novices-7h", "libre"])
def test_creer_une_session_coute_un_nombre_de_requetes_constant(db, pack):
    """Seats add rows, not tables: only the batches of the database grow, a few thousand values each."""

    def requetes(places):
        with CaptureQueriesContext(connection) as lues:
            factories.cohort(pack=pack, places=places)
        return len(lues)

    un, soixante = requetes(1), requetes(60)
    assert soixante - un <= 40
    assert soixante <= 120


def test_deux_sessions_de_meme_graine_ont_le_meme_etat(db):
    un, deux = factories.cohort(), factories.cohort()
    assert state_hash(un) == state_hash(deux)


# --- commands


def test_creer_et_lister(db):
    faits = en_json(
        "create", "--pack", "novices-7h", "--places", 4, "--seed", "g", "--anchor", "2026-12-07", "--titre", "Lundi"
    )
    assert (faits["titre"], faits["places"], faits["graine"], faits["regime"]) == ("Lundi", 4, "g", "historique")
    assert faits["date_simulee"] == "2026-12-07T09:00:00+01:00"
    assert (faits["jour"], faits["horloge"], faits["evenements_prevus"]) == (0, "stopped", 0)
    autre = en_json("create", "--pack", "libre", "--places", 1, "--anchor", "07/12/2026", "--regime", "reforme-2026")
    assert [f["code"] for f in en_json("list")] == [faits["code"], autre["code"]]
    assert lancer("cohort", "list").count("code : ") == 2


def test_montrer(cohort):
    assert [p["numero"] for p in en_json("show", cohort.code.lower())["postes"]] == [1, 2, 3]


def test_regler_l_horloge(cohort):
    faits = en_json("clock", cohort.code, "--mode", "accelerated", "--speed", 12)
    assert (faits["horloge"], faits["vitesse"]) == ("accelerated", 12)


def test_avancer(cohort, brouillon, compte):
    from invoices.services import deposer
    from structures import queries

    with cohort.monde():
        deposer.envoyer(brouillon.pk, compte=compte, droits=queries.droits(compte))
    avant = state_hash(cohort)
    prevu = en_json("advance", cohort.code, "--days", 30, "--preview")
    assert state_hash(cohort) == avant
    assert prevu["jour"] == 0
    suivant = en_json("advance", cohort.code, "--next")
    assert (suivant["joues"], suivant["effets"]) == (
        2,
        {"En cours d'acheminement": 1, "Mise à disposition du destinataire": 1},
    )
    fait = en_json("advance", cohort.code, "--days", 30)
    assert fait["joues"] + suivant["joues"] == prevu["joues"] == 7
    assert fait["effets"]["Mise en paiement"] == 1
    assert (fait["jour"], fait["saut_en_cours"]) == (30, None)
    assert en_json("advance", cohort.code, "--to", "2027-02-01")["date_simulee"] == "2027-02-01T09:00:00+01:00"


def test_reinitialiser(cohort, facture_deposee):
    en_json("advance", cohort.code, "--days", 3)
    assert en_json("reset", cohort.code, "--place", 2)["jour"] == 3
    with cohort.monde():
        assert facture_deposee.historique.exists()
    assert en_json("reset", cohort.code)["jour"] == 0
    with cohort.monde():
        assert not facture_deposee.historique.exists()


def test_prendre_et_restaurer_un_instantane(cohort, facture_deposee):
    pris = en_json("snapshot", cohort.code, "--name", "midi")
    assert pris["etat"] == state_hash(cohort)
    en_json("reset", cohort.code)
    en_json("restore", cohort.code, "--name", "midi")
    assert state_hash(cohort) == pris["etat"]


def test_exporter(cohort, facture_deposee):
    faits = json.loads(lancer("cohort", "export", cohort.code))
    assert faits["etat"] == state_hash(cohort)
    assert [f["numero"] for f in faits["tables"]["invoices_facture"]] == ["F-2026-001"]
    assert len(faits["session"]["postes"]) == 3


def test_purger(cohort):
    assert en_json("purge", cohort.code) == {"code": cohort.code, "purgee": True}
    assert not Cohort.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "INCONNU"], "Aucune session n'a le code « INCONNU »"),
        (["create", "--pack", "fantôme", "--places", "3"], "Le pack « fantôme » n'existe pas"),
        (["create", "--pack", "libre", "--places", "99"], "de 1 à 60"),
        (["create", "--pack", "libre", "--places", "3", "--anchor", "demain"], "n'est pas une date"),
        (["create", "--pack", "libre", "--places", "3", "--anchor", "2026-12-25"], "jour ouvré"),
        (["clock", "{code}", "--mode", "accelerated", "--speed", "99"], "1 à 60"),
        (["advance", "{code}", "--days", "-1"], "réinitialisez"),
        (["advance", "{code}", "--next"], "Aucun évènement"),
        (["reset", "{code}", "--place", "9"], "Le poste 9 n'existe pas : la session en compte 3"),
        (["restore", "{code}", "--name", "fantôme"], "Aucun instantané « fantôme ». Il y a : initial"),
    ],
)
def test_une_commande_refuse_en_francais(cohort, arguments, message):
    with pytest.raises(CommandError, match=message):
        lancer("cohort", *[a.format(code=cohort.code) for a in arguments])


def test_restaurer_un_instantane_d_une_autre_version(cohort):
    with cohort.monde():
        Snapshot.objects.update(schema="0" * 64)
    with pytest.raises(CommandError, match="autre version"):
        lancer("cohort", "reset", cohort.code)


def test_creer_un_formateur(db):
    faits = json.loads(lancer("createtrainer", " Camille@Session.Example ", "--nom", "Camille", "--json"))
    formateur = Formateur.objects.get()
    assert (faits["formateur"], formateur.nom, formateur.est_admin) == ("camille@session.example", "Camille", False)
    assert formateur.check_password(faits["mot_de_passe"])
    texte = lancer("createtrainer", "camille@session.example", "--mot-de-passe", "UnAutreMotDePasse!1", "--admin")
    formateur.refresh_from_db()
    assert "camille@session.example" in texte
    assert formateur.check_password("UnAutreMotDePasse!1")
    assert (formateur.nom, formateur.est_admin) == ("Camille", True)
    with pytest.raises(CommandError, match="n'est pas une adresse"):
        lancer("createtrainer", "camille")


def test_la_demonstration_ne_se_fait_qu_une_fois(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    premier = json.loads(lancer("demo", "--json"))
    assert json.loads(lancer("demo", "--json")) == premier
    assert f"code : {premier['code']}" in lancer("demo")
    session, formateur = Cohort.objects.get(), Formateur.objects.get()
    assert (session.demonstration, session.formateur, session.places) == (True, formateur, 6)
    assert formateur.check_password(premier["mot_de_passe"])
    assert (tmp_path / "formateur-demonstration.txt").stat().st_mode & 0o077 == 0


def test_une_demonstration_dont_le_mot_de_passe_s_est_perdu_en_recoit_un_autre(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    premier = json.loads(lancer("demo", "--json"))
    (tmp_path / "formateur-demonstration.txt").unlink()
    second = json.loads(lancer("demo", "--json"))
    assert second["mot_de_passe"] != premier["mot_de_passe"]
    assert Formateur.objects.get().check_password(second["mot_de_passe"])
    assert Cohort.objects.count() == 1


def test_les_refus_sont_des_erreurs_de_valeur():
    assert issubclass(PackInvalide, ValueError)
    assert issubclass(SessionRefusee, ValueError)


def test_deux_sessions_a_quarante_jours_ont_les_memes_reperes(db):
    """CLK-6: nothing in a pack is an absolute date."""
    un, deux = factories.cohort(), factories.cohort(ancrage=factories.ANCRAGE + timedelta(days=42))
    assert state_hash(un) != state_hash(deux), "les dates diffèrent"
    assert (un.jour, deux.jour) == (0, 0)
    assert deux.simulated_now() - un.simulated_now() == timedelta(days=42)
