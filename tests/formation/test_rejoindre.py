"""Join a session: code, seat, PIN; races, refusals, attempts counted (formation.md JOI-1 to JOI-5)."""

import json
import os
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from formation.services import places
from sandbox import clock, paths
from sandbox.cohorts.enums import EtatSession
from sandbox.cohorts.models import Cohort, Participant, Trace
from tests import factories

pytestmark = pytest.mark.django_db
NUL, LONG, EMOJI, RTL = "a\x00b", "é" * 10_000, "🧱🧾", "\u202eنادية"
HOSTILES = [NUL, LONG, EMOJI, RTL, "'; DROP TABLE x; --", "<script>alert(1)</script>", "%00", " "]


def url(cohort, **requete):
    return reverse("formation:rejoindre_code", args=[cohort.code], query=requete or None)


def entrer(cohort, client=None, **champs):
    return (client or Client()).post(url(cohort), {"prenom": "Nadia"} | champs)


def lire(cohort, numero):
    with cohort.monde():
        return Participant.objects.get(numero=numero)


def prendre(cohort, numero, prenom="Occupant"):
    with cohort.monde():
        return places.rejoindre(cohort, prenom=prenom, numero=numero)


def texte(reponse):
    return reponse.content.decode()


def test_l_accueil_demande_le_code():
    reponse = Client().get("/")
    assert reponse.status_code == 200
    assert 'name="code"' in texte(reponse)
    assert Client().post("/").status_code == 405


def test_l_accueil_d_un_poste_propose_de_reprendre(poste):
    assert "Reprendre au poste 01" in texte(poste.get("/"))


@pytest.mark.parametrize("forme", ["{}", "{} ", " {}", "{}-", "<b>{}"])
def test_le_code_mene_a_la_session_quelle_que_soit_sa_frappe(cohort, forme):
    saisi = forme.format(f"{cohort.code[:4]} {cohort.code[4:]}".lower()).replace("<b>", "")
    reponse = Client().get(reverse("formation:rejoindre"), {"code": saisi})
    assert reponse.status_code == 302
    assert reponse.url == url(cohort)


def test_sans_code_on_le_demande():
    reponse = Client().get(reverse("formation:rejoindre"))
    assert reponse.status_code == 200
    assert "erreur" not in texte(reponse)


def test_code_vide():
    reponse = Client().get(reverse("formation:rejoindre"), {"code": " - "})
    assert reponse.status_code == 422
    assert "Saisissez le code" in texte(reponse)


def test_le_formulaire_a_quatre_champs_et_la_carte_le_remplit(cohort):
    reponse = Client().get(url(cohort, poste="3", pin="1234"))
    assert len(list(reponse.context["form"].fields)) == 4
    assert reponse.context["form"]["numero"].value() == "3"
    assert reponse.context["form"]["pin"].value() == "1234"


def test_une_carte_truquee_ne_remplit_rien(cohort):
    form = Client().get(url(cohort, poste="<b>", pin="'1'")).context["form"]
    assert (form["numero"].value(), form["pin"].value()) == ("", "")


def test_le_premier_venu_prend_le_premier_poste_et_ouvre_la_session(cohort):
    client = Client()
    reponse = entrer(cohort, client, nom="Morel")
    assert (reponse.status_code, reponse.url) == (302, reverse("formation:place"))
    assert client.cookies["place"]["httponly"]
    occupant = lire(cohort, 1)
    assert (occupant.prenom, occupant.nom, occupant.pris) == ("Nadia", "Morel", True)
    cohort.refresh_from_db()
    assert cohort.etat == EtatSession.OUVERTE
    page = texte(client.get(reponse.url))
    assert "Nadia, vous êtes au poste 01" in page
    assert occupant.pin in page
    assert "stagiaire01@session.example" in page
    assert "ARBELIN MENUISERIE 01" in page


def test_la_session_ouverte_le_reste(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(etat=EtatSession.EN_PAUSE)
    cohort.refresh_from_db()
    entrer(cohort)
    cohort.refresh_from_db()
    assert cohort.etat == EtatSession.EN_PAUSE


def test_le_suivant_prend_le_poste_suivant(cohort):
    entrer(cohort)
    entrer(cohort, prenom="Karim")
    assert lire(cohort, 2).prenom == "Karim"


def test_poste_demande_libre(cohort):
    entrer(cohort, numero="3")
    assert lire(cohort, 3).prenom == "Nadia"
    assert not lire(cohort, 1).pris


def test_poste_occupe_sans_pin(cohort):
    prendre(cohort, 3)
    reponse = entrer(cohort, numero="03")
    assert reponse.status_code == 422
    assert "Le poste 03 est déjà occupé" in texte(reponse)
    assert "saisissez son PIN" in texte(reponse)
    assert lire(cohort, 3).prenom == "Occupant"


def test_poste_occupe_et_pin_juste_redonne_la_place_sans_la_renommer(cohort):
    occupant = prendre(cohort, 2, "Karim")
    client = Client()
    reponse = entrer(cohort, client, numero="2", pin=f" {occupant.pin[:2]} {occupant.pin[2:]} ")
    assert reponse.status_code == 302
    assert "Karim, vous êtes au poste 02" in texte(client.get(reponse.url))
    with cohort.monde():
        assert Trace.objects.filter(verbe="revient à son poste").count() == 1


def test_pin_faux(cohort):
    faux = "0000" if lire(cohort, 1).pin != "0000" else "1111"
    reponse = entrer(cohort, numero="1", pin=faux)
    assert reponse.status_code == 422
    assert "pas celui du poste 01" in texte(reponse)
    assert not lire(cohort, 1).pris


def test_pin_sans_poste(cohort):
    reponse = entrer(cohort, pin="1234")
    assert reponse.status_code == 422
    assert "Indiquez aussi le numéro" in texte(reponse)


@pytest.mark.parametrize(
    ("champs", "message"),
    [
        ({"prenom": ""}, "Indiquez un prénom"),
        ({"numero": "4"}, "Il n'y a pas de poste 04"),
        ({"numero": "0"}, "commencent à 01"),
        ({"numero": "-1"}, "commencent à 01"),
        ({"numero": "999"}, "n'existe pas"),
        ({"numero": "trois"}, "s'écrit avec des chiffres"),
        ({"numero": "1", "pin": "abcd"}, "que des chiffres"),
        ({"numero": "1", "pin": "1234567"}, "que des chiffres"),
    ],
)
def test_saisies_refusees_au_champ_et_gardees(cohort, champs, message):
    reponse = entrer(cohort, nom="Gardé", **champs)
    assert reponse.status_code == 422
    assert message in texte(reponse).replace("&#x27;", "'")
    assert "Gardé" in texte(reponse)
    with cohort.monde():
        assert not Participant.objects.filter(arrive_le__isnull=False).exists()


@pytest.mark.parametrize("valeur", HOSTILES)
@pytest.mark.parametrize("champ", ["prenom", "nom", "numero", "pin"])
def test_jamais_500(cohort, champ, valeur):
    assert entrer(cohort, **{champ: valeur}).status_code in {302, 422}


@pytest.mark.parametrize("valeur", HOSTILES)
def test_code_hostile(valeur):
    assert Client().get(reverse("formation:rejoindre"), {"code": valeur}).status_code in {302, 422}
    assert Client().get(f"/rejoindre/{valeur.replace('/', '')[:300] or 'x'}/").status_code == 404


def test_code_inconnu():
    reponse = Client().get("/rejoindre/ZZZZ9999/")
    assert reponse.status_code == 404
    assert "Aucune session n'a ce code" in texte(reponse).replace("&#x27;", "'")


@pytest.mark.parametrize("etat", [EtatSession.TERMINEE, EtatSession.ARCHIVEE])
def test_session_terminee(cohort, etat):
    Cohort.objects.filter(pk=cohort.pk).update(etat=etat)
    reponse = Client().get(url(cohort))
    assert reponse.status_code == 409
    assert "terminée" in texte(reponse)


def test_session_complete(cohort):
    for numero in (1, 2, 3):
        prendre(cohort, numero)
    reponse = entrer(cohort)
    assert reponse.status_code == 422
    assert "Les 3 postes de cette session sont occupés" in texte(reponse)


def test_wrong_method(cohort):
    assert Client().put(url(cohort)).status_code == 405
    assert Client().delete(reverse("formation:rejoindre")).status_code == 405


def test_dix_codes_faux_puis_attendre_et_les_autres_adresses_entrent(cohort):
    for n in range(places.ESSAIS_PAR_MINUTE):
        assert Client().get(f"/rejoindre/FAUX{n:04d}/").status_code == 404
    reponse = Client().get(url(cohort))
    assert reponse.status_code == 429
    assert reponse["Retry-After"] == "60"
    assert "Attendez une minute" in texte(reponse)
    assert Client().get(url(cohort), REMOTE_ADDR="192.0.2.9").status_code == 200
    cache.clear()  # a minute later
    assert entrer(cohort).status_code == 302


def test_dix_pin_faux_ferment_cette_session_a_cette_adresse(cohort, autre_cohort):
    prendre(cohort, 1)
    faux = f"{(int(lire(cohort, 1).pin) + 1) % 10_000:04d}"
    for _ in range(places.ESSAIS_PAR_MINUTE):
        assert entrer(cohort, numero="1", pin=faux).status_code == 422
    assert entrer(cohort, numero="1", pin=lire(cohort, 1).pin).status_code == 429
    assert entrer(autre_cohort).status_code == 302


def test_une_classe_entiere_derriere_une_seule_adresse():
    cohort = factories.cohort(places=30)
    assert {entrer(cohort, prenom=f"P{n}").status_code for n in range(30)} == {302}


def test_un_compteur_expire_entre_deux_lectures_ne_casse_rien(monkeypatch):
    def perdu(*_):
        raise ValueError

    cle = places._cles("192.0.2.1", "X")[0]
    cache.set(cle, 1, 60)
    monkeypatch.setattr(cache, "incr", perdu)
    places.compter_echec("192.0.2.1", "X", "code")
    assert cache.get(cle) == 1


def test_changer_de_poste_ferme_le_compte_du_portail(cohort, gestionnaire):
    assert "compte" in gestionnaire.session
    entrer(cohort, gestionnaire, numero="2")
    assert "compte" not in gestionnaire.session
    assert texte(gestionnaire.get(url(cohort))).count("poste 02") >= 1


def test_la_meme_place_garde_le_compte_ouvert(cohort, gestionnaire):
    occupant = prendre(cohort, 1)
    entrer(cohort, gestionnaire, numero="1", pin=occupant.pin)
    assert "compte" in gestionnaire.session


def _perdre_la_course(monkeypatch, cohort, fois=1):
    """Someone else arrives between the moment a seat is seen free and the moment it is taken."""
    prendre_vraiment, restantes = places._prendre, [fois]

    def perdre(participant, prenom, nom):
        if restantes[0]:
            restantes[0] -= 1
            Participant.objects.filter(pk=participant.pk).update(arrive_le=clock.real_now(), prenom="Autre")
        return prendre_vraiment(participant, prenom, nom)

    monkeypatch.setattr(places, "_prendre", perdre)


def test_poste_pris_sous_les_yeux_on_passe_au_suivant(cohort, monkeypatch):
    _perdre_la_course(monkeypatch, cohort)
    assert entrer(cohort).status_code == 302
    assert [lire(cohort, n).prenom for n in (1, 2)] == ["Autre", "Nadia"]


def test_poste_demande_pris_sous_les_yeux(cohort, monkeypatch):
    _perdre_la_course(monkeypatch, cohort, fois=2)
    assert "déjà occupé" in texte(entrer(cohort, numero="1"))
    reponse = entrer(cohort, numero="2", pin=lire(cohort, 2).pin)
    assert reponse.status_code == 302
    assert lire(cohort, 2).prenom == "Autre"


COURSE = """
import json, threading, django
django.setup()
from django.core.management import call_command
from formation.services import places, sessions
from sandbox.cohorts.models import Cohort
call_command("migrate", verbosity=0)
pk = sessions.creer(pack="libre", places=20).pk
depart, recues, refus = threading.Barrier(20), [], []
def arriver(n):
    try:
        depart.wait()
        recues.append(places.rejoindre(Cohort.objects.get(pk=pk), prenom=f"P{n}").numero)
    except Exception as erreur:
        refus.append(repr(erreur))
    finally:
        connection.close()
fils = [threading.Thread(target=arriver, args=(n,)) for n in range(20)]
for fil in fils: fil.start()
for fil in fils: fil.join()
print(json.dumps([sorted(recues), refus]))
"""


@pytest.mark.lent
def test_vingt_arrivees_simultanees_sans_doublon(tmp_path):
    """In a database file of its own: the one of the tests is in memory and cannot be shared between threads."""
    env = os.environ | {"SANDBOX_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    env["DJANGO_SETTINGS_MODULE"] = "sandbox.settings"
    fini = subprocess.run(
        [sys.executable, "-c", COURSE], env=env, cwd=paths.ROOT, capture_output=True, text=True, check=False
    )
    assert fini.returncode == 0, fini.stderr
    assert json.loads(fini.stdout.splitlines()[-1]) == [list(range(1, 21)), []]
