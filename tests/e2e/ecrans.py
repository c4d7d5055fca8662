"""What is looked at on every screen, named once."""

import re

from playwright.sync_api import expect

from tests.e2e import gestes


def verifier(ecran, *chemins):
    """Each of these pages answers, and is accessible."""
    for chemin in chemins:
        assert ecran.aller(chemin).status == 200, chemin
        assert ecran.page.url == ecran.bac.url + chemin, f"{chemin} renvoie à {ecran.page.url}"
        ecran.verifier_accessibilite()


def verifier_refus(ecran, chemin):
    """The form of this page, sent as it is: refused, the fault named at its field, still accessible."""
    ecran.aller(chemin)
    envoyer_vide(ecran)


def envoyer_vide(ecran):
    gestes.soumettre(ecran)
    expect(ecran.page.locator("[aria-invalid=true]").first).to_be_visible()
    ecran.verifier_accessibilite()


def ouvrir(ecran, liste, nom):
    """Follow the first link of a list that bears this name."""
    ecran.aller(liste)
    with ecran.page.expect_navigation():
        ecran.page.locator("main").get_by_role("link", name=re.compile(nom)).first.click()
    ecran.verifier_accessibilite()
    return ecran.page.url.removeprefix(ecran.bac.url)
