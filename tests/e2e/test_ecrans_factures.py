"""Every screen of invoices, flows and exercises, both widths: axe-core, console, outside requests.

One session for the whole module: a seat whose exercises have brought invoices of every kind, and its data set for the
recipient's side.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import facturation, gestes
from tests.e2e.conftest import fenetres
from tests.e2e.ecrans import envoyer_vide, verifier
from tests.e2e.facturation import A_VALIDER, EMISES, FLUX, Poste

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

RECUES = "/portail/facturation/factures-recues/"
REPONSE = 30_000


@dataclass(frozen=True)
class Installe:
    """What the windows go on from; ``factures``: facts of every invoice of the session, by number."""

    stagiaire: Any
    destinataire: Any
    factures: dict[str, Any]
    flux: str

    def pk(self, numero: str) -> int:
        return self.factures[numero]["pk"]

    def recues(self, *statuts: str) -> list[dict[str, Any]]:
        """Invoices of the data set that its first recipient sees, in these statuses."""
        tiennes = (f for f in self.factures.values() if f["client"].startswith("00021001"))
        return [f for f in tiennes if f["statut"] in statuts]


@pytest.fixture(scope="module")
def installe(browser, bac, sessions_pretes):
    with fenetres(browser, bac) as ouvrir:
        code, ecran, recues = sessions_pretes(), ouvrir(), ouvrir()
        gestes.rejoindre(ecran, gestes.Session(code), "Nadia")
        poste = Poste(ecran, bac, code, 1)
        poste.se_connecter()
        for cle in ("ex5", "ex6", "ex7", "ex8", "ex14"):
            poste.commencer(cle)
        poste.importer(poste.document("ex14", "a"))
        poste.dit("importé correctement sous le n°")
        bac.shell(f"from tests.e2e import classes; classes.retours_de_valideurs({code!r}); print(1)")
        ecran.aller("/jeu-de-donnees/")
        poste.page.get_by_role("button", name="Générer mon jeu de données").click()
        secret = poste.page.locator(".jeu-secret")
        expect(secret).to_be_visible(timeout=REPONSE)
        mot_de_passe = re.search(r"Jeu-\S+", secret.inner_text())[0]
        ecran.aller(FLUX)
        flux = poste.page.locator("main tbody th a").first.get_attribute("href")
        cookies = poste.page.context.storage_state()["cookies"]
        recues.page.context.add_cookies([c for c in cookies if c["name"] == "place"])
        gestes.connecter(recues, "destinataire.gp01@jeu.example", mot_de_passe)
        expect(recues.page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
        etats = [e.page.context.storage_state() for e in (ecran, recues)]
        factures = {f["numero"]: f for f in facturation.factures(bac, code)}
        yield Installe(*etats, factures, flux)


@pytest.fixture
def stagiaire(installe, ecran_neuf):
    return ecran_neuf(etat=installe.stagiaire)


@pytest.fixture
def destinataire(installe, ecran_neuf):
    return ecran_neuf(etat=installe.destinataire)


def verifier_un_refus(ecran, bouton):
    """This button, the form being as it is: refused, the fault named, still accessible."""
    ecran.page.get_by_role("button", name=bouton, exact=True).click()
    expect(ecran.page.locator("[aria-invalid=true]").first).to_be_visible()
    ecran.verifier_accessibilite()


def test_exercices(stagiaire):
    verifier(stagiaire, "/place/exercices/", "/place/exercices/ex3/", "/place/exercices/ex6/")


def test_emises(installe, stagiaire):
    recyclable, suspendue, rejetee = (f"{EMISES}{installe.pk(f'ARB-2026-{n}')}/" for n in (104, 109, 112))
    document = installe.factures["ARB-2026-109"]["document"]
    verifier(
        stagiaire,
        EMISES,
        f"{EMISES}saisir/",
        f"{EMISES}rechercher/",
        f"{EMISES}rechercher/?numero=introuvable",
        f"{EMISES}tableau-de-bord/",
        f"{EMISES}rejets/",
        recyclable,
        f"{suspendue}?volet=pieces",
        f"{suspendue}?volet=historique",
        f"{rejetee}?volet=historique&liste=actions",
        f"{suspendue}pieces/{document}/apercu/",
        f"{suspendue}telecharger/",
        f"{EMISES}telecharger/?factures={installe.pk('ARB-2026-109')}&factures={installe.pk('ARB-2026-112')}",
        f"{rejetee}dupliquer/",
    )


def test_emises_les_reponses_aux_retours(installe, stagiaire):
    page = stagiaire.page
    verifier(stagiaire, f"{EMISES}{installe.pk('ARB-2026-104')}/recycler/")
    page.locator(".pastille", has_text="DOR-ROUTES").click()
    expect(page.locator(".pastille", has_text="DOR-ROUTES")).to_have_attribute("aria-pressed", "true")
    verifier_un_refus(stagiaire, "Recycler")
    page.locator("[name=numero_engagement]").fill("DOR-26-0457")
    page.get_by_role("button", name="Recycler", exact=True).click()
    expect(page.get_by_role("button", name="Recycler et envoyer")).to_be_visible()
    stagiaire.verifier_accessibilite()
    verifier(stagiaire, f"{EMISES}{installe.pk('ARB-2026-109')}/completer/")
    verifier_un_refus(stagiaire, "Valider et renvoyer")
    verifier(stagiaire, f"{EMISES}{installe.pk('ARB-ERR-1')}/valideur/")
    envoyer_vide(stagiaire)


def test_a_valider(installe, stagiaire):
    page = stagiaire.page
    recue = f"{A_VALIDER}{installe.pk('VOL-2026-077-01')}/"
    verifier(
        stagiaire,
        A_VALIDER,
        f"{A_VALIDER}circuit/",
        f"{A_VALIDER}rechercher/",
        f"{A_VALIDER}tableau-de-bord/",
        recue,
        f"{recue}telecharger/",
        f"{A_VALIDER}{installe.pk('ARB-ERR-2')}/valideur/",
        f"{recue}repondre/",
    )
    verifier_un_refus(stagiaire, "Enregistrer")
    page.get_by_label("Refuser", exact=True).check()
    stagiaire.verifier_accessibilite()
    page.get_by_label("Autre motif que").check()
    page.locator("[name=complement]").fill("TVA facturée à tort.")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("button", name="Confirmer le refus")).to_be_visible()
    stagiaire.verifier_accessibilite()


def test_suivi_des_flux(installe, stagiaire):
    verifier(
        stagiaire,
        FLUX,
        f"{FLUX}?numero=introuvable",
        f"{FLUX}accueil/",
        f"{FLUX}tableau-de-bord/",
        f"{FLUX}deposer/",
        installe.flux,
    )
    expect(stagiaire.page.locator("main")).to_contain_text("Rejeté")
    stagiaire.verifier_accessibilite()


def test_recues(installe, destinataire):
    page = destinataire.page
    disponible, payee = installe.recues("MISE_A_DISPOSITION")[0]["pk"], installe.recues("MISE_EN_PAIEMENT")[0]["pk"]
    completee = installe.recues("COMPLETEE")[0]["pk"]
    verifier(
        destinataire,
        RECUES,
        f"{RECUES}rechercher/",
        f"{RECUES}tableau-de-bord/",
        f"{RECUES}{disponible}/",
        f"{RECUES}{payee}/?volet=historique",
        f"{RECUES}{disponible}/telecharger/",
        f"{RECUES}traiter/?factures={disponible}&factures={completee}&factures={payee}",
        f"{RECUES}traiter/?factures={disponible}",
    )
    verifier_un_refus(destinataire, "Continuer")
    page.locator("[name=statut]").select_option("SUSPENDUE")
    expect(page.locator("[name=motif]").first).to_be_visible()
    destinataire.verifier_accessibilite()
    page.locator("[name=statut]").select_option("SERVICE_FAIT")
    expect(page.locator("[name=motif]")).to_have_count(0)
    page.get_by_role("button", name="Continuer", exact=True).click()
    expect(page.get_by_role("button", name="Confirmer", exact=True)).to_be_visible()
    destinataire.verifier_accessibilite()
    destinataire.aller(f"{RECUES}telecharger/?factures={disponible}&factures={payee}")
    destinataire.verifier_accessibilite()
    page.get_by_role("button", name="Télécharger", exact=True).click()
    expect(page.get_by_role("link", name="Enregistrer le fichier")).to_be_visible(timeout=REPONSE)
    destinataire.verifier_accessibilite()
