"""The three layers of the gateway, and the journal of what came through (api.md §3, §12)."""

import json

import pytest
from django.db import DatabaseError, DataError

from api.models import AppelApi
from api.registre import OPERATIONS, Operation
from api.services import appels, debit, pannes
from api.views import passerelle
from structures.models import ApplicationPiste
from tests.api.appels import MONTBRISAC, VOLTAIGNE, client_api, entete_compte

SANTE, CR, DEPOT = "transverses/v1/health-check", "transverses/v1/consulterCR", "factures/v1/deposer/flux"
MAL_FORMULEE = (400, {"codeRetour": 400, "libelle": "Requête mal formulée"})


@pytest.fixture
def programme(cohort):
    return client_api(cohort)


def dernier(cohort):
    with cohort.monde():
        return AppelApi.objects.first()


def test_health_check(programme):
    statut, recu = programme.get(SANTE)
    assert statut == 200
    assert recu["statusCode"] == "OK"


def test_chaque_reponse_porte_une_correlation(programme):
    reponse = programme.brut("GET", SANTE)
    assert reponse["x-correlationid"].startswith("Id-")
    assert reponse["Content-Type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize("porteur", ["", "Bearer", "Bearer faux", "Basic abc", "Bearer a.b:c:d"])
def test_sans_jeton(db, client, porteur):
    reponse = client.get(f"/cpro/{SANTE}", headers={"Authorization": porteur})
    assert (reponse.status_code, reponse.json()) == (401, {"error": "invalid_token"})


@pytest.mark.parametrize(
    "entete",
    [
        pytest.param("", id="absent"),
        pytest.param("pas du base64 !", id="pas-base64"),
        pytest.param("c2FucyBkZXV4IHBvaW50cw==", id="sans-deux-points"),
        pytest.param(entete_compte("TECH_9_000@cpro.fr", "x"), id="inconnu"),
        pytest.param(entete_compte(f"TECH_1_{VOLTAIGNE}@cpro.fr", "faux"), id="mot-de-passe"),
        pytest.param("/w==", id="pas-utf8"),
    ],
)
def test_compte_technique_refuse(programme, cohort, entete):
    programme.cpro_account = entete
    assert programme.get(SANTE) == (401, {})
    assert dernier(cohort).raison


def test_cinq_mots_de_passe_faux_bloquent_le_compte(programme):
    bon = programme.cpro_account
    programme.get(SANTE)  # remembered: being remembered must not outlive the lock
    programme.cpro_account = entete_compte(f"TECH_1_{VOLTAIGNE}@cpro.fr", "faux")
    for _ in range(5):
        programme.get(SANTE)
    programme.cpro_account = bon
    assert programme.get(SANTE) == (401, {})


@pytest.mark.parametrize("chemin", ["transverses/v1/deposer/flux", "inconnu", "organisations/v1/healthcheck"])
def test_adresse_inconnue(programme, chemin):
    assert programme.post(chemin) == (403, {})


def test_la_casse_compte(programme):
    assert programme.post("transverses/v1/consultercr")[0] == 403


def test_api_non_cochee(programme, cohort):
    with cohort.monde():
        ApplicationPiste.objects.update(apis=["factures"])
    assert programme.get(SANTE) == (403, {})
    assert "n'est pas cochée" in dernier(cohort).raison


def test_autre_methode(programme):
    reponse = programme.brut("GET", CR)
    assert (reponse.status_code, json.loads(reponse.content), reponse["Allow"]) == (405, {}, "POST")


def test_operation_pas_encore_simulee(programme, cohort, monkeypatch):
    nommee = Operation(code="x", api="factures", chemin="x", resume="x", executer=None)
    monkeypatch.setitem(OPERATIONS, "factures/v1/x", nommee)
    assert programme.post("factures/v1/x") == (403, {})
    assert "pas encore simulée" in dernier(cohort).raison


@pytest.mark.parametrize(
    "corps",
    [
        pytest.param(b"{", id="coupe"),
        pytest.param(b"[1]", id="liste"),
        pytest.param(b'"texte"', id="texte"),
        pytest.param(b"\xff\xfe{}", id="pas-utf8"),
        pytest.param(b'{"a": NaN}', id="nan"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="entier-enorme"),
        pytest.param(b'{"numeroFluxDepot": "\\u0000"}', id="nul"),
        pytest.param(b'{"numeroFluxDepot": "\\ud800"}', id="moitie-de-caractere"),
        pytest.param(b'{"\\ud800": 1}', id="nom-impossible"),
        pytest.param(b'{"a":' * 30 + b"1" + b"}" * 30, id="tour"),
        pytest.param(b"[" * 5000 + b"]" * 5000, id="recursion"),
        pytest.param(b'{"numeroFluxDepot": 12}', id="type"),
        pytest.param(b'{"numeroFluxDepot": {"a": 1}}', id="objet-pour-texte"),
        pytest.param(b'{"dateDepot": "hier"}', id="date"),
    ],
)
def test_corps_mal_formule(programme, cohort, corps):
    assert programme.post(CR, corps) == MAL_FORMULEE
    assert dernier(cohort).raison


@pytest.mark.parametrize("corps", [b"", b"{}", b"[]", b"null", b" \n", b"\xef\xbb\xbf{}"])
def test_corps_sans_argument(programme, corps):
    assert programme.post(CR, corps)[0] == 200


@pytest.mark.parametrize(
    ("media", "statut"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=UTF-8", 200),
        ("application/json;charset=utf-8", 200),
        ("text/xml", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_type_du_corps(programme, media, statut):
    assert programme.post(CR, {"numeroFluxDepot": "x"}, **{"Content-Type": media})[0] == statut


def test_corps_trop_gros(programme, monkeypatch):
    monkeypatch.setitem(OPERATIONS, CR, _avec(OPERATIONS[CR], corps_max=10))
    assert programme.post(CR, {"numeroFluxDepot": "x" * 20}) == (413, {})


def _avec(operation, **champs):
    return Operation(**{**{nom: getattr(operation, nom) for nom in operation.__dataclass_fields__}, **champs})


def test_envoi_coupe(programme, rf):
    requete = rf.generic("POST", f"/cpro/{CR}", b"{}", content_type="application/json", headers=programme.entetes)
    requete.META["CONTENT_LENGTH"] = "50"
    assert passerelle.passer(requete, CR).status_code == 400


def test_longueur_annoncee_trop_grande(programme, rf):
    requete = rf.generic("POST", f"/cpro/{CR}", b"{}", content_type="application/json", headers=programme.entetes)
    requete.META["CONTENT_LENGTH"] = str(10**12)
    assert passerelle.passer(requete, CR).status_code == 413


def test_trop_de_requetes(programme, monkeypatch):
    monkeypatch.setattr(debit, "depasse", lambda cle: 4 if cle.startswith("application") else 0)
    reponse = programme.brut("GET", SANTE)
    assert (reponse.status_code, reponse["Retry-After"]) == (429, "4")
    monkeypatch.setattr(debit, "depasse", lambda cle: 4 if cle.startswith("compte") else 0)
    assert programme.get(SANTE)[0] == 429


def test_le_debit_se_compte_par_fenetre(settings):
    settings.API_REQUETES_PAR_SECONDE = 1
    attentes = [debit.depasse("moi") for _ in range(25)]
    assert any(attente > 0 for attente in attentes)
    assert debit.depasse("autre") == 0


def test_un_compte_qui_expire_au_milieu_n_arrete_personne(monkeypatch):
    """The cache may drop a counter between the moment it is found and the moment it is raised."""
    debit.depasse("moi")

    def perdu(nom):
        raise ValueError(nom)

    monkeypatch.setattr(debit.cache, "incr", perdu)
    assert debit.depasse("moi") == 0


def test_un_incident_ne_montre_rien(programme, cohort, monkeypatch):
    def casser(appel, entree):
        raise RuntimeError("secret interne")

    monkeypatch.setitem(OPERATIONS, CR, _avec(OPERATIONS[CR], executer=casser))
    assert programme.post(CR) == (500, {})
    assert "secret interne" not in dernier(cohort).raison


def test_une_valeur_que_la_base_refuse(programme, monkeypatch):
    def casser(appel, entree):
        raise DataError("value too long")

    monkeypatch.setitem(OPERATIONS, CR, _avec(OPERATIONS[CR], executer=casser))
    assert programme.post(CR) == MAL_FORMULEE


def test_un_journal_impossible_ne_change_pas_la_reponse(programme, monkeypatch):
    def casser(appel):
        raise DatabaseError("plus de place")

    monkeypatch.setattr(appels, "noter", casser)
    assert programme.get(SANTE)[0] == 200


def test_le_journal_coupe_et_masque(programme, cohort):
    programme.post(DEPOT, {"fichierFlux": "A" * 3000, "nomFichier": "f.pdf", "syntaxeFlux": "x", "client_secret": "s3"})
    note = dernier(cohort)
    assert (note.operation, note.statut, note.code_retour) == ("deposerFluxFacture", 200, 29_014)
    assert "(3000 caractères)" in note.requete
    assert "s3" not in note.requete
    assert note.login == f"TECH_1_{VOLTAIGNE}@cpro.fr"
    assert "IN_DP_E2_CII_FACTURX" in note.raison


def test_le_journal_oublie_les_plus_anciens(programme, cohort, monkeypatch):
    monkeypatch.setattr(appels, "GARDES", 10)
    for _ in range(60):
        programme.get(SANTE)
    with cohort.monde():
        assert AppelApi.objects.filter(place=None).count() < 61


def test_les_longues_listes_sont_resumees():
    montre = appels.montrer({"liste": list(range(70))})
    assert montre["liste"][-1] == "… 20 de plus"
    assert appels.ecrire(None) == ""
    assert appels.ecrire({str(n): "x" * 190 for n in range(100)}).endswith("…")


def test_attente_bornee(monkeypatch):
    """What a fault keeps waiting never takes every thread."""
    dormi = []
    monkeypatch.setattr(passerelle.time, "sleep", dormi.append)
    prises = [passerelle._attentes.acquire(blocking=False) for _ in range(pannes.SIMULTANEES)]
    passerelle._attendre(3)
    for _ in prises:
        passerelle._attentes.release()
    passerelle._attendre(4)
    assert dormi == [4]


def test_compte_d_un_prive_pour_une_operation_de_public(cohort):
    """403 with an echo of the body."""
    exigeantes = [cle for cle, operation in OPERATIONS.items() if operation.exige is not None]
    assert "factures/v1/traiter/recue" in exigeantes
    assert client_api(cohort, siret=MONTBRISAC).post("factures/v1/traiter/recue", {"idFacture": 0})[0] == 200
