"""Read the fields of a plain PDF from its native text, by key words, as the portal does.

Only hints: each value comes with the text it was read in and its place on the page, for a person to check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from invoices.formats import motifs
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.extraction_montants import trouver_montants
from invoices.formats.texte_pdf import Boite, Ligne, PageTexte, lire_texte
from invoices.formats.valeurs import siret_valide

T = TypeVar("T")

LIGNES_SOUS_UN_TITRE = 2
_SUITE = re.compile(motifs.SUITE)
_FIN_DE_TITRE = re.compile(r"\s?:?(?: {3}|\s*$)")


@dataclass(frozen=True)
class Champ(Generic[T]):
    valeur: T
    texte: str
    """The piece of text in which the value was read, key word included."""
    page: int
    boite: Boite | None


@dataclass(frozen=True)
class Extraction:
    texte: bool
    """False for a scan, a picture, or a file that cannot be opened."""
    siret_destinataire: Champ[str] | None = None
    ministere: Champ[str] | None = None
    """« Ministère » was read: without a SIRET beside it, the State's structure is meant."""
    siret_fournisseur: Champ[str] | None = None
    sirets_fournisseur: tuple[Champ[str], ...] = ()
    """Every SIRET that no client key word goes with: the caller keeps the one of the user's structures."""
    code_service: Champ[str] | None = None
    numero_engagement: Champ[str] | None = None
    numero_facture: Champ[str] | None = None
    date_facture: Champ[date] | None = None
    montant_ht: Champ[Decimal] | None = None
    montant_tva: Champ[Decimal] | None = None
    montant_ttc: Champ[Decimal] | None = None
    montant_a_payer: Champ[Decimal] | None = None
    type_facture: Champ[str] | None = None
    devise: Champ[str] | None = None


@dataclass(frozen=True)
class _Trouve:
    """Where a value stands: `debut`/`fin` in its line, `mot` the start of the key word when on the same line."""

    valeur: str
    ligne: Ligne
    debut: int
    fin: int
    mot: int | None


def extraire(data: bytes) -> Extraction:
    """Never raises: whatever cannot be read gives an empty extraction."""
    try:
        pages = lire_texte(data)
    except FichierIllisible:
        return Extraction(texte=False)
    return extraire_des_pages(pages)


def extraire_des_pages(pages: list[PageTexte]) -> Extraction:
    if not any(ligne.texte.strip() for page in pages for ligne in page.lignes):
        return Extraction(texte=False)
    destinataire, fournisseurs = _sirets(pages)
    montants = {
        sorte: Champ(
            candidat.valeur,
            _extrait(candidat.ligne, candidat.mot, candidat.fin),
            candidat.ligne.page.numero,
            candidat.ligne.boite(candidat.debut, candidat.fin),
        )
        for sorte, candidat in trouver_montants(pages).items()
    }
    return Extraction(
        texte=True,
        siret_destinataire=destinataire,
        ministere=_ministere(pages),
        siret_fournisseur=_meilleur_siret(fournisseurs),
        sirets_fournisseur=tuple(fournisseurs),
        code_service=_code_service(pages),
        numero_engagement=_numero_engagement(pages),
        numero_facture=_numero_facture(pages),
        date_facture=_date_facture(pages),
        montant_ht=montants.get("ht"),
        montant_tva=montants.get("tva"),
        montant_ttc=montants.get("ttc"),
        montant_a_payer=montants.get("net"),
        type_facture=_type_facture(pages),
        devise=_devise(pages),
    )


# SIRET


def _sirets(pages: list[PageTexte]) -> tuple[Champ[str] | None, list[Champ[str]]]:
    destinataires: list[Champ[str]] = []
    fournisseurs: list[Champ[str]] = []
    for trouve, client in _sirets_ecrits(pages):
        valeur = re.sub(r"\D", "", trouve.valeur)
        champ = _champ(trouve, valeur)
        liste = destinataires if client else fournisseurs
        if all(deja.valeur != valeur for deja in liste):
            liste.append(champ)
    return _meilleur_siret(destinataires), fournisseurs


def _sirets_ecrits(pages: list[PageTexte]) -> Iterator[tuple[_Trouve, bool]]:
    """Each SIRET with « it is the client's »."""
    for ligne, numero in _lignes(pages):
        clients = [m.start() for m in motifs.SIRET_CLIENT.finditer(ligne.plat)]
        mots = list(motifs.SIRET_MOT.finditer(ligne.plat))
        for rang, mot in enumerate(mots):
            fin = mots[rang + 1].start() if rang + 1 < len(mots) else len(ligne.plat)
            client = mot.start() in clients or bool(motifs.MINISTERE.search(ligne.plat, 0, mot.start()))
            m = motifs.SIRET.search(ligne.plat, mot.end(), fin)
            if m:
                yield _Trouve(m.group(1), ligne, m.start(1), m.end(1), mot.start()), client
                continue
            for sous, debut, apres in _dessous(ligne, numero, mot.start(), mot.end()):
                m = motifs.SIRET.search(sous.plat, debut, apres)
                if m:
                    yield _Trouve(m.group(1), sous, m.start(1), m.end(1), None), client
                    break


def _meilleur_siret(champs: Sequence[Champ[str]]) -> Champ[str] | None:
    """The first with a right key, else the first."""
    return next((c for c in champs if siret_valide(c.valeur)), champs[0] if champs else None)


def _ministere(pages: list[PageTexte]) -> Champ[str] | None:
    for ligne, _ in _lignes(pages):
        m = motifs.MINISTERE.search(ligne.plat)
        if m:
            return _champ(_Trouve(ligne.texte[m.start() : m.end()], ligne, m.start(), m.end(), None), "MINISTERE")
    return None


# Words


def _code_service(pages: list[PageTexte]) -> Champ[str] | None:
    for trouve in _apres_mots(pages, motifs.SERVICE_MOTS, motifs.SERVICE_VALEUR):
        if any(c.isdigit() for c in trouve.valeur) or len(trouve.valeur) >= 2:
            return _champ(trouve, trouve.valeur)
    return None


def _numero_engagement(pages: list[PageTexte]) -> Champ[str] | None:
    for trouve in _apres_mots(pages, motifs.ENGAGEMENT_MOTS, motifs.ENGAGEMENT_VALEUR):
        if any(c.isdigit() for c in trouve.valeur) and not motifs.DATE.fullmatch(trouve.valeur):
            return _champ(trouve, trouve.valeur)
    return None


def _numero_facture(pages: list[PageTexte]) -> Champ[str] | None:
    for trouve in _apres_mots(pages, motifs.NUMERO_MOTS, motifs.NUMERO_VALEUR):
        if any(c.isdigit() for c in trouve.valeur) and not motifs.DATE.fullmatch(trouve.valeur):
            return _champ(trouve, trouve.valeur)
    return None


def _date_facture(pages: list[PageTexte]) -> Champ[date] | None:
    for trouve in _apres_mots(pages, motifs.DATE_MOTS, motifs.DATE):
        m = motifs.DATE.match(trouve.valeur)
        jour = _jour(m) if m else None
        if jour is None or (trouve.mot is None and motifs.DATE_AUTRES.search(trouve.ligne.plat, 0, trouve.debut)):
            continue
        return _champ(trouve, jour)
    return None


def _jour(m: re.Match[str]) -> date | None:
    annee, mois, jour = (int(m[a] or m[b]) for a, b in (("a", "a2"), ("m", "m2"), ("j", "j2")))
    try:
        return date(annee, mois, jour)
    except ValueError:
        return None


def _type_facture(pages: list[PageTexte]) -> Champ[str]:
    premiere = pages[0]
    for ligne in premiere.lignes:
        m = motifs.AVOIR.search(ligne.plat)
        if m and premiere.numero == 1 and ligne.y < premiere.hauteur / 3:
            return _champ(_Trouve(m.group(), ligne, m.start(), m.end(), None), "AVOIR")
    return Champ("FACTURE", "", premiere.numero, None)


def _devise(pages: list[PageTexte]) -> Champ[str]:
    for ligne, _ in _lignes(pages):
        for motif, groupe in ((motifs.DEVISE_MOT, "code"), (motifs.DEVISE_PRES_D_UN_MONTANT, "apres")):
            m = motif.search(ligne.plat)
            if m:
                code = m[groupe].upper()
                return _champ(_Trouve(code, ligne, m.start(groupe), m.end(groupe), None), code)
    for ligne, _ in _lignes(pages):
        m = motifs.EURO.search(ligne.plat)
        if m:
            return _champ(_Trouve(m.group(), ligne, m.start(), m.end(), None), "EUR")
    return Champ("EUR", "", pages[0].numero, None)


# Search


def _lignes(pages: list[PageTexte]) -> Iterator[tuple[Ligne, int]]:
    for page in pages:
        for numero, ligne in enumerate(page.lignes):
            yield ligne, numero


def _apres_mots(pages: list[PageTexte], mots: Sequence[re.Pattern[str]], valeur: re.Pattern[str]) -> Iterator[_Trouve]:
    """Values that follow a key word on its line or stand under it, by order of the key words, then of reading."""
    for mot in mots:
        for ligne, numero in _lignes(pages):
            for m in mot.finditer(ligne.plat):
                yield from _valeurs_pres(ligne, numero, m.start(), m.end(), valeur)


def _valeurs_pres(
    ligne: Ligne, numero: int, debut_mot: int, fin_mot: int, valeur: re.Pattern[str]
) -> Iterator[_Trouve]:
    suite = _SUITE.match(ligne.plat, fin_mot)
    debut = suite.end() if suite else fin_mot
    trouve = valeur.match(ligne.texte, debut)
    if trouve:
        yield _Trouve(trouve.group(), ligne, trouve.start(), trouve.end(), debut_mot)
    if not _FIN_DE_TITRE.match(ligne.plat, fin_mot):
        return  # the key word goes on: it is a sentence, not a heading
    for sous, a, b in _dessous(ligne, numero, debut_mot, fin_mot):
        trouve = valeur.match(sous.texte, a)
        if trouve and trouve.end() <= b + 1:
            yield _Trouve(trouve.group(), sous, trouve.start(), trouve.end(), None)
            return


def _dessous(ligne: Ligne, numero: int, debut: int, fin: int) -> Iterator[tuple[Ligne, int, int]]:
    """Runs of the next lines that stand under a heading: (line, start, end)."""
    gauche, droite = ligne.etendue(debut, fin)
    for sous in ligne.page.lignes[numero + 1 : numero + 1 + LIGNES_SOUS_UN_TITRE]:
        position = 0
        for morceau in re.split(r"( {3,})", sous.plat):
            apres = position + len(morceau)
            if morceau.strip():
                x0, x1 = sous.etendue(position, apres)
                if x0 < droite + 6 and x1 > gauche - 6:
                    yield sous, position, apres
            position = apres


def _champ(trouve: _Trouve, valeur: T) -> Champ[T]:
    debut = trouve.debut if trouve.mot is None else trouve.mot
    return Champ(
        valeur,
        _extrait(trouve.ligne, debut, trouve.fin),
        trouve.ligne.page.numero,
        trouve.ligne.boite(trouve.debut, trouve.fin),
    )


def _extrait(ligne: Ligne, debut: int, fin: int) -> str:
    """The text read, with what precedes it on the line, at most 80 characters."""
    return " ".join(ligne.texte[max(debut, fin - 80) : fin].split())
