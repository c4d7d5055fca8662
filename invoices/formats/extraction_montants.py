"""The four amounts of a plain PDF: candidates by key word, then the set that adds up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from invoices.formats import motifs
from invoices.formats.texte_pdf import Ligne, PageTexte
from invoices.formats.valeurs import lire_montant_ecrit

TOLERANCE = Decimal("0.02")
LIGNES_SOUS_UN_TITRE = 30
CANDIDATS_MAX = 12


@dataclass(frozen=True)
class Candidat:
    valeur: Decimal
    ligne: Ligne
    mot: int
    """Where the key word starts, or the value when the key word is above."""
    debut: int
    fin: int
    poids: int
    rang: int
    """Order of reading."""


@dataclass(frozen=True)
class _Mot:
    sorte: str
    debut: int
    fin: int
    poids: int


def trouver_montants(pages: list[PageTexte]) -> dict[str, Candidat]:
    """The best candidate for each of ht, tva, ttc, net."""
    candidats: dict[str, list[Candidat]] = {"ht": [], "tva": [], "ttc": [], "net": []}
    rang = 0
    for page in pages:
        for numero, ligne in enumerate(page.lignes):
            mots = _mots(ligne.plat)
            for index, mot in enumerate(mots):
                fin = mots[index + 1].debut if index + 1 < len(mots) else len(ligne.plat)
                trouves = list(_sur_la_ligne(ligne, mot, fin, rang))
                if not trouves and not motifs.MONTANT.search(ligne.plat, mot.fin, fin):
                    trouves = list(_sous_le_titre(page, numero, ligne, mot, rang))
                candidats[mot.sorte] += trouves
                rang += 1
    return _choisir(candidats)


def _mots(plat: str) -> list[_Mot]:
    """Key words of one line, from left to right; the longest wins where they overlap."""
    trouves = []
    for sorte, motifs_de_sorte in motifs.MONTANT_MOTS.items():
        for poids, motif in enumerate(reversed(motifs_de_sorte)):
            for m in motif.finditer(plat):
                if sorte == "tva" and motifs.NUMERO_TVA.search(plat, max(0, m.start() - 25), m.start()):
                    continue
                trouves.append(_Mot(sorte, m.start(), m.end(), poids + (4 - len(motifs_de_sorte))))
    trouves.sort(key=lambda mot: (mot.debut, -(mot.fin - mot.debut)))
    gardes: list[_Mot] = []
    for mot in trouves:
        if not gardes or mot.debut >= gardes[-1].fin:
            gardes.append(mot)
    return gardes


def _sur_la_ligne(ligne: Ligne, mot: _Mot, fin: int, rang: int) -> Iterator[Candidat]:
    """Amounts between the key word and the next one; for the VAT the last is preferred, a base may come before it."""
    montants = list(_montants(ligne, mot.fin, fin))
    if mot.sorte == "tva":
        montants.reverse()
    for ecart, (valeur, debut, apres, groupe) in enumerate(montants):
        poids = 10 * mot.poids + 40 - 6 * ecart - (3 if not groupe else 0)
        yield Candidat(valeur, ligne, mot.debut, debut, apres, poids, rang)


def _sous_le_titre(page: PageTexte, numero: int, ligne: Ligne, mot: _Mot, rang: int) -> Iterator[Candidat]:
    """Amounts in the column under a key word; rows named « total » are preferred, then the nearest."""
    gauche, droite = ligne.etendue(mot.debut, mot.fin)
    suivantes = page.lignes[numero + 1 : numero + 1 + LIGNES_SOUS_UN_TITRE]
    for ecart, sous in enumerate(suivantes):
        if ecart > 2 and not re.search(r"\d[.,]\d\d", sous.plat):
            continue
        for valeur, debut, fin, groupe in _montants(sous, 0, len(sous.plat)):
            x0, x1 = sous.etendue(debut, fin)
            if x0 < droite + 12 and x1 > gauche - 12 and groupe:
                total = 12 if "total" in sous.plat else 0
                yield Candidat(valeur, sous, debut, debut, fin, 10 * mot.poids + 20 - min(ecart, 9) + total, rang)


def _montants(ligne: Ligne, debut: int, fin: int) -> Iterator[tuple[Decimal, int, int, bool]]:
    """(value, start, end, as written). A number in groups also gives its end: « 20 694,80 » may start with a rate."""
    for m in motifs.MONTANT.finditer(ligne.plat, debut, fin):
        brut = m.group()
        valeur = lire_montant_ecrit(brut)
        if valeur is None or not _est_de_l_argent(ligne.plat, m):
            continue
        yield valeur, m.start() + len(brut) - len(brut.lstrip()), m.end(), True
        if " " in brut.strip(" -"):
            court = motifs.SANS_GROUPE.search(ligne.plat, m.start() + brut.rstrip().rfind(" "), m.end())
            reste = lire_montant_ecrit(court.group()) if court else None
            if court and reste is not None:
                yield reste, court.start(), court.end(), False


def _est_de_l_argent(plat: str, m: re.Match[str]) -> bool:
    """Two decimals, or a currency after, or nothing after: « TVA 20 sur 100,00 » must not give 20."""
    if re.search(r"[.,]\d{2,6}$", m.group()):
        return True
    suite = plat[m.end() : m.end() + 5].strip()
    return suite == "" or suite.startswith(("€", "eur"))


def _choisir(candidats: dict[str, list[Candidat]]) -> dict[str, Candidat]:
    tries = {
        sorte: sorted(liste, key=lambda c: (-c.poids, c.rang))[:CANDIDATS_MAX] for sorte, liste in candidats.items()
    }
    choix = {sorte: liste[0] for sorte, liste in tries.items() if liste}
    meilleur = -1
    totaux = tries["ttc"] or tries["net"]
    for ht, ttc, tva in product(tries["ht"], totaux, [*tries["tva"], *_somme_des_taux(candidats["tva"])]):
        poids = ht.poids + tva.poids + ttc.poids
        if abs(ht.valeur + tva.valeur - ttc.valeur) <= TOLERANCE and poids > meilleur:
            meilleur = poids
            choix |= {"ht": ht, "tva": tva} | ({"ttc": ttc} if tries["ttc"] else {})
    return choix


def _somme_des_taux(candidats: list[Candidat]) -> list[Candidat]:
    """One line per rate and no line for their total: the sum, as a last resort."""
    premiers: dict[int, Candidat] = {}
    for candidat in candidats:
        if candidat.rang not in premiers or candidat.poids > premiers[candidat.rang].poids:
            premiers[candidat.rang] = candidat
    if len(premiers) < 2:
        return []
    somme = sum((c.valeur for c in premiers.values()), Decimal(0))
    return [replace(next(iter(premiers.values())), valeur=somme, poids=0)]
