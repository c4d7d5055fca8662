"""Tags and filters of the shared look; built into every template (settings.TEMPLATES)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Page
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from sandbox import clock
from sandbox.web import dates, nombres
from sandbox.web.erreurs import listed_errors
from sandbox.web.pagination import CHOIX_PAR_PAGE, PARAM_LIGNES, PARAM_PAGE, page_numbers
from sandbox.web.tri import PARAM_TRI, Tri

register = template.Library()

# Badge families of the lifecycle tables → icon when the status names none.
ICONES_FAMILLES = {
    "brouillon": "pencil",
    "achemine": "send",
    "attente": "hourglass-split",
    "retour": "arrow-counterclockwise",
    "refus": "x-circle",
    "accepte": "check-circle",
    "paye": "cash-coin",
}
_NOM_ICONE = re.compile(r"[a-z0-9-]+")
_ATTRIBUTS_SVG = re.compile(r'<svg\b[^>]*?viewBox="([^"]+)"[^>]*>', re.DOTALL)


@lru_cache(maxsize=256)
def _svg(nom: str) -> str:
    """Body of the vendored icon, empty when it is missing."""
    chemin = finders.find(f"vendor/bootstrap-icons/{nom}.svg") if _NOM_ICONE.fullmatch(nom) else None
    if not isinstance(chemin, str):
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"icône absente de static/vendor/bootstrap-icons : {nom}")
        return ""
    return " ".join(Path(chemin).read_text(encoding="utf-8").split())


@register.simple_tag
@lru_cache(maxsize=256)
def icone(nom: str, classe: str = "") -> SafeString:
    """Decorative icon, inlined: it takes the colour and the size of the text around it."""
    trouve = _ATTRIBUTS_SVG.search(_svg(nom))
    if trouve is None:
        return mark_safe("")
    ouverture = format_html(
        '<svg class="icone{}" viewBox="{}" fill="currentColor" aria-hidden="true" focusable="false">',
        f" {classe}" if classe else "",
        trouve[1],
    )
    return ouverture + mark_safe(_svg(nom)[trouve.end() :])  # noqa: S308 -- vendored file, not user input


@register.simple_tag
def badge_statut(statut: Any, bulle: str = "") -> SafeString:
    """Status badge: words, icon and family colour, maybe a tooltip; ``statut`` has label, famille and maybe icone."""
    famille = str(getattr(statut, "famille", "") or "brouillon")
    nom_icone = str(getattr(statut, "icone", "") or ICONES_FAMILLES.get(famille, "dot"))
    return format_html(
        '<span class="statut statut-{}"{}>{}{}</span>',
        famille,
        format_html(' title="{}"', bulle) if bulle else "",
        icone(nom_icone),
        str(getattr(statut, "label", statut)),
    )


@register.filter
def montant(valeur: Any, devise: str = "EUR") -> str:
    """« 4 168,80 € »; another currency is named by its code. Empty for what is not a number."""
    nombre = nombres.to_decimal(valeur)
    return "" if nombre is None else nombres.format_amount(nombre, devise or "EUR")


@register.filter
def prix(valeur: Any, devise: str = "EUR") -> str:
    """Unit price: two to six decimals."""
    nombre = nombres.to_decimal(valeur)
    symbole = nombres.SYMBOLES.get(devise, devise)
    return "" if nombre is None else f"{nombres.format_decimal(nombre, 2, 6)}{nombres.FINE}{symbole}"


@register.filter
def nombre(valeur: Any, decimales_max: int = 4) -> str:
    """Quantity, count or rate: « 1 250 », « 2,5 »."""
    decimal = nombres.to_decimal(valeur)
    return "" if decimal is None else nombres.format_decimal(decimal, 0, decimales_max)


@register.filter
def siret(valeur: Any) -> SafeString:
    """SIRET grouped by three then five, copied without its spaces; another identifier stays as it is."""
    brut = "".join(str(valeur or "").split())
    if len(brut) in {9, 14} and brut.isascii() and brut.isdigit():
        groupes = [brut[:3], brut[3:6], brut[6:9], brut[9:]]
        return format_html(
            '<span class="siret" data-copie="{}">{}</span>', brut, nombres.INSECABLE.join(g for g in groupes if g)
        )
    return format_html('<span class="siret">{}</span>', str(valeur or ""))


def _instant(valeur: Any) -> Any:
    return timezone.localtime(valeur) if isinstance(valeur, datetime) and timezone.is_aware(valeur) else valeur


@register.filter
def jour(valeur: Any) -> str:
    """« lundi 7 décembre 2026 »."""
    valeur = _instant(valeur)
    return dates.long_date(valeur) if isinstance(valeur, date) else ""


@register.filter
def jour_abrege(valeur: Any) -> str:
    """« lun. 7 déc. 2026 »."""
    valeur = _instant(valeur)
    return dates.abbreviated_date(valeur) if isinstance(valeur, date) else ""


@register.filter
def date_courte(valeur: Any) -> str:
    """« 07/12/2026 »."""
    valeur = _instant(valeur)
    return dates.short_date(valeur) if isinstance(valeur, date) else ""


@register.filter
def heure(valeur: Any) -> str:
    """« 09 h 00 »."""
    valeur = _instant(valeur)
    return dates.hour(valeur) if isinstance(valeur, datetime) else ""


@register.filter
def horodatage(valeur: Any) -> str:
    """« 07/12/2026 à 09 h 00 »; a plain date shows no hour."""
    valeur = _instant(valeur)
    if isinstance(valeur, datetime):
        return dates.timestamp(valeur)
    return dates.short_date(valeur) if isinstance(valeur, date) else ""


@register.filter
def depuis(valeur: Any, reference: datetime | None = None) -> str:
    """Age in simulated time: « depuis 3 j ». Outside a world, give the reference instant."""
    if not isinstance(valeur, datetime) or (reference is None and not clock.is_set()):
        return ""
    return dates.age((reference or clock.now()) - valeur)


def _lien(context: RequestContext, **changements: str | int | None) -> str:
    """Query string of the page with these parameters changed; None removes one."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None
    if query is None:
        return "?"
    for cle, valeur in changements.items():
        if valeur is None:
            query.pop(cle, None)
        else:
            query[cle] = str(valeur)
    return f"?{query.urlencode()}"


@register.inclusion_tag("_composants/pagination.html", takes_context=True)
def pagination(context: RequestContext, page: Page[Any], cible: str = "", element: str = "ligne") -> dict[str, Any]:
    """Pages of a list; ``cible`` is the CSS selector of the HTMX region to swap, empty for plain links."""
    taille = page.paginator.per_page
    return {
        "page": page,
        "cible": cible,
        "element": element,
        "numeros": [(n, _lien(context, **{PARAM_PAGE: n}) if n else "") for n in page_numbers(page)],
        "precedent": _lien(context, **{PARAM_PAGE: page.number - 1}) if page.has_previous() else "",
        "suivant": _lien(context, **{PARAM_PAGE: page.number + 1}) if page.has_next() else "",
        "tailles": [(n, n == taille, _lien(context, **{PARAM_LIGNES: n, PARAM_PAGE: None})) for n in CHOIX_PAR_PAGE],
        "choix_taille": page.paginator.count > CHOIX_PAR_PAGE[0],
    }


@register.inclusion_tag("_composants/entete_tri.html", takes_context=True)
def entete_tri(
    context: RequestContext, tri: Tri, cle: str, libelle: str, cible: str = "", classe: str = ""
) -> dict[str, str]:
    """Sortable column header (a whole <th>)."""
    return {
        "url": _lien(context, **{PARAM_TRI: tri.suivant(cle), PARAM_PAGE: None}),
        "sens": tri.sens(cle),
        "libelle": libelle,
        "cible": cible,
        "classe": classe,
    }


@register.inclusion_tag("_composants/resume_erreurs.html")
def resume_erreurs(*formulaires: Any) -> dict[str, Any]:
    """Summary of the errors of these forms and formsets, with links; nothing when there is none."""
    return {"erreurs": listed_errors(*formulaires)}


@register.inclusion_tag("_composants/chemin.html")
def chemin(etapes: Iterable[Any], titre: str = "Parcours") -> dict[str, Any]:
    """Path of a document: steps with label, date, etat (passe, present, futur, branche) and famille."""
    return {"etapes": list(etapes), "titre": titre}


@register.simple_tag
def jauge(valeur: float, maximum: float, libelle: str, classe: str = "") -> SafeString:
    """Bar of a quantity with its words beside it: « 12 j sur 30 »."""
    return format_html(
        '<span class="jauge{}"><progress value="{}" max="{}" aria-hidden="true"></progress> <span>{}</span></span>',
        f" {classe}" if classe else "",
        _borne(valeur, maximum),
        maximum if maximum > 0 else 1,
        libelle,
    )


def _borne(valeur: float, maximum: float) -> float:
    return max(0, min(valeur, maximum if maximum > 0 else 1))


@register.simple_tag
def bouton_copier(valeur: Any, libelle: str = "Copier") -> SafeString:
    """Button that copies this value; hidden when the browser runs no script."""
    return format_html(
        '<button type="button" class="bouton-copier" data-bas-copier="{}" hidden>{}<span class="visually-hidden">'
        "{}</span></button>",
        conditional_escape(valeur),
        icone("copy"),
        libelle,
    )


@register.simple_tag
def lien_confirmation(
    url: str, libelle: str, classe: str = "btn btn-outline-danger", nom_icone: str = ""
) -> SafeString:
    """Link to a confirmation page; with JavaScript its question opens in a dialog."""
    return format_html(
        '<a class="{}" href="{}" hx-get="{}" hx-target="#dialogue-contenu" hx-select="#confirmation"'
        ' hx-swap="innerHTML">{}{}</a>',
        classe,
        url,
        url,
        format_html("{} ", icone(nom_icone)) if nom_icone else "",
        libelle,
    )
