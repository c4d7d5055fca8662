"""What a supplier does with his invoices, named once: the exercises share these gestures."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import expect

from tests.e2e import gestes

EMISES = "/portail/facturation/factures-emises/"
A_VALIDER = "/portail/facturation/factures-a-valider/"
FLUX = "/portail/facturation/suivi-des-flux/"
VALMORAN, MONTBRISAC, ORLE = "00020001400017", "00020002200010", "00020003000013"
ETAT, HAUT_ORLE, SAINT_AUBRAC = "00020004800015", "00020005500010", "00020006300014"
CORVAN = "00010306900019"
A9, A12 = "A9_FACTURE_SOUSTRAITANT", "A12_FACTURE_COTRAITANT"
JOUR = "07/12/2026"


@dataclass(frozen=True, kw_only=True)
class Facture:
    """What is typed in « Saisir facture ». ``lignes``: denomination, quantity, unit price, rate."""

    numero: str
    client: str
    lignes: tuple[tuple[str, str, str, str], ...]
    service: str = ""
    engagement: str = ""
    marche: str = ""
    cadre: str = ""
    valideur: str = ""
    autoliquidation: bool = False
    origine: str = ""
    commentaire: str = ""
    pieces: tuple[dict, ...] = field(default=())


class Poste:
    """A trainee at his seat, logged in."""

    def __init__(self, ecran, bac, code, numero):
        self.ecran, self.page, self.bac, self.code, self.numero = ecran, ecran.page, bac, code, numero

    def se_connecter(self):
        gestes.connecter(self.ecran, f"stagiaire{self.numero:02d}@session.example")
        # Not by role: a window about a rejected invoice may stand before the page, and hides it from roles.
        expect(self.page.locator("h1", has_text="Bonjour")).to_be_attached()

    def se_deconnecter(self):
        self.page.locator(".tete-compte summary").click()
        self.page.get_by_role("button", name="Se déconnecter").click()

    @property
    def principal(self):
        return self.page.locator("main")

    def dit(self, *textes):
        for texte in textes:
            expect(self.principal).to_contain_text(texte)

    # --- Exercices

    def commencer(self, cle):
        self.ecran.aller(f"/place/exercices/{cle}/")
        self.page.get_by_role("button", name="Commencer l'exercice").click()
        self.dit("L'exercice est prêt.")

    def document(self, cle, piece):
        """A document of the exercise, as the browser downloads it."""
        reponse = self.page.context.request.get(f"{self.bac.url}/place/exercices/{cle}/{piece}/")
        assert reponse.status == 200
        nom = re.search(r'filename="([^"]+)"', reponse.headers["content-disposition"])[1]
        return {"name": nom, "mimeType": "application/pdf", "buffer": reponse.body()}

    # --- Saisir, déposer

    def destinataire(self, siret):
        page = self.page
        if siret == ETAT:
            page.get_by_label("Oui, l'État").click()  # the answer replaces the question
        else:
            page.locator("[name=recherche]").fill(siret)
            page.locator("#resultats-destinataire .resultat input").click()
        expect(page.locator("#region-destinataire .choisi-nom")).to_be_visible()

    def service(self, code):
        pastille = self.page.locator(".pastille", has_text=code)
        pastille.click()
        expect(pastille).to_have_attribute("aria-pressed", "true")

    def valideur(self, siret):
        self.page.locator("[name=recherche_valideur]").fill(siret)
        self.page.locator("#resultats-valideur .resultat input").click()
        expect(self.page.locator("#region-valideur .choisi-nom")).to_be_visible()

    def lignes(self, lignes):
        page = self.page
        for rang, (denomination, quantite, prix, taux) in enumerate(lignes):
            if rang:
                page.get_by_role("button", name="Ajouter une ligne").click()
            page.locator(f"[name=lignes-{rang}-denomination]").fill(denomination)
            page.locator(f"[name=lignes-{rang}-quantite]").fill(quantite)
            page.locator(f"[name=lignes-{rang}-prix_unitaire]").fill(prix)
            page.locator(f"[name=lignes-{rang}-taux]").select_option(taux)

    def remplir(self, facture):
        """« Saisir facture », every field; nothing is sent."""
        page = self.page
        self.ecran.aller(f"{EMISES}saisir/")
        self.destinataire(facture.client)
        if facture.service:
            self.service(facture.service)
        if facture.cadre:
            page.locator("[name=cadre]").select_option(facture.cadre)
            self.valideur(facture.valideur)
        if facture.origine:
            page.get_by_label("Avoir", exact=True).check()
            page.locator("[name=numero_facture_origine]").fill(facture.origine)
        page.locator("[name=numero]").fill(facture.numero)
        page.locator("[name=date_facture]").fill(JOUR)
        page.locator("[name=numero_engagement]").fill(facture.engagement)
        page.locator("[name=numero_marche]").fill(facture.marche)
        self.lignes(facture.lignes)
        if facture.autoliquidation:
            page.get_by_label("Autoliquidation").check()
        if facture.commentaire:
            page.locator("[name=commentaire]").fill(facture.commentaire)
        if facture.pieces:
            self.joindre(*facture.pieces)

    def joindre(self, *pieces):
        self.page.locator("[name=pieces_jointes]").set_input_files(list(pieces))
        self.page.get_by_role("button", name="Joindre", exact=True).click()
        expect(self.page.locator(".pieces li")).to_have_count(len(pieces))

    def envoyer(self, statut="Mise à disposition du destinataire"):
        """« Valider et envoyer », confirmed; the page follows the routing. Address of the invoice."""
        gestes.envoyer(self.ecran)
        self.dit("Envoyée")
        gestes.attendre_statut(self.ecran, statut)
        return self.page.url.removeprefix(self.bac.url)

    def refuser_l_envoi(self, *textes):
        """« Valider et envoyer » is refused, for these reasons."""
        self.page.get_by_role("button", name="Valider et envoyer").first.click()
        expect(self.page.locator(".resume-erreurs")).to_be_visible()
        self.dit(*textes)

    def saisir(self, facture, statut="Mise à disposition du destinataire"):
        self.remplir(facture)
        return self.envoyer(statut)

    def importer(self, fichier):
        """« Déposer facture », step 1."""
        self.ecran.aller(f"{EMISES}deposer/")
        self.page.locator("[name=fichier]").set_input_files([fichier])
        self.page.get_by_role("button", name="Continuer").click()

    # --- Suivre

    def ouvrir(self, numero, liste=EMISES):
        """The invoice of a list that bears this number."""
        self.ecran.aller(liste)
        self.principal.get_by_role("link", name=numero, exact=True).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(numero)
        return self.page.url.removeprefix(self.bac.url)

    def histoire(self, adresse):
        """« Historique » as it is read, oldest first: (status, day)."""
        self.ecran.aller(f"{adresse}?volet=historique")
        lignes = self.page.locator("[aria-labelledby=t-historique] tbody tr")
        expect(lignes.first).to_be_visible()
        lus = lignes.evaluate_all(
            "lignes => lignes.map(l => [l.querySelector('th').innerText.trim(),"
            " l.querySelector('time').innerText.trim().slice(0, 10)])"
        )
        return [tuple(ligne) for ligne in reversed(lus)]

    def facture(self, numero):
        """What the database says of this invoice of the seat."""
        return next(f for f in factures(self.bac, self.code) if (f["place"], f["numero"]) == (self.numero, numero))

    def courriel(self, objet):
        self.ecran.aller("/messagerie/")
        self.page.get_by_role("link", name=re.compile(objet)).first.click()
        return self.principal


def factures(bac, code):
    return bac.shell(f"import json; from tests.e2e import classes; print(json.dumps(classes.factures({code!r})))")


def avancer(bac, code, jours):
    """The trainer jumps: from the shell, which answers when everything is played."""
    return bac.manage("cohort", "advance", code, "--days", str(jours))


def jours_de(faits, *statuts):
    """Day of each of these statuses, in the order of the facts."""
    return [(statut, jour) for statut, jour, _ in faits["histoire"] if not statuts or statut in statuts]


def dernier_mot(faits, statut):
    """What was said when this status was set, the last time."""
    return [texte for pose, _, texte in faits["histoire"] if pose == statut][-1]
