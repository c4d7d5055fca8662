"""Exercises 3 to 7 of the course, bonus 13 and 14, done as written: expected values, dates, mistakes and their answers.

Each test has a session of its own: its clock starts at J0. A mistake whose answer comes later is made at a second seat,
which the same jump carries.
"""

import io
import re

import pypdf
import pytest
from playwright.sync_api import expect

from tests.e2e import facturation, gestes
from tests.e2e.facturation import EMISES, ETAT, FLUX, MONTBRISAC, ORLE, SAINT_AUBRAC, VALMORAN, Facture

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

FENETRES = (
    ("Fenêtre bois 120 × 135, fourniture", "6", "412,50", "20"),
    ("Pose, heures", "18", "48", "20"),
    ("Évacuation des déchets, forfait", "1", "135,00", "20"),
)
PORTES = (
    ("Bloc-porte coupe-feu ½ h", "8", "268,00", "20"),
    ("Ferme-porte hydraulique", "8", "57,25", "20"),
    ("Livraison", "1", "95,00", "20"),
    ("Manuel d'entretien imprimé (livre)", "8", "18,50", "5.5"),
)
ROBOT = ("SERVICE_FAIT", "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT")


# --- Exercice 3


def test_exercice_3(classe):
    """Deposit of a PDF, its certificate, its life until the payment; a commune that has ordered nothing answers J+3."""
    poste, voisin = classe(1), classe(2)
    page = poste.page
    poste.commencer("ex3")
    assert "2026-BC-0147" in _texte(poste.document("ex3", "bc")["buffer"])

    # a scan: nothing is read, advice is given; left there, it stays a draft
    poste.importer(poste.document("ex3", "scan"))
    poste.dit("Aucun texte n'a été trouvé dans ce PDF", "exportez le PDF depuis votre logiciel")
    expect(page.locator("[name=montant_ttc]")).to_have_value("")
    assert [f["statut"] for f in facturation.factures(poste.bac, poste.code)] == ["INTERPRETEE_OCR"]

    poste.importer(poste.document("ex3", "facture"))
    expect(page.locator("[name=numero]")).to_have_value("ARB-2026-118")
    for nom, montant in (("ht", "3474,00"), ("tva", "694,80"), ("ttc", "4168,80")):
        expect(page.locator(f"[name=montant_{nom}]")).to_have_value(
            re.compile(rf"^{montant[0]}\s?{montant[1:]}$|^{montant}$")
        )
    expect(page.locator("#region-destinataire .choisi-nom")).to_have_text("COMMUNE DE VALMORAN")
    a_payer = page.locator("[name=montant_a_payer]")
    a_payer.fill("4186,80")
    poste.refuser_l_envoi("Le montant à payer dépasse le montant TTC", "chiffre n'est inversé")
    a_payer.fill("4168,80")
    adresse = poste.envoyer()
    with page.expect_download() as attente:
        page.get_by_role("link", name="Certificat de dépôt").click()
    assert "ARB-2026-118" in _texte(attente.value.path().read_bytes())
    poste.dit("06/01/2027")

    # the same number once more
    poste.importer(poste.document("ex3", "facture"))
    expect(page.locator("[name=numero]")).to_have_value("ARB-2026-118")
    poste.refuser_l_envoi("ARB-2026-118", "numéro suivant")

    voisin.commencer("ex3")
    voisin.saisir(Facture(numero="ARB-2026-118", client=SAINT_AUBRAC, lignes=FENETRES))

    facturation.avancer(poste.bac, poste.code, 21)
    assert poste.histoire(adresse)[-5:] == [
        ("Service fait", "10/12/2026"),
        ("Mandatée", "14/12/2026"),
        ("Mise à disposition du comptable", "15/12/2026"),
        ("Comptabilisée", "21/12/2026"),
        ("Mise en paiement", "28/12/2026"),
    ]
    faits = poste.facture("ARB-2026-118")
    assert (faits["cadre"], faits["type"], faits["client"], faits["service"]) == ("A1", "FACTURE", VALMORAN, "")
    assert (faits["montants"], faits["a_payer"]) == (["3474.00", "694.80", "4168.80"], "4168.80")
    assert faits["engagement"] in ("", "2026-BC-0147")
    recyclee = voisin.facture("ARB-2026-118")
    assert facturation.jours_de(recyclee, "A_RECYCLER") == [("A_RECYCLER", "10/12/2026")]
    assert "Nous n'avons passé aucune commande à votre entreprise" in facturation.dernier_mot(recyclee, "A_RECYCLER")
    assert recyclee["statut"] == "A_RECYCLER"


def _texte(pdf):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


# --- Exercice 4


def test_exercice_4(classe):
    """Two rates, a service, an engagement, an attachment; the number of the order instead of the engagement."""
    poste, voisin = classe(1), classe(2)
    poste.commencer("ex4")
    hopital = {"client": MONTBRISAC, "service": "CHM-TECH", "numero": "ARB-2026-119", "lignes": PORTES}
    poste.remplir(Facture(**hopital))
    expect(poste.page.locator("[data-recapitulatif]")).to_contain_text("539,40")
    expect(poste.page.locator("[data-recapitulatif]")).to_contain_text("8,14")
    expect(poste.page.locator("[data-total=ttc]").first).to_contain_text(re.compile(r"3\s392,54"))
    poste.refuser_l_envoi("Le numéro d'engagement est obligatoire pour ce destinataire.")
    poste.page.locator("[name=numero_engagement]").fill("CHM2600731")
    poste.joindre(poste.document("ex4", "bl"))
    adresse = poste.envoyer()

    voisin.commencer("ex4")
    voisin.saisir(Facture(**hopital, engagement="CHM-BC-26-0731", pieces=(voisin.document("ex4", "bl"),)))

    facturation.avancer(poste.bac, poste.code, 49)
    assert poste.histoire(adresse)[-4:] == [
        ("Service fait", "16/12/2026"),
        ("Mandatée", "05/01/2027"),
        ("Mise à disposition du comptable", "06/01/2027"),
        ("Mise en paiement", "25/01/2027"),
    ]
    faits = poste.facture("ARB-2026-119")
    assert (faits["client"], faits["service"], faits["engagement"]) == (MONTBRISAC, "CHM-TECH", "CHM2600731")
    assert (faits["montants"], faits["mode"]) == (["2845.00", "547.54", "3392.54"], "SAISIE_PORTAIL")
    assert faits["tva"] == {"20.00": ["2697.00", "539.40"], "5.50": ["148.00", "8.14"]}
    assert faits["pieces"] == ["BL-119-signe.pdf"]
    recyclee = voisin.facture("ARB-2026-119")
    assert facturation.jours_de(recyclee)[-1] == ("A_RECYCLER", "14/12/2026")
    assert facturation.dernier_mot(recyclee, "A_RECYCLER").startswith("Engagement inconnu de notre comptabilité")


# --- Exercice 5


def test_exercice_5(classe):
    """Recycled under the same number; the neighbour invoices again instead."""
    poste, voisin = classe(1), classe(2)
    page = poste.page
    poste.commencer("ex5")
    adresse = poste.ouvrir("ARB-2026-104")
    poste.dit("Service destinataire erroné : cette commande relève de DOR-ROUTES, engagement DOR-26-0457.")
    page.get_by_role("link", name="Recycler", exact=True).click()
    expect(page.locator("[name=numero]")).to_have_count(0)
    expect(page.locator("[name^=lignes]")).to_have_count(0)
    poste.service("DOR-ROUTES")
    page.get_by_role("button", name="Recycler", exact=True).click()
    expect(page.locator("[name=numero_engagement]")).to_have_attribute("aria-invalid", "true")
    poste.dit("Le numéro d'engagement est obligatoire")
    page.locator("[name=numero_engagement]").fill("DOR-26-0457")
    page.get_by_role("button", name="Recycler", exact=True).click()
    page.get_by_role("button", name="Recycler et envoyer").click()
    poste.dit("sous le même numéro")
    gestes.attendre_statut(poste.ecran, "Mise à disposition du destinataire")

    voisin.commencer("ex5")
    voisin.saisir(
        Facture(
            numero="ARB-2026-104B",
            client=ORLE,
            service="DOR-ROUTES",
            engagement="DOR-26-0457",
            lignes=(("Réparation de porte", "3", "365,00", "20"), ("Déplacement", "1", "185,00", "20")),
        )
    )

    facturation.avancer(poste.bac, poste.code, 24)
    assert poste.histoire(adresse)[-3:] == [
        ("Service fait", "11/12/2026"),
        ("Mise à disposition du comptable", "22/12/2026"),
        ("Mise en paiement", "31/12/2026"),
    ]
    faits = poste.facture("ARB-2026-104")
    assert (faits["service"], faits["engagement"]) == ("DOR-ROUTES", "DOR-26-0457")
    assert faits["montants"] == ["1280.00", "256.00", "1536.00"]
    assert facturation.jours_de(faits, "A_RECYCLER") == [("A_RECYCLER", "03/12/2026")]
    doublon = voisin.facture("ARB-2026-104B")
    assert facturation.jours_de(doublon)[-1] == ("REJETEE", "10/12/2026")
    assert "Doublon de ARB-2026-104." in facturation.dernier_mot(doublon, "REJETEE")
    assert voisin.facture("ARB-2026-104")["statut"] == "A_RECYCLER"


# --- Exercice 6


def _completer(poste, *pieces):
    poste.page.get_by_role("link", name="Compléter", exact=True).click()
    poste.page.locator("[name=pieces_jointes]").set_input_files(list(pieces))
    poste.page.locator("[name=commentaire]").fill("Voici les documents que vous demandez.")
    poste.page.locator("[name=confirme]").check()
    poste.page.get_by_role("button", name="Valider et renvoyer").click()
    gestes.attendre_statut(poste.ecran, "Complétée")


def test_exercice_6(classe):
    """Both documents, thirty new days; the neighbour joins the delivery note of another site."""
    poste, voisin = classe(1), classe(2)
    poste.commencer("ex6")
    adresse = poste.ouvrir("ARB-2026-109")
    poste.dit("Bon de livraison signé et attestation de fin d'intervention manquants.")
    _completer(poste, poste.document("ex6", "bl109"), poste.document("ex6", "attestation"))
    poste.dit("06/01/2027")

    voisin.commencer("ex6")
    voisin.ouvrir("ARB-2026-109")
    _completer(voisin, voisin.document("ex6", "bl119"))

    facturation.avancer(poste.bac, poste.code, 22)
    assert poste.histoire(adresse)[-4:] == [
        ("Complétée", "07/12/2026"),
        ("Service fait", "09/12/2026"),
        ("Mise à disposition du comptable", "21/12/2026"),
        ("Mise en paiement", "29/12/2026"),
    ]
    faits = poste.facture("ARB-2026-109")
    assert faits["montants"] == ["2150.00", "430.00", "2580.00"]
    assert faits["pieces"] == ["BL-109-signe.pdf", "attestation-109.pdf"]
    assert facturation.jours_de(faits, "SUSPENDUE") == [("SUSPENDUE", "03/12/2026")]
    expect(voisin.courriel("ARB-2026-109.*complément|chantier|pièces|ARB-2026-109")).to_be_visible()
    leurre = voisin.facture("ARB-2026-109")
    assert facturation.jours_de(leurre)[-1] == ("REJETEE", "16/12/2026")


# --- Exercice 7


def test_exercice_7(classe):
    """The window at the login, the rejection dealt with, a new invoice; the neighbour invoices 12 units again."""
    poste, voisin = classe(1), classe(2)
    page = poste.page
    poste.commencer("ex7")
    poste.ecran.aller("/portail/")
    poste.se_deconnecter()
    poste.se_connecter()
    fenetre = page.get_by_role("dialog")
    expect(fenetre).to_contain_text("ARB-2026-112")
    fenetre.get_by_role("button", name="Tout acquitter et fermer").click()
    poste.dit("facture acquittée")
    poste.ecran.aller(EMISES)
    poste.dit("ARB-2026-112", "Quantité facturée 12, quantité livrée 10 (bon de livraison BL-112).")
    page.get_by_role("button", name="Traiter le rejet de ARB-2026-112").click()
    poste.dit("rejet traité")
    expect(page.locator("#resultats")).not_to_contain_text("ARB-2026-112")
    etat = {
        "client": ETAT,
        "service": "FIC0DSD042",
        "engagement": "1500261234",
        "lignes": (("Tablette chêne", "10", "80,00", "20"),),
    }
    poste.remplir(Facture(numero="ARB-2026-112", **etat))
    poste.joindre(poste.document("ex7", "bl112"))
    poste.refuser_l_envoi("ARB-2026-112", "numéro suivant")
    page.locator("[name=numero]").fill("ARB-2026-120")
    page.locator("[name=numero_engagement]").fill("150026123")
    poste.refuser_l_envoi("L'engagement juridique est inconnu")
    page.locator("[name=numero_engagement]").fill("1500261234")
    adresse = poste.envoyer()

    voisin.commencer("ex7")
    voisin.saisir(Facture(numero="ARB-2026-120", **etat | {"lignes": (("Tablette chêne", "12", "80,00", "20"),)}))

    facturation.avancer(poste.bac, poste.code, 15)
    assert poste.histoire(adresse)[-5:] == [
        ("Service fait", "11/12/2026"),
        ("Mandatée", "15/12/2026"),
        ("Mise à disposition du comptable", "15/12/2026"),
        ("Comptabilisée", "17/12/2026"),
        ("Mise en paiement", "22/12/2026"),
    ]
    faits = poste.facture("ARB-2026-120")
    assert faits["montants"] == ["800.00", "160.00", "960.00"]
    assert faits["pieces"] == ["BL-112.pdf"]
    assert poste.facture("ARB-2026-112")["statut"] == "REJETEE"
    rejetee = voisin.facture("ARB-2026-120")
    assert facturation.jours_de(rejetee)[-1] == ("REJETEE", "11/12/2026")
    assert "Quantité facturée 12, quantité livrée 10" in facturation.dernier_mot(rejetee, "REJETEE")


# --- Bonus 13


def test_bonus_13(classe):
    """An avoir in positive amounts; a second one, above what is left of its invoice, is rejected at J+3."""
    poste = classe(1)
    poste.saisir(Facture(numero="ARB-2026-118", client=VALMORAN, lignes=FENETRES))
    poste.commencer("ex13")
    avoir = Facture(
        numero="ARB-2026-A004",
        client=VALMORAN,
        origine="ARB-2026-118",
        commentaire="Une fenêtre rendue par la commune.",
        lignes=(("Fenêtre bois 120 × 135, rendue", "-1", "412,50", "20"),),
    )
    poste.remplir(avoir)
    poste.refuser_l_envoi("positif")
    poste.page.get_by_label("Facture", exact=True).check()
    poste.refuser_l_envoi("Un montant négatif se facture par un avoir")
    poste.page.get_by_label("Avoir", exact=True).check()
    poste.page.locator("[name=numero_facture_origine]").fill("ARB-2026-118")
    poste.page.locator("[name=lignes-0-quantite]").fill("1")
    adresse = poste.envoyer()
    poste.saisir(
        Facture(
            numero="ARB-2026-A005",
            client=VALMORAN,
            origine="ARB-2026-118",
            lignes=(("Fenêtres rendues", "10", "412,50", "20"),),
        )
    )

    facturation.avancer(poste.bac, poste.code, 30)
    assert poste.histoire(adresse)[-1] == ("Prise en compte par le destinataire", "10/12/2026")
    faits = poste.facture("ARB-2026-A004")
    assert (faits["type"], faits["origine"]) == ("AVOIR", "ARB-2026-118")
    assert faits["montants"] == ["412.50", "82.50", "495.00"]
    assert faits["commentaire"] == "Une fenêtre rendue par la commune."
    rejete = poste.facture("ARB-2026-A005")
    assert facturation.jours_de(rejete)[-1] == ("REJETEE", "10/12/2026")
    assert "supérieur" in facturation.dernier_mot(rejete, "REJETEE")


# --- Bonus 14


def _flux(poste, piece, etat):
    poste.importer(poste.document("ex14", piece))
    poste.dit("importé correctement sous le n°")
    if "/suivi-des-flux/" not in poste.page.url:
        poste.page.locator("main a[href*='/suivi-des-flux/']").first.click()
    poste.dit(etat)


def test_bonus_14(classe):
    """A Factur-X without code service is announced, then rejected, however often it is sent; corrected, it arrives."""
    poste = classe(1)
    poste.commencer("ex14")
    for _ in range(2):
        _flux(poste, "a", "Rejeté")
        poste.dit("code service")
    assert facturation.factures(poste.bac, poste.code) == []
    _flux(poste, "b", "Intégré")
    poste.page.get_by_role("link", name="ARB-2026-123", exact=True).click()
    gestes.attendre_statut(poste.ecran, "Mise à disposition du destinataire")
    poste.ecran.aller(FLUX)
    poste.dit("Rejeté", "Intégré")
    faits = poste.facture("ARB-2026-123")
    assert (faits["client"], faits["service"], faits["engagement"]) == (MONTBRISAC, "CHM-TECH", "CHM2600802")
    assert faits["montants"] == ["1500.00", "300.00", "1800.00"]
    assert faits["statut"] == "MISE_A_DISPOSITION"
