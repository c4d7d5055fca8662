"""One form makes a session; each refusal is at its field and keeps what was typed."""

import pytest
from django.urls import reverse

from formation.services import packs
from sandbox.cohorts.models import Cohort, Participant

BON = {
    "cle": "cle-du-formulaire",
    "titre": "Groupe de décembre",
    "date_debut": "07/12/2026",
    "date_fin": "08/12/2026",
    "places": "6",
    "pack": "novices-7h",
    "ancrage": "07/12/2026",
    "regime": "historique",
    "fuseau": "Europe/Paris",
    "graine": "",
}


@pytest.fixture
def envoyer(formateur_client):
    return lambda **champs: formateur_client.post(reverse("formation:creer"), BON | champs)


def test_the_form_proposes_a_working_day_and_the_packs(formateur_client):
    page = formateur_client.get(reverse("formation:creer")).content.decode()
    for pack in packs.disponibles():
        assert pack.titre in page
        assert pack.description.replace("'", "&#x27;") in page or pack.description in page


def test_creation(envoyer, formateur):
    reponse = envoyer()
    cohort = Cohort.objects.get()
    assert reponse.url == reverse("formation:session", args=[cohort.code])
    assert (cohort.titre, cohort.places, cohort.formateur_id) == ("Groupe de décembre", 6, formateur.pk)
    assert f"{cohort.date_debut:%d/%m/%Y}-{cohort.date_fin:%d/%m/%Y}" == "07/12/2026-08/12/2026"
    assert cohort.graine
    with cohort.monde():
        assert Participant.objects.count() == 6


def test_double_click_makes_one_session(envoyer):
    premiere, seconde = envoyer(), envoyer()
    assert premiere.url == seconde.url
    assert Cohort.objects.count() == 1


def test_two_forms_make_two_sessions(envoyer):
    envoyer()
    envoyer(cle="autre-cle")
    assert Cohort.objects.count() == 2


def test_same_seed_is_kept(envoyer):
    envoyer(graine="ma-graine")
    assert Cohort.objects.get().graine == "ma-graine"


def test_many_places_are_allowed_with_a_warning(envoyer, formateur_client):
    reponse = envoyer(places="13")
    assert "second formateur" in formateur_client.get(reponse.url).content.decode()


@pytest.mark.parametrize(
    ("champs", "message"),
    [
        ({"titre": ""}, "obligatoire"),
        ({"titre": "x" * 121}, "120"),
        ({"places": "61"}, "60 places au plus"),
        ({"places": "0"}, "au moins 1 place"),
        ({"places": "douze"}, "nombre entier"),
        ({"pack": "inconnu"}, "pack n&#x27;existe pas"),
        ({"pack": ""}, "obligatoire"),
        ({"ancrage": "06/12/2026"}, "Prochain : 07/12/2026"),
        ({"ancrage": "25/12/2026"}, "Prochain : 28/12/2026"),
        ({"ancrage": "le sept"}, "le sept"),
        ({"date_fin": "06/12/2026"}, "ne peut pas précéder"),
        ({"regime": "autre"}, "autre"),
        ({"fuseau": "Mars/Olympus"}, "Mars/Olympus"),
        ({"graine": "x" * 41}, "40"),
    ],
)
def test_bad_input_is_refused_at_its_field(envoyer, champs, message):
    reponse = envoyer(**champs)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in page
    assert 'class="resume-erreurs"' in page
    if champs.get("titre", "x") and "titre" not in champs:
        assert "Groupe de décembre" in page
    assert not Cohort.objects.exists()


def test_a_broken_pack_is_named_instead_of_a_crash(formateur_client, monkeypatch):
    def casse(*args):
        raise packs.PackInvalide("Pack « demo », racine : clé inconnue")

    monkeypatch.setattr(packs, "disponibles", casse)
    reponse = formateur_client.get(reverse("formation:creer"))
    assert reponse.status_code == 409
    assert "clé inconnue" in reponse.content.decode()


def test_a_pack_that_breaks_at_the_last_moment(envoyer, monkeypatch):
    def casse(*args):
        raise packs.PackInvalide("Pack illisible")

    monkeypatch.setattr(packs, "lire", casse)
    monkeypatch.setattr(
        packs, "disponibles", lambda: [packs.Pack("novices-7h", "1", "Titre", "7 h", "", "d", 12, {}, {})]
    )
    reponse = envoyer()
    assert reponse.status_code == 422
    assert "Pack illisible" in reponse.content.decode()


@pytest.mark.parametrize("ancrage", ["01/01/0001", "31/12/1999", "31/12/9999"])
def test_an_anchor_far_from_any_calendar_is_refused(envoyer, ancrage):
    """Jumps and promises from there would leave the calendar."""
    reponse = envoyer(ancrage=ancrage)
    assert reponse.status_code == 422
    assert "entre 2000 et 2100" in reponse.content.decode()
    assert ancrage in reponse.content.decode()
    assert not Cohort.objects.exists()
