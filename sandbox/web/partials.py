"""One page, one template: HTMX gets the named region of it, everyone else the whole page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_partial(request: HttpRequest) -> bool:
    """Boosted and history-restore requests replace the page: they need all of it."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def render_partial(
    request: HttpRequest,
    template: str,
    name: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int | None = None,
) -> HttpResponse:
    """Render ``template#name`` for HTMX, ``template`` otherwise; both depend on the HX-Request header."""
    chosen = f"{template}#{name}" if wants_partial(request) else template
    response = render(request, chosen, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
