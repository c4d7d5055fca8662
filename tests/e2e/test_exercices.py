"""Exercises 1 and 2 of the course, done as written: expected values, frequent mistakes and their answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes

pytestmark = pytest.mark.e2e

ADRESSE = "stagiaire01@session.example"
SIRET = "00010101400017"
MIRANDOL = "00010201200010"
MIRANDOL_VOISIN = "00010202000013"
VALMORAN = "00020001400017"
IBAN = "FR76 9999 9000 0100 0000 1010 176"
REPONSE = 30_000
"""A simulated gestionnaire answers in some ten real seconds when the session's clock is stopped."""


@pytest.fixture
def classe(ecran_neuf):
    formateur = ecran_neuf()
    gestes.connecter_formateur(formateur)
    session = gestes.creer_session(formateur, "Exercices")
    stagiaire = ecran_neuf()
    gestes.rejoindre(stagiaire, session, "Nadia")
    return formateur, session, stagiaire


def montrer(bac, session):
    """Facts of the session, read from the shell: what the screens must have written."""
    return bac.manage("cohort", "show", session.code)


def compte_de(faits, login):
    return next(c for poste in faits["postes"] for c in poste["comptes"] if c["login"] == login)


def attendre_courriel(ecran, objet):
    """Reload the mailbox until this message is there, then open it."""
    page = ecran.page
    ecran.aller("/messagerie/")
    lien = page.get_by_role("link", name=re.compile(objet)).first
    expect(lien).to_be_visible(timeout=REPONSE)
    lien.click()
    return page.locator("main")


def principal(ecran):
    return ecran.page.locator("main")


# --- Exercice 1


def test_exercice_1(classe, bac):
    """Account, activation, structure, log out and in again."""
    _, session, ecran = classe
    page = ecran.page
    gestes.creer_compte(ecran, ADRESSE)
    assert compte_de(montrer(bac, session), ADRESSE)["etat"] == "EN_ATTENTE_ACTIVATION"
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    expect(principal(ecran)).to_contain_text("créer une nouvelle structure", ignore_case=True)
    gestes.creer_structure(ecran, SIRET)
    expect(page.get_by_role("heading", level=1)).to_contain_text("ARBELIN MENUISERIE 01")
    expect(principal(ecran)).to_contain_text("12 rue des Rabots")
    page.locator(".tete-compte summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    gestes.connecter(ecran, ADRESSE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Nadia")
    compte = compte_de(montrer(bac, session), ADRESSE)
    assert compte["etat"] == "ACTIF"
    assert [(s["siret"], s["nom"], s["role"]) for s in compte["structures"]] == [(SIRET, "ARBELIN MENUISERIE 01", "GP")]
    ecran.aller("/portail/mon-compte/")
    expect(principal(ecran)).to_contain_text(ADRESSE)


@pytest.mark.une_base
def test_exercice_1_les_erreurs_frequentes(classe, ecran_neuf):
    formateur, session, ecran = classe
    page = ecran.page
    gestes.creer_compte(ecran, ADRESSE)

    # a neighbour takes the same address: refused, and the trainer is told
    voisin = ecran_neuf()
    gestes.rejoindre(voisin, session, "Camille")
    gestes.remplir_compte(voisin, ADRESSE)
    expect(principal(voisin)).to_contain_text("Un compte existe déjà avec cette adresse")
    expect(principal(voisin)).to_contain_text("Mot de passe oublié")
    formateur.aller(f"/formateur/{session.code}/")
    expect(principal(formateur)).to_contain_text(re.compile("doublon d.adresse", re.I))

    # too simple a password: the list of the rules not met
    ecran.aller("/messagerie/")
    page.get_by_role("link", name=re.compile("Activez votre compte")).first.click()
    page.get_by_role("link", name="Activer mon compte").click()
    page.locator("[name=mot_de_passe]").fill("fenetre")
    page.locator("[name=confirmation]").fill("fenetre")
    page.get_by_role("button", name="Soumettre").click()
    for regle in ("au moins 12 caractères", "au moins une majuscule", "au moins un chiffre"):
        expect(principal(ecran)).to_contain_text(regle)
    gestes.activer_compte(ecran)

    # five wrong passwords: locked for an hour, opened by the trainer in one click
    for _ in range(5):
        gestes.connecter(ecran, ADRESSE, "MauvaisMot!2026")
    expect(principal(ecran)).to_contain_text("Votre compte est bloqué")
    gestes.connecter(ecran, ADRESSE)
    expect(principal(ecran)).to_contain_text("Votre compte est bloqué")
    formateur.aller(f"/formateur/{session.code}/")
    formateur.page.get_by_role("button", name="Débloquer").first.click()
    gestes.connecter(ecran, ADRESSE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")

    # a wrong key
    ecran.aller("/portail/organisation/structures/creer/")
    page.locator("[name=siret]").fill("00010101400018")
    page.get_by_role("button", name="Continuer").click()
    expect(principal(ecran)).to_contain_text(re.compile("clé"))

    # the client's SIRET taken for one's own: an attachment is offered, and refused two simulated minutes later
    page.locator("[name=siret]").fill(VALMORAN)
    page.get_by_role("button", name="Continuer").click()
    expect(principal(ecran)).to_contain_text("COMMUNE DE VALMORAN")
    page.get_by_role("link", name="Demander un rattachement à cette structure").click()
    gestes.demander_rattachement(ecran)
    corps = attendre_courriel(ecran, "Rattachement à COMMUNE DE VALMORAN – Refusé")
    expect(corps).to_contain_text("Vous n'êtes pas agent de la commune.")
    formateur.aller(f"/formateur/{session.code}/")
    expect(principal(formateur)).to_contain_text("SIRET d'un client")


def test_exercice_1_le_lien_expire(classe):
    """Scripted incident: the trainer expires the link, the trainee has it sent again."""
    formateur, session, ecran = classe
    page = ecran.page
    gestes.creer_compte(ecran, ADRESSE)
    formateur.aller(f"/formateur/{session.code}/poste/1/")
    formateur.page.get_by_role("button", name=re.compile("expirer", re.I)).first.click()
    ecran.aller("/messagerie/")
    page.get_by_role("link", name=re.compile("Activez votre compte")).first.click()
    page.get_by_role("link", name="Activer mon compte").click()
    expect(principal(ecran)).to_contain_text("Ce lien a expiré")
    page.get_by_role("button", name="Renvoyer le lien").click()
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


# --- Exercice 2


@pytest.fixture
def installe(classe):
    """Exercise 1 done."""
    formateur, session, ecran = classe
    gestes.creer_compte(ecran, ADRESSE)
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    pk = gestes.creer_structure(ecran, SIRET)
    return formateur, session, ecran, f"/portail/organisation/structures/{pk}/"


def _ouvrir_demande_de_camille(ecran, fiche):
    """« Approbations » is where requests arrive."""
    attendre_courriel(ecran, "Demande de rattachement à ARBELIN MENUISERIE 01")
    ecran.aller(f"{fiche}approbations/")
    ecran.page.get_by_role("link", name=re.compile("Camille Loriot")).first.click()


def test_exercice_2(installe, bac):
    _, session, ecran, fiche = installe
    page = ecran.page

    # bank details: a swapped digit is refused, what was typed is kept; then the true IBAN
    ecran.aller(f"{fiche}banque/ajouter/")
    page.locator("[name=nom]").fill("Compte courant")
    page.locator("[name=iban]").fill(IBAN.replace("1010 176", "1001 176"))
    page.locator("[name=bic]").fill("FICTFRPPXXX")
    gestes.soumettre(ecran)
    expect(principal(ecran)).to_contain_text("clé")
    expect(page.locator("[name=nom]")).to_have_value("Compte courant")
    page.locator("[name=iban]").fill(IBAN)
    gestes.soumettre(ecran)
    ecran.aller(f"{fiche}banque/")
    expect(principal(ecran)).to_contain_text("FR76 9999 9000 0100 0000 1010 176".replace(" ", "\u00a0"))
    expect(principal(ecran)).to_contain_text(re.compile("par défaut", re.I))

    # the service
    ecran.aller("/portail/organisation/gerer-un-service/?type=CREER")
    page.locator("[name=code]").fill("CHANTIERS")
    page.locator("[name=libelle]").fill("Chantiers")
    gestes.soumettre(ecran)
    expect(principal(ecran)).to_contain_text("CHANTIERS")

    # Camille's request: « Factures émises » is ticked, « Factures de travaux » added, « Organisation » left out
    _ouvrir_demande_de_camille(ecran, fiche)
    expect(principal(ecran)).to_contain_text("camille.loriot01@session.example")
    tout = page.locator("fieldset", has_text="Toute la structure").first
    expect(tout.get_by_label("Factures émises", exact=True)).to_be_checked()
    expect(tout.get_by_label("Organisation", exact=True)).not_to_be_checked()
    tout.get_by_label("Factures de travaux", exact=True).check()
    page.get_by_role("button", name="Valider").click()
    expect(principal(ecran)).to_contain_text("Camille Loriot est validée")
    ecran.aller(f"{fiche}qui-peut-quoi/")
    expect(principal(ecran)).to_contain_text("Camille Loriot")

    # the second structure, and the neighbour's one, refused
    for siret, reponse in ((MIRANDOL_VOISIN, "Refusé"), (MIRANDOL, "Validé")):
        ecran.aller("/portail/mes-rattachements/demander/")
        page.locator("[name=identifiant]").fill(siret)
        principal(ecran).get_by_role("button", name="Rechercher").click()
        page.get_by_role("button", name="Continuer").click()
        gestes.demander_rattachement(ecran)
        corps = attendre_courriel(ecran, f"MIRANDOL ARCHITECTES 0[12] – {reponse}")
        if reponse == "Refusé":
            expect(corps).to_contain_text("Vous n'êtes pas connu du cabinet.")
    ecran.aller("/portail/mes-rattachements/")
    expect(principal(ecran)).to_contain_text("ATELIER MIRANDOL ARCHITECTES 01")

    # expected values
    compte = compte_de(montrer(bac, session), ADRESSE)
    assert {s["siret"]: s["role"] for s in compte["structures"]} == {SIRET: "GP", MIRANDOL: "UTILISATEUR"}
    ecran.aller("/portail/mes-habilitations/")
    for profil in ("Factures émises", "Factures de travaux"):
        expect(principal(ecran)).to_contain_text(profil)

    # what three future clients demand
    for nom, attendus in (
        ("VALMORAN", ["Ni code service ni numéro d'engagement obligatoires"]),
        ("MONTBRISAC", ["Code service et numéro d'engagement obligatoires"]),
        ("departement orle", ["Code service obligatoire", "DOR-ROUTES"]),
    ):
        ecran.aller("/portail/annuaire/structures-publiques/")
        principal(ecran).locator("[name=q]").fill(nom)
        principal(ecran).get_by_role("button", name="Rechercher").first.click()
        page.locator("main table tbody a").first.click()
        for attendu in attendus:
            expect(principal(ecran)).to_contain_text(attendu)


def test_exercice_2_demande_refusee_puis_trop_de_droits(installe):
    """Refused, Camille writes and asks once more; with « Organisation », she closes CHANTIERS two days later."""
    formateur, session, ecran, fiche = installe
    page = ecran.page
    ecran.aller("/portail/organisation/gerer-un-service/?type=CREER")
    page.locator("[name=code]").fill("CHANTIERS")
    page.locator("[name=libelle]").fill("Chantiers")
    gestes.soumettre(ecran)
    _ouvrir_demande_de_camille(ecran, fiche)
    page.get_by_role("button", name="Refuser").click()
    expect(principal(ecran)).to_contain_text("motif", ignore_case=True)
    page.locator("[name=motif]").fill("Je ne vous connais pas")
    page.get_by_role("button", name="Refuser").click()
    corps = attendre_courriel(ecran, "Ma demande de rattachement")
    expect(corps).to_contain_text("Je ne peux toujours pas déposer")
    ecran.aller(f"{fiche}approbations/")
    demande = page.get_by_role("link", name=re.compile("Camille Loriot")).first
    for _ in range(15):
        if demande.is_visible():
            break
        page.wait_for_timeout(2_000)
        page.reload()
    demande.click()
    page.locator("fieldset", has_text="Toute la structure").first.get_by_label("Organisation", exact=True).check()
    page.get_by_role("button", name="Valider").click()
    gestes.avancer(formateur, session, 3)
    expect(formateur.page.locator("main")).to_contain_text("10", timeout=25_000)
    ecran.aller(f"{fiche}historique/")
    for _ in range(15):
        if "Service désactivé" in principal(ecran).inner_text():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(principal(ecran)).to_contain_text("Service désactivé")
    expect(principal(ecran)).to_contain_text("Camille Loriot")
