"""Exercises 8 and 9 of the course: subcontracting and joint contracting, from both sides of « Factures à valider »."""

import pytest
from playwright.sync_api import expect

from tests.e2e import facturation
from tests.e2e.facturation import A9, A12, A_VALIDER, CORVAN, HAUT_ORLE, ORLE, Facture

pytestmark = pytest.mark.e2e

COLLEGES = (
    ("Porte intérieure, fourniture", "12", "385,00", "0"),
    ("Quincaillerie, forfait", "1", "830,00", "0"),
    ("Pose, heures", "40", "50,00", "0"),
)
GROUPEMENT = (
    ("Main-d'œuvre menuiserie, heures", "26", "60,00", "20"),
    ("Fournitures, forfait", "1", "1560,00", "20"),
)
EX8 = {
    "numero": "ARB-2026-121",
    "client": ORLE,
    "service": "DOR-COLLEGES",
    "marche": "M-2026-031",
    "cadre": A9,
    "valideur": CORVAN,
}
EX9 = {
    "numero": "ARB-2026-122",
    "client": HAUT_ORLE,
    "service": "CCHO-TRAV",
    "marche": "M-2026-052",
    "cadre": A12,
    "valideur": CORVAN,
}


def repondre(poste, numero, *, motif="", complement="", qualite="Vous êtes titulaire du marché"):
    """Answer from « Factures à valider »: agree, or refuse with this reason."""
    page = poste.page
    poste.ouvrir(numero, A_VALIDER)
    page.get_by_role("link", name="Valider ou refuser").click()
    if motif:
        page.get_by_label("Refuser", exact=True).check()
        page.get_by_label(motif).check()
    else:
        page.get_by_label("Valider", exact=True).check()
        page.get_by_label(qualite).check()
    page.locator("[name=complement]").fill(complement)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("button", name="Confirmer le refus" if motif else "Confirmer la validation").click()
    expect(page.locator("#confirmation")).to_have_count(0)


# --- Exercice 8


def test_exercice_8_sous_traitant(classe):
    """Part A; the neighbours take A1, invoice 20 % of VAT, name the client as valideur."""
    poste, voisin = classe(1), classe(2)
    poste.commencer("ex8")
    poste.remplir(Facture(**EX8 | {"valideur": "00010101400017"}, lignes=COLLEGES, autoliquidation=True))
    poste.refuser_l_envoi("Le valideur ne peut pas être le fournisseur")
    poste.page.locator("#region-valideur").get_by_role("button", name="Changer").click()
    poste.valideur(ORLE)
    expect(poste.page.locator("#region-valideur")).to_contain_text("personne ne validera")
    poste.page.locator("#region-valideur").get_by_role("button", name="Changer").click()
    poste.valideur(CORVAN)
    adresse = poste.envoyer("À valider")

    voisin.saisir(Facture(**EX8 | {"cadre": "", "valideur": "", "numero": "ARB-A1"}, lignes=COLLEGES))
    avec_tva = tuple((*ligne[:3], "20") for ligne in COLLEGES)
    voisin.saisir(Facture(**EX8 | {"numero": "ARB-TVA"}, lignes=avec_tva), "À valider")
    voisin.saisir(Facture(**EX8 | {"numero": "ARB-DEP", "valideur": ORLE}, lignes=COLLEGES), "À valider")

    facturation.avancer(poste.bac, poste.code, 28)
    assert poste.histoire(adresse)[-3:] == [
        ("Service fait", "15/12/2026"),
        ("Mise à disposition du comptable", "28/12/2026"),
        ("Mise en paiement", "04/01/2027"),
    ]
    faits = poste.facture("ARB-2026-121")
    assert facturation.jours_de(faits, "VALIDEE_1", "MISE_A_DISPOSITION") == [
        ("VALIDEE_1", "11/12/2026"),
        ("MISE_A_DISPOSITION", "11/12/2026"),
    ]
    assert (faits["cadre"], faits["valideur"], faits["client"]) == ("A9", CORVAN, ORLE)
    assert (faits["service"], faits["marche"]) == ("DOR-COLLEGES", "M-2026-031")
    assert (faits["montants"], faits["type_tva"]) == (["7450.00", "0.00", "7450.00"], "SANS_TVA")
    assert "Autoliquidation" in faits["commentaire"]
    simple = voisin.facture("ARB-A1")
    assert facturation.jours_de(simple)[-1] == ("REJETEE", "10/12/2026")
    assert "utilisez le cadre de sous-traitance" in facturation.dernier_mot(simple, "REJETEE")
    refusee = voisin.facture("ARB-TVA")
    assert refusee["statut"] == "REFUSEE_1"
    assert "Autoliquidation : merci de facturer hors taxes" in facturation.dernier_mot(refusee, "REFUSEE_1")
    assert "VALIDEE_1" not in [statut for statut, _, _ in voisin.facture("ARB-DEP")["histoire"]]


def test_exercice_8_titulaire(classe):
    """Part B: refused for its VAT, deposited again the day after, validated; the neighbour stays silent for 15 days."""
    poste, voisin = classe(1), classe(2)
    poste.commencer("ex8")
    poste.ouvrir("VOL-2026-077-01", A_VALIDER)
    repondre(
        poste,
        "VOL-2026-077-01",
        motif="Autre motif que",
        complement="TVA facturée à tort : autoliquidation en sous-traitance.",
    )
    voisin.commencer("ex8")

    facturation.avancer(poste.bac, poste.code, 1)
    repondre(poste, "VOL-2026-078-01")
    facturation.avancer(poste.bac, poste.code, 15)
    tout = {f["numero"]: f for f in facturation.factures(poste.bac, poste.code)}
    refusee, corrigee = tout["VOL-2026-077-01"], tout["VOL-2026-078-01"]
    assert (refusee["statut"], refusee["montants"]) == ("REFUSEE_1", ["5200.00", "1040.00", "6240.00"])
    assert "autoliquidation" in facturation.dernier_mot(refusee, "REFUSEE_1")
    assert corrigee["montants"] == ["5200.00", "0.00", "5200.00"]
    assert facturation.jours_de(corrigee, "A_VALIDER_1", "VALIDEE_1", "MISE_A_DISPOSITION") == [
        ("A_VALIDER_1", "08/12/2026"),
        ("VALIDEE_1", "08/12/2026"),
        ("MISE_A_DISPOSITION", "08/12/2026"),
    ]
    silence = tout["VOL-2026-077-02"]
    assert facturation.jours_de(silence, "ABSENCE_VALIDATION_1_HORS_DELAI", "MISE_A_DISPOSITION") == [
        ("ABSENCE_VALIDATION_1_HORS_DELAI", "23/12/2026"),
        ("MISE_A_DISPOSITION", "23/12/2026"),
    ]


# --- Exercice 9


def test_exercice_9(classe):
    """Joint contractor, then mandatary; the neighbour forgets the VAT, the marché is another one."""
    poste, voisin = classe(1), classe(2)
    poste.commencer("ex9")
    adresse = poste.saisir(Facture(**EX9, lignes=GROUPEMENT), "À valider")
    poste.ouvrir("OST-2026-033-01", A_VALIDER)
    poste.dit("4 000,00".replace(" ", "\u202f"), "M-2026-053")
    repondre(poste, "OST-2026-033-01", qualite="Vous êtes mandataire du groupement")
    poste.dit("OST-2026-033-01 est « Validée 1 »")

    sans_tva = tuple((*ligne[:3], "0") for ligne in GROUPEMENT)
    voisin.saisir(Facture(**EX9 | {"numero": "ARB-SANS"}, lignes=sans_tva, autoliquidation=True), "À valider")
    voisin.saisir(Facture(**EX9 | {"numero": "ARB-A9", "cadre": A9}, lignes=GROUPEMENT), "À valider")

    facturation.avancer(poste.bac, poste.code, 24)
    assert poste.histoire(adresse)[-3:] == [
        ("Service fait", "11/12/2026"),
        ("Mise à disposition du comptable", "21/12/2026"),
        ("Mise en paiement", "31/12/2026"),
    ]
    faits = poste.facture("ARB-2026-122")
    assert facturation.jours_de(faits, "VALIDEE_1", "MISE_A_DISPOSITION") == [
        ("VALIDEE_1", "09/12/2026"),
        ("MISE_A_DISPOSITION", "09/12/2026"),
    ]
    assert (faits["cadre"], faits["valideur"], faits["client"]) == ("A12", CORVAN, HAUT_ORLE)
    assert (faits["service"], faits["marche"]) == ("CCHO-TRAV", "M-2026-052")
    assert faits["montants"] == ["3120.00", "624.00", "3744.00"]
    sans = voisin.facture("ARB-SANS")
    assert facturation.jours_de(sans)[-1] == ("REJETEE", "14/12/2026")
    assert "TVA absente" in facturation.dernier_mot(sans, "REJETEE")
    refusee = voisin.facture("ARB-A9")
    assert refusee["statut"] == "REFUSEE_1"
    assert "Vous êtes cotraitant, pas sous-traitant" in facturation.dernier_mot(refusee, "REFUSEE_1")
