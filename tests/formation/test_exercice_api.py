"""Exercise 14, third part: the access handed out, the calls seen in the journal of the seat."""

import base64
import json
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from api.models import AppelApi
from formation.services import acces_exercice, controles_api, exercices, mises_en_place
from sandbox.cohorts.models import Participant
from structures.models import ApplicationPiste, CompteTechnique
from structures.services import comptes_techniques, piste

PAGE = reverse("formation:exercice", args=["ex14"])
NUMERO = "ARB-2026-124"


@pytest.fixture
def ouvert(poste, structure):
    """The exercise open at seat 1, by its button."""
    assert poste.post(PAGE).status_code == 302
    return structure


def acces_de(structure):
    with structure.cohort.monde():
        return acces_exercice.lire(structure)


@pytest.fixture
def acces(ouvert):
    return acces_de(ouvert)


def entetes(acces):
    compte = f"{acces.technique.compte.login_email}:{acces.mot_de_passe}"
    return {"cpro-account": base64.b64encode(compte.encode()).decode()}


def appeler(chemin, corps, entetes):
    return Client().post(f"/cpro/{chemin}", json.dumps(corps), content_type="application/json", headers=entetes)


def jeton(acces):
    champs = {"grant_type": "client_credentials", "scope": "openid"}
    champs |= {"client_id": str(acces.application.client_id), "client_secret": acces.secret}
    corps = "&".join(f"{nom}={valeur}" for nom, valeur in champs.items())
    reponse = Client().post("/api/oauth/token", corps, content_type="application/x-www-form-urlencoded")
    return reponse.json()["access_token"]


def marque(cohort):
    with cohort.monde():
        return controles_api.marque(controles_api.du_poste(1, NUMERO))


class TestAcces:
    def test_commencer_le_fournit_et_la_page_le_montre(self, poste, acces, compte):
        assert acces.technique.compte.login_email == "TECH_1_00010101400017@cpro.fr"
        assert acces.application.compte == compte
        reponse = poste.get(PAGE)
        page = unescape(reponse.content.decode())
        for attendu in (acces.mot_de_passe, acces.secret, str(acces.application.client_id), "http://testserver"):
            assert f"<code>{attendu}</code>" in page
        assert reponse["Cache-Control"] == "no-store"
        assert page.count("À faire") == 7

    def test_il_ouvre_l_api(self, acces):
        entete = {**entetes(acces), "Authorization": f"Bearer {jeton(acces)}"}
        reponse = appeler("transverses/v1/recuperer/typedp", {}, entete)
        assert (reponse.status_code, reponse.json()["codeRetour"]) == (200, 0)

    def test_qui_a_deja_le_sien_le_garde(self, poste, structure, compte, cohort):
        with cohort.monde():
            structure.cohort = compte.cohort = cohort
            technique, _ = comptes_techniques.creer(structure, par=compte)
            application = piste.preparer(compte)
        poste.post(PAGE)
        acces = acces_de(structure)
        assert (acces.technique, acces.application, acces.mot_de_passe) == (technique, application, "")
        assert "celui qui vous a été affiché" in unescape(poste.get(PAGE).content.decode())
        with cohort.monde():
            assert structure.comptes_techniques.count() == 1

    def test_une_reinitialisation_finit_le_mot_de_passe_fourni(self, poste, acces, compte, cohort):
        with cohort.monde():
            compte.cohort = cohort
            comptes_techniques.reinitialiser(acces.technique, par=compte)
        assert acces.mot_de_passe not in poste.get(PAGE).content.decode()

    def test_un_mot_de_passe_expire_le_dit(self, poste, acces, cohort):
        with cohort.monde():
            CompteTechnique.objects.filter(pk=acces.technique.pk).update(expire_le=cohort.depart())
        assert "expiré : réinitialisez-le" in unescape(poste.get(PAGE).content.decode())

    def test_sans_application_rien_n_est_montre(self, poste, acces, cohort):
        with cohort.monde():
            ApplicationPiste.objects.filter(pk=acces.application.pk).delete()
        assert acces_de(acces.technique.structure) is None
        assert "Votre accès à l'API" not in unescape(poste.get(PAGE).content.decode())

    def test_avant_de_commencer_rien_n_est_montre(self, poste, structure):
        page = unescape(poste.get(PAGE).content.decode())
        assert "Votre accès à l'API" not in page
        assert "Les appels à faire" not in page
        assert "prépare sur votre poste votre accès à l'API" in page

    def test_sans_entreprise_l_exercice_dit_quoi_faire(self, poste, cohort):
        assert poste.post(PAGE).status_code == 409
        with cohort.monde():
            assert not CompteTechnique.objects.filter(compte__login_email__startswith="TECH_1_000101014").exists()

    def test_les_factures_et_l_acces_se_preparent_ensemble(self, cohort, structure):
        with cohort.monde():
            participant = Participant.objects.get(numero=1)
            participant.cohort = structure.cohort = cohort
            decrit = exercices.trouver(cohort, "ex5")
            faites = mises_en_place.preparer(
                participant, {**decrit.contenu, "facture_api": NUMERO}, decrit.lignes, structure
            )
        assert len(faites) == 1
        assert acces_de(structure).mot_de_passe

    def test_l_entreprise_disparue_laisse_la_liste(self, poste, ouvert, cohort):
        """A seat put back while its exercise was open."""
        with cohort.monde():
            ouvert.delete()
        page = unescape(poste.get(PAGE).content.decode())
        assert "Les appels à faire" in page
        assert "Votre accès à l'API" not in page


class TestControles:
    def noter(self, acces, cohort, **champs):
        with cohort.monde():
            AppelApi.objects.create(
                cohort=cohort, place=champs.pop("place", 1), application=acces.application, methode="POST", **champs
            )

    def test_rien_n_est_fait_au_depart(self, acces, cohort, django_assert_num_queries):
        assert marque(cohort) == "0000000"
        with cohort.monde(), django_assert_num_queries(1):
            controles_api.du_poste(1, NUMERO)

    @pytest.mark.parametrize(
        ("attendue", "champs"),
        [
            ("1000000", {"operation": "jeton", "chemin": "/api/oauth/token", "statut": 200}),
            (
                "0100000",
                {
                    "operation": "deposerFluxFacture",
                    "chemin": "/cpro/factures/v1/deposer/flux",
                    "statut": 200,
                    "code_retour": 0,
                },
            ),
            (
                "0010000",
                {
                    "chemin": "/cpro/transverses/v1/consulterCR",
                    "statut": 200,
                    "code_retour": 0,
                    "reponse": '{\n  "etatCourantFlux": "IN_INTEGRE"\n}',
                },
            ),
            (
                "0001000",
                {
                    "chemin": "/cpro/factures/v1/consulter/fournisseur",
                    "statut": 200,
                    "code_retour": 0,
                    "reponse": '{"facture": {"numeroFacture": "ARB-2026-124"}}',
                },
            ),
            (
                "0000100",
                {
                    "chemin": "/cpro/factures/v1/consulter/historique",
                    "statut": 200,
                    "code_retour": 0,
                    "reponse": '{"numeroFacture": "ARB-2026-124"}',
                },
            ),
            ("0000010", {"chemin": "/cpro/factures/v1/deposer/flux", "statut": 401}),
            ("0000001", {"chemin": "/cpro/structures/v1/rechercher", "statut": 200, "code_retour": 20000}),
        ],
        ids=["jeton", "depot", "compte-rendu", "consultation", "historique", "sans-jeton", "siret-inconnu"],
    )
    def test_chaque_appel_se_coche(self, acces, cohort, attendue, champs):
        self.noter(acces, cohort, **champs)
        assert marque(cohort) == attendue

    @pytest.mark.parametrize(
        "champs",
        [
            {"operation": "jeton", "chemin": "/api/oauth/token", "statut": 400},
            {"operation": "deposerFluxFacture", "chemin": "x", "statut": 200, "code_retour": 20001},
            {
                "chemin": "/cpro/transverses/v1/consulterCRDetaille",
                "statut": 200,
                "code_retour": 0,
                "reponse": '{"etatCourantDepotFlux": "IN_INTEGRE_PARTIEL"}',
            },
            {
                "chemin": "/cpro/factures/v1/consulter/fournisseur",
                "statut": 200,
                "code_retour": 0,
                "reponse": '{"facture": {"numeroFacture": "ARB-2026-123"}}',
            },
            {"chemin": "/cpro/structures/v1/rechercher", "statut": 200, "code_retour": 0},
            {"chemin": "/cpro/structures/v1/rechercher", "statut": 200, "code_retour": 20000, "place": 2},
        ],
        ids=["secret-faux", "depot-refuse", "partiel", "autre-facture", "siret-connu", "autre-poste"],
    )
    def test_ce_qui_n_a_pas_reussi_ne_se_coche_pas(self, acces, cohort, champs):
        self.noter(acces, cohort, **champs)
        assert marque(cohort) == "0000000"

    def test_la_liste_vit(self, poste, acces, cohort):
        page = poste.get(PAGE).content.decode()
        assert f'hx-get="{PAGE}?marque=0000000"' in page
        assert poste.get(f"{PAGE}?marque=0000000", headers={"HX-Request": "true"}).status_code == 204
        jeton(acces)
        neuve = poste.get(f"{PAGE}?marque=0000000", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in neuve
        assert acces.secret not in neuve
        assert "1 sur 7" in neuve

    def test_tout_fait_elle_ne_demande_plus_rien(self, poste, acces, monkeypatch):
        fait = controles_api.Controle("Obtenir un jeton", "/api/oauth/token", "200", True)
        monkeypatch.setattr(controles_api, "du_poste", lambda place, numero: [fait])
        assert "hx-trigger" not in poste.get(PAGE).content.decode().split('id="appels-api"')[1].split(">")[0]


class TestSansJeton:
    """A call that no good token signs is noted where its ready-made account says, and nowhere else."""

    def test_le_compte_fourni_le_fait_noter(self, acces, cohort):
        for autorisation in ({}, {"Authorization": "Bearer abîmé"}):
            reponse = appeler("transverses/v1/health-check", {}, {**entetes(acces), **autorisation})
            assert (reponse.status_code, reponse.json()) == (401, {"error": "invalid_token"})
        with cohort.monde():
            notes = list(AppelApi.objects.values_list("place", "statut", "chemin"))
        assert notes == [(1, 401, "/cpro/transverses/v1/health-check")] * 2
        assert marque(cohort) == "0000010"

    def test_un_mot_de_passe_faux_ne_nomme_personne(self, acces, cohort):
        faux = {"cpro-account": base64.b64encode(b"TECH_1_00010101400017@cpro.fr:faux").decode()}
        for entete in ({}, faux, {"cpro-account": "x"}):
            assert appeler("transverses/v1/health-check", {}, entete).status_code == 401
        with cohort.monde():
            assert not AppelApi.objects.exists()
            acces.technique.compte.refresh_from_db()
            assert acces.technique.compte.echecs == 0, "sans jeton, personne n'est bloqué"

    def test_la_jumelle_d_une_autre_session_n_en_sait_rien(self, acces, cohort, autre_cohort):
        appeler("transverses/v1/health-check", {}, entetes(acces))
        with autre_cohort.monde():
            assert not AppelApi.objects.exists()

    def test_le_sien_hache_ne_le_fait_pas_noter(self, acces, compte, cohort):
        with cohort.monde():
            compte.cohort = cohort
            _, mot_de_passe = comptes_techniques.reinitialiser(acces.technique, par=compte)
        compte_entete = base64.b64encode(f"{acces.technique.compte.login_email}:{mot_de_passe}".encode()).decode()
        assert appeler("transverses/v1/health-check", {}, {"cpro-account": compte_entete}).status_code == 401
        with cohort.monde():
            assert not AppelApi.objects.exists()
