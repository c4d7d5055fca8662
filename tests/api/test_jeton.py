"""/api/oauth/token (api.md §2)."""

import base64

import pytest
from django.core import signing

from api.models import AppelApi
from api.services import debit, jetons
from sandbox import clock
from structures.services import piste
from tests.api.appels import FORMULAIRE, VALMORAN, application, client_api, demander_jeton

JETON = "/api/oauth/token"
SANTE = "transverses/v1/health-check"


def test_le_jeton_par_formulaire(cohort):
    reponse = demander_jeton(application(cohort))
    recu = reponse.json()
    assert reponse.status_code == 200
    assert (recu["token_type"], recu["expires_in"], recu["scope"]) == ("Bearer", 3600, "openid")
    assert len(recu["access_token"]) > 60
    assert reponse["Cache-Control"] == "no-store"


def test_le_jeton_par_basic_sans_portee(cohort, client):
    app = application(cohort)
    basic = base64.b64encode(f"{app.client_id}:{piste.secret(app)}".encode()).decode()
    reponse = client.post(
        JETON, "grant_type=client_credentials", content_type=FORMULAIRE, headers={"Authorization": f"Basic {basic}"}
    )
    assert reponse.status_code == 200


@pytest.mark.parametrize(
    ("champs", "erreur"),
    [
        pytest.param({"client_secret": "faux"}, "invalid_client", id="secret"),
        pytest.param({"client_id": "inconnu"}, "invalid_client", id="client"),
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="grant"),
        pytest.param({"client_secret": ""}, "invalid_request", id="sans-secret"),
    ],
)
def test_les_refus(cohort, champs, erreur):
    reponse = demander_jeton(application(cohort), **champs)
    assert reponse.status_code == 400
    assert reponse.json()["error"] == erreur
    assert reponse.json()["error_description"]


@pytest.mark.parametrize(
    ("corps", "media", "entetes"),
    [
        pytest.param(b"", FORMULAIRE, {}, id="vide"),
        pytest.param(b"{}", "application/json", {}, id="json"),
        pytest.param(b"\xff\xfe=1", FORMULAIRE, {}, id="pas-utf8"),
        pytest.param(b"a=1&" * 30, FORMULAIRE, {}, id="trop-de-champs"),
        pytest.param(b"x" * 20_000, FORMULAIRE, {}, id="trop-gros"),
        pytest.param(b"grant_type=client_credentials", FORMULAIRE, {"Authorization": "Basic ///"}, id="basic-abime"),
    ],
)
def test_une_demande_mal_faite(db, client, corps, media, entetes):
    reponse = client.post(JETON, corps, content_type=media, headers=entetes)
    assert (reponse.status_code, reponse.json()["error"]) == (400, "invalid_request")


def test_get_est_refuse(db, client):
    reponse = client.get(JETON)
    assert (reponse.status_code, reponse.json(), reponse["Allow"]) == (405, {}, "POST")


def test_une_application_coupee_ne_donne_plus_de_jeton(cohort):
    app = application(cohort)
    programme = client_api(cohort)
    with cohort.monde():
        piste.activer(app, active=False)
    assert demander_jeton(app).json()["error"] == "invalid_client"
    assert programme.get(SANTE) == (401, {"error": "invalid_token"})


def test_un_nouveau_secret_annule_les_jetons(cohort):
    app = application(cohort)
    programme = client_api(cohort)
    with cohort.monde():
        piste.renouveler_secret(app, version=app.version_secret)
    assert programme.get(SANTE)[0] == 401
    assert demander_jeton(app).status_code == 200


def test_un_jeton_vaut_une_heure(cohort, monkeypatch):
    programme = client_api(cohort)
    plus_tard = clock.real_now() + jetons.DUREE
    monkeypatch.setattr(jetons.clock, "real_now", lambda: plus_tard)
    assert programme.get(SANTE) == (401, {"error": "invalid_token"})
    with cohort.monde():
        assert "a expiré" in AppelApi.objects.first().raison


def test_le_jeton_d_une_session_effacee(cohort):
    programme = client_api(cohort)
    faux = signing.dumps([9_999_999, 1, clock.real_now().timestamp(), "n"], salt="api.jeton")
    programme.jeton = faux
    assert programme.get(SANTE) == (401, {"error": "invalid_token"})


def test_le_journal_dit_le_jeton_sans_le_garder(cohort):
    app = application(cohort)
    jeton = demander_jeton(app).json()["access_token"]
    demander_jeton(app, client_secret="faux")
    with cohort.monde():
        refuse, donne = AppelApi.objects.all()[:2]
    assert (donne.statut, refuse.statut) == (200, 400)
    assert "secret faux" in refuse.raison
    assert jeton not in donne.requete + donne.reponse


def test_trop_de_demandes(cohort, monkeypatch):
    monkeypatch.setattr(debit, "depasse", lambda cle: 7)
    reponse = demander_jeton(application(cohort))
    assert (reponse.status_code, reponse["Retry-After"]) == (429, "7")


def test_deux_sessions_ne_se_voient_pas(cohort, autre_cohort):
    """An application of one, a technical account of the other: same login, other password."""
    ici, la = client_api(cohort, siret=VALMORAN), client_api(autre_cohort, siret=VALMORAN)
    assert ici.get(SANTE)[0] == la.get(SANTE)[0] == 200
    ici.cpro_account = la.cpro_account
    assert ici.get(SANTE) == (401, {})
