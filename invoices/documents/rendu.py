"""HTML to PDF, the same bytes each time: no clock, no network, no random identifier."""

import hashlib
import warnings
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string


class AccesInterdit(ValueError):
    """A document fetches nothing."""


def _rien(url: str, *args: Any, **kwargs: Any) -> Any:
    raise AccesInterdit(url)


def pdf(gabarit: str, contexte: dict[str, Any], *, instant: datetime, archive: bool = False) -> bytes:
    """Render a template of templates/invoices/documents/; dated ``instant``, which is simulated.

    ``archive``: as PDF/A-3b, ready to carry the XML of a Factur-X.
    """
    import weasyprint  # noqa: PLC0415 -- heavy, and only needed where documents are made

    page = render_to_string(gabarit, contexte | {"instant": instant, "date_pdf": instant.isoformat(timespec="seconds")})
    identifiant = hashlib.sha256(page.encode()).hexdigest()[:32].encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        options = {"pdf_variant": "pdf/a-3b"} if archive else {}
        octets: bytes = weasyprint.HTML(string=page, url_fetcher=_rien).write_pdf(pdf_identifier=identifiant, **options)
    return octets
