"""Walk an invoice XML: texts, amounts and dates by path, unreadable values kept aside."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from decimal import Decimal

from lxml import etree

from invoices.formats.limites import XML_MAX
from invoices.formats.modele import Anomalie
from invoices.formats.valeurs import lire_decimal, lire_jour
from invoices.formats.xml import Element

ATTENDU_DECIMAL = "un nombre décimal avec un point, par exemple 1324.60"
ATTENDU_JOUR_CII = "une date AAAAMMJJ, par exemple 20261105"
ATTENDU_JOUR_UBL = "une date AAAA-MM-JJ, par exemple 2026-11-05"
TEXTE_MAX = 10_000


class Curseur:
    """Reads below one root. Paths are written without prefixes: the namespace is the one of the syntax."""

    def __init__(self, racine: Element, prefixe_balise: str, attendu_jour: str) -> None:
        self.racine = racine
        self.prefixe_balise = prefixe_balise
        self.attendu_jour = attendu_jour
        self.anomalies: list[Anomalie] = []

    def un(self, depuis: Element | None, chemin: str) -> Element | None:
        return None if depuis is None else depuis.find(_motif(chemin))

    def tous(self, depuis: Element | None, chemin: str) -> list[Element]:
        return [] if depuis is None else list(depuis.iterfind(_motif(chemin)))

    def texte(self, depuis: Element | None, *chemins: str) -> str:
        """Text of the first of these paths that has any."""
        for chemin in chemins:
            valeur = contenu(self.un(depuis, chemin))
            if valeur:
                return valeur
        return ""

    def decimal(self, depuis: Element | None, chemin: str, champ: str) -> Decimal | None:
        return self.decimal_de(self.un(depuis, chemin), champ)

    def jour(self, depuis: Element | None, chemin: str, champ: str) -> date | None:
        noeud = self.un(depuis, chemin)
        brut = contenu(noeud)
        if not brut:
            return None
        jour = lire_jour(brut, noeud.get("format", "") if noeud is not None else "")
        if jour is None:
            self.signaler(noeud, champ, brut, self.attendu_jour)
        return jour

    def signaler(self, noeud: Element, champ: str, valeur: str, attendu: str) -> None:
        self.anomalies.append(Anomalie(champ, self.balise(noeud), valeur[:100], attendu, int(noeud.sourceline or 0)))

    def balise(self, noeud: Element) -> str:
        """Path of a node below the root, in the form of the comptes rendus."""
        noms = [str(etree.QName(noeud).localname)]
        for parent in noeud.iterancestors():
            if parent is self.racine:
                break
            noms.append(str(etree.QName(parent).localname))
        return ".".join([*self.prefixe_balise.split(), *reversed(noms), "value"])

    def decimal_de(self, noeud: Element | None, champ: str) -> Decimal | None:
        brut = contenu(noeud)
        if not brut:
            return None
        valeur = lire_decimal(brut)
        if valeur is None:
            self.signaler(noeud, champ, brut, ATTENDU_DECIMAL)
        return valeur

    def binaire(self, noeud: Element | None, champ: str) -> bytes | None:
        """Decoded base64; comments and line breaks inside are allowed, as AIFE's samples have them."""
        if noeud is None:
            return None
        brut = "".join("".join(noeud.itertext(tag=noeud.tag)).split())
        if not brut or len(brut) > XML_MAX:
            return None
        try:
            return base64.b64decode(brut, validate=True)
        except (binascii.Error, ValueError):
            self.signaler(noeud, champ, brut[:40], "un contenu en base64")
            return None


def contenu(noeud: Element | None) -> str:
    """Text of a node, comments skipped, outer blanks removed."""
    if noeud is None:
        return ""
    if len(noeud) == 0:
        return (noeud.text or "").strip()[:TEXTE_MAX]
    morceaux = [noeud.text or ""] + [(enfant.tail or "") for enfant in noeud]
    return "".join(morceaux).strip()[:TEXTE_MAX]


_MOTIFS: dict[str, str] = {}


def _motif(chemin: str) -> str:
    """« A/B » as an ElementPath that ignores namespaces: the three CII releases and ZUGFeRD 1 differ only by them."""
    motif = _MOTIFS.get(chemin)
    if motif is None:
        motif = "/".join("{*}" + nom if nom != "." else "." for nom in chemin.split("/"))
        _MOTIFS[chemin] = motif
    return motif


def compact(texte: str) -> str:
    """An account number without its blanks."""
    return "".join(texte.split())
