#!/usr/bin/env python3
"""Refait les captures d'écran de docs/captures/ : un bac à sable neuf, une classe en cours de journée, un navigateur.

    .venv/bin/python scripts/captures.py            toutes
    .venv/bin/python scripts/captures.py facture    celles dont le nom contient « facture »

Demande les dépendances de développement et le chromium de Debian. Rien n'est laissé derrière, sauf les images.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SORTIE = ROOT / "docs" / "captures"
BUREAU, MOBILE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
POIDS_MAXIMUM = 200_000
HOTE = "formation.example"
"""Name that the pictures show: the browser alone resolves it, to this machine."""
FACTURATION = "/portail/facturation/"
EMISES = f"{FACTURATION}factures-emises/"
RECUES = f"{FACTURATION}factures-recues/"
A_VALIDER = f"{FACTURATION}factures-a-valider/"
PATIENCE = 90.0


def port_libre() -> int:
    with socket.socket() as essai:
        essai.bind(("127.0.0.1", 0))
        return int(essai.getsockname()[1])


@contextlib.contextmanager
def bac_a_sable(donnees: Path) -> Iterator[str]:
    """The real launcher on a free port, stopped whatever happens; « address:port »."""
    port = port_libre()
    os.environ |= {"SANDBOX_DATA_DIR": str(donnees), "SANDBOX_PORT": str(port), "PYTHONPATH": str(ROOT)}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    commande = [sys.executable, "-m", "sandbox.launcher", "--no-demo", "--host", "127.0.0.1"]
    with subprocess.Popen(commande, cwd=ROOT, stdout=subprocess.DEVNULL) as lanceur:
        try:
            attendre(f"http://127.0.0.1:{port}/sante", lanceur)
            yield f"127.0.0.1:{port}"
        finally:
            lanceur.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                lanceur.wait(15)
            lanceur.kill()


def attendre(url: str, lanceur: subprocess.Popen[bytes]) -> None:
    limite = time.monotonic() + PATIENCE
    while time.monotonic() < limite and lanceur.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own address
            return
        time.sleep(0.2)
    raise SystemExit("Le bac à sable n'a pas démarré.")


def classe(documents: Path) -> dict[str, str]:
    """Fill the sandbox that runs; Django is set up on its data first."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
    django.setup()
    faits: dict[str, str] = importlib.import_module("classe").creer(documents)
    return faits


class Prise:
    """A browser window, and the pictures taken of it."""

    def __init__(self, page: Page, url: str, faits: dict[str, str], choix: str) -> None:
        self.page, self.url, self.faits, self.choix = page, url, faits, choix

    def aller(self, chemin: str) -> None:
        self.page.goto(self.url + chemin)

    def envoyer(self, bouton: str, **champs: str) -> None:
        for nom, valeur in champs.items():
            self.page.locator(f"[name={nom}]").fill(valeur)
        self.page.get_by_role("button", name=bouton, exact=True).click()
        self.page.wait_for_load_state()

    def photo(self, nom: str) -> None:
        """The visible part of the page, in at most 256 colours."""
        if self.choix not in nom:
            return
        self.page.evaluate("document.activeElement?.blur?.()")
        self.page.wait_for_timeout(600)  # fonts, entry effects, the first refresh of the strip
        image = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        image = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        fichier = SORTIE / f"{nom}.png"
        image.save(fichier, optimize=True)
        poids = fichier.stat().st_size
        print(f"{nom}.png : {image.width} × {image.height}, {poids / 1000:.0f} ko")
        if poids > POIDS_MAXIMUM:
            raise SystemExit(f"{nom}.png dépasse {POIDS_MAXIMUM / 1000:.0f} ko.")

    def deux_photos(self, nom: str, depuis: str = "body") -> None:
        """The same page at both widths, from this element down."""
        for taille, suffixe in ((MOBILE, "-360"), (BUREAU, "")):
            self.page.set_viewport_size(ViewportSize(**taille))
            self.cadrer(depuis)
            self.photo(f"{nom}{suffixe}")

    def cadrer(self, selecteur: str, bloc: str = "start") -> None:
        """Bring this element to the top of the picture, or to its end."""
        self.page.locator(selecteur).first.evaluate("(e, bloc) => e.scrollIntoView({block: bloc})", bloc)


def entrer(prise: Prise, login: str = "login", mot_de_passe: str = "mot_de_passe") -> None:
    """Take the seat with its PIN, log in to the portal; under the account that these two facts name."""
    faits = prise.faits
    prise.aller(f"/rejoindre/{faits['code']}/")
    prise.envoyer("Prendre ma place", prenom=faits["prenom"], numero=faits["poste"], pin=faits["pin"])
    prise.aller("/portail/connexion/")
    prise.envoyer("Se connecter", login_email=faits[login], mot_de_passe=faits[mot_de_passe])


def fenetre_des_rejets(prise: Prise) -> None:
    """It opens on the first page after the login, and is put off."""
    expect(prise.page.get_by_role("heading", name="Factures rejetées et suspendues")).to_be_visible()
    if prise.page.viewport_size == BUREAU:
        prise.photo("rejets")
    prise.page.get_by_role("link", name="Plus tard").click()
    expect(prise.page.locator("#dialogue")).to_be_hidden()


LIGNES = (("Fenêtre bois 120 × 135", "6", "412,50", "20"), ("Isolation des tableaux", "18", "31,20", "5.5"))


def saisir(prise: Prise) -> None:
    """Fill « Saisir facture » as a person does; nothing is sent."""
    prise.aller(f"{EMISES}saisir/")
    prise.page.locator("[name=recherche]").fill("Valmoran")
    prise.page.get_by_role("radio", name="VALMORAN").click()
    expect(prise.page.get_by_role("button", name="Changer")).to_be_visible()
    prise.page.locator("[name=numero]").fill("ARB-2026-105")
    for rang, (denomination, quantite, prix, taux) in enumerate(LIGNES):
        if rang:
            prise.page.get_by_role("button", name="Ajouter une ligne").click()
        ligne = f"lignes-{rang}-"
        prise.page.locator(f"[name={ligne}denomination]").fill(denomination)
        prise.page.locator(f"[name={ligne}quantite]").fill(quantite)
        prise.page.locator(f"[name={ligne}prix_unitaire]").fill(prix)
        prise.page.locator(f"[name={ligne}taux]").select_option(taux)
    prise.page.locator("#bloc-lignes").scroll_into_view_if_needed()
    prise.page.evaluate("document.querySelector('#bloc-lignes').scrollIntoView({block: 'start'}); scrollBy(0, -16)")


def deposer(prise: Prise) -> None:
    prise.aller(f"{EMISES}deposer/")
    prise.page.locator("input[type=file]").first.set_input_files(prise.faits["document"])
    prise.page.get_by_role("button", name="Continuer").click()
    prise.page.wait_for_url("**/depot/**")
    prise.page.wait_for_function("[...document.images].every(i => i.complete)")
    prise.page.locator("[data-lu=destinataire]").hover()  # shows where the field was read


def ouvrir_la_facture(prise: Prise) -> None:
    prise.aller(f"{EMISES}rechercher/")
    prise.page.get_by_role("link", name="ARB-2026-102").first.click()
    prise.page.wait_for_load_state()


def stagiaire(prise: Prise) -> None:
    prise.aller("/rejoindre/")
    prise.page.locator("[name=code]").fill(prise.faits["code"])
    prise.photo("rejoindre")
    entrer(prise)
    fenetre_des_rejets(prise)
    ouvrir_la_facture(prise)
    prise.photo("facture")
    saisir(prise)
    prise.photo("saisie")
    deposer(prise)
    prise.photo("depot")
    prise.aller("/portail/")
    prise.deux_photos("accueil")
    organiser(prise)
    chercher_un_client(prise)
    raccorder(prise)
    corriger(prise)
    suivre(prise)
    valider(prise)


def organiser(prise: Prise) -> None:
    """A service, Camille's request answered, who may do what."""
    prise.aller("/portail/organisation/gerer-un-service/?type=CREER")
    prise.envoyer("Soumettre", code="CHANTIERS", libelle="Chantiers")
    prise.aller("/portail/organisation/structures/")
    prise.page.locator("main").get_by_role("link", name="ARBELIN").first.click()
    prise.page.wait_for_url("**/structures/*/")
    fiche = prise.page.url.removeprefix(prise.url)
    prise.deux_photos("structure")
    prise.aller(f"{fiche}approbations/")
    demande = prise.page.get_by_role("link", name="Camille Loriot", exact=True)
    expect(demande).to_be_visible(timeout=PATIENCE * 1000)
    demande.click()
    prise.page.wait_for_load_state()
    prise.deux_photos("approbation", depuis="main form")
    prise.envoyer("Valider")
    prise.aller(f"{fiche}qui-peut-quoi/")
    prise.deux_photos("qui-peut-quoi")


def chercher_un_client(prise: Prise) -> None:
    prise.aller("/portail/annuaire/structures-publiques/?q=departement")
    prise.page.locator("main tbody a").first.click()
    prise.page.wait_for_load_state()
    prise.deux_photos("annuaire-fiche")


def raccorder(prise: Prise) -> None:
    """An access made in one click, its commands pasted; then one more technical account, by the portal's own page."""
    prise.aller("/portail/raccordements/brancher/")
    prise.page.get_by_role("button", name="Préparer mon accès").click()
    prise.page.wait_for_load_state()
    blocs = prise.page.locator("[data-bas-commande]").all()
    appeler(prise.faits, {bloc.get_attribute("data-bas-commande"): bloc.text_content() for bloc in blocs})
    prise.aller("/portail/raccordements/brancher/")
    prise.deux_photos("brancher")
    prise.aller("/portail/raccordements/appels/")
    prise.deux_photos("appels")
    prise.aller("/api/docs/operations/factures/v1/deposer/flux")
    prise.photo("api-docs")
    prise.aller("/portail/raccordements/comptes-techniques/demande/?type=creation")
    prise.envoyer("Soumettre")
    prise.aller("/portail/raccordements/comptes-techniques/")
    prise.deux_photos("compte-technique")


def appeler(faits: dict[str, str], commandes: dict[str | None, str | None]) -> None:
    """Paste the commands of the page in a shell, one of them with a mistake too: the journal has something to say."""
    lignes = [str(texte) for nom, texte in commandes.items() if nom != "valeurs"]
    fautive = next(ligne for ligne in lignes if "cpro-account" in ligne).replace("$CPRO_ACCOUNT", "ZmF1eDpmYXV4")
    script = "\n".join([str(commandes["valeurs"]), *lignes, fautive])
    script = script.replace(f"http://{HOTE}", f"http://{faits['serveur']}")
    with tempfile.TemporaryDirectory() as dossier:
        (Path(dossier) / "facture.pdf").write_bytes(Path(faits["document"]).read_bytes())
        subprocess.run(["bash", "-c", script], cwd=dossier, check=True, stdout=subprocess.DEVNULL)


def ouvrir_du_poste(prise: Prise, numero: str) -> None:
    """An invoice that waits in « Synthèse »."""
    prise.aller(EMISES)
    prise.page.locator("main").get_by_role("link", name=numero, exact=True).first.click()
    prise.page.wait_for_load_state()


def corriger(prise: Prise) -> None:
    """An exercise, then the invoices that came back: to recycle, to complete."""
    prise.aller("/place/exercices/ex6/")
    prise.deux_photos("exercice")
    prise.aller(EMISES)
    prise.deux_photos("synthese")
    ouvrir_du_poste(prise, "ARB-2026-104")
    prise.cadrer("[aria-labelledby=t-actions]", "end")
    prise.photo("facture-a-recycler")
    prise.page.get_by_role("link", name="Recycler").click()
    prise.page.wait_for_load_state()
    prise.photo("recycler")
    ouvrir_du_poste(prise, "ARB-2026-109")
    prise.page.get_by_role("link", name="Compléter").click()
    prise.page.wait_for_load_state()
    prise.page.locator("main input[type=file]").set_input_files(prise.faits["piece"])
    prise.page.locator("[name=commentaire]").fill("Voici le bon de livraison signé du chantier 109.")
    prise.deux_photos("completer", depuis="main h1")


def suivre(prise: Prise) -> None:
    """Search, dashboard, a rejected flow, the delay of payment."""
    prise.aller(f"{EMISES}rechercher/?numero=ARB&depot_du=07/12/2026&depot_au=24/12/2026")
    prise.cadrer("main h1")
    prise.photo("rechercher")
    prise.aller(f"{EMISES}tableau-de-bord/")
    prise.cadrer("[aria-labelledby=t-chiffres]")
    prise.photo("tableau-de-bord")
    prise.aller(f"{FACTURATION}suivi-des-flux/")
    expect(prise.page.locator("main tbody").get_by_text("Rejeté").first).to_be_visible(timeout=PATIENCE * 1000)
    prise.page.locator("main tbody a").first.click()
    prise.page.wait_for_load_state()
    prise.cadrer(".fiche-tete + .definitions + .actions")
    prise.photo("flux")
    ouvrir_du_poste(prise, "ARB-2026-109")
    prise.page.locator("#aide-dgp > summary").click()
    prise.deux_photos("aide-dgp", depuis="#aide-dgp")


def valider(prise: Prise) -> None:
    """The invoice of a subcontractor, refused with its reason."""
    prise.aller(A_VALIDER)
    repondre = prise.page.get_by_role("link", name=f"Répondre à la facture {prise.faits['a_valider']}", exact=True)
    expect(repondre).to_be_visible(timeout=PATIENCE * 1000)
    repondre.click()
    prise.page.wait_for_load_state()
    prise.page.locator("[name=decision][value=refuser]").check()
    prise.page.locator("[name=motif]").last.check()
    prise.page.locator("[name=complement]").fill("Autoliquidation : merci de facturer hors taxes.")
    prise.cadrer("main h1")
    prise.photo("a-valider")


def destinataire(prise: Prise) -> None:
    """The other side: the recipient of the data set suspends an invoice."""
    entrer(prise, "jeu", "jeu_mot_de_passe")
    prise.aller(RECUES)
    prise.deux_photos("recues")
    prise.page.locator("main tbody input[name=factures]").first.check()
    prise.page.locator("#barre-recues").get_by_role("button", name="Traiter").click()
    prise.page.wait_for_load_state()
    with prise.page.expect_response("**/traiter/**"):
        prise.page.locator("[name=statut]").select_option("SUSPENDUE")
    expect(prise.page.locator(".conseil-statut")).to_contain_text("pièces attendues")
    prise.page.locator("[name=motif]").select_option("JUSTIF_ABS")
    prise.page.locator("[name=commentaire]").fill("Il manque le bon de livraison signé.")
    prise.cadrer("body")
    prise.photo("traiter")


def telephone(prise: Prise) -> None:
    entrer(prise)
    fenetre_des_rejets(prise)
    ouvrir_la_facture(prise)
    prise.photo("facture-360")
    saisir(prise)
    prise.photo("saisie-360")


def formateur(prise: Prise) -> None:
    faits = prise.faits
    prise.aller("/formateur/")
    prise.envoyer("Se connecter", username=faits["formateur"], password=faits["mot_de_passe"])
    prise.aller(f"/formateur/{faits['code']}/")
    expect(prise.page.get_by_text(faits["code"]).first).to_be_visible()
    prise.photo("console")
    prise.aller(f"/formateur/{faits['code']}/rattachements/")
    prise.deux_photos("console-rattachements")
    prise.aller(f"/formateur/{faits['code']}/api/")
    prise.photo("console-api")


def main(choix: str) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium est introuvable. Sous Debian : apt install chromium")
    SORTIE.mkdir(parents=True, exist_ok=True)
    roles: list[tuple[dict[str, int], Callable[[Prise], None]]] = [
        (BUREAU, stagiaire),
        (BUREAU, destinataire),
        (BUREAU, formateur),
        (MOBILE, telephone),
    ]
    with tempfile.TemporaryDirectory() as dossier, bac_a_sable(Path(dossier) / "donnees") as serveur:
        faits = classe(Path(dossier)) | {"serveur": serveur}
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
            arguments.append(f"--host-resolver-rules=MAP {HOTE}:80 {serveur}")
            navigateur = playwright.chromium.launch(executable_path=chromium, args=arguments)
            for taille, role in roles:
                contexte = navigateur.new_context(viewport=taille, locale="fr-FR", reduced_motion="reduce")
                role(Prise(contexte.new_page(), f"http://{HOTE}", faits, choix))
                contexte.close()
            navigateur.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
