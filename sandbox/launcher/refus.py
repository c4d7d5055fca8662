"""The page of a request that the web server cannot read, and that never reaches Django."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gunicorn import util

MESSAGES = {
    414: ("Adresse trop longue", "Cette adresse est trop longue pour être lue. Raccourcissez la recherche."),
    431: ("Demande trop lourde", "Les en-têtes de cette demande sont trop lourds. Effacez les cookies de ce site."),
    500: ("Erreur inattendue", "Le bac à sable n'a pas pu répondre. Rechargez la page."),
}
AUTRE = ("Demande incompréhensible", "Le serveur n'a pas pu lire cette demande. Revenez à l'accueil et recommencez.")


def page(status: int) -> bytes:
    """Whole HTTP answer, in French; what could not be read is not repeated in it."""
    titre, message = MESSAGES.get(status, AUTRE)
    corps = (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{titre}</title></head>'
        f"<body><h1>{titre}</h1><p>{message}</p>"
        '<p><a href="/">Revenir à l\'accueil</a></p></body></html>'
    ).encode()
    entete = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
        f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(corps)}\r\n\r\n"
    )
    return entete.encode("ascii") + corps


def write_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    util.write_nonblock(sock, page(status_int))


def install() -> None:
    """gunicorn has no setting for these pages: replace the function that writes them."""
    util.write_error = write_error
