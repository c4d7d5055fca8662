"""Browser journeys: the real launcher (web + worker + beat), Debian's chromium, no mock."""

import contextlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes
from tests.e2e.facturation import Poste
from tests.lanceur import Lanceur, environment, free_port, get, own_services

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
LARGEURS = {"bureau": {"width": 1280, "height": 900}, "mobile": {"width": 360, "height": 740}}
PATIENCE = 15_000
"""Milliseconds: what is not there by then will not come, even on a busy machine."""
NORMES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


expect.set_options(timeout=PATIENCE)


BOUCLE = """
import contextlib, io, json, sys, traceback
from django.db import close_old_connections
for ligne in sys.stdin:
    sortie, echec = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(sortie):
            exec(json.loads(ligne), {})
    except Exception:
        echec = traceback.format_exc()
    close_old_connections()
    print(json.dumps([sortie.getvalue(), echec]), flush=True)
"""
"""Run in the product's own shell: one start for all the questions of a session."""


@dataclass
class Bac:
    """A sandbox that runs: its address and what the shell can ask it."""

    url: str
    env: dict[str, str]
    lanceur: Lanceur
    coquille: subprocess.Popen[str]

    def manage(self, *arguments: str) -> Any:
        """Run a management command on the same data; its JSON answer."""
        return self.shell(f"from django.core.management import call_command; call_command(*{(*arguments, '--json')!r})")

    def shell(self, code: str) -> Any:
        """Run Python in the product's own shell, on the same data; what its last line prints, in JSON."""
        self.coquille.stdin.write(json.dumps(code) + "\n")
        self.coquille.stdin.flush()
        sortie, echec = json.loads(self.coquille.stdout.readline())
        assert echec == "", echec
        return json.loads(sortie.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def bac(tmp_path_factory):
    data = tmp_path_factory.mktemp("e2e") / "donnees"
    with own_services() as services:
        env = environment(data, **services)
        port = free_port()
        with Lanceur(["--port", str(port)], env) as lanceur:
            lanceur.wait_for(lambda: get(port, "/sante")[0] == 200, "la page de santé")
            commande = [
                sys.executable,
                "-m",
                "sandbox.launcher",
                "manage",
                "shell",
                "--verbosity",
                "0",
                "--command",
                BOUCLE,
            ]
            tuyaux = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            with subprocess.Popen(commande, env=env, **tuyaux) as coquille:
                yield Bac(f"http://127.0.0.1:{port}", env, lanceur, coquille)
                coquille.stdin.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }


class Ecran:
    """A browser window: its page, and what must never happen in it."""

    def __init__(self, page, bac):
        self.page, self.bac, self.erreurs = page, bac, []
        page.on("console", self._console)
        page.on("pageerror", lambda e: self.erreurs.append(str(e)))
        page.on("request", self._surveiller)
        page.set_default_timeout(PATIENCE)

    def _console(self, message):
        # The browser writes a line for each 4xx answer: a refused form is one, and no fault of the page.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.erreurs.append(message.text)

    def _surveiller(self, requete):
        if not requete.url.startswith((self.bac.url, "data:", "blob:")):
            self.erreurs.append(f"requête vers l'extérieur : {requete.url}")

    def aller(self, chemin):
        return self.page.goto(self.bac.url + chemin)

    def verifier_accessibilite(self):
        """axe-core finds nothing, at both widths. Evaluated through the devtools: the page's CSP stays on."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        for nom, taille in LARGEURS.items():
            self.page.set_viewport_size(taille)
            resultat = self.page.evaluate("normes => axe.run(document, {runOnly: normes})", NORMES)
            fautes = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in resultat["violations"]]
            assert fautes == [], f"{self.page.url} ({nom}) : {fautes}"
            large = self.page.evaluate("document.documentElement.scrollWidth")
            assert large <= taille["width"], f"{self.page.url} ({nom}) : la page défile de côté, {large} px"
        self.page.set_viewport_size(LARGEURS["bureau"])


@contextlib.contextmanager
def fenetres(browser, bac):
    """A function that makes windows; at the end no console error, no request to the outside."""
    ouverts = []

    def ouvrir(*, javascript=True, largeur="bureau", etat=None):
        """``etat``: cookies of another window (``storage_state``), to go on in its place."""
        contexte = browser.new_context(
            java_script_enabled=javascript,
            viewport=LARGEURS[largeur],
            locale="fr-FR",
            accept_downloads=True,
            storage_state=etat,
        )
        ecran = Ecran(contexte.new_page(), bac)
        ouverts.append((contexte, ecran))
        return ecran

    yield ouvrir
    fautes = [e for _, ecran in ouverts for e in ecran.erreurs]
    for contexte, _ in ouverts:
        contexte.close()
    assert fautes == []


@pytest.fixture
def ecran_neuf(browser, bac):
    """Windows that share nothing, for one test."""
    with fenetres(browser, bac) as ouvrir:
        yield ouvrir


LOT = 4
"""Sessions made at once: starting the shell costs more than making them."""


@pytest.fixture(scope="session")
def sessions_pretes(bac):
    """Codes of sessions of two seats, ready for invoicing; made as they are asked for."""
    reste: list[str] = []

    def prendre() -> str:
        if not reste:
            code = "import json; from tests.e2e import classes; print(json.dumps(classes.preparer(%d, 2)))"
            reste.extend(bac.shell(code % LOT))
        return reste.pop()

    return prendre


@pytest.fixture
def classe(sessions_pretes, ecran_neuf, bac):
    """A session of one's own, at J0; ``classe(n)`` sits at the seat n, logged in."""
    code = sessions_pretes()

    def asseoir(numero: int) -> Poste:
        poste = Poste(ecran_neuf(), bac, code, numero)
        assert gestes.rejoindre(poste.ecran, gestes.Session(code), f"Nadia {numero}") == numero
        poste.se_connecter()
        return poste

    return asseoir
