"""A program that calls the API of a session, through HTTP, with the access that comes with it."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

from api import contrat
from api.registre import OPERATIONS
from structures.models import ApplicationPiste, CompteTechnique
from structures.services import comptes_techniques, piste

MONTBRISAC = "00020002200010"
VALMORAN = "00020001400017"
ETAT = "00020004800015"
VOLTAIGNE = "00010302800015"
CORVAN = "00010306900019"


def validateur(nom: str) -> Draft202012Validator:
    """Validator of a model of the contract, its references solved."""
    definitions = {modele: contrat.schema(modele, "#/$defs/") for modele in contrat.avec_dependances(nom)}
    return Draft202012Validator({"$ref": f"#/$defs/{nom}", "$defs": definitions})


def entete_compte(login: str, mot_de_passe: str) -> str:
    return base64.b64encode(f"{login}:{mot_de_passe}".encode()).decode()


@dataclass
class Programme:
    """A client: ``post`` and ``get`` answer (status, body); a 200 is checked against the contract."""

    jeton: str
    cpro_account: str
    client: Client = field(default_factory=Client)
    verifier: bool = True

    @property
    def entetes(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.jeton}", "cpro-account": self.cpro_account}

    def brut(self, methode: str, chemin: str, corps: Any = None, **entetes: str) -> Any:
        """The answer itself; ``corps``: bytes as they are, or anything that makes JSON."""
        donnees = corps if isinstance(corps, bytes) else json.dumps({} if corps is None else corps).encode()
        tous = {**self.entetes, **{nom.replace("_", "-"): valeur for nom, valeur in entetes.items()}}
        media = tous.pop("Content-Type", "application/json;charset=utf-8")
        return self.client.generic(methode, f"/cpro/{chemin}", donnees, content_type=media, headers=tous)

    def post(self, chemin: str, corps: Any = None, **entetes: str) -> tuple[int, dict[str, Any]]:
        return self._lire(chemin, self.brut("POST", chemin, corps, **entetes))

    def get(self, chemin: str) -> tuple[int, dict[str, Any]]:
        return self._lire(chemin, self.brut("GET", chemin, b""))

    def _lire(self, chemin: str, reponse: Any) -> tuple[int, dict[str, Any]]:
        recu = json.loads(reponse.content)
        if self.verifier and reponse.status_code == 200 and chemin in OPERATIONS:
            validateur(OPERATIONS[chemin].modele).validate(recu)
        return reponse.status_code, recu


def application(cohort: Any) -> ApplicationPiste:
    """One of those that came with the session."""
    with cohort.monde():
        return ApplicationPiste.objects.order_by("pk").first()


def demander_jeton(app: ApplicationPiste, client: Client | None = None, **champs: str) -> Any:
    """Answer of /api/oauth/token to the form of most clients."""
    formulaire = {
        "grant_type": "client_credentials",
        "client_id": str(app.client_id),
        "client_secret": piste.secret(app),
        "scope": "openid",
        **champs,
    }
    return (client or Client()).post("/api/oauth/token", formulaire_encode(formulaire), content_type=FORMULAIRE)


FORMULAIRE = "application/x-www-form-urlencoded"


def formulaire_encode(champs: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(champs)


def client_api(cohort: Any, *, siret: str = VOLTAIGNE) -> Programme:
    """A program under the technical account n° 1 of the structure that has this SIRET."""
    with cohort.monde():
        technique = CompteTechnique.objects.select_related("compte").get(structure__identifiant=siret, numero=1)
        mot_de_passe = comptes_techniques.mot_de_passe_fourni(technique)
        login = technique.compte.login_email
    jeton = demander_jeton(application(cohort)).json()["access_token"]
    return Programme(jeton, entete_compte(login, mot_de_passe))
