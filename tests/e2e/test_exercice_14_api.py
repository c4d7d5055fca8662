"""Bonus 14, third part: a program calls the API with the access of the exercise; the page ticks what succeeds."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.e2e.facturation import MONTBRISAC

pytestmark = pytest.mark.e2e

NUMERO = "ARB-2026-124"
PATIENCE = 60
"""Real seconds: the flow takes five."""


class Programme:
    """Another software: it knows an address and four strings, and nothing of ours."""

    def __init__(self, base, client_id, client_secret, compte, mot_de_passe):
        self.base = base
        self.application = {"client_id": client_id, "client_secret": client_secret}
        self.compte = base64.b64encode(f"{compte}:{mot_de_passe}".encode()).decode()
        self.jeton = ""

    def _envoyer(self, chemin, corps, **entetes):
        requete = urllib.request.Request(self.base + chemin, data=corps, headers=entetes)
        try:
            with urllib.request.urlopen(requete, timeout=30) as reponse:
                return reponse.status, json.load(reponse)
        except urllib.error.HTTPError as erreur:
            return erreur.code, json.load(erreur)

    def demander_un_jeton(self):
        champs = {"grant_type": "client_credentials", "scope": "openid", **self.application}
        statut, recu = self._envoyer("/api/oauth/token", urllib.parse.urlencode(champs).encode())
        assert (statut, recu["token_type"]) == (200, "Bearer")
        self.jeton = recu["access_token"]

    def appeler(self, operation, **corps):
        entetes = {"Content-Type": "application/json;charset=utf-8", "cpro-account": self.compte}
        if self.jeton:
            entetes["Authorization"] = f"Bearer {self.jeton}"
        return self._envoyer(f"/cpro/{operation}", json.dumps(corps).encode(), **entetes)

    def reussir(self, operation, **corps):
        statut, recu = self.appeler(operation, **corps)
        assert (statut, recu["codeRetour"]) == (200, 0), recu
        return recu


def _programme(page):
    """The four strings, copied from the page."""
    section = page.locator("section[aria-labelledby=acces]")
    return Programme(*section.locator("dd code").all_inner_texts())


def _integrer(programme, numero):
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin:
        recu = programme.reussir("transverses/v1/consulterCRDetaille", numeroFluxDepot=numero)
        if recu["etatCourantDepotFlux"] == "IN_INTEGRE":
            return
        assert recu["etatCourantDepotFlux"] != "IN_REJETE", recu
        time.sleep(0.5)
    raise AssertionError(f"le flux {numero} n'est pas intégré en {PATIENCE} s")


def test_bonus_14_par_l_api(classe):
    """Deposit, compte rendu, invoice, history by real calls; two mistakes; the list turns green without a reload."""
    poste = classe(1)
    page = poste.page
    poste.commencer("ex14")
    programme = _programme(page)
    appels = page.locator("#appels-api")
    expect(appels).to_contain_text("0 sur 7")
    poste.ecran.verifier_accessibilite()

    # An error first, as somebody who has not read the documentation.
    assert programme.appeler("transverses/v1/health-check") == (401, {"error": "invalid_token"})
    expect(appels).to_contain_text("1 sur 7")

    programme.demander_un_jeton()
    document = poste.document("ex14", "c")
    assert document["name"] == f"{NUMERO}.pdf"
    depot = programme.reussir(
        "factures/v1/deposer/flux",
        fichierFlux=base64.b64encode(document["buffer"]).decode(),
        nomFichier=document["name"],
        syntaxeFlux="IN_DP_E2_CII_FACTURX",
        avecSignature=False,
    )
    assert depot["syntaxeFlux"] == "IN_DP_E2_CII_FACTURX"
    expect(appels).to_contain_text("3 sur 7")
    _integrer(programme, depot["numeroFluxDepot"])

    trouvees = programme.reussir("factures/v1/rechercher/fournisseur", numeroFluxDepot=depot["numeroFluxDepot"])
    [ligne] = trouvees["listeFactures"]
    assert (ligne["numeroFacture"], ligne["codeDestinataire"]) == (NUMERO, MONTBRISAC)
    pk = ligne["identifiantFactureCPP"]
    lue = programme.reussir("factures/v1/consulter/fournisseur", identifiantFactureCPP=pk)["facture"]
    totaux = lue["montantTotal"]
    assert (totaux["montantHtTotal"], totaux["montantTVA"], totaux["montantTtcTotal"]) == (1500, 300, 1800)
    assert lue["references"]["numeroBonCommande"] == "CHM2600802"
    histoire = programme.reussir("factures/v1/consulter/historique", idFacture=pk)
    codes = [etape["histoStatutCode"] for etape in histoire["historiquesDesStatuts"]["histoStatut"]]
    assert "DEPOSEE" in codes
    expect(appels).to_contain_text("6 sur 7")

    inconnu = {"structure": {"typeIdentifiantStructure": "SIRET", "identifiantStructure": "00010199999919"}}
    statut, recu = programme.appeler("structures/v1/rechercher", **inconnu)
    assert (statut, recu["codeRetour"], recu["listeStructures"]) == (200, 20000, [])
    expect(appels).to_contain_text("7 sur 7")
    expect(appels.locator(".statut-attente")).to_have_count(0)
    faits = poste.facture(NUMERO)
    assert (faits["client"], faits["service"], faits["montants"]) == (
        MONTBRISAC,
        "CHM-TECH",
        ["1500.00", "300.00", "1800.00"],
    )
