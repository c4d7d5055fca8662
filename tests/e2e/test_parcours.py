"""The product's main job, as people do it: open a session, deposit three ways, move through time, reset."""

import hashlib
import io
import re

import pypdf
import pytest
from playwright.sync_api import expect

from tests.e2e import gestes

pytestmark = pytest.mark.e2e

ADRESSE = "stagiaire01@session.example"
SIRET = "00010101400017"
EMISES = "/portail/facturation/factures-emises/"


def _telecharger(page, lien):
    with page.expect_download() as attente:
        lien.click()
    return attente.value.path().read_bytes()


def _texte(pdf):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def classe(ecran_neuf):
    """A trainer with a new session, and a trainee in another browser."""
    formateur = ecran_neuf()
    gestes.connecter_formateur(formateur)
    return formateur, gestes.creer_session(formateur, "Parcours complet")


def _entrer(ecran, session):
    """From the join page to the portal: seat, account, activation, structure, mandate."""
    assert gestes.rejoindre(ecran, session, "Nadia") == 1
    gestes.creer_compte(ecran, ADRESSE)
    gestes.activer_compte(ecran)
    gestes.connecter(ecran, ADRESSE)
    gestes.creer_structure(ecran, SIRET)
    gestes.souscrire_mandat(ecran)


def _deposer(ecran, cle):
    """Deposit one of the sample documents of the seat."""
    page = ecran.page
    ecran.aller("/place/documents/")
    nom, contenu = None, None
    with page.expect_download() as attente:
        page.locator(f"a[href$='/place/documents/{cle}/']").click()
    nom, contenu = attente.value.suggested_filename, attente.value.path().read_bytes()
    ecran.aller(f"{EMISES}deposer/")
    page.locator("input[type=file]").set_input_files([{"name": nom, "mimeType": "application/pdf", "buffer": contenu}])
    page.get_by_role("button", name="Continuer").click()
    return contenu


def test_le_metier_de_bout_en_bout(classe, ecran_neuf):
    formateur, session = classe
    cartes = formateur.page.context.request.get(f"{formateur.bac.url}/formateur/{session.code}/cartes.pdf")
    assert cartes.status == 200
    assert session.code in _texte(cartes.body())
    formateur.verifier_accessibilite()

    stagiaire = ecran_neuf()
    page = stagiaire.page
    _entrer(stagiaire, session)

    # 1. « Saisir facture »: a draft first, then sent.
    gestes.remplir_saisie(stagiaire, "ARB-2026-117")
    expect(page.locator(".totaux").first).to_contain_text("4 168,80".replace(" ", "\u202f"))
    stagiaire.verifier_accessibilite()
    page.get_by_role("button", name="Enregistrer").first.click()
    expect(page.locator("main")).to_contain_text("rouillon")
    stagiaire.aller(EMISES)
    page.get_by_role("link", name="ARB-2026-117", exact=True).click()
    expect(page.locator("[name=numero]")).to_have_value("ARB-2026-117")
    gestes.envoyer(stagiaire)
    expect(page.locator("main")).to_contain_text("Envoyée")
    gestes.attendre_statut(stagiaire, "Mise à disposition du destinataire")
    saisie = page.url
    stagiaire.verifier_accessibilite()
    certificat = _telecharger(page, page.get_by_role("link", name="Certificat de dépôt"))
    page.get_by_role("link", name="Télécharger", exact=True).click()
    document = _telecharger(page, page.get_by_role("button", name="Télécharger", exact=True))
    assert hashlib.sha256(document).hexdigest() in _texte(certificat).replace("\n", "").replace(" ", "")
    assert "SANS VALEUR" in _texte(document)

    # 2. « Déposer facture » with a text PDF: fields read, marked, corrected.
    _deposer(stagiaire, "texte")
    expect(page.locator("[name=numero]")).to_have_value("ARB-2026-118")
    expect(page.locator("[name=montant_ttc]")).to_have_value(re.compile(r"4\s?168,80"))
    expect(page.locator(".lu").first).to_be_visible()
    stagiaire.verifier_accessibilite()
    page.locator("[name=numero_engagement]").fill("2026-BC-0147")
    gestes.envoyer(stagiaire)
    expect(page.locator("main")).to_contain_text("Envoyée")

    # 3. « Déposer facture » with a real Factur-X: a flow, then the invoice.
    _deposer(stagiaire, "facturx-reel")
    expect(page.locator("main")).to_contain_text("importé correctement sous le n°")
    expect(page.locator("main")).to_contain_text("Intégré", timeout=25_000)
    stagiaire.verifier_accessibilite()

    # Followed in Rechercher; e-mails in the simulated mailbox.
    stagiaire.aller(f"{EMISES}rechercher/")
    for numero in ("ARB-2026-117", "ARB-2026-118", "ARB-2026-120"):
        expect(page.get_by_role("link", name=numero, exact=True)).to_be_visible()
    stagiaire.verifier_accessibilite()
    stagiaire.aller("/messagerie/")
    expect(page.get_by_role("link", name=re.compile("ARB-2026-117 – Déposée"))).to_be_visible()

    # Time: the trainee looks at his invoice while the trainer jumps.
    stagiaire.aller(saisie.removeprefix(stagiaire.bac.url))
    annonce = gestes.avancer(formateur, session, 30)
    # ARB-2026-118 invoices the same order as ARB-2026-117: the commune rejects it as a double.
    assert (annonce["Mise en paiement"], annonce["Rejetée"]) == (2, 1)
    gestes.attendre_statut(stagiaire, "Mise en paiement")
    expect(page.locator("#bande, .bande").first).to_contain_text("J+30", timeout=25_000)
    page.get_by_role("link", name="Historique").first.click()
    histoire = page.locator("main")
    for jour in ("10/12/2026", "14/12/2026", "15/12/2026", "21/12/2026", "28/12/2026"):
        expect(histoire).to_contain_text(jour)
    stagiaire.aller("/messagerie/")
    expect(page.get_by_role("link", name=re.compile("ARB-2026-117 – Mise en paiement"))).to_be_visible()
    formateur.aller(f"/formateur/{session.code}/")
    formateur.verifier_accessibilite()

    # Reset: the whole session, everyone keeps his seat.
    formateur.aller(f"/formateur/{session.code}/reinitialiser/")
    formateur.page.get_by_label("Code de la session").fill(session.code)
    formateur.page.get_by_role("button", name=re.compile("Réinitialiser")).click()
    expect(formateur.page.locator("main")).to_contain_text(re.compile("initial", re.IGNORECASE))
    stagiaire.aller("/place/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("poste 01")
    expect(page.locator("#bande, .bande").first).to_contain_text("J+0")
    stagiaire.aller("/messagerie/")
    expect(page.locator("main")).to_contain_text("Aucun message")


def test_sans_javascript_jusqu_au_depot(classe, ecran_neuf):
    _, session = classe
    stagiaire = ecran_neuf(javascript=False)
    _entrer(stagiaire, session)
    gestes.remplir_saisie(stagiaire, "ARB-2026-200", javascript=False)
    gestes.envoyer(stagiaire)
    expect(stagiaire.page.locator("main")).to_contain_text("Envoyée")
    expect(stagiaire.page.get_by_role("heading", level=1)).to_contain_text("ARB-2026-200")


def test_sans_javascript_service_demande_et_annuaire(classe, ecran_neuf):
    """Create a service, answer a request, look for a client: plain forms and reloaded pages."""
    _, session = classe
    stagiaire = ecran_neuf(javascript=False)
    page = stagiaire.page
    assert gestes.rejoindre(stagiaire, session, "Nadia") == 1
    gestes.creer_compte(stagiaire, ADRESSE)
    gestes.activer_compte(stagiaire)
    gestes.connecter(stagiaire, ADRESSE)
    fiche = f"/portail/organisation/structures/{gestes.creer_structure(stagiaire, SIRET)}/"

    stagiaire.aller("/portail/organisation/gerer-un-service/")
    page.locator("[name=type]").select_option(label="Créer")
    page.get_by_role("button", name="Afficher", exact=True).click()
    page.locator("[name=code]").fill("CHANTIERS")
    page.locator("[name=libelle]").fill("Chantiers")
    gestes.soumettre(stagiaire)
    expect(page.locator("main")).to_contain_text("CHANTIERS")

    stagiaire.aller(f"{fiche}approbations/")
    demande = page.get_by_role("link", name="Camille Loriot", exact=True)
    for _ in range(20):  # the list does not follow the world by itself
        if demande.is_visible():
            break
        page.wait_for_timeout(2_000)
        page.reload()
    demande.click()
    page.locator("[name=ajout]").select_option(label="CHANTIERS – Chantiers")
    page.get_by_role("button", name="Ajouter ce service").click()
    page.get_by_role("group", name=re.compile("CHANTIERS")).get_by_label("Factures de travaux", exact=True).check()
    page.get_by_role("button", name="Valider", exact=True).click()
    expect(page.locator("main")).to_contain_text("Camille Loriot est validée")
    stagiaire.aller(f"{fiche}qui-peut-quoi/")
    expect(page.get_by_role("row", name=re.compile("Camille Loriot"))).to_contain_text("CHANTIERS")

    stagiaire.aller("/portail/annuaire/structures-publiques/")
    page.locator("main [name=q]").fill("departement orle")
    page.locator("main").get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="DÉPARTEMENT DE L'ORLE").click()
    expect(page.locator("main")).to_contain_text("Code service obligatoire")
    expect(page.locator("main")).to_contain_text("DOR-ROUTES")


@pytest.mark.une_base
def test_chaque_ecran_est_accessible_aux_deux_largeurs(classe, ecran_neuf):
    """The screens that the main journey only crosses."""
    formateur, session = classe
    stagiaire = ecran_neuf()
    stagiaire.aller("/")
    stagiaire.verifier_accessibilite()
    stagiaire.aller(f"/rejoindre/{session.code}/")
    stagiaire.verifier_accessibilite()
    _entrer(stagiaire, session)
    for chemin in (
        "/place/",
        "/place/documents/",
        "/messagerie/",
        "/portail/",
        "/portail/organisation/",
        "/portail/organisation/structures/",
        "/portail/organisation/structures/creer/",
        "/portail/facturation/",
        "/portail/facturation/mandat/",
        EMISES,
        f"{EMISES}deposer/",
        f"{EMISES}tableau-de-bord/",
        "/portail/facturation/suivi-des-flux/",
        "/portail/facturation/factures-de-travaux/",
        "/aide/",
        "/aide/glossaire/",
        "/aide/differences/",
        "/accessibilite/",
        "/donnees-personnelles/",
        "/a-propos/",
    ):
        assert stagiaire.aller(chemin).status == 200, chemin
        stagiaire.verifier_accessibilite()
    for chemin in ("/formateur/", "/formateur/creer/"):
        assert formateur.aller(chemin).status == 200
        formateur.verifier_accessibilite()
    for suite in ("", "projecteur/", "instantanes/", "reinitialiser/", "apercu/", "poste/1/"):
        assert formateur.aller(f"/formateur/{session.code}/{suite}").status == 200
        formateur.verifier_accessibilite()
