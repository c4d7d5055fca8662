"""What people do with the screens, named once: the journeys with and without JavaScript share these gestures."""

import re
from dataclasses import dataclass

from playwright.sync_api import expect

MOT_DE_PASSE = "Fenetres!2026bois"


@dataclass
class Session:
    code: str
    ancrage: str = "07/12/2026"


def connecter_formateur(ecran):
    faits = ecran.bac.manage("demo")
    page = ecran.page
    ecran.aller("/formateur/")
    page.get_by_label("Adresse électronique").fill(faits["formateur"])
    page.get_by_label("Mot de passe").fill(faits["mot_de_passe"])
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("sessions")


def creer_session(ecran, titre, places=3) -> Session:
    """A session anchored on Monday 7 December 2026, as the exercises."""
    page = ecran.page
    ecran.aller("/formateur/creer/")
    page.get_by_label("Titre").fill(titre)
    page.get_by_label("Nombre de places").fill(str(places))
    page.get_by_label("Date d'ancrage").fill("07/12/2026")
    page.get_by_label("Graine").fill("parcours")
    page.get_by_role("button", name="Créer la session").click()
    expect(page.get_by_role("heading", level=1, name=titre)).to_be_visible()
    return Session(re.search(r"/formateur/(\w+)/", page.url).group(1))


def rejoindre(ecran, session, prenom):
    """Take the next free seat; its number."""
    page = ecran.page
    ecran.aller(f"/rejoindre/{session.code}/")
    page.get_by_label("Prénom").fill(prenom)
    page.get_by_role("button", name="Prendre ma place").click()
    titre = page.get_by_role("heading", level=1)
    expect(titre).to_contain_text("vous êtes au poste")
    return int(re.search(r"poste (\d+)", titre.inner_text()).group(1))


def creer_compte(ecran, adresse):
    remplir_compte(ecran, adresse)
    expect(ecran.page.get_by_role("heading", level=1)).not_to_contain_text("Créer un compte")
    expect(ecran.page.locator("main")).to_contain_text(adresse)


def remplir_compte(ecran, adresse):
    """« Informations personnelles », sent."""
    page = ecran.page
    ecran.aller("/portail/")
    page.get_by_role("link", name="Créer un compte").first.click()
    page.get_by_label("Adresse électronique de connexion").fill(adresse)
    page.get_by_label("Confirmation de l'adresse").fill(adresse)
    page.get_by_label("Prénom").fill("Nadia")
    page.get_by_label("Nom", exact=False).and_(page.locator("[name=nom]")).fill("Arbelin")
    page.get_by_label("J'accepte les conditions").check()
    lettres = page.locator(".captcha-dessin text").all_text_contents()
    page.get_by_label("Recopiez les caractères").fill("".join(lettres))
    page.get_by_role("button", name="Créer mon compte").click()


def activer_compte(ecran):
    """Open the link received in the simulated mailbox and choose a password."""
    page = ecran.page
    ecran.aller("/messagerie/")
    page.get_by_role("link", name=re.compile("Activez votre compte")).first.click()
    page.get_by_role("link", name="Activer mon compte").click()
    page.locator("[name=mot_de_passe]").fill(MOT_DE_PASSE)
    page.locator("[name=confirmation]").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Soumettre").click()


def connecter(ecran, adresse, mot_de_passe=MOT_DE_PASSE):
    page = ecran.page
    ecran.aller("/portail/connexion/")
    page.get_by_label("Adresse électronique de connexion").fill(adresse)
    page.get_by_label("Mot de passe", exact=False).and_(page.locator("[name=mot_de_passe]")).fill(mot_de_passe)
    page.locator("main").get_by_role("button", name="Se connecter").click()


def soumettre(ecran):
    """The blue button of the page's form."""
    ecran.page.locator("main form[method=post] .btn-primary[type=submit]").first.click()


def demander_rattachement(ecran):
    """Send the request that is on screen."""
    soumettre(ecran)
    expect(ecran.page.locator("main")).to_contain_text("En cours de validation")


def creer_structure(ecran, siret):
    """From its SIRET; its number in the address of its page."""
    page = ecran.page
    ecran.aller("/portail/organisation/structures/creer/")
    page.get_by_label("Identifiant", exact=False).and_(page.locator("[name=siret]")).fill(siret)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("votre entreprise")
    page.get_by_role("button", name="Confirmer la création").click()
    expect(page.locator("main")).to_contain_text("Gestionnaire principal", ignore_case=True)
    return int(re.search(r"/structures/(\d+)/", page.url).group(1))


def creer_service(ecran, code, libelle):
    """« Gérer un service », type « Créer », in the only structure of the account."""
    page = ecran.page
    ecran.aller("/portail/organisation/gerer-un-service/?type=CREER")
    page.locator("[name=code]").fill(code)
    page.locator("[name=libelle]").fill(libelle)
    soumettre(ecran)
    expect(page.locator("main")).to_contain_text(code)


def souscrire_mandat(ecran):
    page = ecran.page
    ecran.aller("/portail/facturation/mandat/")
    page.get_by_label("Nom du mandat").fill("Mandat de facturation 2026")
    page.get_by_role("button", name="Soumettre").click()
    expect(page.locator(".alerte-success")).to_contain_text("mandat", ignore_case=True)


LIGNES = (
    ("Fenêtre bois 120 × 135, fourniture", "6", "412,50"),
    ("Pose, heures", "18", "48"),
    ("Évacuation des déchets, forfait", "1", "135,00"),
)
"""exercices.md, Exercice 3: 3 474,00 HT, 694,80 TVA, 4 168,80 TTC."""


def choisir_destinataire(ecran, texte, nom):
    """Search, then choose: by a click with JavaScript, by the button without."""
    page = ecran.page
    page.get_by_label("Destinataire", exact=False).and_(page.locator("[name=recherche]")).fill(texte)
    page.get_by_role("button", name="Chercher", exact=True).click()
    page.locator(".resultat", has_text=nom).locator("input").click()
    if page.get_by_role("button", name="Choisir cette structure").is_visible():
        page.get_by_role("button", name="Choisir cette structure").click()
    expect(page.locator(".choisi-nom")).to_contain_text(nom)


def remplir_saisie(ecran, numero, *, jour="07/12/2026", javascript=True):
    """Every compulsory block of « Saisir facture »; totals follow the lines."""
    page = ecran.page
    ecran.aller("/portail/facturation/factures-emises/saisir/")
    choisir_destinataire(ecran, "VALMORAN", "COMMUNE DE VALMORAN")
    page.locator("[name=numero]").fill(numero)
    page.locator("[name=date_facture]").fill(jour)
    for rang, (denomination, quantite, prix) in enumerate(LIGNES):
        if rang:
            page.get_by_role("button", name="Ajouter une ligne").click()
        page.locator(f"[name=lignes-{rang}-denomination]").fill(denomination)
        page.locator(f"[name=lignes-{rang}-quantite]").fill(quantite)
        page.locator(f"[name=lignes-{rang}-prix_unitaire]").fill(prix)
    if not javascript:
        page.get_by_role("button", name="Recalculer les totaux").click()


def envoyer(ecran):
    """« Valider et envoyer », then confirm."""
    page = ecran.page
    page.get_by_role("button", name="Valider et envoyer").first.click()
    page.get_by_role("button", name=re.compile("Confirmer")).first.click()


def attendre_statut(ecran, libelle):
    """The page follows the world by itself: no reload."""
    expect(ecran.page.locator(".fiche-tete .statut")).to_contain_text(libelle, timeout=25_000)


def avancer(ecran, session, jours):
    """Jump of n days: preview, confirm, wait for the arrival. What the preview announced, « libellé → nombre »."""
    page = ecran.page
    ecran.aller(f"/formateur/{session.code}/apercu/?jours={jours}")
    effets = {
        ligne.locator(".statut").inner_text().strip(): int(ligne.locator(".num").inner_text())
        for ligne in page.locator(".apercu-effets li").all()
    }
    page.get_by_role("button", name="Confirmer le saut").click()
    return effets
