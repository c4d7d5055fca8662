"""The keyboard alone: signing up, answering a request, then typing an invoice and sending it. No click, no fill."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

ADRESSE = "stagiaire01@session.example"
SIRET = "00010101400017"
MAXIMUM = 90
"""Tabulations before we say that an element cannot be reached."""
REPONSE = 40_000
VISIBLE = """() => {
    const cadre = document.activeElement.getBoundingClientRect();
    const milieu = cadre.top + cadre.height / 2;
    return document.activeElement.matches(":focus-visible") && milieu >= 0 && milieu <= innerHeight;
}"""


class Clavier:
    """What a person does who has no mouse: tabulations, keys, typing. Elements are known by role and name only."""

    def __init__(self, ecran):
        self.page = ecran.page

    def _tient_le_focus(self, vise):
        return vise.evaluate_all("elements => elements.includes(document.activeElement)")

    def _jusqu_a(self, vise, quoi, touche):
        expect(vise.first).to_be_attached()
        for _ in range(MAXIMUM):
            if self._tient_le_focus(vise):
                assert self.page.evaluate(VISIBLE), f"le focus ne se voit pas : {quoi}"
                return
            self.page.keyboard.press(touche)
        pytest.fail(f"{quoi} : hors d'atteinte en {MAXIMUM} tabulations, sur {self.page.url}")

    def atteindre(self, role, nom, *, touche="Tab"):
        """Press Tab (or Maj+Tab) until the element of this role and accessible name has the focus."""
        self._jusqu_a(self.page.get_by_role(role, name=nom), f"{role} « {nom} »", touche)

    def suivre(self, role, nom, *, touche="Tab"):
        """Reach a link or a button, and press Entrée."""
        self.atteindre(role, nom, touche=touche)
        self.page.keyboard.press("Enter")

    def ecrire(self, libelle, texte, *, touche="Tab"):
        """Type in the field of this label; password fields have no role."""
        self._jusqu_a(self.page.get_by_label(libelle), f"champ « {libelle} »", touche)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(texte)

    def cocher(self, libelle, *, dans=None, touche="Tab"):
        """Toggle a box with Espace."""
        case = (dans or self.page).get_by_role("checkbox", name=libelle)
        self._jusqu_a(case, f"case « {libelle} »", touche)
        self.page.keyboard.press("Space")
        return case

    def titre(self, texte):
        """Wait for the page of this heading; the address bar is where the focus starts from again."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(texte)


def _creer_compte(clavier):
    page = clavier.page
    clavier.suivre("link", re.compile("Créer un compte"))
    clavier.titre("Créer un compte")
    clavier.ecrire(re.compile("^Adresse électronique de connexion"), ADRESSE)
    clavier.ecrire(re.compile("^Confirmation de l'adresse"), ADRESSE)
    clavier.ecrire(re.compile("^Prénom"), "Nadia")
    clavier.ecrire(re.compile("^Nom"), "Arbelin")
    expect(clavier.cocher(re.compile("J'accepte les conditions"))).to_be_checked()
    lettres = "".join(page.locator(".captcha-dessin text").all_text_contents())
    clavier.ecrire(re.compile("Recopiez les caractères"), lettres)
    clavier.suivre("button", "Valider le Captcha")
    expect(page.locator("#captcha")).to_contain_text("Caractères validés")
    clavier.suivre("button", "Créer mon compte")
    clavier.titre("Un message vous a été envoyé")


def _activer(clavier):
    clavier.suivre("link", "Ouvrir la messagerie")
    clavier.titre("Messagerie")
    clavier.suivre("link", re.compile("Activez votre compte"))
    clavier.suivre("link", "Activer mon compte")
    clavier.ecrire(re.compile("^(Nouveau )?[Mm]ot de passe"), gestes.MOT_DE_PASSE)
    clavier.ecrire(re.compile("^Confirmation"), gestes.MOT_DE_PASSE)
    clavier.suivre("button", "Soumettre")


def _connecter(clavier):
    clavier.titre("Se connecter")
    clavier.ecrire(re.compile("^Adresse électronique de connexion"), ADRESSE)
    clavier.ecrire(re.compile("^Mot de passe"), gestes.MOT_DE_PASSE)
    clavier.page.keyboard.press("Enter")
    clavier.titre("Bonjour Nadia")


def _creer_structure(clavier):
    clavier.suivre("link", re.compile("Créer (une|la|ma) structure|créer une nouvelle structure", re.I))
    clavier.titre("Créer une structure")
    clavier.ecrire(re.compile("^Identifiant"), SIRET)
    clavier.suivre("button", "Continuer")
    clavier.titre("votre entreprise")
    clavier.suivre("button", "Confirmer la création")
    clavier.titre("ARBELIN MENUISERIE 01")


def _choisir_un_type_aux_fleches(clavier):
    """A choice made with the arrows draws the form again, and the focus stays on the list."""
    page = clavier.page
    types = page.get_by_role("combobox", name=re.compile("^Type de demande"))
    clavier.atteindre("combobox", re.compile("^Type de demande"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=code]")).to_be_visible()
    expect(types).to_be_focused()
    clavier.ecrire(re.compile("^Code"), "CHANTIERS")
    clavier.ecrire(re.compile("^Libellé"), "Chantiers")
    clavier.atteindre("combobox", re.compile("^Type de demande"), touche="Shift+Tab")
    clavier.suivre("button", "Soumettre")
    expect(page.locator("main")).to_contain_text("CHANTIERS")


def _decider(clavier):
    """« Approbations », the request, one box more, « Valider »."""
    page = clavier.page
    clavier.suivre("link", re.compile("^Approbations"))
    clavier.titre("Approbations")
    expect(page.get_by_role("link", name="Camille Loriot", exact=True)).to_be_visible(timeout=REPONSE)
    clavier.suivre("link", "Répondre à Camille Loriot")
    expect(page.get_by_role("button", name="Valider", exact=True)).to_be_visible()
    ensemble = page.get_by_role("group", name="Toute la structure")
    case = clavier.cocher("Factures de travaux", dans=ensemble)
    expect(case).to_be_checked()
    page.keyboard.press("Tab")  # to the level of this right
    niveau = page.locator("select:focus")
    expect(niveau).to_have_value("MODIFICATION")
    page.keyboard.press("ArrowDown")
    expect(niveau).to_have_value("CONSULTATION_UNIQUEMENT")
    page.keyboard.press("ArrowUp")
    expect(niveau).to_have_value("MODIFICATION")
    clavier.suivre("button", re.compile("^Valider$"))
    expect(page.locator("main")).to_contain_text("Camille Loriot est validée")


def test_s_inscrire_puis_decider_au_clavier_seul(ecran_neuf):
    formateur, ecran = ecran_neuf(), ecran_neuf()
    gestes.connecter_formateur(formateur)
    session = gestes.creer_session(formateur, "Au clavier")
    clavier = Clavier(ecran)

    ecran.aller(f"/rejoindre/{session.code}/")
    clavier.ecrire(re.compile("^Prénom"), "Nadia")
    clavier.page.keyboard.press("Enter")
    clavier.titre("vous êtes au poste")

    ecran.aller("/portail/")
    clavier.suivre("link", re.compile("Aller au contenu", re.I))  # the first thing that the keyboard meets
    _creer_compte(clavier)
    _activer(clavier)
    _connecter(clavier)
    _creer_structure(clavier)
    fiche = ecran.page.url.removeprefix(ecran.bac.url)

    ecran.aller("/portail/organisation/gerer-un-service/")
    _choisir_un_type_aux_fleches(clavier)

    ecran.aller(fiche)
    _decider(clavier)


def _ligne(clavier, rang, denomination, quantite, prix, taux):
    page = clavier.page
    expect(page.locator(f"[name=lignes-{rang}-denomination]")).to_be_focused()
    page.keyboard.type(denomination)
    for nom, texte in (("quantite", quantite), ("prix_unitaire", prix)):
        clavier._jusqu_a(page.locator(f"[name=lignes-{rang}-{nom}]"), nom, "Tab")
        page.keyboard.type(texte)
    liste = page.locator(f"[name=lignes-{rang}-taux]")
    clavier._jusqu_a(liste, "taux", "Tab")
    for _ in range(4):
        if liste.input_value() != taux:
            page.keyboard.press("ArrowDown" if taux != "20" else "ArrowUp")
    expect(liste).to_have_value(taux)


def _ligne_de_plus(clavier, rang):
    """Entrée in a field of the line adds the next one, and goes to it."""
    clavier._jusqu_a(clavier.page.locator(f"[name=lignes-{rang}-remise]"), "remise", "Shift+Tab")
    clavier.page.keyboard.press("Enter")


def test_saisir_et_envoyer_une_facture_au_clavier_seul(ecran_neuf):
    """Three lines, two rates, a line added by mistake and removed, sent: exercise 4 without a mouse."""
    formateur, ecran = ecran_neuf(), ecran_neuf()
    gestes.connecter_formateur(formateur)
    session = gestes.creer_session(formateur, "Saisie au clavier")
    gestes.rejoindre(ecran, session, "Nadia")
    gestes.creer_compte(ecran, ADRESSE)
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    gestes.creer_structure(ecran, SIRET)
    gestes.souscrire_mandat(ecran)
    clavier, page = Clavier(ecran), ecran.page

    ecran.aller("/portail/facturation/factures-emises/saisir/")
    clavier.ecrire(re.compile("^Destinataire"), "VALMORAN")
    valmoran = page.get_by_role("radio", name=re.compile("COMMUNE DE VALMORAN"))
    clavier._jusqu_a(valmoran, "COMMUNE DE VALMORAN", "Tab")
    page.keyboard.press("Space")
    expect(page.locator("#id_recherche.choisi")).to_be_focused()
    clavier.ecrire(re.compile("^Numéro de facture"), "ARB-2026-119")
    clavier.ecrire(re.compile("^Date de facture"), "07/12/2026")

    clavier._jusqu_a(page.locator("[name=lignes-0-denomination]"), "première ligne", "Tab")
    _ligne(clavier, 0, "Bloc-porte coupe-feu", "8", "268", "20")
    _ligne_de_plus(clavier, 0)
    _ligne(clavier, 1, "Manuel d'entretien imprimé", "8", "18,5", "5.5")
    _ligne_de_plus(clavier, 1)
    _ligne(clavier, 2, "Ferme-porte hydraulique", "8", "57,25", "20")
    expect(page.locator("[name=montant_ttc]")).to_have_value("3\u202f278,54")
    _ligne_de_plus(clavier, 2)
    page.keyboard.type("Ligne de trop")
    clavier.atteindre("button", re.compile("^Supprimer la ligne 4"))
    page.keyboard.press("Delete")
    expect(page.get_by_text("Supprimer ?")).to_be_visible()
    expect(page.locator("[data-ligne]")).to_have_count(4)
    page.keyboard.press("Delete")
    expect(page.locator("[data-ligne]")).to_have_count(3)
    expect(page.locator("[name=lignes-2-denomination]")).to_be_focused()
    expect(page.locator("[name=montant_a_payer]")).to_have_value("3\u202f278,54")

    clavier.suivre("button", re.compile("Valider et envoyer"))
    expect(page.get_by_role("dialog")).to_contain_text("3\u202f278,54\u202f€")
    clavier.suivre("button", re.compile("Confirmer et envoyer"))
    clavier.titre("ARB-2026-119")
    expect(page.locator("main")).to_contain_text("Envoyée")
