"""Pages of requests that no view answers: in French, with the way back."""

import pytest
from django.urls import reverse

from sandbox.launcher import refus


@pytest.mark.django_db
def test_the_address_of_a_button_opened_by_hand(poste) -> None:
    reponse = poste.get(reverse("accounts:deconnexion"))
    assert reponse.status_code == 405
    assert reponse.headers["Allow"] == "POST"
    assert "C'est celle d'un bouton" in reponse.content.decode()
    assert poste.head(reverse("accounts:deconnexion")).content == b""


@pytest.mark.parametrize(
    ("statut", "dit"), [(414, "trop longue"), (431, "trop lourds"), (400, "pas pu lire"), (500, "pas pu répondre")]
)
def test_a_request_that_the_server_cannot_read(statut: int, dit: str) -> None:
    entete, _, corps = refus.page(statut).partition(b"\r\n\r\n")
    assert entete.startswith(f"HTTP/1.1 {statut} ".encode())
    assert f"Content-Length: {len(corps)}".encode() in entete
    assert dit in corps.decode()


def test_gunicorn_writes_that_page(monkeypatch) -> None:
    from gunicorn import util

    ecrit = []
    monkeypatch.setattr(util, "write_error", util.write_error)
    monkeypatch.setattr(util, "write_nonblock", lambda sock, octets: ecrit.append(octets))
    refus.install()
    util.write_error(None, 414, "URI Too Long", "Request Line is too large (5055 > 4094)")
    assert ecrit == [refus.page(414)]
