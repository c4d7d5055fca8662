"""« Rechercher une application ou un mot »: old and new words of the portal, without accents or case.

No row is read: everything comes from ``vocabulaire`` and ``glossaire``, and from the rights of the request.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse

from support.glossaire import DU_BAC, TERMES
from support.vocabulaire import APPLICATIONS, ESPACES, NOTIONS, Application

LONGUEUR_MAXIMUM = 100
MOTS_MAXIMUM = 8
SUGGESTIONS = 6
_VIDES = frozenset(
    ("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "mon", "ou", "sur", "un", "une")
)


@dataclass(frozen=True, slots=True)
class Fiche:
    """What can be found: its title, the former name under which it may be sought, the words that lead to it.

    ``application`` is set for a screen; else ``ou`` and ``phrase`` say what the word became, or means.
    """

    titre: str
    phrase: str
    application: Application | None = None
    ancien: str = ""
    ou: str = ""
    cles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouve:
    fiche: Fiche
    rang: int


def plier(texte: str) -> str:
    """Without accents, case nor punctuation: « L'Espace » → « l espace »."""
    decompose = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "oe"))
    sans_accent = "".join(c for c in decompose if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", sans_accent.casefold()))


def mots(texte: str) -> list[str]:
    """Words that count, singular: at most ``MOTS_MAXIMUM``; the small ones only when there is nothing else."""
    tous = plier(texte[:LONGUEUR_MAXIMUM]).split()
    utiles = [mot for mot in tous if mot not in _VIDES] or tous
    return [_singulier(mot) for mot in utiles][:MOTS_MAXIMUM]


def _singulier(mot: str) -> str:
    return mot[:-1] if len(mot) > 3 and mot[-1] in "sx" else mot


@cache
def fiches() -> tuple[Fiche, ...]:
    """Applications first, then what changed its name, then the glossary."""
    anciens: dict[str, list[str]] = {}
    for espace in ESPACES:
        for cle in espace.applications:
            anciens.setdefault(cle, []).append(espace.ancien)
    applications = [
        Fiche(a.nom, a.phrase, a, _ancien(a, anciens.get(cle, [])), cles=a.synonymes) for cle, a in APPLICATIONS.items()
    ]
    notions = [Fiche(n.ancien, n.note, ou=n.nouveau, cles=(n.sujet, n.nouveau)) for n in NOTIONS]
    termes = [Fiche(t.mot, t.sens) for t in (*TERMES, *DU_BAC)]
    return (*applications, *notions, *termes)


def _ancien(application: Application, espaces: Iterable[str]) -> str:
    """Former tab of an application, when its name was another."""
    noms = [nom for nom in espaces if nom not in ("–", application.nom)]
    return noms[0] if noms else ""


@cache
def _textes(fiche: Fiche) -> tuple[tuple[str, ...], ...]:
    """Folded words by decreasing weight: the title, the words that lead there, the sentence."""
    domaine = fiche.application.domaine if fiche.application else ""
    niveaux = (fiche.titre, " ".join((fiche.ancien, *fiche.cles)), f"{domaine} {fiche.ou} {fiche.phrase}")
    return tuple(tuple(_singulier(mot) for mot in plier(niveau).split()) for niveau in niveaux)


def _rang(fiche: Fiche, cherches: list[str]) -> int | None:
    """The lower the better; None unless each word begins some word of the entry."""
    titre, cles, phrase = _textes(fiche)
    total = 0
    for cherche in cherches:
        for rang, niveau in enumerate((titre, cles, phrase)):
            if any(mot.startswith(cherche) for mot in niveau):
                total += rang * 10 + (cherche not in niveau)
                break
        else:
            return None
    if cherches in (mots(fiche.titre), mots(fiche.ancien)):
        return total - 200
    return total - (100 if any(mots(cle) == cherches for cle in fiche.cles) else 0)


def chercher(demande: str) -> list[Fiche]:
    """Best first; nothing for an empty request."""
    cherches = mots(demande)
    if not cherches:
        return []
    trouves = [Trouve(fiche, rang) for fiche in fiches() if (rang := _rang(fiche, cherches)) is not None]
    return [t.fiche for t in sorted(trouves, key=lambda t: t.rang)]


def adresse(application: Application) -> str:
    """Where it opens; empty when this version does not simulate it."""
    try:
        return reverse(application.route) if application.route else ""
    except NoReverseMatch:
        return ""
