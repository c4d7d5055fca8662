"""The gateway: three layers, told apart by their status (api.md §3). Every operation comes through here."""

import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, DataError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from api import contrat
from api.entree import Entree
from api.enums import TypePanne
from api.erreurs import Interdite, Malformee, Refus, TropDeDemandes, TropGrosse
from api.models import AppelApi
from api.registre import OPERATIONS, Appel, Operation
from api.services import acces, appels, debit, jetons, pannes
from api.sortie import en_json, sans_vides
from sandbox import clock
from sandbox.cohorts import verrou
from sandbox.documents import store
from structures.services.habilitations import LIBELLES

logger = logging.getLogger(__name__)

TYPE = "application/json;charset=UTF-8"
MAL_FORMULEE = {"codeRetour": 400, "libelle": "Requête mal formulée"}
_PANNES = (
    TypePanne.JETON_EXPIRE,
    TypePanne.DEBIT,
    TypePanne.ERREUR,
    TypePanne.SANS_REPONSE,
    TypePanne.LENTEUR,
)
PROFONDEUR_MAX = 20
_IMPOSSIBLES = re.compile("[\x00\ud800-\udfff]")
_attentes = threading.BoundedSemaphore(pannes.SIMULTANEES)


@dataclass
class Reponse(Exception):
    """Status, body and reason: what is sent, and what the journal says of it."""

    statut: int
    corps: Any = field(default_factory=dict)
    raison: str = ""
    panne: str = ""
    entetes: dict[str, str] = field(default_factory=dict)


@dataclass
class Suivi:
    """What is known of a call, as it goes through the layers."""

    correlation: str
    depart: float
    jeton: jetons.Jeton | None = None
    operation: Operation | None = None
    login: str = ""
    place: int | None = None
    recu: Any = None
    panne: str = ""


@csrf_exempt
def passer(request: HttpRequest, chemin: str) -> HttpResponse:
    """Answer a call to ``/cpro/<chemin>``, whatever it is, and note it."""
    suivi = Suivi(f"Id-{secrets.token_hex(12)} 0", time.monotonic())
    try:
        reponse = _pister(request, chemin, suivi)
    except Reponse as arret:
        reponse = arret
    except Exception as erreur:
        logger.exception("API %s : incident", chemin[:200])
        plein = isinstance(erreur, OSError) and store.est_plein(erreur)
        raison = "Le serveur n'a plus de place." if plein else "Incident du bac à sable, noté dans son journal."
        reponse = Reponse(500, {}, f"{raison} Prévenez votre formateur.")
    try:
        _noter(request, chemin, suivi, reponse)
    except DatabaseError:  # what was done is done: the caller is told, even if the journal cannot be written
        logger.exception("API %s : appel non noté", chemin[:200])
    texte = en_json(reponse.corps) if isinstance(reponse.corps, dict) else json.dumps(reponse.corps)
    envoyee = HttpResponse(texte, status=reponse.statut, content_type=TYPE, headers=reponse.entetes)
    envoyee.headers["x-correlationid"] = suivi.correlation
    return envoyee


def _noter(request: HttpRequest, chemin: str, suivi: Suivi, reponse: Reponse) -> None:
    """In the world of the application: a call that says nobody's name is noted nowhere."""
    if suivi.jeton is None:
        return
    application = suivi.jeton.application
    corps = reponse.corps if isinstance(reponse.corps, dict) else {}
    with application.cohort.monde():
        appels.noter(
            AppelApi(
                cohort=application.cohort,
                place=suivi.place if suivi.login else application.place,
                application=application,
                login=suivi.login[:120],
                methode=(request.method or "")[:8],
                chemin=f"/cpro/{chemin}".replace("\x00", "")[:200],
                operation=suivi.operation.code if suivi.operation else "",
                statut=reponse.statut,
                code_retour=corps.get("codeRetour"),
                raison=reponse.raison.replace("\x00", "")[:2000],
                requete=appels.ecrire(suivi.recu),
                reponse=appels.ecrire(reponse.corps),
                duree=int((time.monotonic() - suivi.depart) * 1000),
                panne=reponse.panne or suivi.panne,
                correlation=suivi.correlation,
            )
        )


# --- PISTE


def _porteur(request: HttpRequest) -> str:
    genre, _, texte = request.headers.get("Authorization", "").strip().partition(" ")
    return texte.strip() if genre.lower() == "bearer" else ""


def _pister(request: HttpRequest, chemin: str, suivi: Suivi) -> Reponse:
    """Token, then rate, then route and subscription."""
    suivi.operation = OPERATIONS.get(chemin)
    porteur = _porteur(request)
    try:
        if not porteur:
            raise jetons.JetonRefuse("L'en-tête « Authorization: Bearer <jeton> » manque.")
        suivi.jeton = jetons.lire(porteur)
    except jetons.JetonRefuse as refuse:
        # For the journal only: the call is refused, whoever makes it.
        connue = refuse.application or acces.reconnaitre(request.headers.get("cpro-account", ""))
        if connue is not None:
            suivi.jeton = jetons.Jeton(connue, clock.real_now())
        raise Reponse(401, {"error": "invalid_token"}, str(refuse)) from refuse
    application = suivi.jeton.application
    with application.cohort.monde():
        suivi.place = application.place
        attente = debit.depasse(f"application:{application.pk}")
        if attente:
            raise _trop(attente)
        _abonnee(chemin, suivi, application.apis)
        operation = suivi.operation
        assert operation is not None  # noqa: S101 -- _abonnee has raised
        if request.method != operation.methode:
            raise Reponse(405, {}, f"Cette opération s'appelle en {operation.methode}.", entetes=_permise(operation))
        return _servir(request, suivi, operation)


def _permise(operation: Operation) -> dict[str, str]:
    return {"Allow": operation.methode}


def _trop(attente: int, raison: str = "") -> Reponse:
    raison = raison or f"Trop de requêtes : attendez {attente} s, puis espacez vos appels."
    return Reponse(429, {}, raison, entetes={"Retry-After": str(attente)})


def _abonnee(chemin: str, suivi: Suivi, apis: list[str]) -> None:
    """403 ``{}``: unknown route, API not ticked, operation not simulated yet (api.md A-02)."""
    operation = suivi.operation
    if operation is None:
        raise Reponse(403, {}, f"Adresse inconnue : /cpro/{chemin[:150]}. La casse compte ; voyez /api/docs.")
    if operation.api not in apis:
        raise Reponse(403, {}, f"L'API « {operation.api} » n'est pas cochée dans l'application PISTE.")
    if operation.executer is None:
        raise Reponse(403, {}, f"{operation.code} n'est pas encore simulée par le bac à sable.")


# --- Chorus Pro


def _servir(request: HttpRequest, suivi: Suivi, operation: Operation) -> Reponse:
    """Faults, account, entitlement, body, then the operation itself."""
    jeton = suivi.jeton
    assert jeton is not None  # noqa: S101 -- read before
    try:
        technique = acces.identifier(request.headers.get("cpro-account", ""))
    except acces.CompteRefuse as refuse:
        suivi.login = refuse.login
        raise Reponse(401, {}, str(refuse)) from refuse
    suivi.login, suivi.place = technique.compte.login_email, technique.place
    attente = debit.depasse(f"compte:{technique.pk}")
    if attente:
        raise _trop(attente)
    _panne(suivi, operation)
    technique.cohort = jeton.application.cohort
    appel = Appel(jeton.application.cohort, jeton.application, technique)
    corps = _corps(request, operation)
    suivi.recu = _lire(corps, request) if operation.methode == "POST" else None
    if operation.exige is not None and not appel.droits.structures(operation.exige, modification=True):
        raise Reponse(
            403, _echo(suivi.recu), f"Ce compte technique n'a pas l'habilitation « {LIBELLES[operation.exige]} »."
        )
    try:
        entree = operation.entree.model_validate({} if suivi.recu is None else suivi.recu)
    except ValidationError as erreur:
        raise Reponse(400, MAL_FORMULEE, _expliquer(erreur)) from erreur
    with _tour(operation, appel):
        return _executer(operation, appel, entree)


@contextmanager
def _tour(operation: Operation, appel: Appel) -> Iterator[None]:
    if not operation.ecrit:
        yield
        return
    with verrou.ecriture(appel.cohort.pk):
        yield


def _executer(operation: Operation, appel: Appel, entree: Entree) -> Reponse:
    assert operation.executer is not None  # noqa: S101 -- _abonnee has raised
    try:
        contenu = operation.executer(appel, entree)
    except Refus as refus:
        enveloppe = {"codeRetour": refus.code, "libelle": refus.libelle}
        return Reponse(200, sans_vides({**enveloppe, **refus.contenu}), refus.raison)
    except Malformee as malformee:
        return Reponse(400, MAL_FORMULEE, malformee.raison)
    except DataError as erreur:
        return Reponse(400, MAL_FORMULEE, f"Une valeur ne peut pas être enregistrée : {erreur}"[:300])
    except Interdite as interdite:
        return Reponse(403, _echo(entree.model_dump(mode="json", exclude_unset=True)), interdite.raison)
    except TropGrosse as grosse:
        return Reponse(413, {}, grosse.raison)
    except TropDeDemandes as trop:
        return _trop(trop.attente, trop.raison)
    if "statusCode" in contenu:  # health-check has no envelope
        return Reponse(200, contenu)
    listes: dict[str, Any] = {nom: [] for nom in contrat.champs_listes(operation.modele)}
    return Reponse(200, sans_vides({"codeRetour": 0, "libelle": operation.libelle, **listes, **contenu}))


def _echo(recu: Any) -> Any:
    return recu if isinstance(recu, dict) else {}


def _panne(suivi: Suivi, operation: Operation) -> None:
    """What the trainer has broken for this caller."""
    assert suivi.jeton is not None  # noqa: S101 -- read before
    panne = pannes.rencontree(suivi.place, operation.api, _PANNES, jeton_emis_le=suivi.jeton.emis_le)
    if panne is None:
        return
    raison = f"Panne posée par le formateur : {panne.get_type_display()}."
    match panne.type:
        case TypePanne.JETON_EXPIRE:
            raise Reponse(401, {"error": "invalid_token"}, f"{raison} Demandez un nouveau jeton.", panne.type)
        case TypePanne.DEBIT:
            raise Reponse(429, {}, raison, panne.type, {"Retry-After": "5"})
        case TypePanne.ERREUR:
            raise Reponse(500, {}, f"{raison} Réessayez plus tard : rien n'a été fait.", panne.type)
        case TypePanne.SANS_REPONSE:
            _attendre(pannes.SANS_REPONSE)
            raise Reponse(504, {}, f"{raison} La passerelle a attendu en vain : rien n'a été fait.", panne.type)
        case _:
            suivi.panne = panne.type
            _attendre(pannes.LENTEUR)


def _attendre(secondes: float) -> None:
    if _attentes.acquire(blocking=False):
        try:
            time.sleep(secondes)
        finally:
            _attentes.release()


def _corps(request: HttpRequest, operation: Operation) -> bytes:
    """Bounded before it is read."""
    trop = Reponse(413, {}, f"Le corps de la requête dépasse {operation.corps_max // (1024 * 1024)} Mo.")
    annonce = request.META.get("CONTENT_LENGTH") or "0"
    if annonce.isdigit() and int(annonce) > operation.corps_max:
        raise trop
    corps = request.read(operation.corps_max + 1)
    if len(corps) > operation.corps_max:
        raise trop
    if annonce.isdigit() and len(corps) < int(annonce):
        raise Reponse(400, MAL_FORMULEE, "L'envoi a été coupé : le corps est plus court que Content-Length.")
    return corps


def _hors_json(constante: str) -> Any:
    raise ValueError(f"{constante} n'est pas du JSON")


def _lire(corps: bytes, request: HttpRequest) -> Any:
    """Body as JSON: numbers exact, no half of a character, no NUL."""
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not corps.strip():
        return None
    if media not in ("application/json", ""):
        raise Reponse(415, {}, "L'en-tête Content-Type attendu est application/json.")
    try:
        recu = json.loads(corps.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_hors_json)
    except (ValueError, RecursionError) as illisible:
        raise Reponse(400, MAL_FORMULEE, f"Le corps n'est pas du JSON{_ou(illisible)}.") from illisible
    if not isinstance(recu, dict | list | None) or (isinstance(recu, list) and recu):
        raise Reponse(400, MAL_FORMULEE, "Le corps doit être un objet JSON, entre accolades.")
    if recu is None:
        return None
    _verifier(recu, textes=b"\\u" in corps)
    return recu


def _ou(illisible: Exception) -> str:
    """Where the reading stopped, when it is known."""
    if isinstance(illisible, json.JSONDecodeError):
        return f" : lecture arrêtée ligne {illisible.lineno}, colonne {illisible.colno}"
    return " : il doit être en UTF-8, sans NaN, ni nombre de milliers de chiffres"


def _verifier(recu: Any, *, textes: bool) -> None:
    """No tower of brackets; with ``textes``, no character that a database refuses: only an escape can carry one."""
    niveau = [recu]
    for _ in range(PROFONDEUR_MAX):
        elements = [e for v in niveau for e in ((*v, *v.values()) if isinstance(v, dict) else v)]
        if textes and any(isinstance(e, str) and _IMPOSSIBLES.search(e) for e in elements):
            raise Reponse(400, MAL_FORMULEE, "Un texte contient un caractère nul ou une moitié de caractère.")
        niveau = [e for e in elements if isinstance(e, dict | list)]
        if not niveau:
            return
    raise Reponse(400, MAL_FORMULEE, f"Le corps a plus de {PROFONDEUR_MAX} niveaux d'objets ou de listes.")


def _expliquer(erreur: ValidationError) -> str:
    """Which field, what was found, what was expected."""
    phrases = []
    for detail in erreur.errors(include_url=False, include_context=False)[:5]:
        champ = ".".join(str(partie) for partie in detail["loc"]) or "le corps"
        trouve = repr(detail.get("input"))[:60]
        phrases.append(f"Champ « {champ} » : {_en_francais(detail)} ({trouve} trouvé).")
    return " ".join(phrases)


_MESSAGES = {
    "string_type": "un texte était attendu",
    "literal_error": "cette valeur n'est pas dans la liste",
    "model_type": "un objet JSON était attendu",
    "list_type": "une liste était attendue",
    "too_long": "la liste est trop longue",
    "missing": "ce champ est obligatoire",
}


def _en_francais(detail: Any) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    return _MESSAGES.get(detail["type"], message)
