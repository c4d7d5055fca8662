"""« Brancher votre logiciel », the journal of calls, the console: looked at by axe, and by the program itself."""

import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes
from tests.e2e.conftest import fenetres
from tests.e2e.ecrans import verifier

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

RACCORDEMENTS = "/portail/raccordements/"
BRANCHER, APPELS = f"{RACCORDEMENTS}brancher/", f"{RACCORDEMENTS}appels/"
SUIVI = 20_000
"""Milliseconds: a live page asks every four seconds."""


@dataclass(frozen=True)
class Branche:
    """A seat whose access has just been made, its commands, and the trainer of its session."""

    session: gestes.Session
    formateur: Any
    stagiaire: Any
    commandes: dict[str, str]

    @property
    def console(self) -> str:
        return f"/formateur/{self.session.code}/api/"

    def lancer(self, *noms: str, dossier: Any = None) -> str:
        """Paste these commands in bash, after the values; what they write."""
        script = "\n".join(self.commandes[nom] for nom in ("valeurs", *noms))
        fini = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=dossier)
        assert fini.stderr == ""
        return fini.stdout


@pytest.fixture(scope="module")
def branche(browser, bac):
    with fenetres(browser, bac) as ouvrir:
        formateur, ecran = ouvrir(), ouvrir()
        gestes.connecter_formateur(formateur)
        session = gestes.creer_session(formateur, "Les programmes")
        code = "import json; from tests.e2e import classes; print(json.dumps(classes.equiper('%s', 1)))"
        bac.shell(code % session.code)
        assert gestes.rejoindre(ecran, session, "Nadia") == 1
        gestes.connecter(ecran, "stagiaire01@session.example")
        expect(ecran.page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
        verifier(ecran, RACCORDEMENTS, BRANCHER, APPELS)
        verifier(formateur, f"/formateur/{session.code}/api/")
        ecran.aller(BRANCHER)
        ecran.page.get_by_role("button", name="Préparer mon accès").click()
        expect(ecran.page.locator(".cadre-secret")).to_be_visible()
        ecran.verifier_accessibilite()
        blocs = ecran.page.locator("[data-bas-commande]").all()
        commandes = {bloc.get_attribute("data-bas-commande"): bloc.text_content() for bloc in blocs}
        etats = [e.page.context.storage_state() for e in (formateur, ecran)]
        yield Branche(session, *etats, commandes)


@pytest.fixture
def stagiaire(branche, ecran_neuf):
    return ecran_neuf(etat=branche.stagiaire)


@pytest.fixture
def formateur(branche, ecran_neuf):
    return ecran_neuf(etat=branche.formateur)


def statuts(sortie):
    return re.findall(r"^HTTP (\d+)$", sortie, re.M)


def test_every_command_works_as_it_is_pasted(branche, stagiaire, tmp_path):
    (tmp_path / "facture.pdf").write_bytes(b"%PDF-1.7\n" + b"sans XML\n" * 50)
    tous = [nom for nom in branche.commandes if nom != "valeurs"]
    sortie = branche.lancer(*tous, dossier=tmp_path)
    assert statuts(sortie) == ["200"] * 4
    assert '"access_token"' in sortie
    assert re.search(r'"numeroFluxDepot": *"CPP', sortie)
    assert re.search(r'"identifiantStructure": *"00010101400017"', sortie)
    stagiaire.aller(BRANCHER)
    expect(stagiaire.page.locator("main")).not_to_contain_text("À faire")
    stagiaire.verifier_accessibilite()
    verifier(stagiaire, APPELS, f"{APPELS}?refuses=1")
    stagiaire.aller(APPELS)
    stagiaire.page.get_by_role("link", name="/cpro/factures/v1/deposer/flux").click()
    expect(stagiaire.page.locator("main")).to_contain_text("caractères)")
    stagiaire.verifier_accessibilite()


def test_the_journal_shows_a_call_as_it_comes(branche, stagiaire, formateur):
    """Nothing is reloaded, on either side."""
    for ecran, chemin in ((stagiaire, APPELS), (formateur, branche.console)):
        ecran.aller(chemin)
        ecran.page.evaluate("window.temoin = 1")
    assert statuts(branche.lancer("jeton", "sante")) == ["200"]
    faux = branche.commandes["sante"].replace("$CPRO_ACCOUNT", "cGVyc29ubmU6Zm9v")
    branche_fausse = Branche(branche.session, None, None, branche.commandes | {"sante": faux})
    assert statuts(branche_fausse.lancer("jeton", "sante")) == ["401"]
    for ecran in (stagiaire, formateur):
        premier = ecran.page.locator(".appels tbody tr").first
        expect(premier).to_contain_text("Compte technique inconnu", timeout=SUIVI)
        expect(premier).to_contain_text("401")
        assert ecran.page.evaluate("window.temoin") == 1


def test_a_hidden_page_asks_for_nothing(branche, stagiaire):
    stagiaire.aller(APPELS)
    stagiaire.page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "const vu = (nom, drapeau) => document.addEventListener(nom, (e) => {"
        "  const page = document.documentElement.dataset;"
        "  if (e.detail.elt.id === 'appels') page[drapeau] = Number(page[drapeau] || 0) + 1; });"
        "vu('htmx:beforeRequest', 'essais'); vu('htmx:beforeSend', 'departs');"
    )
    page = stagiaire.page.locator("html")
    expect(page).to_have_attribute("data-essais", re.compile("[2-9]"), timeout=SUIVI)
    assert page.get_attribute("data-departs") is None


def test_a_fault_is_met_then_lifted(branche, formateur):
    page = formateur.page
    formateur.aller(branche.console)
    page.get_by_text("Poser une panne").click()
    page.get_by_label("Panne", exact=False).and_(page.locator("[name=type]")).select_option("ERREUR")
    page.locator("[name=place]").select_option("1")
    page.locator("[name=fois]").fill("0")
    page.get_by_role("button", name="Poser la panne").click()
    expect(page.locator("[name=fois]")).to_have_attribute("aria-invalid", "true")
    formateur.verifier_accessibilite()
    page.locator("[name=fois]").fill("5")
    page.get_by_role("button", name="Poser la panne").click()
    expect(page.locator(".pannes")).to_contain_text("encore 5 appels")
    assert statuts(branche.lancer("jeton", "sante")) == ["401"]  # no token was given
    expect(page.locator(".pannes")).to_contain_text("encore 4 appels", timeout=SUIVI)
    page.get_by_text("Accès fournis avec la session").click()
    formateur.verifier_accessibilite()
    formateur.aller(f"/formateur/{branche.session.code}/")
    expect(page.locator("#vif")).to_contain_text("1 panne de l'API en cours")
    formateur.verifier_accessibilite()
    page.get_by_role("link", name="Voir ou lever").click()
    page.get_by_role("button", name=re.compile("^Lever")).click()
    expect(page.locator(".messages")).to_contain_text("Panne levée")
    assert statuts(branche.lancer("jeton", "sante")) == ["200"]


def test_it_can_be_read_without_scripts(branche, ecran_neuf):
    ecran = ecran_neuf(javascript=False, etat=branche.stagiaire)
    ecran.aller(BRANCHER)
    valeurs = ecran.page.locator("details", has_text="Afficher les secrets")
    expect(valeurs.locator("pre")).to_be_hidden()
    valeurs.locator("summary").click()
    expect(valeurs.locator("pre")).to_contain_text("CLIENT_SECRET")
    ecran.aller(APPELS)
    ecran.page.get_by_role("link", name="Refusés seulement").click()
    expect(ecran.page.get_by_role("link", name="Refusés seulement")).to_have_attribute("aria-current", "page")


def test_a_command_is_copied_even_on_plain_http(branche, stagiaire):
    """A classroom's address is not a secure context: the browser has no clipboard of its own there."""
    page = stagiaire.page
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    stagiaire.aller(BRANCHER)
    page.evaluate("document.addEventListener('copy', () => { window.copie = document.activeElement.value; })")
    bouton = page.get_by_role("button", name="Copier la commande").nth(1)
    bouton.click()
    expect(page.locator("#annonces")).to_have_text("Copié")
    assert json.dumps(page.evaluate("window.copie")) == json.dumps(branche.commandes["jeton"])
    expect(bouton).to_be_focused()
