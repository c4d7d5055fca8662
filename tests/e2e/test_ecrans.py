"""Every screen of accounts, rights, directories and connections: axe-core, console, outside requests, both widths.

One session is installed for the whole module: each group of screens goes on from its cookies in a window of its own.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import gestes
from tests.e2e.conftest import fenetres
from tests.e2e.ecrans import envoyer_vide, ouvrir, verifier, verifier_refus

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

ADRESSE = "stagiaire01@session.example"
SIRET = "00010101400017"
COLLEGUE = "fournisseur.us01@jeu.example"
ORGANISATION = "/portail/organisation/"
TYPES = ("SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "PARTICULIER", "AUTRE")
REPONSE = 30_000


@dataclass(frozen=True)
class Installe:
    """What the windows of a group go on from."""

    session: gestes.Session
    formateur: Any
    stagiaire: Any
    pk: int
    brouillon: str

    @property
    def fiche(self) -> str:
        return f"{ORGANISATION}structures/{self.pk}/"

    @property
    def console(self) -> str:
        return f"/formateur/{self.session.code}/"

    def place_seule(self) -> Any:
        """The cookies of the seat, nobody being logged in."""
        return {**self.stagiaire, "cookies": [c for c in self.stagiaire["cookies"] if c["name"] == "place"]}


@pytest.fixture(scope="module")
def installe(browser, bac):
    """A structure with a service, a bank account, a second user, a request that waits; the accesses of a software."""
    with fenetres(browser, bac) as ouvrir:
        formateur, ecran = ouvrir(), ouvrir()
        gestes.connecter_formateur(formateur)
        session = gestes.creer_session(formateur, "Tous les écrans")
        gestes.rejoindre(ecran, session, "Nadia")
        gestes.creer_compte(ecran, ADRESSE)
        gestes.activer_compte(ecran)
        gestes.connecter(ecran, ADRESSE)
        pk = gestes.creer_structure(ecran, SIRET)
        fiche = f"{ORGANISATION}structures/{pk}/"
        gestes.creer_service(ecran, "CHANTIERS", "Chantiers")
        gestes.creer_service(ecran, "FERME", "Ancien atelier")
        _demander(ecran, f"{ORGANISATION}gerer-un-service/?type=DESACTIVER", service="FERME")
        _remplir(ecran, f"{fiche}banque/ajouter/", nom="Compte courant", iban="FR7699999000010000001010176")
        _generer_le_jeu(ecran)
        _remplir(ecran, f"{fiche}utilisateurs/rattacher/", login_email=COLLEGUE)
        ecran.aller("/portail/raccordements/comptes-techniques/demande/?type=creation")
        gestes.soumettre(ecran)
        ecran.aller("/portail/raccordements/piste/")  # the first visit gives the « Sandbox » application
        _remplir(ecran, "/portail/raccordements/piste/applications/creer/", nom="Logiciel de l'atelier")
        ecran.aller("/portail/raccordements/fiches/nouvelle/")
        ecran.page.get_by_label(re.compile("^EDI")).check()
        gestes.soumettre(ecran)
        expect(ecran.page.get_by_role("button", name="Enregistrer le brouillon")).to_be_visible()
        brouillon = ecran.page.url.removeprefix(bac.url)
        _soumettre_une_fiche(ecran)
        _attendre_camille(ecran, fiche)
        etats = [e.page.context.storage_state() for e in (formateur, ecran)]
        yield Installe(session, *etats, pk, brouillon)


def _remplir(ecran, chemin, **champs):
    ecran.aller(chemin)
    for nom, valeur in champs.items():
        ecran.page.locator(f"[name={nom}]").fill(valeur)
    gestes.soumettre(ecran)
    expect(ecran.page.locator(".champ-faux")).to_have_count(0)


def _demander(ecran, chemin, **choix):
    """A request whose choices draw the form again."""
    ecran.aller(chemin)
    for nom, texte in choix.items():
        liste = ecran.page.locator(f"[name={nom}]")
        liste.select_option(label=liste.locator("option", has_text=texte).first.inner_text())
        ecran.page.wait_for_load_state("networkidle")
    gestes.soumettre(ecran)
    expect(ecran.page.locator(".champ-faux")).to_have_count(0)


def _generer_le_jeu(ecran):
    ecran.aller("/jeu-de-donnees/")
    ecran.verifier_accessibilite()
    ecran.page.get_by_role("button", name="Générer mon jeu de données").click()
    expect(ecran.page.locator("main")).to_contain_text("Mot de passe de tous les comptes du jeu", timeout=REPONSE)


def _soumettre_une_fiche(ecran):
    """A complete one, for the trainer to examine."""
    page = ecran.page
    ecran.aller("/portail/raccordements/fiches/nouvelle/")
    page.get_by_label(re.compile("^API")).check()
    gestes.soumettre(ecran)
    page.locator("[name=contact_nom]").fill("Nadia Arbelin")
    page.locator("[name=contact_email]").fill("technique@arbelin.example")
    page.locator("[name=contact_telephone]").fill("01 99 00 00 01")
    page.locator("[name=emetteur]").check()
    application = page.locator("[name=application]")
    application.select_option(label=application.locator("option", has_text="Sandbox").inner_text())
    page.locator("[name=compte_technique]").select_option(index=1)
    page.locator("[name=flux]").first.check()
    page.get_by_role("button", name="Soumettre").click()
    expect(page.locator("main")).to_contain_text("La fiche est soumise")


def _attendre_camille(ecran, fiche):
    """Her request comes some ten real seconds after the structure; the list follows the world by itself."""
    ecran.aller(f"{fiche}approbations/")
    expect(ecran.page.get_by_role("link", name="Camille Loriot", exact=True)).to_be_visible(timeout=REPONSE)


@pytest.fixture
def stagiaire(installe, ecran_neuf):
    return ecran_neuf(etat=installe.stagiaire)


@pytest.fixture
def formateur(installe, ecran_neuf):
    return ecran_neuf(etat=installe.formateur)


# --- Compte


def test_compte(stagiaire):
    verifier(
        stagiaire,
        "/portail/mon-compte/",
        *(f"/portail/mon-compte/modifier/{champ}/" for champ in ("prenom", "telephone", "contact_email")),
        "/portail/mon-compte/notifications/",
        "/portail/mon-compte/desactiver/",
        "/portail/mon-compte/application/",
        "/portail/mon-compte/adresse/",
        "/portail/mes-comptes/",
        "/portail/pigp/",
    )
    verifier_refus(stagiaire, "/portail/mon-compte/adresse/")
    verifier_refus(stagiaire, "/portail/mon-compte/desactiver/")


def test_le_code_de_connexion(installe, formateur, ecran_neuf):
    """Asked once the trainer has switched the second factor on; read in the simulated mailbox."""
    formateur.aller(installe.console)
    formateur.page.get_by_role("button", name=re.compile("second facteur", re.I)).first.click()
    expect(formateur.page.locator("main")).to_contain_text("Second facteur actif")
    ecran = ecran_neuf(etat=installe.place_seule())
    verifier(ecran, "/portail/connexion/", "/portail/mot-de-passe/", "/portail/creer-un-compte/")
    verifier_refus(ecran, "/portail/creer-un-compte/")
    gestes.connecter(ecran, ADRESSE)
    expect(ecran.page.get_by_role("heading", level=1)).to_contain_text("Code de connexion")
    ecran.verifier_accessibilite()
    verifier_refus(ecran, "/portail/connexion/code/")
    ecran.aller("/messagerie/")
    ecran.page.get_by_role("link", name=re.compile("code", re.I)).first.click()
    code = re.search(r"\b\d{6}\b", ecran.page.locator("main").inner_text())[0]
    _remplir(ecran, "/portail/connexion/code/", code=code)
    expect(ecran.page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


# --- Organisation


def test_organisation(installe, stagiaire):
    fiche = installe.fiche
    verifier(
        stagiaire,
        ORGANISATION,
        f"{ORGANISATION}structures/",
        fiche,
        f"{fiche}services/",
        f"{fiche}identifiant/",
        f"{fiche}banque/",
        f"{fiche}banque/ajouter/",
    )
    ouvrir(stagiaire, f"{fiche}banque/", "Modifier|Compte courant")
    verifier_refus(stagiaire, f"{fiche}banque/ajouter/")
    stagiaire.aller(f"{fiche}identifiant/")
    stagiaire.page.get_by_role("button", name="Confirmer").click()  # the warning comes first
    expect(stagiaire.page.get_by_role("button", name="Continuer")).to_be_visible()
    stagiaire.verifier_accessibilite()
    envoyer_vide(stagiaire)


def test_creer_une_structure_de_chaque_type(stagiaire):
    creer = f"{ORGANISATION}structures/creer/"
    verifier(stagiaire, *(f"{creer}?type_identifiant={code}" for code in TYPES), f"{creer}?q=menuiserie")
    verifier_refus(stagiaire, f"{creer}?type_identifiant=HORS_UE")
    stagiaire.aller(f"{creer}?siret=00020001400017")
    expect(stagiaire.page.locator("main")).to_contain_text("COMMUNE DE VALMORAN")
    stagiaire.verifier_accessibilite()


def test_gerer_une_structure(installe, stagiaire):
    gerer = f"{ORGANISATION}gerer-une-structure/"
    verifier(
        stagiaire,
        gerer,
        *(f"{gerer}?type={code}" for code in ("CONSULTER", "ACTIVER")),
        *(f"{gerer}?type={code}&identifiant={installe.pk}" for code in ("MODIFIER", "INSEE", "DESACTIVER")),
    )
    verifier_refus(stagiaire, f"{gerer}?type=ACTIVER")


def test_gerer_un_service(stagiaire):
    gerer = f"{ORGANISATION}gerer-un-service/"
    verifier(stagiaire, gerer, *(f"{gerer}?type={c}" for c in ("CREER", "MODIFIER", "ACTIVER", "DESACTIVER")))
    verifier_refus(stagiaire, f"{gerer}?type=CREER")
    stagiaire.aller(f"{gerer}?type=MODIFIER")
    stagiaire.page.locator("[name=service]").select_option(index=1)
    expect(stagiaire.page.locator("[name=libelle]")).to_have_value("Chantiers")
    stagiaire.verifier_accessibilite()


# --- Utilisateurs et droits


def test_utilisateurs_et_droits(installe, stagiaire):
    fiche = installe.fiche
    verifier(
        stagiaire,
        f"{ORGANISATION}utilisateurs/",
        f"{fiche}utilisateurs/",
        f"{fiche}utilisateurs/?statut=TOUS",
        f"{fiche}utilisateurs/rattacher/",
        f"{fiche}transferer/",
        f"{fiche}qui-peut-quoi/",
        f"{fiche}historique/",
        "/portail/mes-habilitations/",
    )
    utilisateur = ouvrir(stagiaire, f"{fiche}utilisateurs/?q={COLLEGUE}", "^(?!.*Nadia).*[Ff]ournisseur")
    verifier(stagiaire, f"{utilisateur}dupliquer/")
    verifier_refus(stagiaire, f"{fiche}utilisateurs/rattacher/")


def test_approbations(installe, stagiaire):
    verifier(stagiaire, f"{installe.fiche}approbations/")
    ouvrir(stagiaire, f"{installe.fiche}approbations/", "^Camille Loriot")
    stagiaire.page.get_by_role("button", name="Refuser").click()  # without a reason
    expect(stagiaire.page.locator("[name=motif]")).to_have_attribute("aria-invalid", "true")
    stagiaire.verifier_accessibilite()


def test_mes_rattachements(stagiaire):
    demander = "/portail/mes-rattachements/demander/"
    verifier(
        stagiaire,
        "/portail/mes-rattachements/",
        demander,
        f"{demander}?identifiant=000200&raison_sociale=",
    )
    stagiaire.aller(f"{demander}?identifiant=12&raison_sociale=")  # too short
    expect(stagiaire.page.locator("[aria-invalid=true]")).to_be_visible()
    stagiaire.verifier_accessibilite()
    stagiaire.aller(f"{demander}?identifiant=00020003000013&raison_sociale=")
    stagiaire.page.get_by_role("button", name="Continuer").click()
    expect(stagiaire.page.locator("main")).to_contain_text("DOR-ROUTES")
    stagiaire.verifier_accessibilite()


# --- Annuaire, recherche, aide


def test_annuaire(installe, ecran_neuf):
    """Open to a seat without account."""
    ecran = ecran_neuf(etat=installe.place_seule())
    publiques, facturation = (f"/portail/annuaire/{n}/" for n in ("structures-publiques", "facturation-electronique"))
    verifier(ecran, "/portail/annuaire/", publiques, f"{publiques}?q=orle", f"{publiques}?q=introuvable", facturation)
    ouvrir(ecran, f"{publiques}?q=departement", "DÉPARTEMENT")
    ouvrir(ecran, f"{facturation}?q=valmoran", "VALMORAN")


def test_recherche_et_aide(stagiaire):
    verifier(
        stagiaire,
        "/portail/recherche/",
        "/portail/recherche/?q=rattachement",
        "/portail/recherche/?q=introuvable",
        "/portail/commande/",
        "/portail/marche/",
        "/portail/support/nous-contacter/",
        "/aide/ancien-nouveau/",
        "/jeu-de-donnees/",
    )
    stagiaire.aller("/portail/")
    stagiaire.page.get_by_label("Rechercher une application ou un mot").press_sequentially("habil")
    expect(stagiaire.page.locator("#recherche-suggestions")).to_contain_text("abilitation")
    stagiaire.verifier_accessibilite()


# --- Raccordements


def test_raccordements(installe, stagiaire):
    domaine = "/portail/raccordements/"
    verifier(
        stagiaire,
        domaine,
        f"{domaine}fiches/",
        f"{domaine}fiches/nouvelle/",
        f"{domaine}comptes-techniques/",
        *(f"{domaine}comptes-techniques/demande/?type={code}" for code in ("creation", "reinitialisation")),
        f"{domaine}piste/",
        f"{domaine}piste/applications/",
        f"{domaine}piste/applications/creer/",
    )
    ouvrir(stagiaire, f"{domaine}fiches/", r"n° \d+")  # the last one, sent
    verifier(stagiaire, installe.brouillon)
    stagiaire.page.get_by_role("button", name="Soumettre").click()  # incomplete
    expect(stagiaire.page.locator("[aria-invalid=true]").first).to_be_visible()
    stagiaire.verifier_accessibilite()
    application = ouvrir(stagiaire, f"{domaine}piste/applications/", "Logiciel de l'atelier")
    stagiaire.page.get_by_role("button", name=re.compile("Consulter le client secret")).click()
    stagiaire.verifier_accessibilite()
    verifier(stagiaire, f"{application}nouveau-secret/")


# --- Console


def test_console(installe, formateur):
    verifier(
        formateur,
        installe.console,
        f"{installe.console}poste/1/",
        f"{installe.console}rattachements/",
        f"{installe.console}raccordements/",
    )
    formateur.aller(f"{installe.console}rattachements/")
    formateur.page.get_by_role("button", name="Refuser").first.click()  # without a reason
    expect(formateur.page.locator("[aria-invalid=true]")).to_be_visible()
    formateur.verifier_accessibilite()
    ouvrir(formateur, f"{installe.console}raccordements/", r"Fiche n° \d+")
