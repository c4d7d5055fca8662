"""What a counterpart knows of an order, what it sees of a deposit, and which order the deposit is about (SIM-2)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from invoices import calculs
from invoices.depot import Ligne
from invoices.enums import TypeFacture

SANS_DATE = date(2000, 1, 1)
"""Anchor of an order that is read for its amounts alone."""
_SEPARATEURS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def compacte(texte: str) -> str:
    """For comparisons: no accent, no case, no space, dash or slash."""
    nu = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return _SEPARATEURS.sub("", nu).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneVue:
    """A line: of the order (quantity delivered) or of the invoice."""

    denomination: str
    quantite: Decimal
    prix: Decimal
    taux: Decimal
    nom: str = ""
    """How a sentence speaks of it (« du manuel imprimé »)."""

    @property
    def ht(self) -> Decimal:
        return calculs.arrondir(self.quantite * self.prix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An attachment, as the recipient reads it: its name, what it is said to be."""

    nom: str
    designation: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAttendue:
    """A supporting document that the order demands (ERR-07).

    ``noms``: parts of names, one of which is enough; without any, every file serves but the ``refuses``.
    """

    libelle: str
    noms: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()

    def fournie(self, pieces: Iterable[Piece]) -> bool:
        return any(self._convient(piece) for piece in pieces)

    def _convient(self, piece: Piece) -> bool:
        lu = [compacte(piece.nom), compacte(piece.designation)]
        if any(compacte(partie) in texte for partie in self.refuses for texte in lu):
            return False
        return not self.noms or any(compacte(partie) in texte for partie in self.noms for texte in lu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leurre:
    """A document of something else, and what the recipient says of it."""

    nom: str
    texte: str

    def dans(self, pieces: Iterable[Piece]) -> bool:
        return any(compacte(self.nom) in compacte(piece.nom) for piece in pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendu:
    """The declared truth of an order (``$defs/commande`` of the packs' schema)."""

    cle: str
    exercice: str
    client: str
    ht: Decimal
    tva: Decimal
    cadre: str
    service: str = ""
    engagements: tuple[str, ...] = ()
    bon_commande: str = ""
    numeros: tuple[str, ...] = ()
    marche: str = ""
    valideur: str = ""
    lignes: tuple[LigneVue, ...] = ()
    autoliquidation: bool = False
    ouverte: bool = False
    """Called several times: neither quantities, nor the same content twice, are mistakes."""
    plafond: Decimal | None = None
    pieces: tuple[PieceAttendue, ...] = ()
    leurres: tuple[Leurre, ...] = ()
    debut: date | None = None
    controle_banque: bool = False
    textes: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    """What is said of a service that has not ordered."""

    @property
    def ttc(self) -> Decimal:
        return self.ht + self.tva


def totaux(lignes: Iterable[LigneVue]) -> tuple[Decimal, Decimal]:
    """HT and VAT of these lines, as the portal computes them."""
    recapitulatif = calculs.recapituler(
        Ligne(
            numero=rang,
            denomination=ligne.denomination,
            quantite=ligne.quantite,
            unite="",
            prix_unitaire=ligne.prix,
            taux=ligne.taux,
        )
        for rang, ligne in enumerate(lignes, 1)
    )
    total = calculs.totaliser(recapitulatif)
    return total.ht, total.tva


def _ligne(ligne: Mapping[str, Any]) -> LigneVue:
    return LigneVue(
        denomination=ligne["denomination"],
        quantite=Decimal(ligne["quantite"]),
        prix=Decimal(ligne["prix"]),
        taux=Decimal(ligne.get("taux", "0")),
        nom=ligne.get("nom", ""),
    )


def lire(cle: str, contenu: Mapping[str, Any], *, ancrage: date) -> Attendu:
    """The order of a pack; its dates are days counted from the anchor date of the session."""
    lignes = tuple(_ligne(ligne) for ligne in contenu.get("lignes", ()))
    ht, tva = totaux(lignes)
    return Attendu(
        cle=cle,
        exercice=contenu.get("exercice", ""),
        client=contenu["client"],
        ht=ht,
        tva=tva,
        cadre=contenu["cadre"],
        service=contenu.get("service", ""),
        engagements=tuple(contenu.get("engagements", ())),
        bon_commande=contenu.get("bon_commande", ""),
        numeros=tuple(contenu.get("numeros", ())),
        marche=contenu.get("marche", ""),
        valideur=contenu.get("valideur", ""),
        lignes=lignes,
        autoliquidation=contenu.get("autoliquidation", False),
        ouverte=contenu.get("ouverte", False),
        plafond=Decimal(contenu["plafond"]) if "plafond" in contenu else None,
        pieces=tuple(
            PieceAttendue(
                libelle=piece["libelle"],
                noms=tuple(piece.get("noms", ())),
                refuses=tuple(piece.get("refuses", ())),
            )
            for piece in contenu.get("pieces", ())
        ),
        leurres=tuple(Leurre(nom=leurre["nom"], texte=leurre["texte"]) for leurre in contenu.get("leurres", ())),
        debut=ancrage + timedelta(days=contenu["debut"]) if "debut" in contenu else None,
        controle_banque=contenu.get("controle_banque", False),
        textes=contenu.get("textes", {}),
        services=contenu.get("services", {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vue:
    """A deposit, as the counterpart who received it sees it. ``taux``: base of each rate of the récapitulatif."""

    numero: str
    cadre: str
    client: str
    ht: Decimal
    tva: Decimal
    ttc: Decimal
    type_facture: str = TypeFacture.FACTURE
    service: str = ""
    engagement: str = ""
    marche: str = ""
    origine: str = ""
    date_facture: date | None = None
    valideur: str = ""
    iban: str = ""
    lignes: tuple[LigneVue, ...] = ()
    taux: Mapping[Decimal, Decimal] = field(default_factory=dict)
    pieces: tuple[Piece, ...] = ()
    recyclages: int = 0
    suspensions: int = 0
    refus_valideur: str = ""
    """What the validator answered when his refusal travels with the invoice (reforme-2026, T19a)."""

    @property
    def est_avoir(self) -> bool:
        return self.type_facture == TypeFacture.AVOIR


@dataclass(frozen=True, slots=True, kw_only=True)
class Autre:
    """Another invoice sent by the same supplier. ``vivante``: neither refused nor rejected."""

    numero: str
    client: str
    ht: Decimal
    ttc: Decimal
    avant: bool
    vivante: bool
    type_facture: str = TypeFacture.FACTURE
    engagement: str = ""
    marche: str = ""
    origine: str = ""
    iban: str = ""
    date_facture: date | None = None
    lignes: tuple[LigneVue, ...] = ()


CITE, PRIX, NUMERO, MONTANTS, CLIENT, UN_PRIX, UN_DE_PLUS = 8, 6, 4, 4, 2, 2, 1
SEUIL, SEUIL_SI_AUTRE_REFERENCE = 6, 8
"""Strong evidence only (SIM-3): round amounts alone are a coincidence, a client does not know every deposit. A
reference that no order bears asks for more: the deposit may be about something else."""


def _preuves(vue: Vue, attendu: Attendu) -> tuple[int, bool]:
    """Weight of what ties a deposit to an order, and whether its references are those of the order."""
    references = {compacte(r) for r in (*attendu.engagements, attendu.bon_commande) if r}
    total, cite = 0, False
    if vue.engagement and compacte(vue.engagement) in references:
        total, cite = total + CITE, True
    if attendu.marche and compacte(vue.marche) == compacte(attendu.marche):
        total, cite = total + CITE, True
    prix = sorted(ligne.prix for ligne in attendu.lignes)
    if prix and sorted(ligne.prix for ligne in vue.lignes) == prix:
        total += PRIX if len(prix) > 1 else UN_PRIX
    if calculs.proches(vue.ht, attendu.ht) and attendu.ht:
        # The number is the supplier's choice: it says something beside the amount, nothing alone.
        total += MONTANTS + (NUMERO if vue.numero in attendu.numeros else 0)
    total += CLIENT if vue.client == attendu.client else 0
    total += UN_DE_PLUS if attendu.service and compacte(vue.service) == compacte(attendu.service) else 0
    total += UN_DE_PLUS if attendu.valideur and vue.cadre == attendu.cadre else 0
    return total, cite or not (vue.engagement or vue.marche)


def rapprocher(vue: Vue, attendus: Iterable[Attendu]) -> Attendu | None:
    """The order that this deposit is about; None when nothing says so, or when two orders fit as well."""
    notes = []
    for attendu in attendus:
        note, reconnue = _preuves(vue, attendu)
        if note >= (SEUIL if reconnue else SEUIL_SI_AUTRE_REFERENCE):
            notes.append((note, attendu))
    notes.sort(key=lambda paire: -paire[0])
    if not notes or (len(notes) > 1 and notes[0][0] == notes[1][0]):
        return None
    return notes[0][1]


def apparier(facturees: Iterable[LigneVue], commandees: Iterable[LigneVue]) -> list[tuple[LigneVue, LigneVue | None]]:
    """Each line of the invoice with the line ordered: by name and price, by name, by price, else the last one left."""
    restent, paires = list(commandees), []
    a_placer = list(facturees)
    criteres = (
        lambda f, c: compacte(f.denomination) == compacte(c.denomination) and f.prix == c.prix,
        lambda f, c: compacte(f.denomination) == compacte(c.denomination),
        lambda f, c: f.prix == c.prix,
    )
    for critere in criteres:
        for facturee in list(a_placer):
            trouvee = next((c for c in restent if critere(facturee, c)), None)
            if trouvee is not None:
                restent.remove(trouvee)
                a_placer.remove(facturee)
                paires.append((facturee, trouvee))
    if len(a_placer) == len(restent) == 1:
        paires.append((a_placer[0], restent[0]))
    else:
        paires += [(facturee, None) for facturee in a_placer]
    return paires


__all__ = [
    "SANS_DATE",
    "Attendu",
    "Autre",
    "Leurre",
    "LigneVue",
    "Piece",
    "PieceAttendue",
    "Vue",
    "apparier",
    "compacte",
    "lire",
    "rapprocher",
    "totaux",
]
