"""The simulated PISTE: consents, applications, a secret that is computed (§9.3, ADR 0013)."""

from uuid import uuid4

import pytest

from structures.enums import EnvironnementPiste
from structures.models import ApplicationPiste
from structures.raccordement import APIS
from structures.services import piste

SANDBOX, PRODUCTION = EnvironnementPiste


@pytest.fixture
def prete(compte, monde):
    return piste.preparer(compte)


class TestPreparer:
    def test_ready_made_and_all_ticked_once(self, compte, prete):
        assert prete.nom == "APP_SANDBOX_stagiaire01@session.example"
        assert (prete.environnement, prete.apis) == (SANDBOX, list(APIS))
        assert piste.preparer(compte) == prete
        assert compte.consentements.filter(environnement=SANDBOX).count() == len(APIS) == 6
        assert str(compte.consentements.first()).endswith("(Sandbox)")

    def test_a_new_login_address_makes_no_second_one(self, compte, prete):
        compte.login_email = "neuve@session.example"
        assert piste.preparer(compte) == prete


class TestConsentir:
    def test_new_ones_only(self, compte, prete):
        choix = [("factures", PRODUCTION), ("factures", PRODUCTION), ("factures", SANDBOX)]
        assert piste.consentir(compte, choix) == 1
        assert piste.consentir(compte, choix) == 0

    def test_what_is_not_an_api_is_left_out(self, compte, monde):
        assert piste.consentir(compte, [("organisations", PRODUCTION), ("factures", "LUNE")]) == 0


class TestApplications:
    @pytest.fixture
    def production(self, compte, monde):
        return piste.creer(compte, "Compta")

    def test_created_with_nothing_ticked(self, production):
        assert (production.environnement, production.apis, production.active) == (PRODUCTION, [], True)
        assert str(production) == "Compta"

    def test_one_name_once(self, compte, production):
        with pytest.raises(piste.PisteRefuse, match="Compta") as refus:
            piste.creer(compte, "Compta")
        assert refus.value.champ == "nom"

    def test_an_api_wants_its_consent(self, compte, production):
        with pytest.raises(piste.PisteRefuse, match=r"Production.*Factures, Structures"):
            piste.cocher(production, ["structures", "factures"])
        piste.consentir(compte, [("factures", PRODUCTION), ("structures", PRODUCTION)])
        assert piste.cocher(production, ["structures", "factures", "inconnue"])
        assert not piste.cocher(production, ["factures", "structures"])
        production.refresh_from_db()
        assert production.apis == ["factures", "structures"]

    def test_sandbox_consent_is_not_production_s(self, compte, prete, production):
        with pytest.raises(piste.PisteRefuse):
            piste.cocher(production, ["factures"])

    def test_on_and_off(self, production):
        assert piste.activer(production, active=False)
        assert not piste.activer(production, active=False)
        assert piste.activer(production, active=True)


class TestSecret:
    def test_stable_secret_and_never_stored(self, prete):
        lu = piste.secret(prete)
        assert piste.secret(ApplicationPiste.objects.get(pk=prete.pk)) == lu
        assert lu not in str(list(ApplicationPiste.objects.values_list()))
        assert len(lu) == 36

    def test_two_applications_two_secrets(self, compte, prete):
        assert piste.secret(prete) != piste.secret(piste.creer(compte, "Autre"))

    def test_it_depends_on_the_installation_s_key(self, prete, settings):
        lu = piste.secret(prete)
        settings.SECRET_KEY = "une-autre-cle"
        assert piste.secret(prete) != lu

    def test_checked_from_outside_any_world(self, compte, cohort):
        with cohort.monde():
            prete = piste.preparer(compte)
        trouvee = piste.verifier(str(prete.client_id), piste.secret(prete))
        assert (trouvee, trouvee.cohort, trouvee.compte) == (prete, cohort, compte)

    def test_wrong(self, prete):
        bon = piste.secret(prete)
        assert piste.verifier(str(prete.client_id), bon[:-1] + ("0" if bon[-1] != "0" else "1")) is None
        assert piste.verifier(str(prete.client_id), "é") is None
        assert piste.verifier(str(uuid4()), bon) is None
        assert piste.verifier("n'importe quoi", bon) is None

    def test_a_new_one_voids_the_former_once(self, prete):
        ancien = piste.secret(prete)
        assert piste.renouveler_secret(prete, version=1)
        assert not piste.renouveler_secret(prete, version=1)
        assert prete.version_secret == 2
        assert piste.verifier(str(prete.client_id), ancien) is None
        assert piste.verifier(str(prete.client_id), piste.secret(prete)) == prete

    def test_off_is_refused(self, prete):
        piste.activer(prete, active=False)
        assert piste.verifier(str(prete.client_id), piste.secret(prete)) is None
