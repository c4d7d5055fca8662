"""The documentation of the API in a browser: axe, both widths, without script, and « Essayer » for good."""

import pytest
from playwright.sync_api import expect

from tests.e2e.ecrans import verifier

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

FICHE = "/api/docs/operations/{}"
PREPARER = """
import json
from structures.models import CompteTechnique
from structures.services import comptes_techniques, piste
from tests import factories
from tests.api.appels import VOLTAIGNE, application
cohort = factories.cohort(places=1)
app = application(cohort)
with cohort.monde():
    compte = CompteTechnique.objects.select_related("compte").get(structure__identifiant=VOLTAIGNE, numero=1)
    print(json.dumps([
        str(app.client_id), piste.secret(app), compte.compte.login_email, comptes_techniques.mot_de_passe_fourni(compte)
    ]))
"""


def test_chaque_page_est_accessible(ecran_neuf):
    verifier(
        ecran_neuf(),
        "/api/docs",
        "/api/docs?q=valideur",
        "/api/docs?q=zzz",
        "/api/docs/codes",
        "/api/docs/differences",
        FICHE.format("factures/v1/soumettre"),
        FICHE.format("factures/v1/rechercher/fournisseur"),
        FICHE.format("transverses/v1/health-check"),
        FICHE.format("facturesTravaux/v1/recycler"),
    )


def test_chercher_au_fil_de_la_frappe(ecran_neuf):
    ecran = ecran_neuf()
    ecran.aller("/api/docs")
    ecran.page.get_by_label("Chercher une opération").press_sequentially("consulterCR")
    lignes = ecran.page.locator("#operations li")
    expect(lignes).to_have_count(2)
    expect(ecran.page).to_have_url(f"{ecran.bac.url}/api/docs?q=consulterCR")


def test_sans_script(ecran_neuf):
    ecran = ecran_neuf(javascript=False)
    ecran.aller("/api/docs")
    ecran.page.get_by_label("Chercher une opération").fill("deposer flux")
    ecran.page.get_by_role("button", name="Chercher").click()
    ecran.page.locator("#operations a[href*=operations]").click()
    expect(ecran.page.get_by_role("heading", level=1)).to_contain_text("Déposer un flux")
    expect(ecran.page.locator("#essayer")).to_be_hidden()


def test_essayer(ecran_neuf, bac):
    client, secret, login, mot_de_passe = bac.shell(PREPARER)
    ecran = ecran_neuf()
    page = ecran.page
    ecran.aller(FICHE.format("transverses/v1/recuperer/modereglements"))
    resultat = page.locator("[data-api-resultat]")
    page.get_by_role("button", name="Envoyer").click()
    expect(resultat).to_contain_text("HTTP 401")
    page.get_by_text("Les obtenir à partir de vos identifiants").click()
    for libelle, valeur in (
        ("client_id", client),
        ("client_secret", secret),
        ("Login du compte technique", login),
        ("Mot de passe du compte technique", mot_de_passe),
    ):
        page.get_by_label(libelle, exact=True).fill(valeur)
    page.get_by_role("button", name="Demander un jeton").click()
    expect(resultat).to_contain_text("Jeton obtenu")
    page.get_by_role("button", name="Envoyer").click()
    expect(resultat).to_contain_text("HTTP 200")
    expect(resultat.locator("pre")).to_contain_text("VIREMENT")
    ecran.verifier_accessibilite()
    # Both follow to the next operation of this tab, until they are forgotten.
    ecran.aller(FICHE.format("transverses/v1/health-check"))
    page.get_by_role("button", name="Envoyer").click()
    expect(resultat.locator("pre")).to_contain_text("disponible et fonctionnel")
    page.get_by_role("button", name="Oublier mes identifiants").click()
    expect(page.get_by_label("Jeton")).to_have_value("")
