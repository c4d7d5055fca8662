"""Chorus Pro's own rules on one invoice, those that need no directory, no account and no other invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.formats import codes
from invoices.formats.modele import FactureLue, Partie
from invoices.formats.valeurs import iban_valide
from invoices.formats.xml import Syntaxe

NUMERO = re.compile(r"[A-Za-z0-9+\-_/]+(?: [A-Za-z0-9+\-_/]+)*", re.ASCII)
TOLERANCE = Decimal("0.01")
PREMIERE_ANNEE = 2000
PROFILS_REFUSES = frozenset({"XRECHNUNG", "ZUGFeRD 1", "Order-X"})


@dataclass(frozen=True)
class ConstatChorus:
    code: str
    """Rule of the annex (G1.05, S2.05…) or a word: mandatory, date, type, currency, length, amount, identifier…"""
    champ: str
    message: str


def controler_chorus(facture: FactureLue, *, aujourd_hui: date, en_pdf: bool = False) -> tuple[ConstatChorus, ...]:
    """What Chorus Pro would refuse, in the order of the fields. `en_pdf`: the XML of a Factur-X."""
    constats = [
        *_profil(facture, en_pdf),
        *_cadre(facture),
        *_numero(facture),
        *_type(facture),
        *_dates(facture, aujourd_hui),
        *_devise(facture),
        *_parties(facture),
        *_paiement(facture),
        *_montants(facture),
        *_tva(facture, en_pdf),
        *_longueurs(facture),
        *_pieces(facture),
    ]
    lisibles = [ConstatChorus("format", a.champ, _illisible(a.balise, a.valeur, a.attendu)) for a in facture.anomalies]
    return tuple(lisibles + constats)


def _illisible(balise: str, valeur: str, attendu: str) -> str:
    return f"La valeur « {valeur} » de {balise} ne peut pas être lue : {attendu} était attendu."


def _profil(facture: FactureLue, en_pdf: bool) -> Iterator[ConstatChorus]:
    if facture.profil in PROFILS_REFUSES and (en_pdf or facture.syntaxe in (Syntaxe.ZUGFERD1, Syntaxe.ORDERX)):
        yield ConstatChorus("profile", "BT-24", f"Le profil {facture.profil} n'est pas accepté.")


def _cadre(facture: FactureLue) -> Iterator[ConstatChorus]:
    if facture.cadre not in codes.CADRES:
        yield ConstatChorus("G1.02", "BT-23", f"Le cadre de facturation « {facture.cadre[:60]} » n'est pas connu.")
    if facture.cadre == "A2" and facture.montant_a_payer:
        yield ConstatChorus("amount", "BT-115", "Une facture déjà payée (A2) a un montant à payer de zéro.")


def _numero(facture: FactureLue) -> Iterator[ConstatChorus]:
    numero = facture.numero
    if not numero:
        yield ConstatChorus("mandatory", "BT-1", "Le numéro de facture est obligatoire.")
    elif len(numero) > 20:
        yield ConstatChorus(
            "G1.05", "BT-1", f"Le numéro de facture ne doit pas dépasser 20 caractères ({len(numero)})."
        )
    elif not NUMERO.fullmatch(numero):
        message = "Le numéro de facture n'accepte que les lettres, les chiffres, l'espace et les signes - + _ /."
        yield ConstatChorus("G1.05", "BT-1", message)
    for origine in facture.factures_origine:
        if len(origine) > 20:
            yield ConstatChorus(
                "length", "BT-25", "Le numéro de la facture d'origine ne doit pas dépasser 20 caractères."
            )


def _type(facture: FactureLue) -> Iterator[ConstatChorus]:
    if not facture.type_document:
        yield ConstatChorus("mandatory", "BT-3", "Le type de document est obligatoire.")
    elif not facture.type_facture:
        message = f"Le type de document {facture.type_document} n'est pas accepté (380, 381, 384 ou 386)."
        yield ConstatChorus("type", "BT-3", message)


def _dates(facture: FactureLue, aujourd_hui: date) -> Iterator[ConstatChorus]:
    jour = facture.date_facture
    if jour is None:
        if not any(a.champ == "BT-2" for a in facture.anomalies):
            yield ConstatChorus("mandatory", "BT-2", "La date de la facture est obligatoire.")
    elif jour > aujourd_hui:
        yield ConstatChorus("date", "BT-2", f"La date de la facture ({jour:%d/%m/%Y}) est dans le futur.")
    elif jour.year < PREMIERE_ANNEE:
        yield ConstatChorus("date", "BT-2", f"La date de la facture ({jour:%d/%m/%Y}) est antérieure à 2000.")


def _devise(facture: FactureLue) -> Iterator[ConstatChorus]:
    if not re.fullmatch(r"[A-Z]{3}", facture.devise):
        yield ConstatChorus("currency", "BT-5", f"« {facture.devise[:20]} » n'est pas un code de devise.")
    if len(facture.devises_citees) > 1:
        citees = ", ".join(facture.devises_citees)
        yield ConstatChorus("currency", "BT-5", f"Le document mélange plusieurs devises : {citees}.")


def _parties(facture: FactureLue) -> Iterator[ConstatChorus]:
    if not facture.fournisseur.identifiant:
        yield ConstatChorus("mandatory", "BT-30", "L'identifiant du fournisseur est obligatoire.")
    else:
        yield from _identifiant(facture.fournisseur, "BT-30", "fournisseur")
    if not facture.destinataire.identifiant:
        yield ConstatChorus("mandatory", "BT-47", "Le SIRET du destinataire est obligatoire.")
    elif facture.destinataire.type_identifiant != "SIRET":
        yield ConstatChorus("G2.04", "BT-47", "L'identifiant du destinataire doit être un SIRET.")
    else:
        yield from _identifiant(facture.destinataire, "BT-47", "destinataire")


def _identifiant(partie: Partie, champ: str, role: str) -> Iterator[ConstatChorus]:
    """Form by type of identifier. The key of a SIRET is not checked here: the directory decides."""
    formes = {
        "SIRET": (r"\d{14}", "14 chiffres"),
        "UE_HORS_FRANCE": (
            r"[A-Z]{2}[A-Za-z0-9+*.]{1,16}",
            "un numéro de TVA intracommunautaire de 18 caractères au plus",
        ),
        "HORS_UE": (r".{1,18}", "18 caractères au plus"),
        "RIDET": (r"\d{9,10}", "9 ou 10 chiffres"),
        "TAHITI": (r"[A-Za-z0-9]{9}", "9 caractères"),
    }
    if partie.type_identifiant == "SIREN":
        yield ConstatChorus("G2.07", champ, f"L'identifiant du {role} est un SIREN : un SIRET est attendu.")
    elif partie.type_identifiant in formes:
        forme, attendu = formes[partie.type_identifiant]
        if not re.fullmatch(forme, partie.identifiant, re.ASCII):
            message = f"L'identifiant du {role} « {partie.identifiant[:30]} » n'a pas la forme attendue : {attendu}."
            yield ConstatChorus("G2.07", champ, message)


def _paiement(facture: FactureLue) -> Iterator[ConstatChorus]:
    if not facture.mode_paiement:
        if not facture.code_paiement:
            yield ConstatChorus("mandatory", "BT-81", "Le mode de paiement est obligatoire.")
        else:
            message = f"Le mode de paiement {facture.code_paiement[:20]} n'est pas dans la liste de Chorus Pro."
            yield ConstatChorus("S2.05", "BT-81", message)
    if facture.iban[:2] == "FR" and not iban_valide(facture.iban):
        yield ConstatChorus("G1.16", "BT-84", "L'IBAN n'est pas valide.")


def _montants(facture: FactureLue) -> Iterator[ConstatChorus]:
    manquants = (
        ("BT-109", "montant total HT", facture.montant_ht),
        ("BT-112", "montant total TTC", facture.montant_ttc),
        ("BT-115", "montant à payer", facture.montant_a_payer),
    )
    illisibles = {a.champ for a in facture.anomalies}
    for champ, nom, valeur in manquants:
        if valeur is None and champ not in illisibles:
            yield ConstatChorus("mandatory", champ, f"Le {nom} est obligatoire.")
        elif valeur is not None and (trop := _trop_long(valeur)):
            yield ConstatChorus("amount", champ, f"Le {nom} a plus de {trop}.")
    ht, tva, ttc = facture.montant_ht, facture.montant_tva, facture.montant_ttc
    if facture.montant_tva_declare and ht is not None and tva is not None and ttc is not None:
        ecart = ht + tva - ttc
        if abs(ecart) > TOLERANCE:
            message = f"HT + TVA ({ht + tva}) et TTC ({ttc}) diffèrent de {abs(ecart)}."
            yield ConstatChorus("amount", "BT-112", message)


def _tva(facture: FactureLue, en_pdf: bool) -> Iterator[ConstatChorus]:
    """Outside a Factur-X, where the breakdown is only shown."""
    for categorie in sorted({ligne.categorie for ligne in facture.lignes_tva if ligne.categorie}):
        if not en_pdf and categorie not in codes.CATEGORIES_TVA:
            yield ConstatChorus("vat", "BT-118", f"La catégorie de TVA « {categorie[:10]} » n'est pas connue.")


def controler_structuree(facture: FactureLue) -> tuple[ConstatChorus, ...]:
    """What an E1 flow is held to besides: lines, sums, category of each VAT block (flux-edi.md §7 n° 8 and 15)."""
    constats = []
    if not facture.lignes:
        constats.append(ConstatChorus("mandatory", "BT-126", "Une facture structurée (E1) porte au moins une ligne."))
    ht, tva, ttc = facture.montant_ht, facture.montant_tva, facture.montant_ttc
    ecart = None if ht is None or tva is None or ttc is None else abs(ht + tva - ttc)
    if ecart is not None and ecart > TOLERANCE and not facture.montant_tva_declare:
        constats.append(ConstatChorus("amount", "BT-112", f"HT + TVA et TTC ({ttc}) diffèrent de {ecart}."))
    bases = [t.base for t in facture.lignes_tva if t.base is not None]
    if ht is not None and bases and abs(sum(bases) - ht) > TOLERANCE:
        message = f"La somme des bases de TVA ({sum(bases)}) et le montant HT ({ht}) diffèrent."
        constats.append(ConstatChorus("amount", "BT-109", message))
    taxes = [t.montant for t in facture.lignes_tva if t.montant is not None]
    if tva is not None and taxes and abs(sum(taxes) - tva) > TOLERANCE:
        message = f"La somme des montants de TVA ({sum(taxes)}) et le montant TVA ({tva}) diffèrent."
        constats.append(ConstatChorus("amount", "BT-110", message))
    if facture.syntaxe is Syntaxe.CII and any(not t.categorie for t in facture.lignes_tva):
        constats.append(ConstatChorus("mandatory", "BT-118", "Chaque taux de TVA porte son code de catégorie."))
    return tuple(constats)


def _pieces(facture: FactureLue) -> Iterator[ConstatChorus]:
    for piece in facture.pieces_jointes:
        nom = piece.nom[:60]
        if piece.contenu is None and piece.lien:
            continue  # a link: no file is joined
        extension = piece.nom.rpartition(".")[2].lower() if "." in piece.nom else ""
        if extension not in codes.EXTENSIONS_PIECES:
            yield ConstatChorus("attachment", "BT-125", f"Type de pièce jointe refusé : {nom}.")
        if len(piece.nom) > codes.NOM_PIECE_MAX:
            yield ConstatChorus("attachment", "BT-125", f"Le nom d'une pièce jointe dépasse 50 caractères : {nom}…")
        if piece.contenu is not None and len(piece.contenu) > codes.PIECE_MAX:
            yield ConstatChorus("attachment", "BT-125", f"La pièce jointe {nom} dépasse 10 Mo.")
        if not piece.contenu and not any(a.champ == "BT-125" for a in facture.anomalies):
            yield ConstatChorus("attachment", "BT-125", f"La pièce jointe {nom} est vide.")


def _trop_long(valeur: Decimal) -> str:
    _, chiffres, exposant = valeur.as_tuple()
    decimales = -exposant if isinstance(exposant, int) and exposant < 0 else 0
    if decimales > 6 and any(chiffres[-(decimales - 6) :]):
        return "6 décimales"
    return "19 chiffres" if len(chiffres) > 19 else ""


def _longueurs(facture: FactureLue) -> Iterator[ConstatChorus]:
    textes = [
        ("BT-10", "code service", facture.code_service, 100),
        ("BT-13", "numéro d'engagement", facture.numero_engagement, 50),
        ("BT-12", "numéro de marché", facture.numero_marche, 50),
        ("BT-27", "nom du fournisseur", facture.fournisseur.nom, 99),
        ("BT-28", "nom commercial du fournisseur", facture.fournisseur.nom_commercial, 99),
        ("BT-44", "nom du destinataire", facture.destinataire.nom, 99),
        ("BT-120", "motif d'exonération", facture.motif_exoneration, 1024),
    ]
    for champ, nom, texte, maximum in textes:
        if len(texte) > maximum:
            yield ConstatChorus("length", champ, f"Le {nom} dépasse {maximum} caractères ({len(texte)}).")
    for ligne in facture.lignes:
        if len(ligne.reference_standard) > 40:
            yield ConstatChorus("length", "BT-157", f"La référence de la ligne {ligne.numero} dépasse 40 caractères.")
