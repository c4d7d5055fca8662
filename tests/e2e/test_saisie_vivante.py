"""« Saisir facture » as one types: what each choice changes at once, and a connection that fails."""

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

ADRESSE = "stagiaire01@session.example"
SIRET = "00010101400017"
A1, A2, A9 = "A1_FACTURE_FOURNISSEUR", "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A9_FACTURE_SOUSTRAITANT"


def _entrer(ecran, session):
    gestes.rejoindre(ecran, session, "Nadia")
    gestes.creer_compte(ecran, ADRESSE)
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    gestes.creer_structure(ecran, SIRET)
    gestes.souscrire_mandat(ecran)


def _cadres(page):
    payer = page.locator("[name=montant_a_payer]")
    expect(payer).to_have_value("4\u202f168,80")
    expect(page.locator("#region-valideur")).to_be_hidden()
    page.locator("[name=cadre]").select_option(A2)
    expect(payer).to_have_value("0,00")
    expect(page.get_by_text("Facture déjà payée en entier")).to_be_visible()
    page.locator("[name=cadre]").select_option(A9)
    expect(payer).to_have_value("4\u202f168,80")
    page.locator("[name=recherche_valideur]").fill("VALMORAN")
    page.locator("#resultats-valideur .resultat", has_text="COMMUNE DE VALMORAN").locator("input").click()
    expect(page.locator("#region-valideur")).to_contain_text("personne ne validera")
    page.locator("#region-valideur").get_by_role("button", name="Changer").click()
    page.locator("[name=recherche_valideur]").fill("corvan")
    page.locator("#resultats-valideur .resultat", has_text="CORVAN").locator("input").click()
    expect(page.locator("#region-valideur .choisi-nom")).to_contain_text("CORVAN")
    expect(page.locator("#region-valideur")).not_to_contain_text("personne ne validera")


def _autoliquidation(page):
    payer, commentaire = page.locator("[name=montant_a_payer]"), page.locator("[name=commentaire]")
    page.get_by_label("Autoliquidation").check()
    expect(page.locator("[name=type_tva]")).to_have_value("SANS_TVA")
    expect(commentaire).to_have_value("Autoliquidation")
    expect(payer).to_have_value("3\u202f474,00")
    page.locator("[name=type_tva]").select_option("TVA_SUR_DEBIT")
    expect(page.get_by_label("Autoliquidation")).not_to_be_checked()
    expect(commentaire).to_have_value("")
    expect(payer).to_have_value("4\u202f168,80")
    page.get_by_label("Autoliquidation").check()
    commentaire.fill("Autoliquidation\nLot 3")
    expect(page.locator("[data-compte]")).to_have_text("21 / 2000 caractères")


def _avoir_et_taux(page):
    page.get_by_label("Avoir", exact=True).check()
    expect(page.locator("#indice-origine")).to_contain_text("Recommandé")
    page.locator("[name=numero_facture_origine]").fill("INCONNUE")
    page.locator("[name=numero_facture_origine]").blur()
    expect(page.locator("#indice-origine")).to_contain_text("Aucune facture INCONNUE")
    page.get_by_label("Facture", exact=True).check()
    expect(page.locator("[name=numero_facture_origine]")).to_be_hidden()
    page.locator("[name=lignes-0-taux]").select_option("autre")
    page.locator("[name=lignes-0-taux_manuel]").fill("15")
    expect(page.locator("[data-taux-inhabituels]")).to_contain_text("15")
    page.locator("[name=lignes-0-taux]").select_option("0")
    expect(page.locator("[data-taux-inhabituels]")).to_be_hidden()


def test_ce_que_l_on_choisit_se_voit_et_une_coupure_ne_perd_rien(ecran_neuf):
    formateur, ecran = ecran_neuf(), ecran_neuf()
    gestes.connecter_formateur(formateur)
    session = gestes.creer_session(formateur, "Saisie vivante")
    _entrer(ecran, session)
    page = ecran.page
    gestes.remplir_saisie(ecran, "ARB-2026-121")
    _cadres(page)
    _autoliquidation(page)
    _avoir_et_taux(page)
    etat = page.locator("[data-bas-autosave-etat]").first
    expect(etat).to_contain_text("Brouillon enregistré à")
    ecran.verifier_accessibilite()

    avant = list(ecran.erreurs)
    page.context.set_offline(True)
    page.locator("[name=numero_marche]").fill("M-2026-031")
    expect(etat).to_contain_text("Non enregistré")
    expect(etat).to_contain_text("Nouvelle tentative")
    expect(page.locator("[name=numero_marche]")).to_have_value("M-2026-031")
    page.context.set_offline(False)
    expect(etat).to_contain_text("Brouillon enregistré à")
    ecran.erreurs[:] = avant  # what a cut line makes the browser write is no fault of the page
    page.reload()
    expect(page.locator("[name=numero_marche]")).to_have_value("M-2026-031")
    expect(page.locator("#region-valideur .choisi-nom")).to_contain_text("CORVAN")
    expect(page.get_by_label("Autoliquidation")).to_be_checked()

    ecran.aller("/portail/facturation/factures-emises/deposer/")
    ecran.verifier_accessibilite()
    page.locator("[name=fichier]").set_input_files({"name": "lot.zip", "mimeType": "application/zip", "buffer": b"PK"})
    expect(page.locator("[name=format]")).to_have_value("XML")
