"""Lines of the « Annuaire de la facturation électronique », derived and never stored (comptes-structures.md §8.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CHORUS_PRO = "Chorus Pro"
PLATEFORME_FICTIVE = "Plateforme agréée fictive"


class Forme(StrEnum):
    """Address forms, in the order in which an issuer tries them for a SIRET."""

    SIREN_SIRET = "SIREN_SIRET"
    SIREN_SIRET_CODEROUTAGE = "SIREN_SIRET_CODEROUTAGE"
    SIREN = "SIREN"
    SIREN_SUFFIXE = "SIREN_SUFFIXE"


class NatureLigne(StrEnum):
    DEFINITION = "Définition"
    MASQUAGE = "Masquage"


class EtatLigne(StrEnum):
    ACTIVE = "A"
    FERMEE = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAnnuaire:
    """What the directory reads of a service."""

    code: str
    libelle: str
    cree_le: date
    debut: date | None = None
    fin: date | None = None
    actif: bool = True
    ferme_le: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Etablissement:
    """What the directory reads of a structure; ``ferme_le`` is the day it was deactivated, or became MOA only."""

    siret: str
    publique: bool
    cree_le: date
    actif: bool = True
    moa_uniquement: bool = False
    ferme_le: date | None = None
    services: Sequence[ServiceAnnuaire] = ()

    @property
    def siren(self) -> str:
        return self.siret[:9]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """A line of addressing. ``fin_effet`` is the end announced, ``fin_effective`` the day it really ended."""

    forme: Forme
    adresse: str
    plateforme: str
    type_plateforme: str
    nature: NatureLigne
    etat: EtatLigne
    debut: date
    fin_effet: date | None = None
    fin_effective: date | None = None
    code_routage: str = ""
    libelle: str = ""

    def est_active(self, jour: date) -> bool:
        """May an invoice be sent there on this day?"""
        return (
            self.etat == EtatLigne.ACTIVE
            and self.nature == NatureLigne.DEFINITION
            and self.debut <= jour
            and (self.fin_effet is None or jour <= self.fin_effet)
        )


def _ligne(
    forme: Forme,
    adresse: str,
    e: Etablissement,
    jour: date,
    *,
    debut: date,
    fin: date | None = None,
    fermee: bool = False,
    ferme_le: date | None = None,
    code: str = "",
    libelle: str = "",
) -> Ligne:
    """A public line of a structure that receives works only has ended; one that had not begun is masked instead."""
    a_venir = debut > jour
    arretee = fermee or not e.actif
    masquee = e.publique and e.moa_uniquement and a_venir and not arretee
    finie = arretee or (e.publique and e.moa_uniquement) or (fin is not None and fin < jour)
    fin_effective = None
    if finie and not masquee:
        connues = [d for d in (ferme_le, e.ferme_le if not e.actif or e.moa_uniquement else None, fin) if d]
        fin_effective = max(debut, min(connues, default=debut))
    return Ligne(
        forme=forme,
        adresse=adresse,
        plateforme=CHORUS_PRO if e.publique else PLATEFORME_FICTIVE,
        type_plateforme="PPF" if e.publique else "PDP",
        nature=NatureLigne.MASQUAGE if masquee else NatureLigne.DEFINITION,
        etat=EtatLigne.FERMEE if finie and not masquee else EtatLigne.ACTIVE,
        debut=debut,
        fin_effet=fin,
        fin_effective=fin_effective,
        code_routage=code,
        libelle=libelle,
    )


def lignes(e: Etablissement, jour: date) -> list[Ligne]:
    """Lines of an establishment: its SIREN when private; its SIRET, then a line a service, when public."""
    if not e.publique:
        return [_ligne(Forme.SIREN, e.siren, e, jour, debut=e.cree_le)]
    racine = f"{e.siren}_{e.siret}"
    return [
        _ligne(Forme.SIREN_SIRET, racine, e, jour, debut=e.cree_le),
        *(
            _ligne(
                Forme.SIREN_SIRET_CODEROUTAGE,
                f"{racine}_{s.code}",
                e,
                jour,
                debut=s.debut or s.cree_le,
                fin=s.fin,
                fermee=not s.actif,
                ferme_le=s.ferme_le,
                code=s.code,
                libelle=s.libelle,
            )
            for s in sorted(e.services, key=lambda s: s.code)
        ),
    ]


def lignes_entite(etablissements: Iterable[Etablissement], jour: date) -> list[Ligne]:
    """Lines of a legal unit: its establishments share the line of their SIREN, active as long as one of them is."""
    par_adresse: dict[str, Ligne] = {}
    for etablissement in etablissements:
        for ligne in lignes(etablissement, jour):
            deja = par_adresse.get(ligne.adresse)
            if deja is None or (ligne.est_active(jour) and not deja.est_active(jour)):
                par_adresse[ligne.adresse] = ligne
    return list(par_adresse.values())


def adresse_choisie(connues: Iterable[Ligne], siret: str, jour: date) -> Ligne | None:
    """Address that an issuer takes for this SIRET; None when none is active (comptes-structures.md §8.2).

    An active SIREN_SIRET first; else the first SIREN_SIRET_CODEROUTAGE in alphabetical order; else the SIREN; else the
    first SIREN_SUFFIXE. Lines of other establishments of the same SIREN are not looked at.
    """
    siren = siret[:9]
    rangs = {forme: rang for rang, forme in enumerate(Forme)}
    possibles = []
    for ligne in connues:
        morceaux = ligne.adresse.split("_", 2)
        du_siret = ligne.forme in (Forme.SIREN, Forme.SIREN_SUFFIXE) or morceaux[1:2] == [siret]
        if morceaux[0] == siren and du_siret and ligne.est_active(jour):
            possibles.append(ligne)
    return min(possibles, key=lambda ligne: (rangs[ligne.forme], ligne.adresse), default=None)
