"""``/api/oauth/token``: client credentials, in the form or by Basic (api.md §2)."""

import base64
import binascii
import secrets
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote_plus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from api.enums import TypePanne
from api.models import AppelApi
from api.services import appels, debit, jetons, pannes
from sandbox import clock
from structures.models import ApplicationPiste
from structures.services import piste

CORPS_MAX = 16 * 1024
FORMULAIRE = "application/x-www-form-urlencoded"


def _reponse(statut: int, corps: dict[str, object], **entetes: str) -> JsonResponse:
    # A token is kept by nobody on the way (RFC 6749 §5.1).
    tous = {"Cache-Control": "no-store", "Pragma": "no-cache"} | {n.replace("_", "-"): v for n, v in entetes.items()}
    return JsonResponse(corps, status=statut, headers=tous, json_dumps_params={"ensure_ascii": False})


def _erreur(code: str, description: str) -> JsonResponse:
    return _reponse(400, {"error": code, "error_description": description})


def _basic(entete: str) -> tuple[str, str] | None:
    genre, _, reste = entete.strip().partition(" ")
    if genre.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(reste.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


@csrf_exempt
def jeton(request: HttpRequest) -> JsonResponse:
    """A token for an hour, or why not."""
    if request.method != "POST":
        return _reponse(405, {}, Allow="POST")
    corps = request.read(CORPS_MAX + 1)
    if len(corps) > CORPS_MAX:
        return _erreur("invalid_request", f"La demande dépasse {CORPS_MAX // 1024} Ko.")
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media not in (FORMULAIRE, ""):
        return _erreur("invalid_request", f"Le Content-Type attendu est {FORMULAIRE}.")
    try:
        champs = dict(parse_qsl(corps.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return _erreur("invalid_request", "Le formulaire ne se lit pas : UTF-8, vingt champs au plus.")
    client, secret = _basic(request.headers.get("Authorization", "")) or (
        champs.get("client_id", ""),
        champs.get("client_secret", ""),
    )
    if "grant_type" not in champs:
        return _erreur("invalid_request", "Le champ grant_type manque : client_credentials.")
    if champs["grant_type"] != "client_credentials":
        return _erreur("unsupported_grant_type", "Seul grant_type=client_credentials est accepté.")
    if not client or not secret:
        return _erreur("invalid_request", "client_id et client_secret sont attendus, en formulaire ou par Basic.")
    return _emettre(client, secret)


def _emettre(client: str, secret: str) -> JsonResponse:
    application = piste.verifier(client.strip(), secret.strip())
    if application is None:
        reponse = _erreur("invalid_client", "Identifiant ou secret de l'application inconnu.")
        _noter(piste.application_de(client), 400, "invalid_client : secret faux, ou application désactivée.")
        return reponse
    with application.cohort.monde():
        panne = pannes.rencontree(
            application.place, "oauth", (TypePanne.DEBIT, TypePanne.ERREUR), jeton_emis_le=clock.real_now()
        )
    attente = debit.depasse(f"jeton:{application.pk}")
    if attente or (panne is not None and panne.type == TypePanne.DEBIT):
        _noter(application, 429, "Trop de demandes de jeton : gardez-le, il vaut une heure.", panne)
        return _reponse(429, {}, Retry_After=str(attente or 5))
    if panne is not None:
        _noter(application, 500, f"Panne posée par le formateur : {panne.get_type_display()}.", panne)
        return _reponse(500, {})
    _noter(application, HTTPStatus.OK, "")
    return _reponse(
        200,
        {
            "access_token": jetons.emettre(application),
            "token_type": "Bearer",
            "expires_in": int(jetons.DUREE.total_seconds()),
            "scope": jetons.PORTEE,
        },
    )


def _noter(application: ApplicationPiste | None, statut: int, raison: str, panne: object = None) -> None:
    """In the journal of the application's world; neither its secret nor the token is kept."""
    if application is None:
        return
    with application.cohort.monde():
        appels.noter(
            AppelApi(
                cohort=application.cohort,
                place=application.place,
                application=application,
                methode="POST",
                chemin="/api/oauth/token",
                operation="jeton",
                statut=statut,
                raison=raison,
                panne=getattr(panne, "type", ""),
                correlation=f"Id-{secrets.token_hex(12)} 0",
            )
        )
