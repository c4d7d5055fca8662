"""The seat that a browser carries, the journal, the strip (DESIGN §2 « Two identities »)."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.context import monde as contexte
from accounts.middleware import CLE, CompteMiddleware, fermer_session, ouvrir_session
from accounts.models import Compte
from sandbox import clock
from sandbox.cohorts.bandeau import bandeau
from sandbox.cohorts.journal import noter
from sandbox.cohorts.middleware import MondeMiddleware, poser_place
from sandbox.cohorts.models import Cohort, Formateur, Participant, Trace
from sandbox.mail.models import Message
from sandbox.mail.services import send
from tests.conftest import client_au_poste


def passer(client, chemin="/portail/", lire=lambda r: None):
    """Through both middlewares; what the view saw."""
    requete = RequestFactory().get(chemin)
    requete.COOKIES = {nom: cookie.value for nom, cookie in client.cookies.items()}
    requete.session = client.session
    vu = {}

    def vue(r):
        vu.update(
            place=r.place,
            cohort=r.cohort,
            compte=r.compte,
            ouvert=clock.is_set(),
            zone=timezone.get_current_timezone_name(),
            lu=lire(r),
        )
        return HttpResponse()

    MondeMiddleware(CompteMiddleware(vue))(requete)
    return vu


def test_sans_place_aucun_monde(db):
    vu = passer(Client())
    assert (vu["place"], vu["cohort"], vu["compte"], vu["ouvert"]) == (None, None, None, False)


def test_le_monde_de_la_place_est_ouvert_le_temps_de_la_requete(poste, cohort):
    Cohort.objects.filter(pk=cohort.pk).update(fuseau="Pacific/Noumea")
    vu = passer(poste, lire=lambda r: clock.now())
    assert (vu["cohort"], vu["place"].numero, vu["zone"]) == (cohort, 1, "Pacific/Noumea")
    assert vu["lu"] == cohort.sim_reference
    assert not clock.is_set()


@pytest.mark.parametrize("chemin", ["/formateur/", "/formateur/session/X/", "/static/css/bas.css", "/sante"])
def test_la_console_n_ouvre_aucun_monde(poste, chemin):
    vu = passer(poste, chemin)
    assert (vu["place"], vu["ouvert"]) == (None, False)


def test_un_cookie_contrefait_ne_donne_pas_de_place(poste):
    poste.cookies["place"] = poste.cookies["place"].value[:-3] + "abc"
    assert passer(poste)["place"] is None


def test_un_cookie_signe_mais_absurde_ne_donne_pas_de_place(poste, cohort):
    for contenu in ("x:1", "1", "1:x", "999999:1", ":"):
        reponse = HttpResponse()
        reponse.set_signed_cookie("place", contenu, salt="place")
        poste.cookies["place"] = reponse.cookies["place"].value
        assert passer(poste)["place"] is None, contenu


def test_une_place_reprise_ailleurs_met_l_ancien_navigateur_dehors(poste, cohort):
    with cohort.monde():
        Participant.objects.filter(numero=1).update(version=2)
    assert passer(poste)["place"] is None
    assert passer(client_au_poste(cohort))["place"].numero == 1


def test_le_cookie_de_place_est_prudent(cohort, settings):
    settings.SESSION_COOKIE_SECURE = True
    with cohort.monde():
        place = Participant.objects.get(numero=2)
    reponse = HttpResponse()
    poser_place(reponse, place)
    cookie = reponse.cookies["place"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert int(cookie["max-age"]) == 30 * 24 * 3600


# --- the account logged in to the portal


def test_le_compte_connecte_est_relu_a_chaque_requete(gestionnaire, compte, cohort):
    vu = passer(gestionnaire)
    assert vu["compte"] == compte
    assert vu["compte"].cohort == cohort
    with cohort.monde():
        Compte.objects.update(etat="DESACTIVE")
    assert passer(gestionnaire)["compte"] is None


def test_changer_de_mot_de_passe_ferme_la_session_ouverte(gestionnaire, compte, cohort):
    compte.set_password("AutreMotDePasse!1")
    with cohort.monde():
        compte.save()
    assert passer(gestionnaire)["compte"] is None


def test_une_session_illisible_n_ouvre_rien(poste):
    session = poste.session
    for valeur in ("texte", {"id": None, "empreinte": "x"}, {"id": 10**6}, {}):
        session[CLE] = valeur
        session.save()
        assert passer(poste)["compte"] is None


def test_le_compte_d_une_autre_session_de_formation_n_ouvre_rien(poste, compte, autre_cohort):
    intrus = client_au_poste(autre_cohort)
    session = intrus.session
    session[CLE] = {"id": compte.pk, "empreinte": compte.empreinte_session()}
    session.save()
    assert passer(intrus)["compte"] is None


def test_quitter_le_portail_garde_la_place_et_le_formateur(gestionnaire, compte, formateur):
    requete = RequestFactory().get("/")
    requete.session = gestionnaire.session
    requete.session["_auth_user_id"] = str(formateur.pk)
    cle = requete.session.session_key
    fermer_session(requete)
    assert requete.compte is None
    assert CLE not in requete.session
    assert requete.session["_auth_user_id"] == str(formateur.pk)
    assert requete.session.session_key != cle
    ouvrir_session(requete, compte)
    assert requete.compte == compte
    assert requete.session[CLE]["id"] == compte.pk


# --- context of the templates


def test_le_bandeau_n_est_calcule_que_s_il_est_lu(poste, cohort, django_assert_num_queries):
    requete = RequestFactory().get("/")
    with cohort.monde():
        requete.place, requete.cohort, requete.compte = Participant.objects.get(numero=1), cohort, None
        requete.place.cohort = cohort
        with django_assert_num_queries(0):
            contenu = contexte(requete)
        with django_assert_num_queries(1):
            assert contenu["bandeau"].non_lus == 0
    assert contexte(RequestFactory().get("/")) == {"place": None, "compte": None, "cohort": None, "bandeau": None}


def test_le_bandeau_dit_la_date_et_les_messages_du_poste(monde):
    participant = Participant.objects.select_related("cohort").get(numero=1)
    participant.prenom = "Nadia"
    send(monde, "a@b.example", "pour 1", "", type="N1", place=1)
    send(monde, "a@b.example", "pour 2", "", type="N1", place=2)
    vu = bandeau(participant)
    assert (vu.non_lus, vu.jour, vu.place_numero, vu.place_nom) == (1, 0, "01", "Nadia")
    assert f"{vu.date_simulee:%d/%m/%Y %H:%M}" == "07/12/2026 09:00"
    assert (vu.cohort_titre, vu.horloge_libelle, vu.en_cours) == ("Essai", "Arrêtée", False)


def test_le_jeton_du_bandeau_change_avec_ce_que_la_page_montre(monde):
    participant = Participant.objects.select_related("cohort").get(numero=1)
    vus = [bandeau(participant).jeton]
    assert bandeau(participant).jeton == vus[0]
    send(monde, "a@b.example", "x", "", type="N1", place=1)
    vus.append(bandeau(participant).jeton)
    participant.cohort.revision += 1
    vus.append(bandeau(participant).jeton)
    participant.cohort.horloge_mode = "real"
    vus.append(bandeau(participant).jeton)
    participant.cohort.cible = clock.now()
    vus.append(bandeau(participant).jeton)
    assert len(set(vus)) == len(vus)
    assert Message.objects.count() == 1


# --- journal


def test_le_journal_nomme_son_auteur(monde, formateur):
    participant = Participant.objects.get(numero=1)
    participant.prenom = "Nadia"
    traces = [
        noter(monde, "dépose", "F-1", participant=participant, montant="12"),
        noter(monde, "saut", formateur=formateur),
        noter(monde, "nettoie", auteur=Trace.Auteur.ROBOT, place=2),
        noter(monde, "démarre"),
    ]
    assert [(t.auteur, t.nom, t.place) for t in traces] == [
        ("stagiaire", "Poste 01 Nadia", 1),
        ("formateur", "Camille Essai", None),
        ("robot", "", 2),
        ("systeme", "", None),
    ]
    assert traces[0].details == {"montant": "12"}
    assert traces[0].simule_le == monde.sim_reference
    assert [str(t) for t in traces[:2]] == ["dépose F-1", "saut"]


def test_le_journal_s_ecrit_aussi_hors_du_temps(cohort):
    from django_scopes import scope

    with scope(cohort=cohort):
        assert noter(cohort, "x", "o" * 400).simule_le is None


def test_les_noms_qui_se_lisent(cohort, formateur):
    assert str(cohort) == f"Essai ({cohort.code})"
    assert str(formateur) == "Camille Essai"
    assert str(Formateur(email="a@b.example")) == "a@b.example"
    assert str(Participant(numero=3)) == "Poste 03"
    assert not Participant(numero=3).pris
    assert Formateur.objects.get_by_natural_key(" FORMATEUR@session.example ") == formateur
