"""Write an invoice as CII XML: Factur-X profile EN 16931, with the data where Chorus Pro reads them (flux-edi.md §9).

An invoice that names a valideur (A9, A12) is of the profile EXTENDED, the only one that can carry it.
"""

from __future__ import annotations

import base64
from datetime import date

from lxml import etree

from invoices.formats.a_ecrire import (
    CENT,
    AjustementAEcrire,
    FactureAEcrire,
    LigneAEcrire,
    PartieAEcrire,
    PieceAEcrire,
    TvaAEcrire,
    arrondir,
    propre,
    texte,
)
from invoices.formats.xml import RAM, RSM, UDT, Element

__all__ = [
    "CENT",
    "AjustementAEcrire",
    "FactureAEcrire",
    "LigneAEcrire",
    "PartieAEcrire",
    "TvaAEcrire",
    "arrondir",
    "ecrire_cii",
]

GUIDE_EN16931 = "urn:cen.eu:en16931:2017"
GUIDE_EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
TVA_SUR_ENCAISSEMENT = "72"
PIECE_COMPLEMENTAIRE = "916"
"""UNTDID 1001, related document."""
SCHEMAS = {
    "SIRET": ("0009", "0002"),
    "UE_HORS_FRANCE": ("0223", "0223"),
    "HORS_UE": ("0227", "0227"),
    "RIDET": ("0228", "0228"),
    "TAHITI": ("0229", "0229"),
}
"""Type of identifier to the schemes of BT-29 and of BT-30 (flux-edi.md §10.1)."""
SCHEMA_PARTICULIER = ("0226", "0226")


def ecrire_cii(facture: FactureAEcrire) -> bytes:
    racine = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap={"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT})
    _contexte(etree.SubElement(racine, f"{{{RSM}}}ExchangedDocumentContext"), facture)
    _entete(etree.SubElement(racine, f"{{{RSM}}}ExchangedDocument"), facture)
    echange = etree.SubElement(racine, f"{{{RSM}}}SupplyChainTradeTransaction")
    for numero, ligne in enumerate(facture.lignes, start=1):
        _ligne(_noeud(echange, "IncludedSupplyChainTradeLineItem"), numero, ligne)
    _accord(_noeud(echange, "ApplicableHeaderTradeAgreement"), facture)
    livraison = _noeud(echange, "ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime")
    _jour(livraison, facture.date_facture)
    _reglement(_noeud(echange, "ApplicableHeaderTradeSettlement"), facture)
    xml: bytes = etree.tostring(racine, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return xml


def _contexte(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "BusinessProcessSpecifiedDocumentContextParameter/ID", facture.cadre)
    guide = GUIDE_EN16931 if facture.valideur is None else GUIDE_EXTENDED
    _noeud(noeud, "GuidelineSpecifiedDocumentContextParameter/ID", guide)


def _entete(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "ID", facture.numero)
    _noeud(noeud, "TypeCode", facture.type_document)
    _jour(_noeud(noeud, "IssueDateTime"), facture.date_facture)
    if facture.commentaire:
        _noeud(noeud, "IncludedNote/Content", facture.commentaire)


def _ligne(noeud: Element, numero: int, ligne: LigneAEcrire) -> None:
    document = _noeud(noeud, "AssociatedDocumentLineDocument")
    _noeud(document, "LineID", str(numero))
    if ligne.commentaire:
        _noeud(document, "IncludedNote/Content", ligne.commentaire)
    produit = _noeud(noeud, "SpecifiedTradeProduct")
    if ligne.reference:
        _noeud(produit, "SellerAssignedID", ligne.reference)
    _noeud(produit, "Name", ligne.designation)
    _noeud(noeud, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount", texte(ligne.prix_ecrit))
    quantite = _noeud(noeud, "SpecifiedLineTradeDelivery/BilledQuantity", texte(ligne.quantite_ecrite))
    quantite.set("unitCode", ligne.unite)
    reglement = _noeud(noeud, "SpecifiedLineTradeSettlement")
    _categorie(_noeud(reglement, "ApplicableTradeTax"), ligne.categorie_tva, ligne)
    if remise := arrondir(ligne.remise):
        accord = _noeud(reglement, "SpecifiedTradeAllowanceCharge")
        _charge(accord, remise < 0)
        _noeud(accord, "ActualAmount", str(abs(remise)))
        _noeud(accord, "Reason", "Remise" if remise > 0 else "Charge")
    _noeud(reglement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", str(ligne.montant_ht))


def _categorie(noeud: Element, categorie: str, porteur: LigneAEcrire | AjustementAEcrire) -> None:
    """Type, category and rate; no rate for what is outside of VAT (BR-O-05)."""
    _noeud(noeud, "TypeCode", "VAT")
    _noeud(noeud, "CategoryCode", categorie)
    if categorie != "O":
        taux = porteur.taux_tva if isinstance(porteur, LigneAEcrire) else porteur.taux
        _noeud(noeud, "RateApplicablePercent", texte(taux))


def _charge(noeud: Element, charge: bool) -> None:
    indicateur = etree.SubElement(_noeud(noeud, "ChargeIndicator"), f"{{{UDT}}}Indicator")
    indicateur.text = "true" if charge else "false"


def _accord(noeud: Element, facture: FactureAEcrire) -> None:
    if facture.code_service:
        _noeud(noeud, "BuyerReference", facture.code_service)
    hors_champ = any(tva.categorie == "O" for tva in facture.lignes_tva)
    _partie(_noeud(noeud, "SellerTradeParty"), facture.fournisseur, avec_tva=not hors_champ)
    acheteur = _noeud(noeud, "BuyerTradeParty")
    _partie(acheteur, facture.destinataire, avec_tva=False, service=facture.nom_service)
    if facture.numero_engagement:
        _noeud(noeud, "BuyerOrderReferencedDocument/IssuerAssignedID", facture.numero_engagement)
    if facture.numero_marche:
        _noeud(noeud, "ContractReferencedDocument/IssuerAssignedID", facture.numero_marche)
    for rang, piece in enumerate((p for p in facture.pieces if p.mime), start=1):
        _piece(_noeud(noeud, "AdditionalReferencedDocument"), rang, piece)


def _piece(noeud: Element, rang: int, piece: PieceAEcrire) -> None:
    _noeud(noeud, "IssuerAssignedID", f"PJ{rang:02d}")
    _noeud(noeud, "TypeCode", PIECE_COMPLEMENTAIRE)
    if piece.designation:
        _noeud(noeud, "Name", piece.designation)
    objet = _noeud(noeud, "AttachmentBinaryObject", base64.b64encode(piece.contenu).decode("ascii"))
    objet.set("mimeCode", piece.mime)
    objet.set("filename", propre(piece.nom))


def _partie(noeud: Element, partie: PartieAEcrire, *, avec_tva: bool, service: str = "") -> None:
    prive, legal = SCHEMAS.get(partie.type_identifiant, SCHEMA_PARTICULIER)
    _noeud(noeud, "GlobalID", partie.siret).set("schemeID", prive)
    _noeud(noeud, "Name", partie.nom)
    _noeud(noeud, "SpecifiedLegalOrganization/ID", partie.siret).set("schemeID", legal)
    if service:
        _noeud(noeud, "DefinedTradeContact/DepartmentName", service)
    adresse = _noeud(noeud, "PostalTradeAddress")
    champs = (
        ("PostcodeCode", partie.code_postal),
        ("LineOne", partie.adresse),
        ("LineTwo", partie.complement),
        ("CityName", partie.ville),
        ("CountryID", partie.pays),
    )
    for nom, valeur in champs:
        if valeur:
            _noeud(adresse, nom, valeur)
    if avec_tva:
        numero = partie.numero_tva
        _noeud(noeud, "SpecifiedTaxRegistration/ID", numero or partie.siret).set("schemeID", "VA" if numero else "FC")


def _reglement(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "InvoiceCurrencyCode", facture.devise)
    if facture.service_emetteur:
        _noeud(noeud, "InvoiceIssuerReference", facture.service_emetteur)
    if facture.valideur is not None:
        _partie(_noeud(noeud, "InvoiceeTradeParty"), facture.valideur, avec_tva=False)
    moyen = _noeud(noeud, "SpecifiedTradeSettlementPaymentMeans")
    _noeud(moyen, "TypeCode", facture.code_paiement)
    if facture.iban:
        _noeud(moyen, "PayeePartyCreditorFinancialAccount/IBANID", facture.iban)
    if facture.bic:
        _noeud(moyen, "PayeeSpecifiedCreditorFinancialInstitution/BICID", facture.bic)
    for tva in facture.lignes_tva:
        _tva(_noeud(noeud, "ApplicableTradeTax"), tva, facture)
    for ajustement in facture.ajustements:
        _ajustement(_noeud(noeud, "SpecifiedTradeAllowanceCharge"), ajustement)
    termes = _noeud(noeud, "SpecifiedTradePaymentTerms")
    if facture.conditions:
        _noeud(termes, "Description", facture.conditions)
    if facture.echeance is not None:
        _jour(_noeud(termes, "DueDateDateTime"), facture.echeance)
    _sommes(_noeud(noeud, "SpecifiedTradeSettlementHeaderMonetarySummation"), facture)
    if facture.facture_origine:
        _noeud(noeud, "InvoiceReferencedDocument/IssuerAssignedID", facture.facture_origine)


def _ajustement(noeud: Element, ajustement: AjustementAEcrire) -> None:
    _charge(noeud, ajustement.charge)
    _noeud(noeud, "ActualAmount", str(arrondir(ajustement.montant)))
    _noeud(noeud, "Reason", ajustement.motif)
    _categorie(_noeud(noeud, "CategoryTradeTax"), ajustement.categorie, ajustement)


def _tva(noeud: Element, tva: TvaAEcrire, facture: FactureAEcrire) -> None:
    code, motif = facture.exoneration(tva.categorie)
    _noeud(noeud, "CalculatedAmount", str(tva.montant))
    _noeud(noeud, "TypeCode", "VAT")
    if motif:
        _noeud(noeud, "ExemptionReason", motif)
    _noeud(noeud, "BasisAmount", str(tva.base))
    _noeud(noeud, "CategoryCode", tva.categorie)
    if code:
        _noeud(noeud, "ExemptionReasonCode", code)
    if facture.sur_encaissement:
        _noeud(noeud, "DueDateTypeCode", TVA_SUR_ENCAISSEMENT)
    _noeud(noeud, "RateApplicablePercent", texte(tva.taux))


def _sommes(noeud: Element, facture: FactureAEcrire) -> None:
    _noeud(noeud, "LineTotalAmount", str(facture.montant_lignes))
    if facture.total_charges:
        _noeud(noeud, "ChargeTotalAmount", str(facture.total_charges))
    if facture.total_remises:
        _noeud(noeud, "AllowanceTotalAmount", str(facture.total_remises))
    _noeud(noeud, "TaxBasisTotalAmount", str(facture.montant_ht))
    _noeud(noeud, "TaxTotalAmount", str(facture.montant_tva)).set("currencyID", facture.devise)
    _noeud(noeud, "GrandTotalAmount", str(facture.montant_ttc))
    if facture.deja_paye:
        _noeud(noeud, "TotalPrepaidAmount", str(facture.deja_paye))
    _noeud(noeud, "DuePayableAmount", str(facture.montant_a_payer))


def _noeud(parent: Element, chemin: str, contenu: str | None = None) -> Element:
    for nom in chemin.split("/"):
        parent = etree.SubElement(parent, f"{{{RAM}}}{nom}")
    parent.text = None if contenu is None else propre(contenu)
    return parent


def _jour(parent: Element, jour: date) -> None:
    noeud = etree.SubElement(parent, f"{{{UDT}}}DateTimeString", format="102")
    noeud.text = f"{jour:%Y%m%d}"
