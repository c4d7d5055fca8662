"""Answers that Django leaves without a page."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sandbox.documents import store

logger = logging.getLogger(__name__)


class MethodeRefuseeMiddleware:
    """A page where Django answers 405 with an empty body: somebody has opened the address of a button."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.streaming or response.content or request.method == "HEAD":
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page


class DisquePleinMiddleware:
    """No room on the disk, for a file or for the database: a page that says so, whatever the screen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        base = isinstance(exception, OperationalError) and "full" in str(exception).lower()
        if base or (isinstance(exception, OSError) and store.est_plein(exception)):
            logger.error("Disque plein : %s", request.path, exc_info=exception)
            return render(request, "507.html", status=507)
        return None
