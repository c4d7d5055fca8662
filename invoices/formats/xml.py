"""Parse an XML document received from outside and say what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

from invoices.formats.erreurs import FichierIllisible
from invoices.formats.limites import MO, XML_MAX

RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
UBL_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
UBL_CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
EXT = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
AIFE = "urn:AIFE:Facture:Extension"
"""Of what the UBL of Chorus Pro adds: ``FactureExtension/CategoryCode`` is the cadre."""
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"

Element = Any
"""lxml ships no types; the name says what is meant."""


class Syntaxe(StrEnum):
    CII = "CII"
    UBL_FACTURE = "UBL Invoice"
    UBL_AVOIR = "UBL CreditNote"
    ZUGFERD1 = "ZUGFeRD 1"
    ORDERX = "Order-X"

    @property
    def est_ubl(self) -> bool:
        return self in (Syntaxe.UBL_FACTURE, Syntaxe.UBL_AVOIR)


@dataclass(frozen=True)
class DocumentXml:
    racine: Element
    syntaxe: Syntaxe
    profil: str
    """Label of the profile: MINIMUM, BASIC WL, BASIC, EN 16931, EXTENDED… empty when none is stated."""
    guide: str
    """Identifier of the profile as it stands in the file."""


RACINES = {
    f"{{{RSM}}}CrossIndustryInvoice": Syntaxe.CII,
    f"{{{UBL_INVOICE}}}Invoice": Syntaxe.UBL_FACTURE,
    f"{{{UBL_CREDIT_NOTE}}}CreditNote": Syntaxe.UBL_AVOIR,
    "{urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100}SCRDMCCBDACIOMessageStructure": Syntaxe.ORDERX,
}
ZUGFERD1_NS = "urn:ferd:CrossIndustryDocument:invoice:1p0"

# Order matters: the identifier of EXTENDED also contains the one of EN 16931.
PROFILS = (
    ("extended-ctc-fr", "EXTENDED-CTC-FR"),
    ("xrechnung", "XRECHNUNG"),
    ("xeinkauf", "XRECHNUNG"),
    ("peppol", "PEPPOL BIS 3"),
    ("basicwl", "BASIC WL"),
    ("minimum", "MINIMUM"),
    ("extended", "EXTENDED"),
    ("basic", "BASIC"),
    ("urn:cen.eu:en16931:2017", "EN 16931"),
)

_DOCTYPE_PROLOGUE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_PROLOGUE_SANS_INTERET = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)


def parser_durci() -> Any:
    """A fresh parser: no entity, no network, no DTD, libxml2's own limits on depth and size."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def analyser(data: bytes) -> Element:
    """Root element of a well-formed document without DOCTYPE; FichierIllisible otherwise."""
    if not data.strip(b"\x00\t\r\n ") or data in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        raise FichierIllisible("XML_VIDE", "Le fichier XML est vide.")
    if len(data) > XML_MAX:
        raise FichierIllisible("XML_TROP_GROS", f"Le fichier XML dépasse {XML_MAX // MO} Mo.")
    if _doctype_dans_le_prologue(data):
        raise _refus_doctype()
    try:
        racine = etree.fromstring(data, parser_durci())
    except etree.XMLSyntaxError as erreur:
        raise FichierIllisible("XML_MAL_FORME", _message_mal_forme(erreur), detail=str(erreur)) from None
    except (ValueError, LookupError) as erreur:
        raise FichierIllisible("XML_MAL_FORME", "Le fichier n'est pas un XML lisible.", detail=str(erreur)) from None
    info = racine.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise _refus_doctype()
    return racine


def ouvrir(data: bytes) -> DocumentXml:
    """Parse and recognise an invoice document; FichierIllisible when it is none."""
    return reconnaitre(analyser(data))


def reconnaitre(racine: Element) -> DocumentXml:
    qname = etree.QName(racine)
    syntaxe = RACINES.get(qname.text)
    if (
        syntaxe is None
        and qname.localname == "CrossIndustryDocument"
        and (qname.namespace or "").startswith(ZUGFERD1_NS)
    ):
        syntaxe = Syntaxe.ZUGFERD1
    if syntaxe is None:
        raise FichierIllisible(
            "XML_RACINE_INCONNUE",
            f"L'élément racine « {qname.localname} » n'est pas celui d'une facture CII, UBL ou Factur-X.",
            detail=qname.text,
        )
    guide = _guide(racine, syntaxe)
    if syntaxe in (Syntaxe.ZUGFERD1, Syntaxe.ORDERX):
        return DocumentXml(racine, syntaxe, str(syntaxe), guide)
    return DocumentXml(racine, syntaxe, nom_profil(guide), guide)


def nom_profil(guide: str) -> str:
    bas = guide.lower()
    return next((nom for motif, nom in PROFILS if motif in bas), "")


def _guide(racine: Element, syntaxe: Syntaxe) -> str:
    if syntaxe.est_ubl:
        noeud = racine.find(f"{{{CBC}}}CustomizationID")
    else:
        noeud = racine.find("{*}ExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID")
        if noeud is None:
            noeud = racine.find(
                "{*}SpecifiedExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"
            )
    return "" if noeud is None else (noeud.text or "").strip()


def _doctype_dans_le_prologue(data: bytes) -> bool:
    """True when a DOCTYPE stands before the root element; NUL bytes are dropped so that UTF-16 is seen too."""
    tete = data[:65_536].replace(b"\x00", b"")
    prologue = _PROLOGUE_SANS_INTERET.sub(b"", tete)
    trouve = _DOCTYPE_PROLOGUE.search(prologue)
    racine = re.search(rb"<[A-Za-z_]", prologue)
    return trouve is not None and (racine is None or trouve.start() < racine.start())


def _refus_doctype() -> FichierIllisible:
    return FichierIllisible("XML_DOCTYPE", "Le fichier XML contient une déclaration DOCTYPE, ce qui est interdit.")


def _message_mal_forme(erreur: Any) -> str:
    ligne, position = erreur.position if erreur.position else (0, 0)
    return f"Le fichier n'est pas un XML bien formé (ligne {ligne}, position {position})."
