"""Make a Factur-X, and adapt the data of an existing one."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import etree

from invoices.formats.a_ecrire import PieceAEcrire
from invoices.formats.codes import SCHEMAS
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.pdf import examine, ouvrir_pdf
from invoices.formats.valeurs import lire_jour
from invoices.formats.xml import RAM, RSM, UDT, Element, Syntaxe, ouvrir

_NS = {"ram": RAM, "rsm": RSM, "udt": UDT}
DATE_DES_PIECES = datetime(2000, 1, 1, tzinfo=UTC)
_DATES_XMP = re.compile(rb"(<xmp:(?:CreateDate|ModifyDate|MetadataDate)>)[^<]*(<)")

# Children of a TradeParty that stand before the one we may have to insert (order of the schema).
_AVANT_ORGANISATION = ("ID", "GlobalID", "Name", "RoleCode", "Description")


def composer_facturx(
    pdf: bytes, xml: bytes, *, instant: datetime | None = None, pieces: Sequence[PieceAEcrire] = ()
) -> bytes:
    """Join `xml`, and other files, to a PDF/A-3b. With `instant`, the same input always gives the same bytes."""
    import facturx  # noqa: PLC0415

    compose: bytes = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        check_xsd=False,
        check_schematron=False,
        lang="fr-FR",
        attachments={
            piece.nom: {
                "filedata": piece.contenu,
                "description": piece.designation or piece.nom,
                "modification_datetime": instant or DATE_DES_PIECES,
                "creation_datetime": instant or DATE_DES_PIECES,
            }
            for piece in pieces
        },
        afrelationship="data",
    )
    return compose if instant is None else _dater(compose, instant)


def adapter(
    pdf: bytes,
    *,
    siret_fournisseur: str,
    nom_fournisseur: str,
    siret_destinataire: str,
    nom_destinataire: str,
    numero: str | None = None,
    date: date | None = None,
    code_service: str | None = None,
    numero_engagement: str | None = None,
    cadre: str = "A1",
) -> bytes:
    """The same Factur-X with the parties, references and date of a cohort in its XML; its pages do not change.

    `numero` and `date` are kept when not given; a service or an engagement not given is taken away, since the ones
    of the original mean nothing to the new recipient. The due date moves with the date.
    """
    examen = examine(pdf).exiger()
    if examen.xml is None or examen.nom_facturx is None:
        raise FichierIllisible("PDF_SANS_XML", "Le PDF ne contient pas de facture électronique.")
    document = ouvrir(examen.xml)
    if document.syntaxe is not Syntaxe.CII:
        raise FichierIllisible("XML_NON_ADAPTABLE", "Seules les factures au format CII peuvent être adaptées.")
    racine = document.racine
    accord = racine.find(".//ram:ApplicableHeaderTradeAgreement", _NS)
    _adapter_partie(accord.find("ram:SellerTradeParty", _NS), siret_fournisseur, nom_fournisseur)
    _adapter_partie(accord.find("ram:BuyerTradeParty", _NS), siret_destinataire, nom_destinataire)
    _adapter_service(accord, code_service)
    _adapter_engagement(accord, numero_engagement)
    _adapter_cadre(racine, cadre)
    if numero is not None:
        racine.find("rsm:ExchangedDocument/ram:ID", _NS).text = numero
    if date is not None:
        _adapter_date(racine, date)
    xml: bytes = etree.tostring(racine.getroottree(), xml_declaration=True, encoding="UTF-8")
    return remplacer_xml(pdf, xml)


def remplacer_xml(pdf: bytes, xml: bytes) -> bytes:
    """The same PDF with another invoice XML, under the same name; the result is the same for the same input."""
    nom = examine(pdf).nom_facturx
    with ouvrir_pdf(pdf) as document:
        for cle in list(document.attachments):
            if (cle.rpartition("/")[2] or cle) == nom:
                flux = document.attachments[cle].get_file().obj
                flux.write(xml)
                parametres = flux.get("/Params")
                if parametres is not None:
                    parametres["/Size"] = len(xml)
                    parametres["/CheckSum"] = _chaine_pdf(hashlib.md5(xml, usedforsecurity=False).digest())
        sortie = io.BytesIO()
        document.save(sortie, deterministic_id=True, encryption=False)
    return sortie.getvalue()


def _adapter_partie(partie: Element, siret: str, nom: str) -> None:
    noeud_nom = partie.find("ram:Name", _NS)
    if noeud_nom is None:
        noeud_nom = _inserer(partie, "Name", ("ID", "GlobalID"))
    noeud_nom.text = nom
    for noeud in partie.findall("ram:GlobalID", _NS) + partie.findall("ram:ID", _NS):
        if noeud.get("schemeID", "") in SCHEMAS or noeud.get("schemeID", "") == "0224":
            partie.remove(noeud)
    organisation = partie.find("ram:SpecifiedLegalOrganization", _NS)
    if organisation is None:
        organisation = _inserer(partie, "SpecifiedLegalOrganization", _AVANT_ORGANISATION)
    identifiant = organisation.find("ram:ID", _NS)
    if identifiant is None:
        identifiant = _inserer(organisation, "ID", ())
    identifiant.set("schemeID", "0002")
    identifiant.text = siret
    nom_commercial = organisation.find("ram:TradingBusinessName", _NS)
    if nom_commercial is not None:
        nom_commercial.text = nom


def _adapter_service(accord: Element, code_service: str | None) -> None:
    reference = accord.find("ram:BuyerReference", _NS)
    if code_service is None:
        if reference is not None:
            accord.remove(reference)
        return
    if reference is None:
        reference = _inserer(accord, "BuyerReference", ("Reference",))
    reference.text = code_service


def _adapter_engagement(accord: Element, numero_engagement: str | None) -> None:
    commande = accord.find("ram:BuyerOrderReferencedDocument", _NS)
    if numero_engagement is None:
        if commande is not None:
            accord.remove(commande)
        return
    if commande is None:
        avant = (
            "Reference",
            "BuyerReference",
            "SellerTradeParty",
            "BuyerTradeParty",
            "SalesAgentTradeParty",
            "BuyerRequisitionerTradeParty",
            "BuyerAssignedAccountantTradeParty",
            "SellerAssignedAccountantTradeParty",
            "BuyerTaxRepresentativeTradeParty",
            "SellerTaxRepresentativeTradeParty",
            "ProductEndUserTradeParty",
            "ApplicableTradeDeliveryTerms",
            "SellerOrderReferencedDocument",
        )
        commande = _inserer(accord, "BuyerOrderReferencedDocument", avant)
    identifiant = commande.find("ram:IssuerAssignedID", _NS)
    if identifiant is None:
        identifiant = _inserer(commande, "IssuerAssignedID", ())
    identifiant.text = numero_engagement


def _adapter_cadre(racine: Element, cadre: str) -> None:
    contexte = racine.find("rsm:ExchangedDocumentContext", _NS)
    processus = contexte.find("ram:BusinessProcessSpecifiedDocumentContextParameter", _NS)
    if processus is None:
        avant = ("SpecifiedTransactionID", "TestIndicator")
        processus = _inserer(contexte, "BusinessProcessSpecifiedDocumentContextParameter", avant)
    identifiant = processus.find("ram:ID", _NS)
    if identifiant is None:
        identifiant = _inserer(processus, "ID", ())
    identifiant.text = cadre


def _adapter_date(racine: Element, jour: date) -> None:
    emission = racine.find("rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString", _NS)
    ancien = lire_jour(emission.text or "")
    _ecrire_jour(emission, jour)
    decalage = jour - ancien if ancien else timedelta(0)
    for echeance in racine.iterfind(".//ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString", _NS):
        prevue = lire_jour(echeance.text or "")
        if prevue is not None:
            _ecrire_jour(echeance, prevue + decalage)


def _ecrire_jour(noeud: Element, jour: date) -> None:
    noeud.text = f"{jour:%Y%m%d}"
    noeud.set("format", "102")


def _inserer(parent: Element, nom: str, apres: tuple[str, ...]) -> Element:
    """A new child put after the last of those named in `apres`, or first."""
    rang = 0
    for position, enfant in enumerate(parent, start=1):
        if isinstance(enfant.tag, str) and etree.QName(enfant).localname in apres:
            rang = position
    noeud = etree.Element(f"{{{RAM}}}{nom}")
    parent.insert(rang, noeud)
    return noeud


def _dater(pdf: bytes, instant: datetime) -> bytes:
    """Replace every moment of the making by `instant`."""
    with ouvrir_pdf(pdf) as document:
        date_pdf = _chaine_pdf(instant.strftime("D:%Y%m%d%H%M%S+00'00'").encode())
        for cle in ("/CreationDate", "/ModDate"):
            document.docinfo[cle] = date_pdf
        for cle in document.attachments:
            parametres = document.attachments[cle].get_file().obj.get("/Params")
            if parametres is not None:
                for nom in ("/CreationDate", "/ModDate"):
                    if nom in parametres:
                        parametres[nom] = date_pdf
        metadonnees = document.Root.get("/Metadata")
        if metadonnees is not None:
            moment = instant.strftime("%Y-%m-%dT%H:%M:%S+00:00").encode()
            metadonnees.write(_DATES_XMP.sub(rb"\g<1>" + moment + rb"\g<2>", metadonnees.read_bytes()))
        sortie = io.BytesIO()
        document.save(sortie, deterministic_id=True)
    return sortie.getvalue()


def _chaine_pdf(brut: bytes) -> Any:
    import pikepdf  # noqa: PLC0415

    return pikepdf.String(brut)
