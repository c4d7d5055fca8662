"""How programs written by others call the service (api.md §11): their headers, their bodies, nothing more.

Each is a few lines of our own: the requests and the demands of its author, none of his code.
"""

import base64
import json
from typing import Any

import requests

DELAI = 30
MARGE_ODOO = 240


class ReponseInattendue(Exception):
    """What the program would show to its user."""


class Programme:
    """A token in the form, as most ask for it; JSON; any status but 200 is an error."""

    media = "application/json;charset=utf-8"
    """Content-Type of a call; None: none is sent."""

    def __init__(self, acces: Any, siret: str) -> None:
        self.acces, self.base = acces, acces.base
        self.login, self.mot_de_passe = acces.comptes[siret]
        self.session = requests.Session()
        try:
            self.jeton = self.demander_jeton()
        except ReponseInattendue:
            self.fermer()
            raise

    def fermer(self) -> None:
        self.session.close()

    def formulaire(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.acces.client_id,
            "client_secret": self.acces.secret,
            "scope": "openid",
        }

    def demander_jeton(self) -> dict[str, Any]:
        reponse = self.session.post(f"{self.base}/api/oauth/token", data=self.formulaire(), timeout=DELAI)
        recu = reponse.json()
        if reponse.status_code != 200:
            raise ReponseInattendue(f"{reponse.status_code} {recu['error']} {recu['error_description']}")
        return recu

    def entetes(self) -> dict[str, str]:
        compte = base64.b64encode(f"{self.login}:{self.mot_de_passe}".encode()).decode()
        entetes = {"Authorization": f"Bearer {self.jeton['access_token']}", "cpro-account": compte}
        return entetes | ({"Content-Type": self.media} if self.media else {})

    def ecrire(self, corps: Any) -> bytes:
        return json.dumps(corps).encode()

    def post(self, chemin: str, corps: Any) -> dict[str, Any]:
        reponse = self.session.post(
            f"{self.base}/cpro/{chemin}", data=self.ecrire(corps), headers=self.entetes(), timeout=DELAI
        )
        if reponse.status_code != 200:
            raise ReponseInattendue(f"{chemin} : {reponse.status_code} {reponse.text}")
        return reponse.json()


class Odoo(Programme):
    """OCA l10n_fr_chorus_account: renews 240 s before the end, shows ``libelle`` when it is not TRA_MSG_00.000."""

    def demander_jeton(self) -> dict[str, Any]:
        jeton = super().demander_jeton()
        assert int(jeton["expires_in"]) - MARGE_ODOO > 0
        return jeton

    def exigences(self, structure: int) -> str:
        parametres = self.post("structures/v1/consulter", {"idStructureCPP": structure}).get("parametres")
        assert parametres, "sans « parametres », rien n'est retenu"
        service, engagement = parametres["codeServiceDoitEtreRenseigne"], parametres["numeroEJDoitEtreRenseigne"]
        if parametres["gestionNumeroEJOuCodeService"]:
            return "service_or_engagement"
        return {
            (True, True): "service_and_engagement",
            (True, False): "service",
            (False, True): "engagement",
        }.get((service, engagement), "none")


class Tryton(Programme):
    """account_fr_chorus: Basic, no scope, the session's own Content-Type; reads ``codeRetour`` first."""

    media = "application/json"
    FINIS = frozenset({"IN_INTEGRE", "IN_RECU", "IN_TRAITE_SE_CPP"})
    RATES = frozenset({"IN_INCIDENTE", "QP_IRRECEVABLE", "QP_RECEVABLE_AVEC_ERREUR", "IN_REJETE"})

    def demander_jeton(self) -> dict[str, Any]:
        reponse = self.session.post(
            f"{self.base}/api/oauth/token",
            data="grant_type=client_credentials",
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
            },
            auth=(self.acces.client_id, self.acces.secret),
            timeout=DELAI,
        )
        jeton = reponse.json()
        assert (reponse.status_code, jeton["token_type"]) == (200, "Bearer")
        return jeton

    def suivre(self, numero: str) -> str:
        recu = self.post("transverses/v1/consulterCR", {"numeroFluxDepot": numero})
        assert recu["codeRetour"] == 0
        etat = recu["etatCourantFlux"]
        return "done" if etat in self.FINIS else "exception" if etat in self.RATES else "sent"


class ChorusApi(Programme):
    """chorus-api 1.0.6: an unquoted form, ``application/json``, a GET with both headers."""

    media = "application/json"

    def demander_jeton(self) -> dict[str, Any]:
        champs = "&".join(f"{nom}={valeur}" for nom, valeur in self.formulaire().items())
        reponse = self.session.post(
            f"{self.base}/api/oauth/token",
            data=champs,
            headers={"content-type": "application/x-www-form-urlencoded"},
            timeout=DELAI,
        )
        assert reponse.status_code == 200
        return reponse.json()

    def sante(self) -> dict[str, Any]:
        reponse = self.session.get(
            f"{self.base}/cpro/transverses/v1/health-check", headers=self.entetes(), timeout=DELAI
        )
        assert reponse.status_code == 200, reponse.status_code
        return reponse.json()


class FactureElectronique(Programme):
    """facture_electronique 0.7: another case of the charset, spaces in the JSON, raises at any 4xx."""

    media = "application/json; charset=UTF-8"

    def identifiant(self, siret: str) -> int:
        recu = self.post(
            "structures/v1/rechercher",
            {
                "restreindreStructuresPrivees": False,
                "structure": {"identifiantStructure": siret, "typeIdentifiantStructure": "SIRET"},
            },
        )
        # Read without a guard.
        return recu["listeStructures"][0]["idStructureCPP"] if recu["parametresRetour"]["total"] == 1 else 0


class Pastell(Programme):
    """The recipient's connector: ``{}`` for no argument, pages until ``pageCourante`` = ``pages``, both at the root."""

    media = "application/json"
    PAR_PAGE = 1000

    def entetes(self) -> dict[str, str]:
        return {**super().entetes(), "Accept-Charset": "utf-8"}

    def ecrire(self, corps: Any) -> bytes:
        return super().ecrire(corps) if corps else b"{}"

    def demander_jeton(self) -> dict[str, Any]:
        jeton = super().demander_jeton()
        assert isinstance(jeton["expires_in"], int)
        assert jeton["expires_in"] > 0
        return jeton

    def recues(self, **criteres: Any) -> list[dict[str, Any]]:
        trouvees = []
        for genre in ("FACTURE", "FACTURE_TRAVAUX"):
            page = 0
            while True:
                page += 1
                recu = self.post(
                    "factures/v1/rechercher/recipiendaire",
                    {
                        "typeDemandePaiement": genre,
                        "paramRecherche": {
                            "nbResultatsParPage": self.PAR_PAGE,
                            "pageResultatDemandee": page,
                            "nbResultatsMaximum": 999999,
                        },
                        **criteres,
                    },
                )
                trouvees += recu["listeFactures"]
                if recu["codeRetour"] == 20000 or recu["pageCourante"] >= recu["pages"]:
                    break
        return trouvees

    def travaux(self) -> list[dict[str, Any]]:
        recu = self.post(
            "facturesTravaux/v1/rechercher",
            {
                "roleUtilisateur": "MOA",
                "rechercheFactureTravaux": {"nbResultatsParPage": self.PAR_PAGE, "pageResultatDemandee": 1},
                "flagTelecharge": False,
            },
        )
        assert recu["codeRetour"] == 20007 or recu["parametresRetour"]["pages"] >= 1
        return recu["listeFacturesTravaux"]


class Go(Programme):
    """go-choruspro: no scope; every field of its structs is sent, at its zero value when nothing was asked."""

    def formulaire(self) -> dict[str, str]:
        return {nom: valeur for nom, valeur in super().formulaire().items() if nom != "scope"}


class Zmog(Programme):
    """piste-gouv-fr (PHP): ``[]`` for an empty body, even on a GET; explicit nulls; ``codeRetour`` ≠ 0 raises."""

    def entetes(self) -> dict[str, str]:
        return {**super().entetes(), "Accept": "application/json;charset=utf-8"}

    def ecrire(self, corps: Any) -> bytes:
        return super().ecrire(corps) if corps else b"[]"

    def post(self, chemin: str, corps: Any) -> dict[str, Any]:
        recu = super().post(chemin, corps)
        if recu.get("codeRetour", 0) != 0:
            raise ReponseInattendue(f"{recu['codeRetour']} {recu['libelle']}")
        return recu

    def sante(self) -> dict[str, Any]:
        reponse = self.session.get(
            f"{self.base}/cpro/transverses/v1/health-check", data=b"[]", headers=self.entetes(), timeout=DELAI
        )
        assert reponse.status_code == 200
        return reponse.json()
