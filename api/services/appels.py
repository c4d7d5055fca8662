"""Journal of calls: what a caller and his trainer read again (api.md §12)."""

import json
from typing import Any

from api.models import AppelApi

GARDES = 200
"""Calls kept for one seat; the oldest go first."""
TEXTE_MAX = 4_000
LONG = 200
"""Above, a text is cut: a base64 says its weight, and no more."""
CORPS_LU = 200_000
"""Above, the body is not read again for the journal: its weight is said."""
SECRETS = frozenset({"client_secret", "access_token"})


def montrer(valeur: Any) -> Any:
    """The same, long texts cut, secrets masked."""
    if isinstance(valeur, dict):
        return {str(nom)[:100]: "••••" if nom in SECRETS else montrer(v) for nom, v in list(valeur.items())[:200]}
    if isinstance(valeur, list):
        reste = [f"… {len(valeur) - 50} de plus"] if len(valeur) > 50 else []
        return [montrer(v) for v in valeur[:50]] + reste
    if isinstance(valeur, str) and len(valeur) > LONG:
        return f"{valeur[:40]}… ({len(valeur)} caractères)"
    return valeur


def ecrire(valeur: Any) -> str:
    """Text of a request or of an answer, for the journal."""
    if valeur is None:
        return ""
    texte = json.dumps(montrer(valeur), ensure_ascii=False, indent=2, default=str)
    # A half of a surrogate pair, or a NUL, cannot be kept.
    texte = texte.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return texte if len(texte) <= TEXTE_MAX else texte[:TEXTE_MAX] + "\n…"


def noter(appel: AppelApi) -> AppelApi:
    """Keep it; now and then, forget the oldest of this seat. Inside the world."""
    appel.save(force_insert=True)
    if appel.pk % 50 == 0:
        du_poste = AppelApi.objects.filter(place=appel.place).order_by("-pk")
        dernier = du_poste.values_list("pk", flat=True)[GARDES : GARDES + 1].first()
        if dernier is not None:
            AppelApi.objects.filter(place=appel.place, pk__lte=dernier).delete()
    return appel
